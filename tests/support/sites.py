"""serve.py in a process of its own, for a browser to visit."""

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.scripts import ROOT


@dataclass(frozen=True)
class Site:
    """A running server: its address, "http://127.0.0.1:1234", and the folder of its votes."""

    address: str
    runs: Path


@contextmanager
def serve_models(models, runs, *options):
    """Run serve.py with models, on a free port; yields its Site."""
    command = [sys.executable, "serve.py", *map(str, models), "--port", "0", "--no-browser"]
    command += ["--runs", str(runs), "--device", "cpu", *options]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    try:
        address, _ = read_address(server)
        yield Site(address.rstrip("/"), runs)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _environment():
    """Without the variables by which NiceGUI tells that it runs in a test."""
    return {name: value for name, value in os.environ.items() if "PYTEST" not in name}


def read_address(server):
    """Read what serve.py prints until it tells its address; returns the address and the lines."""
    printed = ""
    for line in server.stdout:
        printed += line
        if line.startswith("Serving at "):
            return line.split()[2], printed
    status = server.wait()
    raise RuntimeError(f"serve.py ended with status {status} before it served anything: {printed}")
