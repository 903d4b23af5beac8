"""What all data folders have in common, whether they hold token shards or conversations.

A data folder has two splits, and a `meta.json` with its source, its settings and its tokenizer.
`meta.json` is written last: a folder that has one is complete.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from text.tokenizer import Tokenizer
from tools.files import read_json, retry_while_held
from tools.memory import lacks_memory_for
from tools.messages import damaged, missing

SPLITS = ("train", "val")
PREPARE_AGAIN = "prepare the data again"


def is_for_validation(text: bytes, val_fraction: float, seed: int) -> bool:
    """Whether a document belongs to the validation split.

    `text` is in UTF-8. A hash of it decides, so a document is in the same split whatever the source
    and however often it is prepared, as long as the seed and the fraction stay the same.
    """
    digest = hashlib.blake2b(text, digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest, "big") < val_fraction * 2**64


def choose_split(text: str, val_fraction: float, seed: int) -> str:
    """ "val" if a document with this text is for validation, otherwise "train"."""
    encoded = text.encode("utf-8", errors="surrogatepass")
    return "val" if is_for_validation(encoded, val_fraction, seed) else "train"


def token_dtype(tokenizer: Tokenizer) -> type[np.uint16] | type[np.uint32]:
    """The smaller of uint16 and uint32 that holds every token id."""
    return np.uint16 if tokenizer.vocab_size <= 1 << 16 else np.uint32


def _not_prepared(folder: Path, made_by: Sequence[str]) -> ValueError:
    if (folder / "progress.json").exists():
        remedy = "run the same prepare command again to finish it"
    else:
        commands = [f"python {script} --out {folder}" for script in made_by]
        remedy = f"make it with: {', or '.join(commands)}"
    return missing(folder, "holds no prepared data", remedy)


def corrupt_folder(path: Path, reason: object) -> ValueError:
    """The error for a corrupt file without which its whole data folder is useless."""
    return damaged(path, reason, f"delete {path.parent} and prepare it again")


def _names_its_tokenizer(meta: object) -> bool:
    tokenizer = meta.get("tokenizer") if isinstance(meta, dict) else None
    return isinstance(tokenizer, dict) and isinstance(tokenizer.get("merges_sha256"), str)


def read_meta(folder: Path | str, made_by: Sequence[str] = ("prepare_fineweb.py",)) -> dict:
    """A data folder's `meta.json`.

    Raises ValueError if it is missing or corrupt. If there is no data, the message says to prepare
    it with one of the scripts `made_by`.
    """
    path = Path(folder) / "meta.json"
    try:
        meta = read_json(path)
    except FileNotFoundError:
        raise _not_prepared(Path(folder), made_by) from None
    except (OSError, ValueError) as problem:
        raise corrupt_folder(path, problem) from None
    if not _names_its_tokenizer(meta):
        raise corrupt_folder(path, "it does not name its tokenizer")
    return meta


def check_tokenizer(folder: Path | str, meta: dict, tokenizer: Tokenizer) -> None:
    """Raise ValueError unless the data was tokenized with exactly this tokenizer."""
    made_with = meta["tokenizer"]
    if made_with["merges_sha256"] != tokenizer.merges_sha256:
        raise ValueError(
            f"{folder} was made with another tokenizer ({made_with.get('name')}) than the model's "
            f"({tokenizer.name}); prepare it again with --tokenizer"
        )


def load_array(path: Path, mmap_mode: Literal["r"] | None = None) -> np.ndarray:
    """Load a `.npy` file without pickled objects. Raises ValueError if it is missing or corrupt."""
    try:
        return retry_while_held(lambda: np.load(path, mmap_mode=mmap_mode, allow_pickle=False))
    except FileNotFoundError:
        raise missing(path, "is missing", PREPARE_AGAIN) from None
    except PermissionError:
        raise
    except Exception as problem:  # a corrupt header makes NumPy's parsers raise anything
        if lacks_memory_for(path, problem):
            raise
        reason = f"{type(problem).__name__}: {problem}"
        raise damaged(path, reason, PREPARE_AGAIN) from None
