"""`run.json`: every setting of a run, what it was made from, library versions, the device.

{"script": "pretrain.py", "settings": {"steps": 9600, "lr_drop": [[3000, 0.5]], ...},
 "inputs": {...}, "versions": {...}, "device": "...", "device_type": "cuda",
 "readings": {...}, "rewinds": [...], "micro_batching": {...}}

`readings` is there in a fine-tuning run: how often it reads each conversation and fact; see
text/readings.py. `rewinds` is there if the run diverged and was rewound; see rewinds.py.
`micro_batching` is there if the number of tokens at a time is not simply that of the flag; see
micro_batching.py.
"""

import json
from pathlib import Path

from tools.files import read_json, replace_file
from tools.messages import damaged, missing
from training.rewinds import Rewind, read_rewinds


def write_run_json(run: Path, content: dict) -> None:
    """Write run.json, and create the run's folder if it does not exist."""
    Path(run).mkdir(parents=True, exist_ok=True)
    replace_file(Path(run) / "run.json", json.dumps(content, indent=2) + "\n")


def read_run_json(run: Path | str) -> dict:
    """Read a run's `run.json`. Raises ValueError with a remedy if it is missing or corrupt."""
    path = Path(run) / "run.json"
    remedy = "choose another --out, or delete the folder"
    try:
        content = read_json(path)
        if not isinstance(content, dict) or not _are_settings(content.get("settings")):
            raise ValueError("its settings are missing or not those of a training script")
        read_rewinds(content)  # raises ValueError
        return content
    except FileNotFoundError:
        raise missing(path, "is missing", remedy) from None
    except (OSError, ValueError) as problem:
        raise damaged(path, problem, remedy) from None


def find_settings(folder: Path | str) -> dict:
    """The settings of a run, or of the run that a checkpoint belongs to.

    {} for another model folder, or if run.json cannot be read.
    """
    parent = Path(folder).absolute().parent
    is_checkpoint = parent.name == "checkpoints"
    try:
        return read_run_json(parent.parent if is_checkpoint else folder)["settings"]
    except ValueError:
        return {}


def find_hardware(run: Path | str) -> dict[str, str]:
    """What a run's run.json says of its hardware, as Hardware.as_json wrote it; {} if nothing."""
    try:
        content = read_run_json(run)
    except ValueError:
        return {}
    return {name: str(content[name]) for name in ("device", "device_type") if content.get(name)}


def read_lr_drops(run: Path | str) -> list[tuple[int, float]]:
    """The (step, factor) learning-rate drops of a run; none if it has no readable run.json."""
    try:
        drops = read_run_json(run)["settings"].get("lr_drop", [])
        return [(step, float(factor)) for step, factor in drops]
    except (ValueError, OverflowError):
        return []


def find_rewinds(run: Path | str) -> tuple[Rewind, ...]:
    """The rewinds of a run; none if it has no readable run.json."""
    try:
        return read_rewinds(read_run_json(run))
    except ValueError:
        return ()


def _are_settings(settings: object) -> bool:
    if not isinstance(settings, dict) or type(settings.get("steps", 1)) is not int:
        return False
    drops = settings.get("lr_drop", [])
    return isinstance(drops, list) and all(map(is_drop, drops))


def is_drop(drop: object) -> bool:
    """Whether this is a learning-rate drop as run.json has it, [step, factor]."""
    if not isinstance(drop, list) or len(drop) != 2:
        return False
    step, factor = drop
    return type(step) is int and type(factor) in (int, float)
