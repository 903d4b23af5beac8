"""A request to stop, made by a signal and granted after the current step."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """The signal that asked this process to stop, if any."""

    def __init__(self, signal: int | None = None):
        self.signal = signal

    @property
    def is_made(self) -> bool:
        """Whether this process has received a signal."""
        return self.signal is not None

    @property
    def exit_status(self) -> int:
        """128 + the number of the signal, or of SIGTERM if another process received one."""
        return 128 + (self.signal or signal.SIGTERM)


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Note the first SIGINT or SIGTERM, so that the loop can finish its step and save.

    A second Ctrl-C interrupts at once. A second SIGTERM does not, since torchrun and batch systems
    may send more than one.
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
