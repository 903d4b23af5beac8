"""Decoding sequences that are at different positions, and that join and leave one by one.

    decoder = StaggeredDecoder(model)
    decoder.join(cache, positions=80)       # a prompt that has been read into a cache of its own
    logits = decoder.decode(tokens)         # (sequences, vocab_size)
    decoder.keep([0, 2])                    # the second of three sequences leaves

    positions  0 1 2 3 4 5 6 7
    row 0      Who won in 1927 ? It·        the next token is written at the dot; a mask hides
    row 1      Who ? He·                    what is right of it
    row 2      Who led the league in hits·

The decoders of network/decoding.py have all sequences at the same position, so nothing is masked
and nobody can join them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from model import GPT, KVCache
from network.decoding import IDLE_BYTES, StepMemory, power_of_two
from network.sampling import to_device


class StaggeredDecoder:
    """Reads one more token of each sequence at a time; sequence n is in row n of the memory.

    The memory grows with the sequences, in powers of two. Where there are CUDA graphs, they are
    used (network/decoding.py).
    """

    def __init__(self, model: GPT):
        self.model = model
        self.lengths: list[int] = []  # tokens read of each sequence
        self._memory: StepMemory | None = None

    def join(self, cache: KVCache, positions: int) -> None:
        """Add a sequence whose first tokens are in `cache`, the only sequence there.

        `positions` is the most tokens that it will have, prompt included.
        """
        row, length = len(self.lengths), cache.length
        memory = self._make_room(row + 1, positions)
        own = memory.cache
        for layers, read in ((own.keys, cache.keys), (own.values, cache.values)):
            layers[:, row, :, :length] = read[:, 0, :, :length]
            layers[:, row, :, length:] = 0  # the mask does not hide NaN: 0 times NaN is NaN
        self.lengths.append(length)

    def decode(self, tokens: Tensor) -> Tensor:
        """Read a token of each sequence, (sequences,); return the logits, (sequences, vocab_size).

        The next call overwrites them. Raises ValueError if a sequence is longer than it was said to
        become, or if there is none.
        """
        number, memory = len(self.lengths), self._memory
        if memory is None or not self.lengths or max(self.lengths) >= memory.positions:
            raise ValueError("there is no sequence, or no room for another token of it")
        rows = power_of_two(number)
        unused = [0] * (rows - number)
        memory.position[:rows] = to_device(torch.tensor(self.lengths + unused), tokens.device)
        memory.tokens[:number] = tokens.unsqueeze(1)
        memory.run_step(self.model, rows, max(self.lengths))
        self.lengths = [length + 1 for length in self.lengths]
        return memory.logits[:number]

    def keep(self, rows: Sequence[int]) -> None:
        """Keep only some sequences, whose numbers are given in ascending order."""
        moved = [row for new_row, row in enumerate(rows) if row != new_row]
        if moved and self._memory is not None:
            first = len(rows) - len(moved)  # the rows before it stay where they are
            longest = max(self.lengths[row] for row in moved)
            index = to_device(torch.tensor(moved), self._memory.position.device)
            self._memory.move(index, first, longest)
        self.lengths = [self.lengths[row] for row in rows]
        if not rows and self._memory is not None and self._memory.cache_bytes() > IDLE_BYTES:
            self._memory = None

    def _make_room(self, rows: int, positions: int) -> StepMemory:
        """The memory, enlarged if it has fewer rows or positions."""
        old = self._memory
        if old is not None:
            if rows <= len(old.tokens) and positions <= old.positions:
                return old
            rows, positions = max(rows, len(old.tokens)), max(positions, old.positions)
        memory = StepMemory(self.model, power_of_two(rows), power_of_two(positions))
        if old is not None and self.lengths:
            kept, longest = len(self.lengths), max(self.lengths)
            memory.cache.keys[:, :kept, :, :longest] = old.cache.keys[:, :kept, :, :longest]
            memory.cache.values[:, :kept, :, :longest] = old.cache.values[:, :kept, :, :longest]
        self._memory = memory
        return memory
