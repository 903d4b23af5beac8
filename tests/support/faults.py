"""Run a script of the project, with something that goes wrong at a chosen moment; crashes.py chooses.

    python -m tests.support.faults '{"folder": "runs/a", "kill_at": 17}' pretrain.py --data data --out runs/a

A moment is the number of a call that changes what is in the folder: a file opened to be written, renamed, linked or deleted, a folder
made or removed. Python's audit hooks count them. The faults:

    kill_at N                 SIGKILL just before call N
    fail_at N, errno E        call N and all after it fail with that error, as on a full disk or one that may only be read
    file_bytes N              no file can grow over N bytes (RLIMIT_FSIZE), as on a disk that fills up in the middle of a write
    count_in FILE             none; how many calls there were is written into FILE
"""

import atexit
import importlib
import json
import os
import resource
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def arm(fault: dict) -> None:
    folder, calls = os.path.realpath(fault["folder"]), 0

    def hook(event, arguments):
        nonlocal calls
        if event not in CHANGES and not (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
        ):
            return
        path = arguments[0]
        if not isinstance(path, (str, Path)) or not os.path.abspath(path).startswith(folder):
            return
        calls += 1
        if calls == fault.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        if calls >= fault.get("fail_at", float("inf")):
            raise OSError(fault["errno"], os.strerror(fault["errno"]), str(path))

    sys.addaudithook(hook)
    if "file_bytes" in fault:
        resource.setrlimit(resource.RLIMIT_FSIZE, (fault["file_bytes"], resource.RLIM_INFINITY))
    if "count_in" in fault:
        atexit.register(lambda: Path(fault["count_in"]).write_text(str(calls)))


def make_small() -> None:
    """Sizes at which a run takes seconds and still writes several shards and commits."""
    import prepare_fineweb
    import pretrain

    pretrain.SIZES["tiny"] = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}
    prepare_fineweb.COMMIT_EVERY_TOKENS = 30_000


if __name__ == "__main__":
    fault, script, arguments = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3:]
    make_small()
    arm(fault)
    importlib.import_module(script.removesuffix(".py")).main(arguments)
