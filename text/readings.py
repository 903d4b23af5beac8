"""How often fine-tuning reads each conversation, and each thing that several conversations tell.

A fact may be asked in five phrasings, and a portrait written in five versions. Then it is read five
times as often as each of its conversations. A part's entry in meta.json may say so:

    "facts": {"share": 0.4, "subject": "fact", "versions": 5.1}
"""

from collections.abc import Sequence

from text.batches import MixedBatches
from text.examples import Pool


def readings_of_pools(batches: MixedBatches, steps: int) -> list[float]:
    """How often each pool's conversations are read in a run of `steps` steps, on average."""
    drawn = batches.drawn_before(steps + 1)
    return [count / len(pool.conversations) for count, pool in zip(drawn, batches.pools)]


def describe_readings(batches: MixedBatches, steps: int) -> list[str]:
    """A line for each pool: how often it is read in the first `steps` steps."""
    pairs = zip(batches.pools, readings_of_pools(batches, steps), strict=True)
    return [f"{pool.name}: {readings_in_words(pool, readings)}" for pool, readings in pairs]


def readings_as_json(pools: Sequence[Pool], readings: Sequence[float]) -> dict[str, dict]:
    """What run.json says: {"facts": {"conversation": 2.0, "fact": 10.2}, ...}"""
    content = {}
    for pool, read in zip(pools, readings):
        content[pool.name] = {"conversation": round(read, 3)}
        if pool.subject:
            content[pool.name][pool.subject] = round(read * pool.versions, 3)
    return content


def readings_in_words(pool: Pool, readings: float) -> str:
    """'each conversation is read 2.0 times, each fact 10.2 times in 5.1 versions'"""
    words = f"each conversation is read {readings:,.1f} times"
    if not pool.subject:
        return words
    of_subject = f"each {pool.subject} {readings * pool.versions:,.1f} times"
    return f"{words}, {of_subject} in {pool.versions:.1f} versions"
