"""Token shards: a split of a data folder, read as one long row of tokens that stays on disk.

A shard, such as `train_00000.npy`, is a one-dimensional NumPy array of token ids, uint16 or uint32.
Each document in it ends with <|endoftext|>. `TokenShards` reads all shards of a split as one row,
and the model learns from windows of that row:

    row                 a b c d e f g h i ...
    window 0, inputs    a b c d                   (context 4)
              targets     b c d e
    window 1, inputs            e f g h
              targets             f g h i
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from text.data_folder import PREPARE_AGAIN, SPLITS, check_tokenizer, load_array, read_meta
from text.splits import SMALLEST_WINDOW
from text.tokenizer import Tokenizer
from tools.messages import damaged


@dataclass(frozen=True)
class ListedShard:
    """What `meta.json` says about a shard: its file name, and how many documents and tokens."""

    file: str
    documents: int
    tokens: int


def listed_shards(folder: Path | str, meta: dict, split: str) -> list[ListedShard]:
    """The shards of a split, in order. Raises ValueError if `meta.json` does not list them."""
    try:
        return [
            ListedShard(Path(shard["file"]).name, int(shard["documents"]), int(shard["tokens"]))
            for shard in meta["splits"][split]
        ]
    except (KeyError, TypeError, ValueError, OverflowError):
        path = Path(folder) / "meta.json"
        raise damaged(path, f"it lists no {split} shards", PREPARE_AGAIN) from None


def _describe_split(folder: Path | str, meta: dict, split: str) -> str:
    shards = listed_shards(folder, meta, split)
    documents = sum(shard.documents for shard in shards)
    tokens = sum(shard.tokens for shard in shards)
    return f"{split}: {documents:,} documents, {tokens:,} tokens in {len(shards)} shard(s)"


def describe_shards(folder: Path | str) -> str:
    """One line about a folder: "train: 269 documents, 94,880 tokens in 4 shard(s); val: ...".

    Raises ValueError if `meta.json` is missing or corrupt.
    """
    meta = read_meta(folder)
    return "; ".join(_describe_split(folder, meta, split) for split in SPLITS)


def _map_shard(path: Path, tokens: int) -> np.ndarray:
    array = load_array(path, mmap_mode="r")
    if array.ndim != 1 or array.dtype not in (np.uint16, np.uint32) or len(array) != tokens:
        raise damaged(path, f"it should hold {tokens:,} token ids", PREPARE_AGAIN)
    return array


class TokenShards:
    """One split of a data folder as one row of tokens; the files are memory-mapped.

    Raises ValueError if a file is missing or corrupt, or was made with another tokenizer.
    """

    def __init__(self, folder: Path | str, split: str, tokenizer: Tokenizer):
        meta = read_meta(folder)
        check_tokenizer(folder, meta, tokenizer)
        self.folder = Path(folder)
        self.split = split
        self.vocab_size = tokenizer.vocab_size
        shards = listed_shards(folder, meta, split)
        self.paths = [self.folder / shard.file for shard in shards]
        self.arrays = [_map_shard(path, shard.tokens) for path, shard in zip(self.paths, shards)]
        self.ends = np.cumsum([len(array) for array in self.arrays])  # of each shard, in the row

    def __len__(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def read(self, start: int, stop: int) -> np.ndarray:
        """Tokens `start` to `stop` - 1 of the row, as int64; they may lie in several shards.

        Raises ValueError if one of them is not in the vocabulary.
        """
        first, last = np.searchsorted(self.ends, [start, stop - 1], side="right")
        pieces = [self._read_shard(number, start, stop) for number in range(first, last + 1)]
        return np.concatenate(pieces).astype(np.int64)

    def _read_shard(self, number: int, start: int, stop: int) -> np.ndarray:
        """Those of the tokens `start` to `stop` - 1 of the row that lie in one shard."""
        array = self.arrays[number]
        offset = int(self.ends[number]) - len(array)  # of the shard's first token, in the row
        tokens = array[max(0, start - offset) : stop - offset]
        largest = tokens.max(initial=0)
        if largest >= self.vocab_size:
            reason = f"token {largest:,} is not in the vocabulary of {self.vocab_size:,}"
            raise damaged(self.paths[number], reason, PREPARE_AGAIN)
        return tokens


def count_windows(shards: TokenShards, context: int) -> int:
    """How many windows of `context` inputs a split has. Raises ValueError if it has none."""
    windows = (len(shards) - 1) // context
    if windows < 1:
        remedy = "prepare more text"
        if context > SMALLEST_WINDOW and len(shards) > SMALLEST_WINDOW:
            remedy += f", or train a smaller model (--size tiny has windows of {SMALLEST_WINDOW})"
        raise ValueError(
            f"the {shards.split} split of {shards.folder} has {len(shards):,} tokens, "
            f"too few for one window of {context + 1}; {remedy}"
        )
    return windows


def fit_context(shards: TokenShards, context: int) -> int:
    """The context, or less if the split is smaller: it is then a single window of all its tokens.

    Returns 0 for a split without two tokens, from which nothing can be learned.
    """
    return max(0, min(context, len(shards) - 1))


def read_window(shards: TokenShards, number: int, context: int) -> np.ndarray:
    """The `context` + 1 tokens of a window: its inputs, and the target of the last one."""
    start = number * context
    return shards.read(start, start + context + 1)


def read_windows(
    shards: TokenShards, numbers: Iterable[int], context: int
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of several windows, as int64 arrays (window, context)."""
    windows = np.stack([read_window(shards, int(number), context) for number in numbers])
    return windows[:, :-1], windows[:, 1:]
