"""Scripts with sizes at which a run takes a second; see forks.py for the processes."""

import os
import socket
import time

import prepare_fineweb
import pretrain
from tests.support.forks import ForkedProcess, run_main
from training.optimizer import Optimizer

STEP_SECONDS = 0.1  # of a slow step


def make_small():
    """Set sizes at which a run takes little and still writes several shards and commits."""
    pretrain.SIZES["tiny"] = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}
    prepare_fineweb.COMMIT_EVERY_TOKENS = 30_000


def make_slow():
    """Let every training step wait, so that a test can interrupt the run at a step."""
    take_step = Optimizer.step

    def step(self, *arguments):
        time.sleep(STEP_SECONDS)
        return take_step(self, *arguments)

    Optimizer.step = step


def run_small(name, arguments, is_slow=False, environment=None):
    """Run the `main` of a script in this process, which nothing else may use afterwards."""
    os.environ.update(environment or {})
    make_small()
    if is_slow:
        make_slow()
    run_main(name, arguments)


def start_small(name, *arguments, is_slow=False):
    """Start a script in a process of its own; returns the running process."""
    return ForkedProcess(run_small, name, list(map(str, arguments)), is_slow)


def run_small_script(name, *arguments):
    """Run a script to its end; returns its exit status and what it printed."""
    return wait_for_end(start_small(name, *arguments))


def start_two_small(name, *arguments):
    """Start a script as two processes, with the variables that torchrun sets; returns both."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    variables = [shared | {"RANK": rank, "LOCAL_RANK": rank} for rank in ("0", "1")]
    words = list(map(str, arguments))
    return [ForkedProcess(run_small, name, words, False, each) for each in variables]


def wait_for_end(process, timeout=240):
    """Wait for the end of a process; returns its exit status and what it printed."""
    output, _ = process.communicate(timeout=timeout)
    return process.returncode, output
