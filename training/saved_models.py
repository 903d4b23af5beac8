"""The checkpoints of a run, and the run's own model, which is that of one of them.

    save      write a checkpoint
    publish   replace the model in the run folder: by the best, or by the newest that is good
    prune     delete old checkpoints, but never the best or the one to go back to

Only the first process does this.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from model import GPT
from text.tokenizer import Tokenizer
from training.checkpoints import (
    all_checkpoints,
    prune,
    publish_unless_held,
    save_checkpoint,
    step_of,
)
from training.divergence import LossHistory
from training.plan import Plan
from training.progress import Progress


class SavedModels:
    """What the run folder keeps of a model; `say` shows a line of text."""

    def __init__(
        self,
        plan: Plan,
        run: Path,
        model: GPT,
        tokenizer: Tokenizer,
        say: Callable[[str], object],
    ):
        self.plan, self.run = plan, run
        self.model, self.tokenizer = model, tokenizer
        self.say = say
        self.unpublished: Path | None = None  # the checkpoint, if a program keeps the model open
        self.publish_error: OSError | None = None
        self.undeleted: set[int] = set()  # steps of old checkpoints that could not be deleted

    def save(self, step: int, state: dict) -> Path:
        """Write the checkpoint of a step. Raises OSError if it cannot be written."""
        return save_checkpoint(
            self.run, step, self.model, self.tokenizer, state, self.plan.is_chat_model
        )

    def publish(self, newest: Path, is_best: bool, history: LossHistory) -> None:
        """Make the best checkpoint, or the newest good one, the run's model.

        If another program keeps the model open, a warning says so, and the next call tries again.
        """
        chosen = self._choose(newest, is_best, history) or self.unpublished
        problem = publish_unless_held(chosen, self.run) if chosen else None
        if problem and self.unpublished is None:
            self.say(
                f"warning: another program has {problem.filename2 or problem.filename} open; the "
                "run's model is not updated until a later checkpoint finds the file closed"
            )
        self.unpublished, self.publish_error = (chosen if problem else None), problem

    def check_published(self, step: int) -> None:
        """After the last step, raise OSError if the run's model could not be replaced."""
        if self.publish_error and step >= self.plan.steps:
            raise self.publish_error

    def _choose(self, newest: Path, is_best: bool, history: LossHistory) -> Path | None:
        """The checkpoint to publish after `newest` was saved; None to leave the model as it is."""
        if self.plan.keeps_best:
            return newest if is_best else None
        step = step_of(newest)
        is_published = (self.run / "model.safetensors").exists()
        checkpoints = {step_of(path): path for path in all_checkpoints(self.run)}
        if is_published or not self.plan.may_publish(0):
            checkpoints.pop(0, None)  # the start takes no trained model's place
        good = history.newest_good(checkpoints)
        if good is not None and history.is_far_worse(step):
            self.say(
                f"step {step}: the loss is far above the best so far; the run's model is that of "
                f"step {good}"
            )
            return checkpoints[good]
        if not is_published or not history.is_far_worse(step):
            return newest
        return None

    def prune(self, progress: Progress, history: LossHistory) -> None:
        """Delete old checkpoints, but neither the best nor the one to go back to."""
        steps = [step_of(checkpoint) for checkpoint in all_checkpoints(self.run)]
        wanted = (progress.best_step, history.best(steps), history.newest_good(steps))
        protected = [step for step in wanted if step is not None]
        if self.unpublished:
            protected.append(step_of(self.unpublished))
        undeleted = prune(self.run, self.plan.settings.keep, protected)
        self._warn_of_undeleted(undeleted)

    def _warn_of_undeleted(self, folders: Sequence[Path]) -> None:
        """Say what could not be deleted, once for each checkpoint."""
        steps = {int(name[0]) for path in folders if (name := re.search(r"\d+", path.name))}
        if steps - self.undeleted:
            listed = ", ".join(str(path) for path in folders)
            self.say(
                f"warning: old checkpoints could not be deleted ({listed}); another program may "
                "have a file in them open. The next checkpoint tries again"
            )
        self.undeleted |= steps
