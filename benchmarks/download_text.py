"""Download text for the benchmarks: the first documents of FineWeb-Edu, as Parquet.

python -m benchmarks.download_text --out data/bench/text.parquet
"""

import argparse
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from text.sources import open_source
from tools.command_line import run_script
from tools.files import move


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("data/bench/text.parquet"),
        metavar="FILE",
        help="the Parquet file (default: data/bench/text.parquet)",
    )
    parser.add_argument(
        "--megabytes", type=float, default=300, help="how much text, about (default: 300)"
    )
    args = parser.parse_args(argv)
    run_script(parser, lambda: download(args.out, args.megabytes * 1e6), "stopped")


def download(path: Path, size: float) -> None:
    """Download about `size` bytes of text to a Parquet file; until it is complete, to a .part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    write_documents(part, size)
    move(part, path)


def write_documents(path: Path, size: float) -> None:
    """Write the first documents with `size` bytes of text in all."""
    source = open_source(["HuggingFaceFW/fineweb-edu"], "sample-10BT", columns=["text"])
    with pq.ParquetWriter(path, pa.schema([("text", pa.string())])) as file:
        for rows, _ in source.batches():
            texts = [row["text"] for row in rows]
            file.write_table(pa.table({"text": texts}))
            size -= sum(len(text.encode()) for text in texts)
            if size <= 0:
                return


if __name__ == "__main__":
    main()
