"""run_folder."""

import json
import os
import platform
import re
import shutil
import sys
from pathlib import Path
from typing import Callable

import numpy as np
import torch
import torch.distributed as dist

from model import GPT
from network.hardware import Hardware
from network.model_folder import _errno_in, load_weights, save_model
from text.tokenizer import Tokenizer
from tools.files import (
    claim_folder,
    errors_name,
    flush_file_to_disk,
    flush_folder_to_disk,
    flush_to_disk,
    read_json,
    replace_file,
)

CHECKPOINT_NAME = re.compile(r"step_(\d{7,})$")


def save_checkpoint(run, step: int, model: GPT, tokenizer: Tokenizer, training_state: dict) -> Path:
    """Write RUN/checkpoints/step_NNNNNNN under a temporary name, flush it to disk, then give it its name.

    `training_state` holds tensors and plain values only. A checkpoint that is there already is left as it is. Raises OSError where
    the disk does not take it; nothing of it is left there then.
    """
    final = Path(run) / "checkpoints" / f"step_{step:07d}"
    if final.exists():
        return final
    temporary = final.with_name(f".{final.name}.tmp")
    _remove_leftovers(final.parent)
    try:
        save_model(temporary, model, tokenizer)
        with errors_name(temporary / "training_state.pt"):
            _save_training_state(temporary / "training_state.pt", training_state)
    except OSError:
        shutil.rmtree(
            temporary, ignore_errors=True
        )  # whoever has to make room should not have to look for it
        raise
    flush_folder_to_disk(temporary)
    os.replace(temporary, final)
    flush_folder_to_disk(final.parent)
    return final


def _save_training_state(path: Path, training_state: dict) -> None:
    with open(path, "wb") as file:
        try:
            torch.save(training_state, file)
        except RuntimeError as problem:  # torch's way of passing on what the disk says
            raise OSError(_errno_in(problem), "not written to the end", str(path)) from None
        flush_to_disk(file)


def _remove_leftovers(checkpoints: Path) -> None:
    """What a crash left of a checkpoint that was being written or deleted."""
    for leftover in checkpoints.glob(".step_*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)


def newest_checkpoint(run) -> Path | None:
    """The checkpoint with the most steps, or None."""
    checkpoints = _checkpoints(run)
    return checkpoints[-1] if checkpoints else None


def load_checkpoint(checkpoint: Path, model: GPT) -> dict:
    """Fill the model from a checkpoint; return its training state. Raises ValueError where it is damaged."""
    load_weights(checkpoint, model)
    path = checkpoint / "training_state.pt"
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (
        Exception
    ) as problem:  # torch raises whatever its unpickler or the zip reader stumbles on
        raise ValueError(
            f"{path} is damaged ({type(problem).__name__}); delete {checkpoint} to resume from the one before"
        ) from None


def publish(checkpoint: Path, run) -> None:
    """Make a checkpoint's model the run folder's own; each file is replaced in one step, the weights last."""
    run = Path(run)
    for source in sorted(checkpoint.iterdir(), key=lambda path: path.suffix == ".safetensors"):
        published, temporary = run / source.name, run / (source.name + ".tmp")
        temporary.unlink(missing_ok=True)
        if source.name == "training_state.pt" or (
            published.exists() and published.samefile(source)
        ):
            continue  # of two names of one file, `replace` would leave both
        try:
            os.link(source, temporary)  # the same bytes under a second name: no time, no space
        except OSError:  # a file system without hard links
            shutil.copyfile(source, temporary)
            flush_file_to_disk(temporary)
        os.replace(temporary, published)
    flush_folder_to_disk(run)


def prune(run, keep: int) -> None:
    """Delete all but the newest `keep` checkpoints (0 keeps all), and what a crash left of others."""
    _remove_leftovers(Path(run) / "checkpoints")
    for checkpoint in _checkpoints(run)[:-keep] if keep else []:
        doomed = checkpoint.with_name(
            f".{checkpoint.name}.tmp"
        )  # so that half a checkpoint never bears a checkpoint's name
        os.replace(checkpoint, doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _checkpoints(run) -> list[Path]:
    folder = Path(run) / "checkpoints"
    found = (
        [path for path in folder.iterdir() if CHECKPOINT_NAME.fullmatch(path.name)]
        if folder.is_dir()
        else []
    )
    return sorted(found, key=lambda path: int(CHECKPOINT_NAME.fullmatch(path.name)[1]))


def write_run_json(run, content: dict) -> None:
    Path(run).mkdir(parents=True, exist_ok=True)
    replace_file(Path(run) / "run.json", json.dumps(content, indent=2) + "\n")


def read_run_json(run) -> dict:
    """Raises ValueError where there is none or it is damaged."""
    path = Path(run) / "run.json"
    try:
        content = read_json(path)
        settings = content.get("settings") if isinstance(content, dict) else None
        drops = settings.get("lr_drop", []) if isinstance(settings, dict) else None
        if (
            not isinstance(drops, list)
            or type(settings.get("steps", 1)) is not int
            or any(
                not isinstance(drop, list)
                or len(drop) != 2
                or type(drop[0]) is not int
                or type(drop[1]) not in (int, float)
                for drop in drops
            )
        ):
            raise ValueError("its settings are missing or not what a training script writes")
        return content
    except (OSError, ValueError) as problem:
        raise ValueError(f"{path} is missing or damaged ({problem})") from None


MAY_CHANGE = {
    "out",
    "resume",
    "device",
    "dtype",
    "compile",
    "kernels",
    "micro_tokens",
    "eval_every",
    "save_every",
    "keep",
    "sample_every",
    "data",
    "model",
    "epochs",
}


def open_run(
    run: Path, args, inputs: dict, hardware: Hardware, learning_rate: Callable[[int], float]
) -> dict:
    """What `run.json` will say: every setting, what the run is made from (`inputs`), versions and device.

    Raises ValueError where the folder holds a run and `--resume` is not given, where another process writes into it, or where resuming
    would change its past: what it has done, and how. Steps still to come, their learning-rate drops, speed, reporting and places may change.
    """
    settings = json.loads(json.dumps(vars(args)))
    problem = [None]
    if hardware.rank == 0:  # decides for all: the others may come when it has begun to write
        try:
            claim_folder(run)
            _check_past(run, settings, inputs, learning_rate)
        except (ValueError, OSError) as found:
            problem = [found]
    if hardware.world > 1:
        dist.broadcast_object_list(problem)
    if problem[0] is not None:
        raise problem[0] if hardware.rank == 0 else SystemExit(2)
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    return {
        "script": Path(sys.argv[0]).name,
        "settings": settings,
        "inputs": inputs,
        "versions": versions,
        "device": hardware.describe(),
    }


def _check_past(
    run: Path, settings: dict, inputs: dict, learning_rate: Callable[[int], float]
) -> None:
    """Raise ValueError where these settings and inputs do not go on with what stands in the folder."""
    newest = newest_checkpoint(run)
    if (newest or (run / "loss.csv").exists()) and not settings["resume"]:
        raise ValueError(
            f"{run} already holds a run: --resume goes on with it, another --out starts a new one"
        )
    if not newest and (run / "model.safetensors").exists():
        raise ValueError(
            f"{run} holds a trained model, but no checkpoint to go on from: choose another --out, or delete it first"
        )
    if newest:
        step, old = int(newest.name.removeprefix("step_")), read_run_json(run)
        before = (
            {"steps": settings["steps"]}
            | old["settings"]
            | {"lr_drop": [drop for drop in old["settings"].get("lr_drop", []) if drop[0] <= step]}
        )
        now = settings | {
            "lr_drop": [drop for drop in settings.get("lr_drop", []) if drop[0] <= step]
        }
        may_change = (
            MAY_CHANGE
            | {"steps"}
            | ({"eval_tokens"} if not (before.get("eval_every") and now["eval_every"]) else set())
        )
        if changed := [
            name for name in now if name not in may_change and before.get(name) != now[name]
        ]:
            listed = ", ".join(
                f"--{name.replace('_', '-')} was {before.get(name)!r}, now {now[name]!r}"
                for name in changed
            )
            raise ValueError(
                f"{run} cannot be resumed with other settings, since its first {step:,} steps were made with them: {listed}"
            )
        if old.get("inputs") != json.loads(json.dumps(inputs)):
            raise ValueError(
                f"{run} was trained on other data or from another model than is now given; what it has learned would no longer be repeatable"
            )
        if settings["steps"] < step:
            raise ValueError(
                f"{run} has taken {step:,} steps already; --steps must be at least that, not {settings['steps']:,}"
            )
        if before["steps"] != settings["steps"]:
            rates = [
                f"{learning_rate(step + 1):.2e}",
                f"{learning_rate.func(step + 1, **learning_rate.keywords | {'steps': before['steps']}):.2e}",
            ]
            print(
                f"warning: --steps was {before['steps']:,}, now {settings['steps']:,}: the next learning rate is {rates[0]} instead of {rates[1]}"
            )
