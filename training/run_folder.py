"""A run folder: what it holds, and whether a command may start or resume a run in it.

runs/pretrained/run.json         every setting, the data, library versions, the device
runs/pretrained/loss.csv         see loss_log.py
runs/pretrained/samples.jsonl    see sample_log.py
runs/pretrained/tensorboard/     see event_files.py; only with --tensorboard
runs/pretrained/checkpoints/     see checkpoints.py
runs/pretrained/config.json, …   the run's model, a Hugging Face GPT-2 folder
"""

import json
import platform
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from network.hardware import Hardware
from tools.files import claim_folder
from training.checkpoints import newest_checkpoint, step_of
from training.rewinds import read_rewinds, rewound_schedule
from training.run_json import find_hardware, read_run_json
from training.schedule import Schedule
from training.settings import TrainingSettings, as_lr_drop_words

# The settings that may change when a run is resumed: paths, speed, reporting, and the number of
# steps. All others have shaped what the run has learned so far.
MAY_CHANGE = {
    *("out", "data", "model"),
    *("device", "dtype", "compile", "kernels", "micro_tokens"),
    *("eval_every", "save_every", "keep", "sample_every", "on_divergence", "tensorboard"),
    *("steps", "epochs", "resume"),
}
EARLIER_SETTINGS = {"schedule": "cosine"}  # of a run from before there was a choice


@dataclass(frozen=True)
class PreviousRun:
    """What a run folder holds of an earlier run: settings, inputs, newest checkpoint, rewinds."""

    settings: dict
    inputs: dict | None
    checkpoint: Path | None
    rewinds: list[dict] = field(default_factory=list)  # as in run.json
    micro_batching: dict = field(default_factory=dict)  # likewise
    hardware: dict[str, str] = field(default_factory=dict)  # its "device" and "device_type"

    @property
    def kept_settings(self) -> dict:
        """The settings that have shaped steps; {} before the first checkpoint."""
        return self.settings if self.checkpoint else {}

    @property
    def step(self) -> int:
        """The number of steps that the checkpoint has taken; 0 without one."""
        return step_of(self.checkpoint) if self.checkpoint else 0


NEW_RUN = PreviousRun({}, None, None)


def read_previous_run(run: Path | str) -> PreviousRun:
    """Read the folder of a run to be resumed. If it holds no run yet, the result is NEW_RUN's.

    Raises ValueError if there is a checkpoint but no readable run.json.
    """
    checkpoint = newest_checkpoint(run)
    try:
        content = read_run_json(run)
    except ValueError:
        if checkpoint:
            raise
        return NEW_RUN
    settings = EARLIER_SETTINGS | content["settings"]
    if checkpoint is None:
        return PreviousRun(settings, content.get("inputs"), None)
    micro_batching = content.get("micro_batching")
    return PreviousRun(
        settings,
        content.get("inputs"),
        checkpoint,
        content.get("rewinds", []),
        micro_batching if isinstance(micro_batching, dict) else {},
        find_hardware(run),
    )


def open_run(
    run: Path,
    settings: dict,
    inputs: dict,
    hardware: Hardware,
    training: TrainingSettings,
    previous: PreviousRun,
) -> dict:
    """Claim the folder for this run; return the content of `run.json` except for the device.

    `inputs` says what the run is made from; `previous` is NEW_RUN without --resume. Raises
    ValueError or OSError if the folder cannot be used: it holds a run and --resume is missing,
    another command is writing into it, or settings or inputs differ from those of the steps taken
    so far. The first process raises it; the others raise SystemExit(2).
    """
    settings, inputs = _as_json(settings), _as_json(inputs)
    problem: list[Exception | None] = [None]
    if hardware.is_first:  # for all: another might look only after this one has begun to write
        try:
            claim_folder(run)
            check_resumable(run, settings, inputs, training.learning_rates, previous)
            check_device(run, training, hardware, previous)
        except (ValueError, OSError) as found:
            problem = [found]
    if hardware.world_size > 1:
        dist.broadcast_object_list(problem)
    if problem[0] is not None:
        raise problem[0] if hardware.is_first else SystemExit(2)
    content = {
        "script": Path(sys.argv[0]).name,
        "settings": settings,
        "inputs": inputs,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }
    if previous.rewinds:
        content["rewinds"] = previous.rewinds
    return content


def _as_json(values: dict) -> dict:
    """The values as they will be read back from run.json: tuples become lists."""
    return json.loads(json.dumps(values))


# ---- whether a run may start or resume here ----


def check_resumable(
    run: Path, settings: dict, inputs: dict, schedule: Schedule, previous: PreviousRun
) -> None:
    """Raise ValueError unless a run with these settings and inputs may start or resume here."""
    if not settings["resume"]:
        _check_new(run)
    if previous.checkpoint is None:
        _check_no_model(run)
        return
    rewinds = read_rewinds({"rewinds": previous.rewinds})
    now = rewound_schedule(schedule, rewinds)
    before = _earlier_schedule(now, previous)
    same_until = min(before.decay_start, now.decay_start)
    _check_settings(run, settings, previous, same_until)
    if previous.inputs != inputs:
        raise ValueError(
            f"{run} was trained on other data; resumed with this data, its result could not be "
            "repeated. Give the same --data, or another --out"
        )
    if settings["steps"] < previous.step:
        raise ValueError(
            f"{run} has taken {previous.step:,} steps already; --steps must be at least that, "
            f"not {settings['steps']:,}"
        )
    _warn_of_other_steps(before, now, same_until, previous.step + 1)


def _check_new(run: Path) -> None:
    if newest_checkpoint(run) or (run / "loss.csv").exists():
        raise ValueError(
            f"{run} already holds a run: resume it with --resume, or choose another --out"
        )


def _check_no_model(run: Path) -> None:
    if (run / "model.safetensors").exists():
        raise ValueError(
            f"{run} holds a trained model but no checkpoint to resume from: choose another --out, "
            "or delete it first"
        )


def _check_settings(run: Path, settings: dict, previous: PreviousRun, same_until: int) -> None:
    before = _so_far(previous.settings, previous.step)
    now = _so_far(settings, previous.step)
    may_change = set(MAY_CHANGE)
    if not (before.get("eval_every") and now["eval_every"]):  # no validation before or no longer
        may_change.add("eval_tokens")
    if previous.step <= same_until:
        may_change.add("cooldown")  # none of it has been taken
    changed = [name for name in now if name not in may_change and before.get(name) != now[name]]
    if changed:
        listed = [_describe_change(name, before.get(name), now[name]) for name in changed]
        remedy = ""
        if "lr_drop" in changed:
            repeated = " ".join(as_lr_drop_words(before["lr_drop"]))
            again = f"Repeat --lr-drop {repeated}; a" if repeated else "A"
            remedy = f". {again} new one may begin at step {previous.step + 1:,}"
        raise ValueError(
            f"{run} cannot be resumed with other settings than those of its first "
            f"{previous.step:,} steps: {', '.join(listed)}{remedy}"
        )


def check_device(
    run: Path, settings: TrainingSettings, hardware: Hardware, previous: PreviousRun
) -> None:
    """Raise ValueError if --device auto would resume a run on another type of device.

    A card that has gone missing would otherwise turn days into months without a word. An older
    run.json does not say the type; then any is allowed.
    """
    before = previous.hardware.get("device_type")
    now = hardware.device.type
    is_finished = previous.step >= settings.steps
    if before in (None, now) or settings.device != "auto" or is_finished:
        return
    device = previous.hardware.get("device", before)
    raise ValueError(
        f"{run} ran on {device}, but --device auto finds {hardware.describe()} here; to go on with "
        f"that, add --device {now}"
    )


def _so_far(settings: dict, step: int) -> dict:
    """The settings with only those learning-rate drops that have happened."""
    drops = [drop for drop in settings.get("lr_drop", []) if drop[0] <= step]
    return settings | {"lr_drop": drops}


def _describe_change(name: str, before: object, now: object) -> str:
    return f"--{name.replace('_', '-')} was {before!r}, now {now!r}"


def _earlier_schedule(now: Schedule, previous: PreviousRun) -> Schedule:
    """The schedule with the previous run's number of steps and its cooldown."""
    steps = previous.settings.get("steps", now.steps)
    cooldown = previous.settings.get("cooldown")
    is_known = type(cooldown) is float and now.cooldown is not None
    return replace(now, steps=steps, cooldown=cooldown if is_known else now.cooldown)


def _warn_of_other_steps(before: Schedule, now: Schedule, same_until: int, next_step: int) -> None:
    """If --steps has changed, say what that changes: the decay, and perhaps the next rate."""
    if before.steps == now.steps:
        return
    changed = f"--steps was {before.steps:,}, now {now.steps:,}"
    if next_step <= same_until:
        print(f"{changed}, which changes no learning rate up to step {same_until:,}")
        return
    print(
        f"warning: {changed}: the next learning rate is "
        f"{now.at(next_step):.2e} instead of {before.at(next_step):.2e}"
    )
