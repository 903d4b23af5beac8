"""A request to stop, made by a signal or torchrun's end, and granted after the current step."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequest:
    """The signal that asked this process to stop, if any, or the end of its launcher.

    `launcher` is the process id of torchrun, if that has started this process. If torchrun is
    killed, it can no longer send a signal, and its processes would otherwise train on unseen.
    """

    def __init__(self, signal: int | None = None, launcher: int | None = None):
        self.signal = signal
        self.launcher = launcher

    @property
    def is_made(self) -> bool:
        """Whether this process has received a signal or lost its launcher."""
        return self.signal is not None or self.is_orphaned

    @property
    def is_orphaned(self) -> bool:
        """Whether the launcher has ended: the system then gives its processes another parent."""
        return self.launcher is not None and os.getppid() != self.launcher

    @property
    def exit_status(self) -> int:
        """128 + the number of the signal, or of SIGTERM if this process received none."""
        return 128 + (self.signal or signal.SIGTERM)


@contextmanager
def stop_on_signals(launcher: int | None = None) -> Iterator[StopRequest]:
    """Note the first SIGINT or SIGTERM, so that the loop can finish its step and save.

    If `launcher` is the process id of torchrun, its end is noted, too.

    On Windows Ctrl-Break does the same. A second Ctrl-C interrupts at once. A second SIGTERM does
    not, since torchrun and batch systems may send more than one.
    """
    request = StopRequest(launcher=launcher)

    def note(number, _frame):
        if request.signal == number == signal.SIGINT:
            raise KeyboardInterrupt
        request.signal = request.signal or number

    signals = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGBREAK"):  # Windows: Ctrl-Break; no program there can send a SIGTERM
        signals.append(signal.SIGBREAK)
    previous_handlers = {number: signal.signal(number, note) for number in signals}
    try:
        yield request
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)
