"""Sources of text: data sets on the Hugging Face hub, and local files.

    source = open_source(["HuggingFaceFW/fineweb-edu"], "sample-10BT", columns=["text"])
    source = open_source(["part1.parquet", "part2.jsonl.zst", "book.txt"], columns=["text"])
    for rows, position in source.batches():
        ...

Rows come in order, as dicts. A position is a plain JSON value: a later `source.batches(position)`,
in another process, resumes after it.
"""

import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import IO, Any

from text.hub import HubDataset
from text.local_files import Columns, LocalFiles, is_readable
from tools.files import add_path_to_errors, parse_json, retry_while_held
from tools.text_files import COMPRESSED

LICENCES = {
    "HuggingFaceFW/fineweb-edu": "ODC-By 1.0; the pages keep their own rights",
    "berkeley-nest/Nectar": "Apache-2.0, for non-commercial use; "
    "its answers keep the terms of the models that wrote them",
    "wikimedia/wikipedia": "CC BY-SA 3.0, by the authors of Wikipedia",
}


def licence_of(source: list[str]) -> str:
    """The licence note of a source, for `meta.json`."""
    return LICENCES.get(source[0], "that of the source")


def open_source(
    source: list[str], config: str | None = None, columns: Columns = None
) -> LocalFiles | HubDataset:
    """Open what `source` names: local files, or one data set on the hub.

    `config` is the configuration of a data set on the hub. Rows have the given columns only, or all
    columns if none are given; `columns` may also be a function that chooses among a row's columns,
    and raises ValueError if they are wrong. Raises ValueError if `source` is neither of the two, or
    if a file is missing or not readable.
    """
    if all(map(is_readable, source)):
        paths = [Path(word) for word in source]
        missing = [path for path in paths if not path.is_file()]
        if missing:
            raise ValueError(f"there is no file {missing[0]}")
        return LocalFiles(paths, columns)
    is_hub_id = len(source) == 1 and source[0].count("/") == 1 and not Path(source[0]).exists()
    if is_hub_id:
        return HubDataset(source[0], config, columns)
    raise ValueError(
        "a source is one data set on the hub (owner/name), or files ending in .parquet, .jsonl, "
        f".json or .txt (the last three may be compressed: {', '.join(COMPRESSED)}), "
        f"not {' '.join(source)}"
    )


def _replay_journal(file: IO[bytes], settings: dict) -> Iterator[list]:
    """Yield the complete entries of a journal, and truncate the file after them.

    If the journal was written with other settings, it is emptied and started with these.
    """
    file.seek(0)
    end = 0
    for line in file:
        try:
            entry = parse_json(line)
        except ValueError:  # cut short by a crash
            break
        is_first_line = end == 0
        if is_first_line:
            if entry != settings:
                break
        elif not isinstance(entry, list) or len(entry) != 3:
            break
        else:
            yield entry
        end += len(line)
    file.truncate(end)
    if end == 0:
        file.write(json.dumps(settings).encode() + b"\n")


def filter_with_journal(
    source: LocalFiles | HubDataset,
    select: Callable[[dict], Any],
    journal: Path,
    settings: dict,
) -> Generator[tuple[int, list], None, None]:
    """Yield, for each batch of a source, its number of rows and the values selected from them.

    `select` returns a JSON value for a row, or None to leave the row out. The values and the
    position after each batch are recorded in the file `journal`. After a crash or a network
    failure, a call with the same settings yields what is recorded and then resumes the source,
    unless a local file has changed. The caller deletes the journal when finished.
    """
    position = None
    if source.file_versions:
        settings = {**settings, "files": source.file_versions}
    with add_path_to_errors(journal), retry_while_held(lambda: open(journal, "a+b")) as file:
        for entry in _replay_journal(file, settings):
            number_of_rows, selected, position = entry
            yield number_of_rows, selected
        for rows, position_after in source.batches(position):
            selected = [value for value in map(select, rows) if value is not None]
            entry = [len(rows), selected, position_after]
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            yield len(rows), selected
