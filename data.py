"""What lies on disk between prepare and train: token shards, tokenized conversations, and batches of both.

A data folder holds `train_00000.npy`, `train_00001.npy`, …, `val_00000.npy`, …: plain one-dimensional arrays of token ids,
each document followed by <|endoftext|>; `meta.json`, which says where they come from; and the tokenizer's files.
Read in order, the shards of a split are one long row of tokens; training reads it in windows of the model's context:

    tokens    t0 t1 t2 t3 t4 t5 t6 t7 t8 …        context 4
    window 0  t0 t1 t2 t3 │ t4                    inputs t0…t3, targets t1…t4
    window 1              t4 t5 t6 t7 │ t8        inputs t4…t7, targets t5…t8

Conversations are four arrays a split: `train_ids.npy` and `train_mask.npy`, all of them end to end; `train_offsets.npy`, where
each begins; and `train_parts.npy`, the number of each one's part, whose names and shares stand in `meta.json`.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from conversation import BrokenConversation, TokenizedConversation, trim
from files import claim_folder, errors_name, flush_folder_to_disk, flush_to_disk, read_json, replace_file
from tokenizer_bpe import Tokenizer

NOT_A_TARGET = -100  # in targets: a position without a loss (PyTorch's and Hugging Face's convention; model.py has the same)
NPY_HEADER_BYTES = 128  # what NumPy's format 1.0 takes for a one-dimensional array
SPLITS = ("train", "val")
MOST_PADDING = 0.05  # of a micro-batch of conversations


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
            np.lib.format.write_array_header_1_0(file, {"descr": self.dtype.str, "fortran_order": False, "shape": (self.tokens,)})
            flush_to_disk(file)
        os.replace(self._part(number), self._path(number))
        flush_folder_to_disk(self.folder)
        self.shards.append({"file": self._path(number).name, "documents": self.documents, "tokens": self.tokens})
        self.file, self.documents, self.tokens = None, 0, 0

    def commit(self) -> dict:
        """Flush to disk; return what a later ShardWriter needs to go on from exactly here (plain values)."""
        if self.file is not None:
            with errors_name(self._part(len(self.shards))):
                flush_to_disk(self.file)
        return {"shards": [dict(shard) for shard in self.shards], "open_documents": self.documents, "open_tokens": self.tokens}

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
        identity = {"name": tokenizer.name, "vocab_size": tokenizer.vocab_size, "merges_sha256": tokenizer.merges_sha256}
        self.settings = json.loads(json.dumps({**settings, "shard_tokens": shard_tokens, "tokenizer": identity}))
        self.writers, self.counts, self.position = {}, {}, None
        if not (self.folder / "meta.json").exists():
            claim_folder(folder)
        self.is_complete = (self.folder / "meta.json").exists()  # now that no other process can finish it any more
        if self.is_complete:
            self._check_settings(read_meta(folder))
            (self.folder / "progress.json").unlink(missing_ok=True)  # a crash may have come between the two
            return
        state = self._read_progress()
        tokenizer.save(self.folder)
        try:
            committed = state["splits"] if state else {}
            self.writers = {split: ShardWriter(self.folder, split, token_dtype(tokenizer), shard_tokens, committed.get(split)) for split in SPLITS}
            self.counts, self.position = (dict(state["counts"]), state["position"]) if state else ({}, None)
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(f"{self.folder / 'progress.json'} is damaged ({type(problem).__name__}: {problem}); delete {self.folder} and prepare it again") from None
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
            raise ValueError(f"{path} is damaged ({problem}); delete {self.folder} and prepare it again") from None
        self._check_settings(state)
        return state

    def _check_settings(self, made_with: dict) -> None:
        if changed := [name for name, value in self.settings.items() if made_with.get(name) != value]:
            listed = "; ".join(f"{name}: {made_with.get(name)!r}, now {self.settings[name]!r}" for name in changed)
            raise ValueError(f"{self.folder} was made with other settings ({listed}); choose another --out, or delete it first")

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

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
    meta, totals = read_meta(folder), {}
    for split in SPLITS:
        shards = listed_shards(folder, meta, split)
        totals[split] = sum(shard["documents"] for shard in shards), sum(shard["tokens"] for shard in shards), len(shards)
    return "; ".join(f"{split}: {documents:,} documents, {tokens:,} tokens in {shards} shard(s)" for split, (documents, tokens, shards) in totals.items())


def is_for_validation(text: bytes, val_fraction: float, seed: int) -> bool:
    """A hash of the text alone decides, so a document falls on the same side in every preparation of every source."""
    digest = hashlib.blake2b(text, digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest, "big") < val_fraction * 2**64


def token_dtype(tokenizer: Tokenizer):
    """The smallest type that holds every id."""
    return np.uint16 if tokenizer.vocab_size <= 1 << 16 else np.uint32


# ---- reading ----


def read_meta(folder, made_by: str = "prepare_fineweb.py") -> dict:
    """A data folder's `meta.json`. Raises ValueError where there is none or it is damaged, with the command that makes one."""
    path = Path(folder) / "meta.json"
    try:
        meta = read_json(path)
        if not isinstance(meta, dict) or not isinstance(meta["tokenizer"]["merges_sha256"], str):
            raise ValueError("not what a prepare script writes")
    except FileNotFoundError:
        remedy = "run the same prepare command again to finish it" if (Path(folder) / "progress.json").exists() else f"make it with: python {made_by} --out {folder}"
        raise ValueError(f"{folder} holds no prepared data; {remedy}") from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path} is damaged ({problem}); delete {folder} and prepare it again") from None
    return meta


def listed_shards(folder, meta: dict, split: str) -> list[dict]:
    """What meta.json says of a split's shards: "file", "documents" and "tokens" of each. Raises ValueError where it does not."""
    try:
        shards = [{"file": Path(shard["file"]).name, "documents": int(shard["documents"]), "tokens": int(shard["tokens"])} for shard in meta["splits"][split]]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ValueError(f"{folder}/meta.json lists no {split} shards; prepare the data again") from None
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
        raise ValueError(f"{path} is missing or damaged ({type(problem).__name__}: {problem}); prepare the data again") from None


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
            raise ValueError(f"{path} is damaged: it should hold {tokens:,} token ids; prepare the data again")
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
                raise ValueError(f"{self.paths[number]} is damaged: token {pieces[-1].max():,} is none of the {self.vocab_size:,}; prepare the data again")
        return np.concatenate(pieces).astype(np.int64)


@dataclass(frozen=True)
class Batch:
    """What one optimizer step sees. `micro_batches` are (inputs, targets) pairs of int64 arrays (sequence, time): this process's
    share; `targets` counts those of the whole batch, in all processes, `tokens` likewise what it reads, `places` that with padding."""

    micro_batches: list[tuple[np.ndarray, np.ndarray]]
    targets: int
    tokens: int
    places: int


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
        return draw((step - 1) * self.windows_a_step, step * self.windows_a_step, self.windows, self.seed)

    def __call__(self, step: int) -> Batch:
        numbers = self.window_numbers(step)
        shares = [numbers[i : i + self.windows_a_micro_batch] for i in range(0, len(numbers), self.windows_a_micro_batch)]
        mine = [read_windows(self.shards, share, self.context) for share in shares[self.rank :: self.world]]
        tokens = len(numbers) * self.context
        return Batch(mine, tokens, tokens, tokens)


# ---- conversations ----


def save_conversations(folder, conversations: dict[str, list[tuple[TokenizedConversation, str]]], meta: dict, tokenizer: Tokenizer) -> None:
    """Write each split's (conversation, name of its part) pairs, the tokenizer, and last `meta.json`, whose "parts" names them."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    parts = list(meta["parts"])
    (folder / "meta.json").unlink(missing_ok=True)  # so that a crash never leaves one preparation's meta.json beside another's arrays
    for split, pairs in conversations.items():
        lengths = [len(conversation) for conversation, _ in pairs]
        nothing = [np.zeros(0)]
        arrays = {
            "ids": np.concatenate([conversation.ids for conversation, _ in pairs] or nothing).astype(token_dtype(tokenizer)),
            "mask": np.concatenate([conversation.mask for conversation, _ in pairs] or nothing).astype(np.uint8),
            "offsets": np.cumsum([0, *lengths], dtype=np.int64),
            "parts": np.array([parts.index(part) for _, part in pairs], dtype=np.uint8),
        }
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            replace_file(folder / f"{split}_{name}.npy", content.getvalue())
    identity = {"name": tokenizer.name, "vocab_size": tokenizer.vocab_size, "merges_sha256": tokenizer.merges_sha256}
    replace_file(folder / "meta.json", json.dumps({**meta, "tokenizer": identity}, indent=2) + "\n")


@dataclass
class Pool:
    """Conversations to draw from, and the share of a batch's target tokens that they get; `mean_targets` is how many targets
    one of them has on average."""

    name: str
    share: float
    conversations: Sequence[TokenizedConversation]
    mean_targets: float
    is_replay: bool = False


def is_conversation_folder(folder) -> bool:
    return "parts" in read_meta(folder)


def read_pools(folder, split: str, tokenizer: Tokenizer, context: int, dropped: dict[str, int]) -> list[Pool]:
    """One pool a part of a data folder: conversations trimmed to the context, or a folder of token shards as one pool.

    Shares are those of meta.json where it states them, otherwise the parts' own. `dropped` counts, by reason, what trimming cost.
    Raises ValueError where the folder is missing, damaged, empty, or of another tokenizer.
    """
    meta = read_meta(folder, "prepare_baseball.py" if "baseball" in Path(folder).name else "prepare_nectar.py")
    check_tokenizer(folder, meta, tokenizer)
    if not is_conversation_folder(folder):
        shards = TokenShards(folder, split, tokenizer)
        return [Pool(re.sub(r"[^\w .+-]", "_", Path(folder).name), 1.0, WindowConversations(shards, context), context)]
    asked_shares = _shares_of_parts(folder, meta)
    names = list(asked_shares)
    by_part = {part: [] for part in names}
    for conversation, number in _read_conversations(folder, split, len(names), tokenizer.vocab_size):
        try:
            pieces = trim(conversation, tokenizer.end_of_text, context)
            shortened = len(conversation) > context
            dropped["trimmed to the context"] = dropped.get("trimmed to the context", 0) + shortened
            by_part[names[number]] += [piece for piece in pieces if piece.mask[1:].any()]
        except BrokenConversation as reason:
            dropped[str(reason)] = dropped.get(str(reason), 0) + 1
    targets = {part: sum(int(conversation.mask[1:].sum()) for conversation in conversations) for part, conversations in by_part.items()}
    shares = {part: asked_shares[part] for part in names if targets[part]}
    if not shares:
        raise ValueError(f"{folder} has no {split} conversations that fit a context of {context}; prepare more")
    if None in shares.values():
        shares = {part: targets[part] for part in shares}
    total = sum(shares.values())
    return [Pool(part, share / total, by_part[part], targets[part] / len(by_part[part])) for part, share in shares.items()]


def _shares_of_parts(folder, meta: dict) -> dict[str, float | None]:
    """The parts that meta.json names, with their shares where it states them. Raises ValueError where it is damaged."""
    try:
        shares = {part: (about or {}).get("share") for part, about in meta["parts"].items()}
        if not all(re.fullmatch(r"[\w .+-]{1,100}", part) and (share is None or 0 < float(share) < float("inf")) for part, share in shares.items()):
            raise ValueError("a part's name or share")
        return {part: None if share is None else float(share) for part, share in shares.items()}
    except (AttributeError, TypeError, ValueError, OverflowError) as problem:
        raise ValueError(f"{folder}/meta.json is damaged ({problem}); prepare the data again") from None


def _read_conversations(folder, split: str, parts: int, vocab_size: int):
    """Yield (TokenizedConversation, number of its part)."""
    paths = {name: Path(folder) / f"{split}_{name}.npy" for name in ("ids", "mask", "offsets", "parts")}
    try:
        arrays = {name: _load_array(path) for name, path in paths.items()}
        ids, mask, offsets, numbers = arrays.values()
        if any(array.ndim != 1 or array.dtype.kind not in "iu" for array in arrays.values()):
            raise ValueError("arrays of whole numbers should be there")
        fits = len(ids) == len(mask) == offsets[-1] and len(numbers) == len(offsets) - 1 and (np.diff(offsets) > 0).all() and offsets[0] == 0
        if not fits or not all(0 <= array.min(initial=0) and array.max(initial=0) < limit for array, limit in ((numbers, max(1, parts)), (ids, vocab_size), (mask, 2))):
            raise ValueError("the arrays do not fit together")
    except (ValueError, IndexError, TypeError) as problem:
        raise ValueError(f"{folder}: the {split} conversations are missing or damaged ({problem}); prepare them again") from None
    for start, end, number in zip(offsets[:-1], offsets[1:], numbers):
        yield TokenizedConversation(ids[start:end].astype(np.int64), mask[start:end]), int(number)


class WindowConversations:
    """Token shards as a sequence of conversations: windows of context + 1 tokens, all of them learned."""

    def __init__(self, shards: TokenShards, context: int):
        self.shards, self.context, self.windows = shards, context, count_windows(shards, context)

    def __len__(self) -> int:
        return self.windows

    def __getitem__(self, number: int) -> TokenizedConversation:
        ids = self.shards.read(number * self.context, number * self.context + self.context + 1)
        return TokenizedConversation(ids, np.ones_like(ids))


class MixedBatches:
    """Batches of `batch_size` conversations from several pools. What step s sees is a function of (seed, s) alone; each pool is
    read in an order of its own, again and again, and gets its share of the *target tokens*: a pool of short answers gives more
    conversations than one of long articles."""

    def __init__(self, pools: list[Pool], batch_size: int, micro_tokens: int, seed: int, rank: int = 0, world: int = 1, length_multiple: int = 1):
        self.pools, self.batch_size, self.micro_tokens, self.seed = pools, batch_size, micro_tokens, seed
        self.rank, self.world, self.length_multiple = rank, world, length_multiple
        weights = np.array([pool.share / pool.mean_targets for pool in pools])
        self.conversation_shares = weights / weights.sum()
        self._ends = np.append(np.cumsum(self.conversation_shares)[:-1], 1.0)

    def drawn_before(self, step: int) -> list[int]:
        """How many conversations each pool has given before this step."""
        total = (step - 1) * self.batch_size
        return np.diff(np.floor(total * self._ends + 1e-9).astype(np.int64), prepend=0).tolist()

    def drawn(self, step: int) -> list[list[TokenizedConversation]]:
        """What each pool gives to this step."""
        ranges = zip(self.pools, self.drawn_before(step), self.drawn_before(step + 1))
        return [[pool.conversations[place] for place in self._places(number, start, end)] for number, (pool, start, end) in enumerate(ranges)]

    def _places(self, number: int, start: int, end: int) -> list[int]:
        size = len(self.pools[number].conversations)
        return draw(start, end, size, self.seed + 1000 * number).tolist()

    def __call__(self, step: int) -> Batch:
        chosen = sum(self.drawn(step), [])
        targets = sum(int(conversation.mask[1:].sum()) for conversation in chosen)
        tokens = sum(len(conversation) - 1 for conversation in chosen)
        micro_batches = sorted(pack(chosen, self.micro_tokens, self.length_multiple), key=lambda micro_batch: micro_batch[0].size, reverse=True)
        mine = micro_batches[self.rank :: 2 * self.world] + micro_batches[2 * self.world - 1 - self.rank :: 2 * self.world]  # dealt there and back: equal work
        return Batch(mine, targets, tokens, sum(inputs.size for inputs, _ in micro_batches))


def pack(conversations: list[TokenizedConversation], micro_tokens: int, length_multiple: int = 1) -> list[tuple[np.ndarray, np.ndarray]]:
    """(inputs, targets) micro-batches of at most `micro_tokens` places each, unless one conversation alone is longer.

    Conversations of like length come together, and a micro-batch ends before its padding reaches MOST_PADDING; after that, lengths are
    rounded up to `length_multiple`. Padding and what the human says are NOT_A_TARGET.
    """
    micro_batches, group, tokens = [], [], 0
    for conversation in sorted(conversations, key=len, reverse=True):
        if group:
            longest, rows = len(group[0]) - 1, len(group) + 1
            is_full = rows * round_up(longest, length_multiple) > micro_tokens
            if is_full or tokens + len(conversation) - 1 < (1 - MOST_PADDING) * rows * longest:
                micro_batches.append(pad(group, length_multiple))
                group, tokens = [], 0
        group.append(conversation)
        tokens += len(conversation) - 1
    return micro_batches + ([pad(group, length_multiple)] if group else [])


def round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def pad(group: list[TokenizedConversation], length_multiple: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, (conversation, time) each, of conversations of which the first is the longest."""
    length = round_up(len(group[0]) - 1, length_multiple)
    inputs = np.zeros((len(group), length), dtype=np.int64)
    targets = np.full((len(group), length), NOT_A_TARGET, dtype=np.int64)
    for row, conversation in enumerate(group):
        inputs[row, : len(conversation) - 1] = conversation.ids[:-1]
        targets[row, : len(conversation) - 1] = np.where(conversation.mask[1:], conversation.ids[1:], NOT_A_TARGET)
    return inputs, targets


# ---- windows of token shards ----


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


def unigram_loss(shards: TokenShards, micro_batches, vocab_size: int) -> float:
    """Mean loss in nats of guessing every target by how often it occurs in the first 2^24 training tokens, each token counted once
    more than it occurs (add-one smoothing): what a model stays above as long as it makes no use of context."""
    counts = np.bincount(shards.read(0, min(len(shards), 1 << 24)), minlength=vocab_size) + 1.0
    losses = np.log(counts.sum()) - np.log(counts)
    return float(losses[np.concatenate([targets.ravel() for _, targets in micro_batches])].mean())


def draw(start: int, end: int, size: int, seed: int) -> np.ndarray:
    """Draws number start to end of an endless series that takes each of 0 … size−1 once an epoch, each epoch in its own order."""
    epochs, places = np.divmod(np.arange(start, end), size)
    return np.concatenate([shuffled(places[epochs == epoch], size, seed, int(epoch)) for epoch in np.unique(epochs)] or [places])


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
