"""Other processes that work on pieces of a task: in order, a few pieces ahead, and never left behind or waited for in vain."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def map_in_processes(function, pairs, workers: int):
    """Yield (function(argument), companion) for each (argument, companion), in order, with at most a few of them under way.

    With one worker it all happens here. Raises ValueError where a process dies.
    """
    if workers == 1:
        for argument, companion in pairs:
            yield function(argument), companion
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start) as pool:
        under_way = deque()
        try:
            for argument, companion in pairs:
                under_way.append((pool.submit(function, argument), companion))
                if len(under_way) > 2 * workers:
                    result, companion = under_way.popleft()
                    yield result.result(), companion
            for result, companion in under_way:
                yield result.result(), companion
        except BrokenProcessPool:
            raise ValueError(
                "a working process died, perhaps for want of memory; the same command with fewer --workers goes on"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)  # or a killed parent would leave its workers waiting for ever
