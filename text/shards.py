"""shards."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from text.tokenizer import Tokenizer
from tools.files import (
    claim_folder,
    errors_name,
    flush_folder_to_disk,
    flush_to_disk,
    read_json,
    replace_file,
)

NPY_HEADER_BYTES = 128  # what NumPy's format 1.0 takes for a one-dimensional array


SPLITS = ("train", "val")


class ShardWriter:
    """Writes one split's shards, a document at a time, so that a killed run can go on from its last `commit`.

    The open shard is `NAME.npy.part`; a full one is flushed to disk and renamed. A shard holds whole documents, and at most
    `shard_tokens` tokens unless one document alone is longer.
    """

    def __init__(self, folder, split: str, dtype, shard_tokens: int, committed: dict | None = None):
        self.folder, self.split, self.dtype, self.shard_tokens = (
            Path(folder),
            split,
            np.dtype(dtype),
            shard_tokens,
        )
        self.shards = [dict(shard) for shard in (committed or {}).get("shards", [])]
        self.documents = self.tokens = 0  # in the open shard
        self.file = None
        self._return_to(committed or {})

    def _return_to(self, committed: dict) -> None:
        """Undo what was written after the commit."""
        number = len(self.shards)
        if self._path(number).exists():  # it was the open one at that time
            os.replace(self._path(number), self._part(number))
        for path in self.folder.glob(f"{self.split}_*.npy*"):
            if path.name not in {shard["file"] for shard in self.shards} | {
                self._part(number).name
            }:
                path.unlink()
        self.documents, self.tokens = (
            committed.get("open_documents", 0),
            committed.get("open_tokens", 0),
        )
        if self.tokens:
            size = NPY_HEADER_BYTES + self.tokens * self.dtype.itemsize
            if not self._part(number).exists() or self._part(number).stat().st_size < size:
                raise ValueError(
                    f"{self._part(number)} is damaged; delete {self.folder} and prepare it again"
                )
            os.truncate(self._part(number), size)

    def _path(self, number: int) -> Path:
        return self.folder / f"{self.split}_{number:05d}.npy"

    def _part(self, number: int) -> Path:
        return self.folder / f"{self.split}_{number:05d}.npy.part"

    def add(self, tokens: np.ndarray) -> None:
        """Append one document (its <|endoftext|> included)."""
        if self.tokens and self.tokens + len(tokens) > self.shard_tokens:
            self.close_shard()
        path = self._part(len(self.shards))
        with errors_name(path):
            if self.file is None:
                self.file = open(path, "r+b" if self.tokens else "wb")
                self.file.seek(NPY_HEADER_BYTES + self.tokens * self.dtype.itemsize)
            self.file.write(np.ascontiguousarray(tokens, dtype=self.dtype).data)
        self.documents += 1
        self.tokens += len(tokens)

    def close_shard(self) -> None:
        """Give the open shard its header and its name. Nothing happens where none is open."""
        if not self.tokens:
            return
        number = len(self.shards)
        with errors_name(self._part(number)), self.file or open(self._part(number), "r+b") as file:
            file.seek(0)
            np.lib.format.write_array_header_1_0(
                file, {"descr": self.dtype.str, "fortran_order": False, "shape": (self.tokens,)}
            )
            flush_to_disk(file)
        os.replace(self._part(number), self._path(number))
        flush_folder_to_disk(self.folder)
        self.shards.append(
            {"file": self._path(number).name, "documents": self.documents, "tokens": self.tokens}
        )
        self.file, self.documents, self.tokens = None, 0, 0

    def commit(self) -> dict:
        """Flush to disk; return what a later ShardWriter needs to go on from exactly here (plain values)."""
        if self.file is not None:
            with errors_name(self._part(len(self.shards))):
                flush_to_disk(self.file)
        return {
            "shards": [dict(shard) for shard in self.shards],
            "open_documents": self.documents,
            "open_tokens": self.tokens,
        }

    @property
    def total_tokens(self) -> int:
        return self.tokens + sum(shard["tokens"] for shard in self.shards)


class ShardFolder:
    """A data folder while it is made: a ShardWriter a split, and `progress.json`, which says how far it is.

    Made with the same settings it goes on from its last `commit`: `position` is the source's position there, None at the start.
    Raises ValueError where the folder holds something made with other settings or damaged, or where another process writes into it.
    """

    def __init__(self, folder, settings: dict, tokenizer: Tokenizer, shard_tokens: int):
        self.folder, self.tokenizer = Path(folder), tokenizer
        identity = {
            "name": tokenizer.name,
            "vocab_size": tokenizer.vocab_size,
            "merges_sha256": tokenizer.merges_sha256,
        }
        self.settings = json.loads(
            json.dumps({**settings, "shard_tokens": shard_tokens, "tokenizer": identity})
        )
        self.writers, self.counts, self.position = {}, {}, None
        if not (self.folder / "meta.json").exists():
            claim_folder(folder)
        self.is_complete = (
            self.folder / "meta.json"
        ).exists()  # now that no other process can finish it any more
        if self.is_complete:
            self._check_settings(read_meta(folder))
            (self.folder / "progress.json").unlink(
                missing_ok=True
            )  # a crash may have come between the two
            return
        state = self._read_progress()
        tokenizer.save(self.folder)
        try:
            committed = state["splits"] if state else {}
            self.writers = {
                split: ShardWriter(
                    self.folder, split, token_dtype(tokenizer), shard_tokens, committed.get(split)
                )
                for split in SPLITS
            }
            self.counts, self.position = (
                (dict(state["counts"]), state["position"]) if state else ({}, None)
            )
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(
                f"{self.folder / 'progress.json'} is damaged ({type(problem).__name__}: {problem}); delete {self.folder} and prepare it again"
            ) from None
        self.commit(self.position)

    def _read_progress(self) -> dict | None:
        path = self.folder / "progress.json"
        if not path.exists():
            return None
        try:
            state = read_json(path)
            if not isinstance(state, dict):
                raise ValueError("not a JSON object")
        except (OSError, ValueError) as problem:
            raise ValueError(
                f"{path} is damaged ({problem}); delete {self.folder} and prepare it again"
            ) from None
        self._check_settings(state)
        return state

    def _check_settings(self, made_with: dict) -> None:
        if changed := [
            name for name, value in self.settings.items() if made_with.get(name) != value
        ]:
            listed = "; ".join(
                f"{name}: {made_with.get(name)!r}, now {self.settings[name]!r}" for name in changed
            )
            raise ValueError(
                f"{self.folder} was made with other settings ({listed}); choose another --out, or delete it first"
            )

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    @property
    def total_tokens(self) -> int:
        return sum(writer.total_tokens for writer in self.writers.values())

    def commit(self, position) -> None:
        """Make what was added so far survive a crash, and remember the source's position."""
        state = {
            **self.settings,
            "counts": self.counts,
            "position": position,
            "splits": {split: writer.commit() for split, writer in self.writers.items()},
        }
        replace_file(self.folder / "progress.json", json.dumps(state))
        self.position, self._committed_tokens = position, self.total_tokens

    @property
    def uncommitted_tokens(self) -> int:
        return self.total_tokens - self._committed_tokens

    def finish(self) -> None:
        """Close the shards and write `meta.json`: from now on the folder can be read."""
        for writer in self.writers.values():
            writer.close_shard()
        meta = {
            **self.settings,
            "counts": self.counts,
            "splits": {split: writer.shards for split, writer in self.writers.items()},
        }
        replace_file(self.folder / "meta.json", json.dumps(meta, indent=2) + "\n")
        (self.folder / "progress.json").unlink(missing_ok=True)
        self.is_complete = True


def describe_shards(folder) -> str:
    """One line about a complete folder: documents and tokens of each split."""
    meta, totals = read_meta(folder), {}
    for split in SPLITS:
        shards = listed_shards(folder, meta, split)
        totals[split] = (
            sum(shard["documents"] for shard in shards),
            sum(shard["tokens"] for shard in shards),
            len(shards),
        )
    return "; ".join(
        f"{split}: {documents:,} documents, {tokens:,} tokens in {shards} shard(s)"
        for split, (documents, tokens, shards) in totals.items()
    )


def is_for_validation(text: bytes, val_fraction: float, seed: int) -> bool:
    """A hash of the text alone decides, so a document falls on the same side in every preparation of every source."""
    digest = hashlib.blake2b(text, digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest, "big") < val_fraction * 2**64


def token_dtype(tokenizer: Tokenizer):
    """The smallest type that holds every id."""
    return np.uint16 if tokenizer.vocab_size <= 1 << 16 else np.uint32


def read_meta(folder, made_by: str = "prepare_fineweb.py") -> dict:
    """A data folder's `meta.json`. Raises ValueError where there is none or it is damaged, with the command that makes one."""
    path = Path(folder) / "meta.json"
    try:
        meta = read_json(path)
        if not isinstance(meta, dict) or not isinstance(meta["tokenizer"]["merges_sha256"], str):
            raise ValueError("not what a prepare script writes")
    except FileNotFoundError:
        remedy = (
            "run the same prepare command again to finish it"
            if (Path(folder) / "progress.json").exists()
            else f"make it with: python {made_by} --out {folder}"
        )
        raise ValueError(f"{folder} holds no prepared data; {remedy}") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ValueError(
            f"{path} is damaged ({problem}); delete {folder} and prepare it again"
        ) from None
    return meta


def listed_shards(folder, meta: dict, split: str) -> list[dict]:
    """What meta.json says of a split's shards: "file", "documents" and "tokens" of each. Raises ValueError where it does not."""
    try:
        shards = [
            {
                "file": Path(shard["file"]).name,
                "documents": int(shard["documents"]),
                "tokens": int(shard["tokens"]),
            }
            for shard in meta["splits"][split]
        ]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{folder}/meta.json lists no {split} shards; prepare the data again"
        ) from None
    return shards


def check_tokenizer(folder, meta: dict, tokenizer: Tokenizer) -> None:
    """Raise ValueError unless the data was made with this very tokenizer."""
    if meta["tokenizer"]["merges_sha256"] != tokenizer.merges_sha256:
        raise ValueError(
            f"{folder} was made with another tokenizer ({meta['tokenizer'].get('name')}) than the model's ({tokenizer.name}); prepare it again with --tokenizer"
        )


def _load_array(path: Path, mmap_mode: str | None = None) -> np.ndarray:
    try:
        return np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    except Exception as problem:  # of a damaged head NumPy raises whatever its parsers do, or finds that it has not the memory
        raise ValueError(
            f"{path} is missing or damaged ({type(problem).__name__}: {problem}); prepare the data again"
        ) from None


class TokenShards:
    """One split of a data folder as one long row of tokens; the files stay on disk and are mapped into memory."""

    def __init__(self, folder, split: str, tokenizer: Tokenizer):
        meta = read_meta(folder)
        check_tokenizer(folder, meta, tokenizer)
        self.folder, self.split, self.vocab_size = Path(folder), split, tokenizer.vocab_size
        listed = listed_shards(folder, meta, split)
        self.paths = [self.folder / shard["file"] for shard in listed]
        self.arrays = [self._open(path, shard["tokens"]) for path, shard in zip(self.paths, listed)]
        self.ends = np.cumsum([len(array) for array in self.arrays])

    def _open(self, path: Path, tokens: int) -> np.ndarray:
        array = _load_array(path, mmap_mode="r")
        if array.ndim != 1 or array.dtype not in (np.uint16, np.uint32) or len(array) != tokens:
            raise ValueError(
                f"{path} is damaged: it should hold {tokens:,} token ids; prepare the data again"
            )
        return array

    def __len__(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def read(self, start: int, stop: int) -> np.ndarray:
        """Tokens start to stop of the row, as int64; they may lie in several shards. Raises ValueError for what is no token."""
        first, last = np.searchsorted(self.ends, [start, stop - 1], side="right")
        pieces = []
        for number in range(first, last + 1):
            offset = int(self.ends[number]) - len(self.arrays[number])
            pieces.append(self.arrays[number][max(0, start - offset) : stop - offset])
            if pieces[-1].max(initial=0) >= self.vocab_size:
                raise ValueError(
                    f"{self.paths[number]} is damaged: token {pieces[-1].max():,} is none of the {self.vocab_size:,}; prepare the data again"
                )
        return np.concatenate(pieces).astype(np.int64)


def count_windows(shards: TokenShards, context: int) -> int:
    windows = (len(shards) - 1) // context
    if windows < 1:
        raise ValueError(
            f"the {shards.split} split of {shards.folder} has {len(shards):,} tokens, too few for one window of {context + 1}"
        )
    return windows


def read_windows(shards: TokenShards, numbers, context: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, (window, context) each."""
    windows = np.stack(
        [
            shards.read(number * context, number * context + context + 1)
            for number in map(int, numbers)
        ]
    )
    return windows[:, :-1], windows[:, 1:]
