"""The plan of a training run: a script makes it, and `loop.train` carries it out."""

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
    batch: Callable[[int], Batch]  # from the number of a step, counted from 1, to its batch
    validation: dict[str, list[MicroBatch]]  # "val", or "val/PART" for each part of the data
    sample: Callable[[GPT], str] | None = None  # makes a sample of text for the screen
    best_by: str | None = None  # keep the weights with this split's lowest loss; None: the newest
    shares: dict[str, float] = field(default_factory=dict)  # weight of each "val/PART" in "val"
    is_chat_model: bool = False  # tuned on conversations; its folders have a chat template

    @property
    def steps(self) -> int:
        """The number of optimizer steps."""
        return self.settings.steps

    @property
    def schedule(self) -> Schedule:
        """The learning-rate schedule."""
        return self.settings.schedule
