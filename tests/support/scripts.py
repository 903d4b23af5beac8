"""The project's scripts as a user runs them: in a process of their own, from the root."""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample" / "fineweb_edu.jsonl"
TORCHRUN = ["-m", "torch.distributed.run", "--nproc_per_node=2"]


def start_process(command, **options):
    """Start a command at the root; returns the running process, output and errors in one pipe.

    `options` are those of subprocess.Popen. Ctrl-C reaches it also if the tests run in the
    background of a shell, which lets its jobs ignore that signal.
    """
    return subprocess.Popen(
        command,
        cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def start_script(name, *arguments, two_processes=False, **options):
    """Start a script, alone or as two processes under torchrun; returns what start_process does."""
    launcher = TORCHRUN if two_processes else []
    command = [sys.executable, *launcher, str(ROOT / name), *map(str, arguments)]
    return start_process(command, **options)


def run_script(name, *arguments, **options):
    """Run a script to its end; returns its exit status and what it printed."""
    process = start_script(name, *arguments, **options)
    output, _ = process.communicate(timeout=240)
    return process.returncode, output
