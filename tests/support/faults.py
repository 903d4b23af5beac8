"""Run a script of the project and make something fail at a chosen moment; see crashes.py.

    run_with_fault({"folder": "runs/a", "kill_at": 17}, "pretrain.py", ["--out", "runs/a"])

It runs in a process of its own (tests/support/forks.py), which the fault stays in.

A moment is the number of a call that changes what is in the folder: opening a file for writing;
renaming, linking or deleting one; making or removing a folder. Python's audit hooks count them.

    kill_at N                 SIGKILL just before call N
    fail_at N, errno E        call N and all later ones fail with this error, as on a full or
                              read-only disk
    file_bytes N              no file can grow beyond N bytes (RLIMIT_FSIZE), as on a disk that
                              fills up in the middle of a write
    count_in FILE             nothing fails; the number of calls is written to FILE
"""

import math
import os
import resource
import signal
import sys
from pathlib import Path

from tests.support.small_scripts import run_small

CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class ChangeCounter:
    """An audit hook: counts calls that change a folder; kills at one, or fails all from one on."""

    def __init__(self, fault):
        self.folder = os.path.realpath(fault["folder"])
        self.kill_at = fault.get("kill_at")
        self.fail_at = fault.get("fail_at", math.inf)
        self.errno = fault.get("errno")
        self.calls = 0

    def __call__(self, event, arguments):
        if not is_change(event, arguments) or not self.is_inside(arguments[0]):
            return
        self.calls += 1
        if self.calls == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.calls >= self.fail_at:
            raise OSError(self.errno, os.strerror(self.errno), str(arguments[0]))

    def is_inside(self, path):
        if not isinstance(path, (str, Path)):  # a file descriptor
            return False
        return os.path.abspath(path).startswith(self.folder)


def is_change(event, arguments):
    """Whether an audit event is a call that changes files; see Python's table of audit events."""
    if event != "open":
        return event in CHANGES
    _, _, flags = arguments
    return isinstance(flags, int) and flags & WRITING != 0


def arm(fault):
    """Make the fault happen in this process; returns the counter of calls."""
    counter = ChangeCounter(fault)
    sys.addaudithook(counter)
    if "file_bytes" in fault:
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault["file_bytes"], resource.RLIM_INFINITY))
    return counter


def run_with_fault(fault, script, arguments):
    """Run the script in this process, which no other script may use afterwards."""
    counter = arm(fault)
    run_small(script, arguments)
    if "count_in" in fault:
        Path(fault["count_in"]).write_text(str(counter.calls))
