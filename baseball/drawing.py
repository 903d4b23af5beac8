"""Pseudo-random choices that depend on a seed and on what is chosen, not on what came before."""

import hashlib
from collections.abc import Sequence


def draw(seed: int, *parts: object) -> int:
    """64 pseudo-random bits that depend on the parts and the seed only."""
    text = "|".join(map(str, parts)).encode()
    digest = hashlib.blake2b(text, digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest, "big")


def shuffled(items: Sequence, seed: int, *parts: object) -> list:
    """The items in a pseudo-random order that depends on the parts and the seed only."""
    order = [draw(seed, *parts, number) for number in range(len(items))]
    return [items[number] for number in sorted(range(len(items)), key=order.__getitem__)]
