"""Reading the batch of the next step while the device works on this one.

A batch of 2^19 tokens is 512 windows from random places. From the page cache they come in 66 ms,
measured on one slow core; from a hard disk, at about 10 ms for each place, in 5 s.

A batch depends on the seed and the step alone, so reading it early does not change it. A thread is
enough: NumPy releases Python's lock while it waits for the disk (for windows of more than 500
tokens), and nothing has to be copied between processes.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

from network.hardware import Hardware
from text.batches import Batch

CHECK_SECONDS = 0.5  # on Windows, Ctrl-C is not noticed while Python waits for a thread


def reads_ahead(hardware: Hardware) -> bool:
    """Whether to read ahead on this hardware: not on a CPU.

    There the thread would take its time from the computation, and reading is at most 0.2% of a
    step (EXPERIMENTS.md).
    """
    return hardware.device.type != "cpu"


class BatchReader:
    """Gives the batches of consecutive steps; if `ahead`, reads the next one in a thread.

    `batch_of(step)` makes a batch. After `last_step` nothing is read. A reader that is no longer
    needed can be dropped: its thread ends with the batch it is reading, and does not keep the
    process from ending. At most one batch is kept beside the one that was given out.
    """

    def __init__(self, batch_of: Callable[[int], Batch], last_step: int, ahead: bool):
        self._batch_of = batch_of
        self._last_step = last_step
        self._ahead = ahead
        self._next: tuple[int, Future[Batch]] | None = None

    def read(self, step: int) -> Batch:
        """The batch of a step. Raises what `batch_of` raises for it."""
        batch = self._take(step)
        if self._ahead and step < self._last_step:
            self._next = (step + 1, self._start(step + 1))
        return batch

    def _take(self, step: int) -> Batch:
        """The batch that was read ahead; if that is another step's, it is discarded."""
        pending, self._next = self._next, None
        if pending and pending[0] == step:
            return _result(pending[1])
        return self._batch_of(step)

    def _start(self, step: int) -> Future[Batch]:
        """Begin to read the batch of a step; return its future result or error."""
        future: Future[Batch] = Future()

        def work() -> None:
            try:
                future.set_result(self._batch_of(step))
            except BaseException as problem:
                future.set_exception(problem)  # raised where the batch is asked for

        threading.Thread(target=work, name=f"batch of step {step}", daemon=True).start()
        return future


def _result(future: Future[Batch]) -> Batch:
    while not future.done():
        wait([future], CHECK_SECONDS)
    return future.result()
