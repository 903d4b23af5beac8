"""Text for the benchmarks: the first documents of FineWeb-Edu, as parquet.

python -m benchmarks.download_text --out data/bench/text.parquet
"""

import argparse
from pathlib import Path

from text.sources import open_source


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out",
        default="data/bench/text.parquet",
        metavar="FILE",
        help="(default: data/bench/text.parquet)",
    )
    parser.add_argument("--megabytes", type=float, default=300, help="(default: 300)")
    args = parser.parse_args(argv)
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, size = Path(args.out), args.megabytes * 1e6
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with pq.ParquetWriter(part, pa.schema([("text", pa.string())])) as file:
        for rows, _ in open_source(
            ["HuggingFaceFW/fineweb-edu"], "sample-10BT", columns=["text"]
        ).batches():
            texts = [row["text"] for row in rows]
            file.write_table(pa.table({"text": texts}))
            size -= sum(len(text.encode()) for text in texts)
            if size <= 0:
                break
    part.rename(path)


if __name__ == "__main__":
    main()
