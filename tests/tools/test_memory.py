"""Running out of memory, in Python, NumPy, PyTorch and the operating system."""

import argparse
import errno
import resource

import numpy as np
import pytest
import torch

from tests.support.scripts import run_script as run_in_a_process
from tools.command_line import run_script
from tools.memory import is_out_of_memory, lacks_memory_for


class OutOfMemoryError(RuntimeError):
    """Stands in for PyTorch's exception of the same name."""


def what_is_raised(work):
    try:
        work()
    except Exception as problem:
        return problem
    raise AssertionError("nothing was raised")


def torch_fails():
    torch.empty(1 << 50, dtype=torch.uint8)


def numpy_fails():
    np.empty(1 << 58, dtype=np.uint8)


def the_system_fails():
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


def the_gpu_fails():
    raise OutOfMemoryError("CUDA out of memory")


def cpp_fails():
    raise RuntimeError("std::bad_alloc")


def windows_fails():
    raise RuntimeError("[enforce fail] data. DefaultCPUAllocator: not enough memory: you tried")


FAILURES = [torch_fails, numpy_fails, the_system_fails, the_gpu_fails, cpp_fails, windows_fails]


def end_of(work, capsys, *flags):
    """The exit status of a script with these flags, and its last words."""
    parser = argparse.ArgumentParser(prog="script.py")
    for flag in flags:
        parser.add_argument(flag)
    with pytest.raises(SystemExit) as end:
        run_script(parser, work, "stopped")
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize("fail", FAILURES)
def test_too_little_memory_ends_a_script_with_a_sentence(fail, capsys):
    assert is_out_of_memory(what_is_raised(fail))
    status, message = end_of(fail, capsys, "--micro-tokens")
    assert status == 2
    assert message.startswith("script.py: the ")
    assert "is out of memory" in message
    assert "lower --micro-tokens, or close other programs" in message


@pytest.mark.parametrize(
    "problem",
    [RuntimeError("shapes differ"), OSError(errno.ENOSPC, "No space left"), ValueError("memory")],
)
def test_other_problems_are_not_taken_for_it(problem):
    assert not is_out_of_memory(problem)


def test_the_message_says_which_memory_and_how_much_was_wanted(capsys):
    _, message = end_of(torch_fails, capsys)
    assert message.startswith("script.py: the computer is out of memory (it wanted another 1,125,8")
    _, message = end_of(the_gpu_fails, capsys)
    assert message.startswith("script.py: the GPU is out of memory; ")


def test_the_remedy_names_the_flags_that_the_script_has(capsys):
    _, message = end_of(cpp_fails, capsys, "--workers")
    assert "memory; lower --workers, or close other programs" in message
    _, message = end_of(cpp_fails, capsys, "--batch-size", "--micro-tokens")
    assert "--batch-size" not in message


def test_a_corrupt_file_that_asks_for_too_much_is_not_the_computers_fault(tmp_path):
    path = tmp_path / "small.npy"
    path.write_bytes(b"0" * 1000)
    assert not lacks_memory_for(path, what_is_raised(numpy_fails))
    assert not lacks_memory_for(path, MemoryError())
    with open(path, "wb") as file:
        file.truncate(2 << 20)
    wanted = RuntimeError("DefaultCPUAllocator: can't allocate: you tried to allocate 1000 bytes")
    assert lacks_memory_for(path, wanted)
    assert lacks_memory_for(path, MemoryError())


def test_pretraining_in_too_little_memory_ends_with_the_sentence(data_folder, tmp_path):
    """Three activations of the first layer, each 4 M tokens × 256 × 4 bytes, are 12 GB."""

    def limit_memory():
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))

    flags = "--size tiny --steps 2 --eval-every 0 --batch-tokens 4194304 --micro-tokens 4194304"
    paths = ["--data", data_folder, "--out", tmp_path / "run"]
    status, output = run_in_a_process(
        "pretrain.py", *paths, *flags.split(), "--device", "cpu", preexec_fn=limit_memory
    )
    assert status == 2, output
    assert "Traceback" not in output
    assert "pretrain.py: the computer is out of memory (it wanted another " in output
    assert "lower --micro-tokens, or take a smaller --size, or close other programs" in output
