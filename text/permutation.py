"""A random order, computed rather than stored, that decides what each training step sees.

The order depends on the seed and the epoch alone. It takes no memory, however long it is, and it
never changes with the version of a library.
"""

import numpy as np

ROUNDS = 6
# Two odd 64-bit numbers that keep the keys of nearby seeds and epochs apart.
SEED_STRIDE = 0x9E3779B97F4A7C15
EPOCH_STRIDE = 0xD1B54A32D192ED03


def _mix_bits(x: np.ndarray) -> np.ndarray:
    """SplitMix64's output function (Steele et al. 2014): each output bit depends on all of `x`."""
    x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return x ^ x >> np.uint64(31)


def _round_keys(seed: int, epoch: int) -> np.ndarray:
    first = (seed * SEED_STRIDE + epoch * EPOCH_STRIDE) % 2**64
    return _mix_bits(np.arange(ROUNDS, dtype=np.uint64) + np.uint64(first))


def _feistel(numbers: np.ndarray, keys: np.ndarray, half_bits: int) -> np.ndarray:
    """Permute the numbers of 2 * `half_bits` bits: each round mixes one half into the other."""
    mask = np.uint64((1 << half_bits) - 1)
    left, right = numbers >> np.uint64(half_bits), numbers & mask
    for key in keys:
        left, right = right, left ^ (_mix_bits(right ^ key) & mask)
    return left << np.uint64(half_bits) | right


def permute(positions: np.ndarray, size: int, seed: int, epoch: int) -> np.ndarray:
    """The indices at these positions in a random order of 0, ..., size - 1.

    A Feistel network (Luby & Rackoff 1988) permutes the numbers below the next power of four. A
    result that is not below `size` goes through the network again until it is (cycle walking,
    Black & Rogaway 2002), which leaves a permutation of the numbers below `size`.
    """
    half_bits = max(1, ((size - 1).bit_length() + 1) // 2)
    keys = _round_keys(seed, epoch)
    result = positions.astype(np.uint64)
    is_outside = np.ones(len(result), dtype=bool)
    while is_outside.any():
        result[is_outside] = _feistel(result[is_outside], keys, half_bits)
        is_outside[is_outside] = result[is_outside] >= size
    return result.astype(np.int64)


def draw_indices(start: int, stop: int, size: int, seed: int) -> np.ndarray:
    """Draws `start` to `stop` - 1 of an endless series of the indices 0, ..., size - 1.

    The series goes through all indices once in every epoch, each time in a different order.
    """
    epochs, positions = np.divmod(np.arange(start, stop), size)
    pieces = [
        permute(positions[epochs == epoch], size, seed, int(epoch)) for epoch in np.unique(epochs)
    ]
    return np.concatenate(pieces) if pieces else positions
