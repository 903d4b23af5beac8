"""Reading TOML files that people write by hand, with errors that name the file and the line."""

import re
import tomllib
from pathlib import Path
from typing import Any

from tools.text_files import read_text


def read_toml(path: str | Path) -> dict[str, Any]:
    """The file's tables. Raises ValueError with file and line if it is not text or not TOML."""
    return parse_toml(path, read_text(path))


def parse_toml(path: str | Path, text: str) -> dict[str, Any]:
    """The tables in a file's text. Raises ValueError, naming `path` and line, if it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match[1]) if match else len(text.rstrip().split("\n"))
        raise ValueError(f"{path}, line {line}: invalid TOML: {error}") from None
