"""What finetune.py prints about its data: the shares of the pools, the size of the steps."""

from collections.abc import Iterable, Sequence

from text.batches import MixedBatches, conversation_shares
from text.mixture import Mixture
from text.readings import readings_in_words, readings_of_pools

MEASURED_STEPS = 4  # the first steps, whose shares and sizes are printed
WORTH_SAYING = 1.1  # readings of the new conversations in one step


def describe_mixture(mixture: Mixture, batches: MixedBatches, steps: int) -> list[str]:
    """Lines about the pools' shares and readings, the size of the steps, and what is too long.

    Shares and sizes are those of the first few of the run's `steps`; readings are those of all.
    """
    lines = []
    first_steps = range(1, min(steps, MEASURED_STEPS) + 1)
    targets = count_targets(batches, first_steps)
    readings = readings_of_pools(batches, steps)
    for pool, pool_targets, read in zip(mixture.pools, targets, readings):
        lines.append(
            f"{pool.name}: {len(pool.conversations):,} conversations, "
            f"{pool_targets / sum(targets):.1%} of the target tokens "
            f"(asked for {pool.share:.1%}); {readings_in_words(pool, read)}"
        )
    lines.append(_describe_steps(batches, steps, first_steps))
    lines += _advise_smaller_steps(mixture, batches.batch_size)
    if mixture.too_long:
        listed = ", ".join(f"{number:,} {outcome}" for outcome, number in mixture.too_long.items())
        lines.append(f"longer than the context: {listed}")
    return lines


def _describe_steps(batches: MixedBatches, steps: int, first_steps: Sequence[int]) -> str:
    """The line about the size of the steps, as measured in the first ones."""
    size = batches.batch_size
    measured = [batches(step) for step in first_steps]
    tokens = sum(batch.tokens for batch in measured)
    padding = 1 - tokens / sum(batch.padded_tokens for batch in measured)
    rows = sum(len(batches.transformed(step)) for step in first_steps) / len(measured)
    joined = f", joined into {rows:,.0f}" if rows < size else ""
    step_tokens = f"{tokens / len(measured):,.0f} tokens each"
    return (
        f"{steps:,} steps of {size:,} conversations{joined}, {step_tokens}, {padding:.1%} padding"
    )


def _advise_smaller_steps(mixture: Mixture, batch_size: int) -> list[str]:
    """A line if a step reads the conversations of --data clearly more than once; otherwise none."""
    conversations = sum(len(mixture.pools[number].conversations) for number in mixture.new_indices)
    shares = conversation_shares(mixture.pools)
    share = sum(shares[number] for number in mixture.new_indices)  # of a step's conversations
    largest = int(conversations / share + 1e-9)  # the batch size that reads each of them once
    times = batch_size * share / conversations
    if times < WORTH_SAYING:
        return []
    return [
        f"each step reads the {conversations:,} conversations of --data {times:.1f} times; "
        f"--batch-size {largest} would take more, smaller steps"
    ]


def count_targets(batches: MixedBatches, steps: Iterable[int]) -> list[int]:
    """The number of target tokens that each pool gives to these steps together."""
    targets = [0] * len(batches.pools)
    for step in steps:
        for number, conversations in enumerate(batches.drawn(step)):
            targets[number] += sum(conversation.target_count for conversation in conversations)
    return targets
