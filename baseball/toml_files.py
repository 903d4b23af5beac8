"""Reading TOML files that people write by hand, with errors that name the file and the line."""

import re
import tomllib
from pathlib import Path
from typing import Any


def read_toml(path: str | Path) -> dict[str, Any]:
    """The file's tables. Raises ValueError with file and line if it is not UTF-8 or not TOML."""
    return parse_toml(path, read_text(path))


def read_text(path: str | Path) -> str:
    """The file's text. Raises ValueError with file and line if it is not UTF-8."""
    content = Path(path).read_bytes()
    try:
        # As in text mode, all line endings become "\n".
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"{path}, line {line}: not UTF-8 text") from None


def parse_toml(path: str | Path, text: str) -> dict[str, Any]:
    """The tables in a file's text. Raises ValueError, naming `path` and line, if it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match[1]) if match else len(text.rstrip().split("\n"))
        raise ValueError(f"{path}, line {line}: invalid TOML: {error}") from None
