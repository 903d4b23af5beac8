"""After a divergence: back to the checkpoint from before the rise, by the user or by the run.

Checkpoints from after the rise are set aside: step_0001250 becomes diverged_step_0001250, which no
command reads, so that --resume continues from before the rise. Nothing is deleted.

    --on-divergence stop      set them aside, then stop with the flags that resume the run
    --on-divergence rewind    set them aside, then go on: see rewinds.py; at most 3 times
    --on-divergence ignore    say so and go on, unless the loss or gradient is not finite
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch.distributed as dist

from network.hardware import Hardware
from tools.files import flush_folder_to_disk, move
from training.checkpoints import all_checkpoints, publish_unless_held, step_of
from training.divergence import Divergence, LossHistory
from training.plan import Plan
from training.rewinds import MAX_REWINDS, make_rewind, raises_between, rate_factor
from training.run_json import write_run_json
from training.settings import as_lr_drop_words


def recover(
    plan: Plan, run: Path, divergence: Divergence, history: LossHistory, hardware: Hardware
) -> tuple[Plan, Path]:
    """Set the bad checkpoints aside; return the plan with one more rewind, and its checkpoint.

    If the run may not rewind, raises ValueError with a remedy in the first process, SystemExit(2)
    in the others. All processes must call it, and decide alike.
    """
    decided: list = [None]
    if hardware.is_first:
        decided = [_set_aside_after_rise(run, history)]
    if hardware.world_size > 1:
        dist.broadcast_object_list(decided)
    good, aside = decided[0]
    may_publish = good is not None and not plan.keeps_best and plan.may_publish(step_of(good))
    if hardware.is_first and good and may_publish:
        publish_unless_held(good, run)  # the newest checkpoint now
    if plan.settings.on_divergence != "rewind" or not good or len(plan.rewinds) >= MAX_REWINDS:
        if not hardware.is_first:
            raise SystemExit(2)
        raise ValueError(describe_stop(plan, run, divergence, good, aside))
    rewound = _with_rewind(plan, divergence, step_of(good))
    if hardware.is_first:
        write_run_json(run, rewound.run_json | hardware.as_json())
    return rewound, good


def _with_rewind(plan: Plan, divergence: Divergence, step: int) -> Plan:
    rewind = make_rewind(
        step,
        divergence.step,
        divergence.onset,
        divergence.reason,
        plan.settings.learning_rates,
        plan.rewinds,
    )
    rewinds = [asdict(each) for each in (*plan.rewinds, rewind)]
    return replace(plan, run_json=plan.run_json | {"rewinds": rewinds})


# ---- checkpoints ----


def _set_aside_after_rise(run: Path, history: LossHistory) -> tuple[Path | None, list[Path]]:
    """Rename the checkpoints after the newest good one; return that one, and the new names."""
    checkpoints = {step_of(checkpoint): checkpoint for checkpoint in all_checkpoints(run)}
    good = history.newest_good(checkpoints)
    bad = [step for step in checkpoints if good is None or step > good]
    aside = [set_aside(checkpoints[step]) for step in reversed(bad)]
    return (None if good is None else checkpoints[good]), aside[::-1]


def set_aside(checkpoint: Path) -> Path:
    """Rename a checkpoint so that it is not taken for one; return its new path."""
    target = checkpoint.with_name(f"diverged_{checkpoint.name}")
    number = 2
    while target.exists():
        target = checkpoint.with_name(f"diverged_{checkpoint.name}_{number}")
        number += 1
    move(checkpoint, target)
    flush_folder_to_disk(checkpoint.parent)
    return target


# ---- what the user is told ----


def describe_stop(
    plan: Plan, run: Path, divergence: Divergence, good: Path | None, aside: Sequence[Path]
) -> str:
    """Why the run stopped, what was set aside, and the flags that resume it before the rise."""
    sentences = [f"step {divergence.step}: {divergence.reason}"]
    if len(plan.rewinds) >= MAX_REWINDS and plan.settings.on_divergence == "rewind":
        sentences.append(f"The run has been rewound {MAX_REWINDS} times, the most allowed")
    if aside:
        names = ", ".join(path.name for path in aside)
        sentences.append(
            f"Later checkpoints are bad and were renamed in {run / 'checkpoints'} ({names}); "
            "delete them if you need the space"
        )
    sentences.append(_remedy(plan, divergence, good, has_bad=bool(aside)))
    return ". ".join(sentences)


def _remedy(plan: Plan, divergence: Divergence, good: Path | None, has_bad: bool) -> str:
    if good is None:
        if has_bad:
            return (
                "No checkpoint is from before the rise: start again with a lower --max-lr and "
                "another --out"
            )
        return "There is no checkpoint yet: start again with --resume and a lower --max-lr"
    step = step_of(good)
    factor = rate_factor(divergence.onset, plan.settings.warmup_steps)
    rate = "half the learning rate" if factor == 0.5 else "a lower learning rate"
    raises = raises_between(plan.settings.lr_drop, step, divergence.step)
    kept = [drop for drop in plan.settings.lr_drop if drop not in raises]
    drops = " ".join(as_lr_drop_words([(step + 1, factor), *kept]))
    remedy = (
        f"The last good checkpoint is {good}: resume from it at {rate} "
        f"with --resume --lr-drop {drops}"
    )
    if kept:
        remedy += " in place of any other --lr-drop"
    elif raises:
        listed = " ".join(f"{at}:{raised:g}" for at, raised in raises)
        remedy += f", and without --lr-drop {listed}"
    return remedy
