"""The plan of a training run: a script makes it, and `loop.train` carries it out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from model import GPT
from text.batches import Batch, MicroBatch
from training.micro_batching import MicroBatching
from training.rewinds import Rewind, read_rewinds, rewound_schedule, shifted_step
from training.sample_log import Sample
from training.schedule import Schedule
from training.settings import TrainingSettings


@dataclass(frozen=True)
class Plan:
    """A training run, ready to start."""

    run_json: dict  # the content of run.json
    settings: TrainingSettings
    batches: Callable[[int], Batch]  # by the number of a step, counted from 1; without rewinds
    validation: dict[str, list[MicroBatch]]  # "val", or "val/PART" for each part of the data
    sample: Callable[[GPT], Sample] | None = None  # lets the model write a sample of text
    keeps_best: bool = False  # the weights with the lowest loss of "val"; if not, the newest
    shares: dict[str, float] = field(default_factory=dict)  # weight of each "val/PART" in "val"
    is_chat_model: bool = False  # tuned on conversations; its folders have a chat template
    starts_trained: bool = False  # from the weights of another model, not from new ones
    micro: MicroBatching | None = None  # how many tokens at a time; None: it cannot change

    def may_publish(self, step: int) -> bool:
        """Whether the weights after a step may be the run's model: new, untrained ones may not."""
        return step > 0 or self.starts_trained

    @property
    def steps(self) -> int:
        """The number of optimizer steps."""
        return self.settings.steps

    @property
    def can_step_down(self) -> bool:
        """Whether a step for which memory does not suffice can be repeated with less at a time."""
        return self.micro is not None and self.micro.halved() is not None

    @property
    def rewinds(self) -> tuple[Rewind, ...]:
        """What the run did after it had diverged, in this order; see rewinds.py."""
        return read_rewinds(self.run_json)

    @property
    def schedule(self) -> Schedule:
        """The learning-rate schedule."""
        return rewound_schedule(self.settings.learning_rates, self.rewinds)

    def batch_of(self, step: int) -> Batch:
        """The batch of a step: `batches(step)`, or that of a later step after a rewind."""
        return self.batches(shifted_step(step, self.rewinds))
