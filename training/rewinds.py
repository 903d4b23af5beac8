"""Rewinds: a run that diverged, restarted from the checkpoint before the rise.

    {"step": 1000, "diverged_at": 1230, "factor": 0.5, "shift": 230, "reason": "…"}

From step 1001 on, the learning rate is multiplied by `factor`, and step s sees the batch that would
have been that of step s + `shift`: the batches that the run took on its way to the divergence are
skipped (as in PaLM; Chowdhery et al. 2022, section 5.1), and no others are missed or seen twice.
run.json holds the list, so what a step sees and its learning rate still depend on the settings, the
seed, the step and this list alone, and a resumed run repeats an uninterrupted one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from training.schedule import Schedule

MAX_REWINDS = 3  # in one run; together they divide the learning rate by 8
FACTOR = 0.5


@dataclass(frozen=True)
class Rewind:
    """One rewind. `shift` counts from the first order of the batches, and replaces earlier ones."""

    step: int  # of the checkpoint that the run restarted from
    diverged_at: int
    factor: float
    shift: int
    reason: str


def make_rewind(
    step: int, diverged_at: int, onset: int, reason: str, schedule: Schedule, before: Sequence
) -> Rewind:
    """The rewind to a step, given the rewinds before it and the schedule without any."""
    last_batch = shifted_step(diverged_at, before)
    used = max([last_batch, *(rewind.step + rewind.shift for rewind in before)])
    factor = rate_factor(onset, schedule.warmup_steps)
    return Rewind(step, diverged_at, factor, used - step, reason)


def rate_factor(onset: int, warmup_steps: int) -> float:
    """What to multiply the learning rate by, if the rise began at this step.

    A half. If the rise began during warm-up, the rate would still grow; then it is less, so that
    the peak is half the rate that the rise began with.
    """
    share_of_peak = min(1.0, onset / max(1, warmup_steps))
    return float(f"{FACTOR * share_of_peak:.3g}")


def raises_between(
    drops: Iterable[tuple[int, float]], step: int, diverged_at: int
) -> list[tuple[int, float]]:
    """The --lr-drop entries with a factor over 1 from after a checkpoint up to the divergence.

    They took effect in between, and are part of its cause.
    """
    return [(at, factor) for at, factor in drops if step < at <= diverged_at and factor > 1]


def remaining_drops(
    drops: Sequence[tuple[int, float]], rewinds: Iterable[Rewind]
) -> list[tuple[int, float]]:
    """The drops without the raises that the rewinds undo."""
    remaining = list(drops)
    for rewind in rewinds:
        undone = raises_between(remaining, rewind.step, rewind.diverged_at)
        remaining = [drop for drop in remaining if drop not in undone]
    return remaining


def shifted_step(step: int, rewinds: Iterable[Rewind]) -> int:
    """The step whose batch, in the first order of the batches, this step sees."""
    shift = 0
    for rewind in rewinds:
        if step > rewind.step:
            shift = rewind.shift
    return step + shift


def rewound_schedule(schedule: Schedule, rewinds: Sequence[Rewind]) -> Schedule:
    """The schedule with a drop at each rewind, and without the raises that it undoes."""
    drops = remaining_drops(schedule.drops, rewinds)
    drops += [(rewind.step + 1, rewind.factor) for rewind in rewinds]
    return replace(schedule, drops=tuple(drops))


def read_rewinds(content: dict) -> tuple[Rewind, ...]:
    """The rewinds in the content of a run.json. Raises ValueError if they are not valid."""
    try:
        return tuple(_read_rewind(**fields) for fields in content.get("rewinds", []))
    except TypeError:
        raise ValueError("its rewinds are not those of a training script") from None


def _read_rewind(step: int, diverged_at: int, factor: float, shift: int, reason: str) -> Rewind:
    whole = (step, diverged_at, shift)
    are_valid = all(type(number) is int and number >= 0 for number in whole)
    if not are_valid or type(factor) is not float or not 0 < factor <= 1 or type(reason) is not str:
        raise TypeError
    return Rewind(step, diverged_at, factor, shift, reason)
