"""Worker processes that compute results in order and end with their parent."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def map_in_processes(
    function: Callable[[Argument], Result],
    pairs: Iterable[tuple[Argument, Any]],
    workers: int,
) -> Iterator[tuple[Result, Any]]:
    """Yield (function(argument), companion) for each (argument, companion), in order.

    About two tasks per worker are pending, so `pairs` is read only a little ahead. With one worker,
    everything runs in this process. Raises ValueError if a worker process dies.
    """
    if workers == 1:
        for argument, companion in pairs:
            yield function(argument), companion
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker) as pool:
        pending: deque[tuple[Future[Result], Any]] = deque()
        try:
            for argument, companion in pairs:
                pending.append((pool.submit(function, argument), companion))
                if len(pending) > 2 * workers:
                    yield _wait(pending.popleft())
            for task in pending:
                yield _wait(task)
        except BrokenProcessPool:
            raise ValueError(
                "a worker process died, possibly out of memory; rerun with fewer --workers"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _wait(task: tuple[Future[Result], Any]) -> tuple[Result, Any]:
    future, companion = task
    return future.result(), companion


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """End this process when its parent ends; otherwise a killed parent leaves workers waiting."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this runs in worker processes only
    parent.join()
    os._exit(1)
