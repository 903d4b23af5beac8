"""Checkpoints, written so that a crash at any moment leaves a complete one.

    RUN/checkpoints/step_0003000/     a Hugging Face GPT-2 folder, and training_state.pt
    RUN/model.safetensors, …          the model of one checkpoint, published as the run's model

A checkpoint is written under a temporary name, flushed to disk, then renamed. After a crash, that
is either the new checkpoint or the one before it. A file that another program has open is waited
for; see tools/files.py.
"""

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

import torch

from model import GPT
from network.model_folder import disk_error, load_weights, save_model
from text.tokenizer import Tokenizer
from tools.files import (
    PATIENCE,
    add_path_to_errors,
    flush_file_to_disk,
    flush_folder_to_disk,
    flush_to_disk,
    is_held,
    move,
    remove_file,
    remove_folder,
    retry_while_held,
)
from tools.memory import is_out_of_memory, lacks_memory_for
from tools.messages import damaged, missing

CHECKPOINT_NAME = re.compile(r"step_(\d{7,})$")
DEVICE = re.compile(r"CUDA|MPS|XPU")  # in PyTorch's errors about accelerators


def step_of(checkpoint: Path) -> int:
    """The step in a checkpoint's name: step_0003000 -> 3000. Raises ValueError for other names."""
    name = CHECKPOINT_NAME.fullmatch(checkpoint.name)
    if name is None:
        raise ValueError(f"{checkpoint} is not the name of a checkpoint")
    return int(name[1])


def save_checkpoint(
    run: Path,
    step: int,
    model: GPT,
    tokenizer: Tokenizer,
    training_state: dict,
    is_chat_model: bool = False,
) -> Path:
    """Write RUN/checkpoints/step_NNNNNNN; return its path.

    `training_state` holds tensors and plain values only. A chat model's folder has a chat template.
    An existing checkpoint is left as it is.
    Raises OSError if the checkpoint cannot be written, and removes what was written of it.
    """
    final = Path(run) / "checkpoints" / f"step_{step:07d}"
    if final.exists():
        return final
    _remove_leftovers(final.parent)
    temporary = _temporary_name(final)
    try:
        save_model(temporary, model, tokenizer, is_chat_model)
        with add_path_to_errors(temporary / "training_state.pt"):
            _save_training_state(temporary / "training_state.pt", training_state)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)  # makes room again on a full disk
        raise
    flush_folder_to_disk(temporary)
    move(temporary, final)
    flush_folder_to_disk(final.parent)
    return final


def _temporary_name(checkpoint: Path) -> Path:
    """A free name for a checkpoint that is being written or deleted: .step_0003000.tmp.

    A number is added if a leftover with that name cannot be deleted.
    """
    name, number = checkpoint.with_name(f".{checkpoint.name}.tmp"), 2
    while name.exists():
        name, number = checkpoint.with_name(f".{checkpoint.name}_{number}.tmp"), number + 1
    return name


def _save_training_state(path: Path, training_state: dict) -> None:
    with retry_while_held(lambda: open(path, "wb")) as file:
        try:
            torch.save(training_state, file)
        except RuntimeError as problem:  # torch reports disk errors this way, and others too
            if is_out_of_memory(problem) or DEVICE.search(str(problem)):
                raise
            raise disk_error(problem, path) from None
        flush_to_disk(file)


def load_checkpoint(checkpoint: Path, model: GPT) -> dict:
    """Fill the model from a checkpoint; return its training state.

    Raises ValueError if it is corrupt or incomplete.
    """
    remedy = delete_to_resume(checkpoint)
    load_weights(checkpoint, model, remedy)
    path = checkpoint / "training_state.pt"
    try:
        return retry_while_held(lambda: torch.load(path, map_location="cpu", weights_only=True))
    except PermissionError:
        raise
    except FileNotFoundError:
        raise missing(path, "is missing", remedy) from None
    except Exception as problem:  # the unpickler and the zip reader raise exceptions of any kind
        if lacks_memory_for(path, problem):
            raise
        raise damaged(path, type(problem).__name__, remedy) from None


def delete_to_resume(checkpoint: Path) -> str:
    """The remedy for a checkpoint that --resume cannot use: it always takes the newest one."""
    return f"delete {checkpoint} to resume from the one before"


def publish(checkpoint: Path, run: Path) -> None:
    """Make a checkpoint's model the run's model. Files are replaced atomically, weights last."""
    run = Path(run)
    for source in sorted(checkpoint.iterdir(), key=lambda path: path.suffix == ".safetensors"):
        if source.name != "training_state.pt":
            _publish_file(source, run / source.name)
    flush_folder_to_disk(run)


def publish_unless_held(checkpoint: Path, run: Path) -> OSError | None:
    """`publish`; if another program keeps a file of the run's model open, return that error.

    The run can go on then: no weights are lost, and the next checkpoint can be published.
    """
    try:
        publish(checkpoint, run)
    except OSError as problem:
        if not is_held(problem):
            raise
        return problem
    return None


def _publish_file(source: Path, published: Path) -> None:
    temporary = published.with_name(published.name + ".tmp")
    remove_file(temporary)
    if published.exists() and published.samefile(source):
        return  # os.replace does nothing if both names are links to the same file
    try:
        retry_while_held(lambda: os.link(source, temporary))  # takes no time and no space
    except OSError:  # a file system without hard links, such as exFAT
        retry_while_held(lambda: shutil.copyfile(source, temporary))
        flush_file_to_disk(temporary)
    move(temporary, published)


def prune(run: Path, keep: int, protected: Collection[int] = ()) -> list[Path]:
    """Delete all but the newest `keep` checkpoints (0 keeps all), and leftovers of a crash.

    Those of the `protected` steps are kept too. Raises no OSError: returns what could not be
    deleted, so that the next call can try again.
    """
    stuck = _remove_leftovers(Path(run) / "checkpoints")
    surplus = all_checkpoints(run)[:-keep] if keep else []
    for checkpoint in surplus:
        if step_of(checkpoint) in protected:
            continue
        # Renamed first, so that a checkpoint deleted in part does not look like a valid one.
        doomed = _temporary_name(checkpoint)
        patience = 0.0 if stuck else PATIENCE
        try:
            move(checkpoint, doomed, patience)
            remove_folder(doomed, patience)
        except OSError:
            stuck.append(doomed if doomed.exists() else checkpoint)
    return stuck


def _remove_leftovers(checkpoints: Path) -> list[Path]:
    """Remove checkpoints that were being written or deleted when a crash came.

    Returns those that cannot be removed. Only the first of them is waited for.
    """
    stuck: list[Path] = []
    for leftover in sorted(checkpoints.glob(".step_*.tmp")):
        try:
            remove_folder(leftover, patience=0.0 if stuck else PATIENCE)
        except OSError:
            stuck.append(leftover)
    return stuck


def newest_checkpoint(run: Path | str) -> Path | None:
    """The checkpoint with the most steps, or None if there is no checkpoint."""
    checkpoints = all_checkpoints(run)
    return checkpoints[-1] if checkpoints else None


def all_checkpoints(run: Path | str) -> list[Path]:
    """The checkpoints of a run, the oldest first."""
    folder = Path(run) / "checkpoints"
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if CHECKPOINT_NAME.fullmatch(path.name)]
    return sorted(found, key=step_of)
