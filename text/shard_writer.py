"""Writing token shards, so that an interrupted preparation can resume.

`ShardWriter` writes the shards of one split. `ShardFolder` is a whole data folder in preparation:
a writer for each split, and a `progress.json` that records what is safely on disk. After a crash,
both roll back to the last `commit` and discard what was written after it.
"""

import json
import os
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike

from text.data_folder import SPLITS, corrupt_folder, load_array, read_meta, token_dtype
from text.position_split import Cut, ShardRow
from text.tokenizer import Tokenizer
from tools.files import (
    add_path_to_errors,
    claim_folder,
    flush_folder_to_disk,
    flush_to_disk,
    move,
    read_json,
    remove_file,
    replace_file,
    retry_while_held,
)

UNRECORDED = {"split": "hash"}  # the meaning of settings that are missing in meta.json
NPY_HEADER_BYTES = 128  # for a one-dimensional array in version 1.0 of NumPy's format


class ShardWriter:
    """Writes the shards of one split, document by document.

    The open shard is `NAME.npy.part`; a full one is flushed to disk and renamed to `NAME.npy`. A
    shard holds whole documents, and at most `shard_tokens` tokens unless one document alone is
    longer. To resume, give a value that `commit` returned as `committed`. Raises ValueError if the
    open shard lacks tokens that were committed.
    """

    def __init__(
        self,
        folder: Path | str,
        split: str,
        dtype: DTypeLike,
        shard_tokens: int,
        committed: dict | None = None,
    ):
        committed = committed or {}
        self.folder = Path(folder)
        self.split = split
        self.dtype = np.dtype(dtype)
        self.shard_tokens = shard_tokens
        self.closed_shards = [dict(shard) for shard in committed.get("shards", [])]
        self.open_documents = committed.get("open_documents", 0)
        self.open_tokens = committed.get("open_tokens", 0)
        self._file: IO[bytes] | None = None
        self._roll_back()

    def _roll_back(self) -> None:
        """Undo what was written after the commit: later shards, and the end of the open one."""
        if self._closed_path.exists():  # it was open at the commit and closed later
            move(self._closed_path, self._open_path)
        expected = {shard["file"] for shard in self.closed_shards} | {self._open_path.name}
        for path in self.folder.glob(f"{self.split}_*.npy*"):
            if path.name not in expected:
                remove_file(path)
        if self.open_tokens:
            path, size = self._open_path, self._open_bytes
            if not path.exists() or path.stat().st_size < size:
                raise corrupt_folder(path, "its last documents are missing")
            retry_while_held(lambda: os.truncate(path, size))
        else:
            remove_file(self._open_path)

    @property
    def _closed_path(self) -> Path:
        """The name that the open shard will have once it is closed."""
        return self.folder / f"{self.split}_{len(self.closed_shards):05d}.npy"

    @property
    def _open_path(self) -> Path:
        return self._closed_path.with_name(self._closed_path.name + ".part")

    @property
    def _open_bytes(self) -> int:
        return NPY_HEADER_BYTES + self.open_tokens * self.dtype.itemsize

    @property
    def total_tokens(self) -> int:
        """The tokens in all shards, the open one included."""
        return self.open_tokens + sum(shard["tokens"] for shard in self.closed_shards)

    def add(self, tokens: np.ndarray) -> None:
        """Append the tokens of one document, including its <|endoftext|>."""
        if self.open_tokens and self.open_tokens + len(tokens) > self.shard_tokens:
            self.close_shard()
        with add_path_to_errors(self._open_path):
            file = self._open_shard()
            file.write(np.ascontiguousarray(tokens, dtype=self.dtype).data)
        self.open_documents += 1
        self.open_tokens += len(tokens)

    def _open_shard(self) -> IO[bytes]:
        """The file of the open shard, positioned after its last token."""
        if self._file is None:
            mode = "r+b" if self.open_tokens else "wb"
            self._file = retry_while_held(lambda: self._open_path.open(mode))
            self._file.seek(self._open_bytes)
        return self._file

    def close_shard(self) -> None:
        """Give the open shard its header and its final name, if there is an open shard."""
        if not self.open_tokens:
            return
        shape = (self.open_tokens,)
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": shape}
        with add_path_to_errors(self._open_path), self._open_shard() as file:
            file.seek(0)
            np.lib.format.write_array_header_1_0(file, header)
            flush_to_disk(file)
        closed_path = self._closed_path
        move(self._open_path, closed_path)
        flush_folder_to_disk(self.folder)
        self.closed_shards.append(
            {"file": closed_path.name, "documents": self.open_documents, "tokens": self.open_tokens}
        )
        self._file = None
        self.open_documents = self.open_tokens = 0

    def last_token(self) -> int | None:
        """The last token of the open shard; None if no shard is open."""
        if not self.open_tokens:
            return None
        if self._file is not None:
            self._file.flush()
        offset = self._open_bytes - self.dtype.itemsize
        return int(np.fromfile(self._open_path, self.dtype, count=1, offset=offset)[0])

    def commit(self) -> dict:
        """Flush to disk; return the JSON values from which a new ShardWriter can resume."""
        if self._file is not None:
            with add_path_to_errors(self._open_path):
                flush_to_disk(self._file)
        return {
            "shards": [dict(shard) for shard in self.closed_shards],
            "open_documents": self.open_documents,
            "open_tokens": self.open_tokens,
        }


class ShardFolder:
    """A folder of token shards in preparation.

    An existing folder with the same settings resumes from its last `commit`. `position` is the
    source's position at that commit, or None at the start. If `is_complete`, there is nothing left
    to do.

    Raises ValueError if the folder is corrupt or was made with other settings, or if another
    process is writing into it.
    """

    def __init__(self, folder: Path | str, settings: dict, tokenizer: Tokenizer, shard_tokens: int):
        self.folder = Path(folder)
        identity = {"shard_tokens": shard_tokens, "tokenizer": tokenizer.identity()}
        self.settings = json.loads(json.dumps({**settings, **identity}))  # as JSON reads them back
        self.counts: dict[str, int] = {}  # "documents" read, and those left out, by reason
        self.position: Any = None
        self.is_divided = False  # by divide_at_end; then there is nothing left to read
        self._writers: dict[str, ShardWriter] = {}
        self._committed_tokens = 0
        if not self._meta_path.exists():
            claim_folder(folder)
        # Another process may have finished the folder just before this one claimed it.
        self.is_complete = self._meta_path.exists()
        if self.is_complete:
            self._check_settings(read_meta(folder))
            remove_file(self._progress_path)  # left by a crash in `finish`
            return
        progress = self._read_progress()
        tokenizer.save(self.folder)
        self._resume(progress, token_dtype(tokenizer), shard_tokens)
        self.commit(self.position)

    @property
    def _meta_path(self) -> Path:
        return self.folder / "meta.json"

    @property
    def _progress_path(self) -> Path:
        return self.folder / "progress.json"

    def _read_progress(self) -> dict:
        """What the last `commit` wrote, or an empty state if there was none."""
        path = self._progress_path
        if not path.exists():
            return {"splits": {}, "counts": {}, "position": None}
        try:
            progress = read_json(path)
        except (OSError, ValueError) as problem:
            raise corrupt_folder(path, problem) from None
        if not isinstance(progress, dict):
            raise corrupt_folder(path, "not a JSON object")
        self._check_settings(progress)
        return progress

    def _check_settings(self, made_with: dict) -> None:
        made_with = {**UNRECORDED, **made_with}
        changes = [
            f"{name}: {made_with.get(name)!r}, now {value!r}"
            for name, value in {**UNRECORDED, **self.settings}.items()
            if made_with.get(name) != value
        ]
        if changes:
            raise ValueError(
                f"{self.folder} was made with other settings ({'; '.join(changes)}); "
                "choose another --out, or delete it first"
            )

    def _resume(self, progress: dict, dtype: DTypeLike, shard_tokens: int) -> None:
        try:
            for split in SPLITS:
                committed = progress["splits"].get(split)
                writer = ShardWriter(self.folder, split, dtype, shard_tokens, committed)
                self._writers[split] = writer
            self.counts = dict(progress["counts"].items())
            self.position = progress["position"]
            self.is_divided = bool(progress.get("is_divided"))
        except (KeyError, TypeError, AttributeError) as problem:
            reason = f"{type(problem).__name__}: {problem}"
            raise corrupt_folder(self._progress_path, reason) from None

    @property
    def documents_read(self) -> int:
        """How many documents of the source were read so far, including those left out."""
        return self.counts.get("documents", 0)

    @property
    def left_out(self) -> dict[str, int]:
        """How many documents were left out, by reason."""
        counts = self.counts.items()
        return {reason: number for reason, number in counts if reason != "documents"}

    @property
    def total_tokens(self) -> int:
        """The tokens of both splits."""
        return sum(writer.total_tokens for writer in self._writers.values())

    @property
    def uncommitted_tokens(self) -> int:
        """The tokens added since the last commit, which a crash would lose."""
        return self.total_tokens - self._committed_tokens

    def tokens_in(self, split: str) -> int:
        """The tokens of one split."""
        return self._writers[split].total_tokens

    def add_document(self, split: str, tokens: np.ndarray) -> None:
        """Append the tokens of a document, including its <|endoftext|>, to a split."""
        self._writers[split].add(tokens)
        self._count("documents")

    def leave_out(self, reason: str) -> None:
        """Count a document that is read but not kept."""
        self._count(reason)
        self._count("documents")

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def commit(self, position: Any) -> None:
        """Flush what was added so far to disk, and record `position`, the source's position."""
        splits = {split: writer.commit() for split, writer in self._writers.items()}
        self._write_progress(splits, position)
        self._committed_tokens = self.total_tokens

    def _write_progress(self, splits: dict[str, dict], position: Any) -> None:
        progress = {
            **self.settings,
            "counts": self.counts,
            "position": position,
            "splits": splits,
            **({"is_divided": True} if self.is_divided else {}),
        }
        replace_file(self._progress_path, json.dumps(progress))
        self.position = position

    def divide_at_end(self, val_tokens: int, end_of_text: int) -> None:
        """Move the last `val_tokens` tokens of the training split to the validation split.

        position_split.py says where exactly the cut is. If that is inside a document, both of its
        pieces end with <|endoftext|>. It comes after everything is read. A crash at any moment is
        repaired by the next call: the validation shards are written first, then progress.json says
        that the training split ends at the cut, and that is how the writer rolls it back.
        """
        train, val = self._writers["train"], self._writers["val"]
        if not self.is_divided:
            train.close_shard()
            cut = self._copy_end(train, val, val_tokens, end_of_text)
            ends_at_cut = {
                "shards": train.closed_shards[: cut.shard],
                "open_documents": cut.open_documents,
                "open_tokens": cut.open_tokens,
            }
            self.is_divided = True
            self._write_progress({"train": ends_at_cut, "val": val.commit()}, self.position)
            train = ShardWriter(self.folder, "train", train.dtype, train.shard_tokens, ends_at_cut)
            self._writers["train"] = train
        if train.last_token() not in (None, end_of_text):
            train.add(np.array([end_of_text]))

    def _copy_end(
        self, train: ShardWriter, val: ShardWriter, val_tokens: int, end_of_text: int
    ) -> Cut:
        """Copy the last `val_tokens` tokens of `train` to `val`; return where they begin.

        The shards are memory-mapped, and no longer on return: Windows does not let a mapped file
        be cut or deleted.
        """
        paths = [self.folder / shard["file"] for shard in train.closed_shards]
        arrays = [load_array(path, mmap_mode="r") for path in paths]
        row = ShardRow(arrays, end_of_text)
        cut = row.find_cut(val_tokens)
        for document in row.documents_from(cut.val_start):
            val.add(document)
        return cut

    def finish(self) -> None:
        """Close the shards and write `meta.json`, which makes the folder complete and readable."""
        for writer in self._writers.values():
            writer.close_shard()
        meta = {
            **self.settings,
            "counts": self.counts,
            "splits": {split: writer.closed_shards for split, writer in self._writers.items()},
        }
        replace_file(self._meta_path, json.dumps(meta, indent=2) + "\n")
        remove_file(self._progress_path)
        self.is_complete = True
