"""Running the project's scripts as a user does: in a process of their own, from the project's folder."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "sample" / "fineweb_edu.jsonl"


def start_script(name, *args, two_processes=False, **options):
    """Start a script; returns the running process, its output and errors in one pipe."""
    launcher = ["-m", "torch.distributed.run", "--nproc_per_node=2"] if two_processes else []
    command = [sys.executable, *launcher, str(ROOT / name), *map(str, args)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def run_script(name, *args, **options):
    """Run a script to its end; returns its exit status and what it printed."""
    process = start_script(name, *args, **options)
    output, _ = process.communicate(timeout=240)
    return process.returncode, output
