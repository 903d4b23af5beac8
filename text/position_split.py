"""Where token shards are cut if the end of the data is for validation (--split position).

The cut is at the start of a document if one starts in the last tokens asked for, and at least half
of them come after it. Otherwise, as in a single book, it is inside a document:

    row          a b . c d e f g .        (. is <|endoftext|>)
    3 tokens     a b . c d .   f g .      training keeps 6 tokens, the last one instead of e
    7 tokens     a b .         c d e f g .
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cut:
    """Where the training split ends: in the shard with this number, after so many of its tokens."""

    shard: int
    open_tokens: int
    open_documents: int  # whole documents among them
    val_start: int  # the first token of the validation split, in the row of all shards


class ShardRow:
    """The closed shards of a split as one row of tokens."""

    def __init__(self, arrays: list[np.ndarray], end_of_text: int):
        self.arrays = arrays
        self.end_of_text = end_of_text
        self.starts = np.cumsum([0, *map(len, arrays)]).tolist()  # of each shard, and the row's end

    def find_cut(self, val_tokens: int) -> Cut:
        """The cut that leaves about the last `val_tokens` tokens, at least 1 and not all."""
        end = self.starts[-1]
        wanted = end - val_tokens
        at_document = self._first_document_from(wanted)
        is_between = end - at_document >= val_tokens / 2
        val_start = at_document if is_between else wanted
        train_end = val_start if is_between else wanted - 1  # makes room for an <|endoftext|>
        shard = int(np.searchsorted(self.starts, train_end, side="right")) - 1
        open_tokens = train_end - self.starts[shard]
        documents = np.count_nonzero(self.arrays[shard][:open_tokens] == self.end_of_text)
        return Cut(shard, open_tokens, int(documents), val_start)

    def _first_document_from(self, position: int) -> int:
        """Where the first document at or after a position starts; the row's end if none does."""
        for start, array in zip(self.starts, self.arrays):
            first = max(0, position - 1 - start)  # of the tokens after which one might start
            ends = np.flatnonzero(array[first:] == self.end_of_text)
            if len(ends):
                return start + first + int(ends[0]) + 1
        return self.starts[-1]

    def documents_from(self, position: int) -> Iterator[np.ndarray]:
        """The documents from a position on; the first one may lack its beginning."""
        for start, array in zip(self.starts, self.arrays):
            tokens = array[max(0, position - start) :]
            ends = (np.flatnonzero(tokens == self.end_of_text) + 1).tolist()
            for first, last in zip([0, *ends], ends):
                yield tokens[first:last]
