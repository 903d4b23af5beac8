"""The same 1,234 rows as a file in any format that a source can have."""

import gzip
import json
import lzma

ROWS = [{"text": f"document {number} é⚾", "id": number} for number in range(1234)]


def write_rows(folder, ending):
    """Write ROWS to a new file with this ending, such as ".jsonl.gz"; returns its path."""
    path = folder / f"rows{ending}"
    if ending == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path, row_group_size=300)
        return path
    content = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    path.write_bytes(compress(content, path.suffix))
    return path


def compress(content, suffix):
    if suffix == ".gz":
        return gzip.compress(content)
    if suffix == ".xz":
        return lzma.compress(content)
    if suffix == ".zst":
        import zstandard

        return zstandard.compress(content)
    return content
