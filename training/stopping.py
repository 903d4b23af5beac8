"""Stopping a run: on a signal after the current step, or because its loss is not finite."""

import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.checkpoints import newest_checkpoint, step_of
from training.gradient import StepResult


class StopRequest:
    """The signal that asked the run to stop, if any."""

    def __init__(self) -> None:
        self.signal: int | None = None

    @property
    def is_made(self) -> bool:
        return self.signal is not None

    @property
    def exit_status(self) -> int:
        """128 + the signal's number; SIGTERM's if the request came from another process."""
        return 128 + (self.signal or signal.SIGTERM)


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Note the first SIGINT or SIGTERM, so that the loop can finish its step and save.

    A second Ctrl-C interrupts at once. A second SIGTERM does not: torchrun and batch systems send
    one to every process, and then another.
    """
    request = StopRequest()

    def note(number, _frame):
        if request.signal == number == signal.SIGINT:
            raise KeyboardInterrupt
        request.signal = request.signal or number

    signals = (signal.SIGINT, signal.SIGTERM)
    previous_handlers = {number: signal.signal(number, note) for number in signals}
    try:
        yield request
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)


def check_finite(result: StepResult, step: int, run: Path, is_first: bool) -> None:
    """Stop a run whose loss or gradient is not finite, before it reaches the weights.

    Raises ValueError with the step and the remedy in the first process, SystemExit(2) in others.
    """
    if math.isfinite(result.loss) and math.isfinite(result.gradient_norm):
        return
    if not is_first:
        raise SystemExit(2)
    raise ValueError(
        f"step {step}: the loss is {result.loss} and the gradient norm {result.gradient_norm}; "
        f"stopped before they reach the weights. {_remedy(run)}"
    )


def _remedy(run: Path) -> str:
    newest = newest_checkpoint(run)
    if newest is None:
        return "There is no checkpoint yet: start again with --resume and a lower --max-lr"
    return (
        f"The last good checkpoint is {newest}: resume from it at half the learning rate "
        f"with --resume --lr-drop {step_of(newest) + 1}:0.5"
    )
