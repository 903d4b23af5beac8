"""Processes forked from one that has imported PyTorch: importing it takes five seconds in each.

Everything but the start is as in any process: memory, output, exit status, signals, limits. What
is about the start itself belongs in tests/support/scripts.py.
"""

import importlib
import multiprocessing
import os
import subprocess
import sys
import threading

from tests.support.scripts import ROOT

# What training imports (making an optimizer imports torch._dynamo), and compare.py.
IMPORTED = ["torch._dynamo", "training.loop", "training.check", "evaluation.scores", "matplotlib"]


def forking_context():
    """The `multiprocessing` context of such processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def run_two_processes(function, *arguments):
    """Call function(rank, *arguments) in two processes; raises if one of them fails."""
    import torch

    forking_context()
    torch.multiprocessing.start_processes(function, arguments, nprocs=2, start_method="forkserver")


class ForkedProcess:
    """A function in a forked process, with what tests use of subprocess.Popen.

    Output and errors go into one pipe, which a thread empties: a process whose pipe is full waits.
    """

    def __init__(self, function, *arguments):
        context = forking_context()
        self._output, its_output = context.Pipe(duplex=False)
        self._process = context.Process(target=_call, args=(its_output, function, arguments))
        self._process.start()
        its_output.close()
        self._printed = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with open(self._output.fileno(), errors="replace", closefd=False) as file:
            self._printed = file.read()

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self._process.exitcode

    def kill(self):
        self._process.kill()

    def send_signal(self, number):
        os.kill(self._process.pid, number)

    def communicate(self, timeout=None):
        """Wait for the end; returns what was printed, and None."""
        for awaited in (self._process, self._reader):
            awaited.join(timeout)
            if awaited.is_alive():
                raise subprocess.TimeoutExpired(self._process.name, timeout)
        return self._printed, None


def _call(output, function, arguments):
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - open to the end
    sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115 - by lines
    os.chdir(ROOT)
    try:
        function(*arguments)
    finally:
        join_threads()


def join_threads():
    """Wait for the other threads, as Python does at the end of any process.

    `multiprocessing` waits for worker processes first, which threads may still have to stop.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def run_main(name, arguments):
    """Call the `main` of a script."""
    importlib.import_module(name.removesuffix(".py")).main(arguments)
