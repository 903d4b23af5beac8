"""What a script decides about a training run, and `loop.train` carries out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from model import GPT
from text.batches import Batch, MicroBatch
from training.schedule import Schedule
from training.settings import TrainingSettings


@dataclass(frozen=True)
class Plan:
    """A training run, ready to start."""

    run_json: dict  # the content of run.json
    settings: TrainingSettings
    batch: Callable[[int], Batch]  # what a step sees, from its number
    validation: dict[str, list[MicroBatch]]  # "val", or "val/PART" for each part of the data
    sample: Callable[[GPT], str] | None = None  # text for the screen
    best_by: str | None = None  # split whose lowest loss chooses the run's weights; None: newest
    shares: dict[str, float] = field(default_factory=dict)  # of each "val/PART" in "val"

    @property
    def steps(self) -> int:
        return self.settings.steps

    @property
    def schedule(self) -> Schedule:
        return self.settings.schedule
