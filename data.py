"""What lies on disk between prepare and train: token shards, and batches of them.

A data folder holds `train_00000.npy`, `train_00001.npy`, …, `val_00000.npy`, …: plain one-dimensional arrays of token ids,
each document followed by <|endoftext|>; `meta.json`, which says where they come from; and the tokenizer's two files.
Read in order, the shards of a split are one long row of tokens; training reads it in windows of the model's context:

    tokens    t0 t1 t2 t3 t4 t5 t6 t7 t8 …        context 4
    window 0  t0 t1 t2 t3 │ t4                    inputs t0…t3, targets t1…t4
    window 1              t4 t5 t6 t7 │ t8        inputs t4…t7, targets t5…t8
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from files import flush_folder_to_disk, flush_to_disk, replace_file
from tokenizer_bpe import Tokenizer

NPY_HEADER_BYTES = 128  # what NumPy's format 1.0 takes for a one-dimensional array
SPLITS = ("train", "val")


# ---- writing ----


class ShardWriter:
    """Writes one split's shards, a document at a time, so that a killed run can go on from its last `commit`.

    The open shard is `NAME.npy.part`; a full one is flushed to disk and renamed. A shard holds whole documents, and at most
    `shard_tokens` tokens unless one document alone is longer.
    """

    def __init__(self, folder, split: str, dtype, shard_tokens: int, committed: dict | None = None):
        self.folder, self.split, self.dtype, self.shard_tokens = Path(folder), split, np.dtype(dtype), shard_tokens
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
            if path.name not in {shard["file"] for shard in self.shards} | {self._part(number).name}:
                path.unlink()
        self.documents, self.tokens = committed.get("open_documents", 0), committed.get("open_tokens", 0)
        if self.tokens:
            size = NPY_HEADER_BYTES + self.tokens * self.dtype.itemsize
            if not self._part(number).exists() or self._part(number).stat().st_size < size:
                raise ValueError(f"{self._part(number)} is damaged; delete {self.folder} and prepare it again")
            os.truncate(self._part(number), size)

    def _path(self, number: int) -> Path:
        return self.folder / f"{self.split}_{number:05d}.npy"

    def _part(self, number: int) -> Path:
        return self.folder / f"{self.split}_{number:05d}.npy.part"

    def add(self, tokens: np.ndarray) -> None:
        """Append one document (its <|endoftext|> included)."""
        if self.tokens and self.tokens + len(tokens) > self.shard_tokens:
            self.close_shard()
        if self.file is None:
            mode = "r+b" if self.tokens else "wb"
            self.file = open(self._part(len(self.shards)), mode)
            self.file.seek(NPY_HEADER_BYTES + self.tokens * self.dtype.itemsize)
        self.file.write(np.ascontiguousarray(tokens, dtype=self.dtype).data)
        self.documents += 1
        self.tokens += len(tokens)

    def close_shard(self) -> None:
        """Give the open shard its header and its name. Nothing happens where none is open."""
        if not self.tokens:
            return
        number = len(self.shards)
        with self.file or open(self._part(number), "r+b") as file:
            file.seek(0)
            np.lib.format.write_array_header_1_0(file, {"descr": self.dtype.str, "fortran_order": False, "shape": (self.tokens,)})
            flush_to_disk(file)
        os.replace(self._part(number), self._path(number))
        flush_folder_to_disk(self.folder)
        self.shards.append({"file": self._path(number).name, "documents": self.documents, "tokens": self.tokens})
        self.file, self.documents, self.tokens = None, 0, 0

    def commit(self) -> dict:
        """Flush to disk; return what a later ShardWriter needs to go on from exactly here (plain values)."""
        if self.file is not None:
            flush_to_disk(self.file)
        return {"shards": [dict(shard) for shard in self.shards], "open_documents": self.documents, "open_tokens": self.tokens}

    @property
    def total_tokens(self) -> int:
        return self.tokens + sum(shard["tokens"] for shard in self.shards)

    @property
    def total_documents(self) -> int:
        return self.documents + sum(shard["documents"] for shard in self.shards)


class ShardFolder:
    """A data folder while it is made: a ShardWriter a split, and `progress.json`, which says how far it is.

    Made with the same settings it goes on from its last `commit`: `position` is the source's position there, None at the start.
    Raises ValueError where the folder holds something made with other settings.
    """

    def __init__(self, folder, settings: dict, tokenizer: Tokenizer, shard_tokens: int):
        self.folder, self.tokenizer = Path(folder), tokenizer
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = {"name": tokenizer.name, "vocab_size": tokenizer.vocab_size, "merges_sha256": tokenizer.merges_sha256}
        self.settings = json.loads(json.dumps({**settings, "shard_tokens": shard_tokens, "tokenizer": identity}))
        self.is_complete = (self.folder / "meta.json").exists()
        state = read_meta(folder) if self.is_complete else self._read_progress()
        changed = [name for name, value in self.settings.items() if state and state.get(name) != value]
        if changed:
            name = changed[0]
            raise ValueError(f"{folder} was made with other settings ({name}: {state.get(name)!r}, now {self.settings[name]!r}); choose another --out, or delete it first")
        self.counts, self.position = state.get("counts", {}), state.get("position")
        self.writers = {}
        if not self.is_complete:
            tokenizer.save(self.folder)
            self.writers = {split: ShardWriter(self.folder, split, token_dtype(tokenizer), shard_tokens, state.get("splits", {}).get(split)) for split in SPLITS}
            self.commit(self.position)

    def _read_progress(self) -> dict:
        path = self.folder / "progress.json"
        try:
            return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except (OSError, ValueError) as problem:
            raise ValueError(f"{path} is damaged ({problem}); delete {self.folder} and prepare it again") from None

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    @property
    def total_tokens(self) -> int:
        return sum(writer.total_tokens for writer in self.writers.values())

    def commit(self, position) -> None:
        """Make what was added so far survive a crash, and remember the source's position."""
        state = {**self.settings, "counts": self.counts, "position": position, "splits": {split: writer.commit() for split, writer in self.writers.items()}}
        replace_file(self.folder / "progress.json", json.dumps(state))
        self.position, self._committed_tokens = position, self.total_tokens

    @property
    def uncommitted_tokens(self) -> int:
        return self.total_tokens - self._committed_tokens

    def finish(self) -> None:
        """Close the shards and write `meta.json`: from now on the folder can be read."""
        for writer in self.writers.values():
            writer.close_shard()
        meta = {**self.settings, "counts": self.counts, "splits": {split: writer.shards for split, writer in self.writers.items()}}
        replace_file(self.folder / "meta.json", json.dumps(meta, indent=2) + "\n")
        (self.folder / "progress.json").unlink(missing_ok=True)
        self.is_complete = True


def describe_shards(folder) -> str:
    """One line about a complete folder: documents and tokens of each split."""
    splits = read_meta(folder)["splits"]
    totals = {split: (sum(shard["documents"] for shard in shards), sum(shard["tokens"] for shard in shards), len(shards)) for split, shards in splits.items()}
    return "; ".join(f"{split}: {documents:,} documents, {tokens:,} tokens in {shards} shard(s)" for split, (documents, tokens, shards) in totals.items())


def token_dtype(tokenizer: Tokenizer):
    """The smallest type that holds every id."""
    return np.uint16 if tokenizer.vocab_size <= 1 << 16 else np.uint32


# ---- reading ----


def read_meta(folder) -> dict:
    """A data folder's `meta.json`. Raises ValueError where there is none or it is damaged, with the command that makes one."""
    path = Path(folder) / "meta.json"
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(meta, dict) or not isinstance(meta["tokenizer"]["merges_sha256"], str):
            raise ValueError("not what a prepare script writes")
    except FileNotFoundError:
        remedy = "run the same prepare command again to finish it" if (Path(folder) / "progress.json").exists() else f"make it with: python prepare_fineweb.py --out {folder}"
        raise ValueError(f"{folder} holds no prepared data; {remedy}") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path} is damaged ({problem}); delete {folder} and prepare it again") from None
    return meta


def check_tokenizer(folder, meta: dict, tokenizer: Tokenizer) -> None:
    """Raise ValueError unless the data was made with this very tokenizer."""
    if meta["tokenizer"]["merges_sha256"] != tokenizer.merges_sha256:
        raise ValueError(
            f"{folder} was made with another tokenizer ({meta['tokenizer'].get('name')}) than the model's ({tokenizer.name}); prepare it again with --tokenizer"
        )


class TokenShards:
    """One split of a data folder as one long row of tokens; the files stay on disk and are mapped into memory."""

    def __init__(self, folder, split: str, tokenizer: Tokenizer):
        meta = read_meta(folder)
        check_tokenizer(folder, meta, tokenizer)
        self.folder, self.split = Path(folder), split
        try:
            listed = [(shard["file"], shard["tokens"]) for shard in meta["splits"][split]]
        except (KeyError, TypeError):
            raise ValueError(f"{folder}/meta.json lists no {split} shards; prepare the data again") from None
        self.arrays = [self._open(self.folder / Path(name).name, tokens, tokenizer.vocab_size) for name, tokens in listed]
        self.ends = np.cumsum([len(array) for array in self.arrays])

    def _open(self, path: Path, tokens: int, vocab_size: int) -> np.ndarray:
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as problem:
            raise ValueError(f"{path} is missing or damaged ({problem}); prepare the data again") from None
        if array.ndim != 1 or array.dtype not in (np.uint16, np.uint32) or len(array) != tokens:
            raise ValueError(f"{path} is damaged: it should hold {tokens:,} token ids; prepare the data again")
        return array

    def __len__(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def read(self, start: int, stop: int) -> np.ndarray:
        """Tokens start to stop of the row, as int64; they may lie in several shards."""
        first, last = np.searchsorted(self.ends, [start, stop - 1], side="right")
        pieces = []
        for number in range(first, last + 1):
            offset = int(self.ends[number]) - len(self.arrays[number])
            pieces.append(self.arrays[number][max(0, start - offset) : stop - offset])
        return np.concatenate(pieces).astype(np.int64)


@dataclass(frozen=True)
class Batch:
    """What one optimizer step sees. `micro_batches` are (inputs, targets) pairs of int64 arrays (sequence, time): this process's
    share; `targets` counts those of the whole batch, in all processes, and `tokens` likewise what it reads."""

    micro_batches: list[tuple[np.ndarray, np.ndarray]]
    targets: int
    tokens: int


class WindowBatches:
    """Batches of windows from token shards. What step s sees is a function of (seed, s) alone: not of the micro-batch size,
    the number of processes, or what ran before. Each epoch reads every window once, in an order of its own."""

    def __init__(self, shards: TokenShards, context: int, batch_tokens: int, micro_tokens: int, seed: int, rank: int = 0, world: int = 1):
        """Raises ValueError where the shards hold not even one window. `batch_tokens` and `micro_tokens` are multiples of `context`."""
        self.shards, self.context, self.seed, self.rank, self.world = shards, context, seed, rank, world
        self.windows = count_windows(shards, context)
        self.windows_a_step, self.windows_a_micro_batch = batch_tokens // context, micro_tokens // context

    def window_numbers(self, step: int) -> np.ndarray:
        """The windows of step 1, 2, …; a step may cross from one epoch into the next."""
        places = np.arange((step - 1) * self.windows_a_step, step * self.windows_a_step)
        epochs, places = np.divmod(places, self.windows)
        return np.concatenate([shuffled(places[epochs == epoch], self.windows, self.seed, int(epoch)) for epoch in np.unique(epochs)])

    def __call__(self, step: int) -> Batch:
        numbers = self.window_numbers(step)
        shares = [numbers[i : i + self.windows_a_micro_batch] for i in range(0, len(numbers), self.windows_a_micro_batch)]
        mine = [read_windows(self.shards, share, self.context) for share in shares[self.rank :: self.world]]
        tokens = len(numbers) * self.context
        return Batch(mine, tokens, tokens)


def count_windows(shards: TokenShards, context: int) -> int:
    windows = (len(shards) - 1) // context
    if windows < 1:
        raise ValueError(f"the {shards.split} split of {shards.folder} has {len(shards):,} tokens, too few for one window of {context + 1}")
    return windows


def read_windows(shards: TokenShards, numbers, context: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, (window, context) each."""
    windows = np.stack([shards.read(number * context, number * context + context + 1) for number in map(int, numbers)])
    return windows[:, :-1], windows[:, 1:]


def validation_micro_batches(shards: TokenShards, context: int, tokens: int, micro_tokens: int):
    """The first windows of the split, `tokens` in all, as (inputs, targets) micro-batches: the same ones at every evaluation.

    Raises ValueError where the split has fewer.
    """
    windows, wanted = count_windows(shards, context), tokens // context
    if wanted < 1 or wanted > windows:
        raise ValueError(
            f"--eval-tokens {tokens:,} asks for {wanted:,} windows of {context}, and the validation split of {shards.folder} has {windows:,}: give at most {windows * context}"
        )
    size = max(1, micro_tokens // context)
    return [read_windows(shards, range(start, min(start + size, wanted)), context) for start in range(0, wanted, size)]


def shuffled(places: np.ndarray, size: int, seed: int, epoch: int) -> np.ndarray:
    """Where each of the places 0 … size−1 goes in a random order fixed by (seed, epoch): a permutation that is computed, not
    stored, so that it costs no memory for any size and never changes with a library's version.

    Six rounds of a Feistel network (Luby & Rackoff 1988) permute the next power of four; what falls outside is sent through again.
    """
    half_bits = max(1, (size - 1).bit_length() + 1 >> 1)
    mask = np.uint64((1 << half_bits) - 1)
    keys = _mix(np.arange(6, dtype=np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15 + epoch * 0xD1B54A32D192ED03) % (1 << 64)))
    result = places.astype(np.uint64)
    outside = np.ones(len(result), dtype=bool)
    while outside.any():
        left, right = result[outside] >> np.uint64(half_bits), result[outside] & mask
        for key in keys:
            left, right = right, left ^ (_mix(right ^ key) & mask)
        result[outside] = left << np.uint64(half_bits) | right
        outside[outside] = result[outside] >= size
    return result.astype(np.int64)


def _mix(x: np.ndarray) -> np.ndarray:
    """SplitMix64's output function (Steele et al. 2014): every bit of the result depends on every bit of x."""
    x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return x ^ x >> np.uint64(31)
