"""Running out of memory, in Python, NumPy, PyTorch and the operating system."""

import argparse
import errno
import os
import platform
import resource
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import pretrain
from tests.support.forks import ForkedProcess
from tests.support.scripts import start_process
from tools.command_line import run_script
from tools.memory import ALLOCATOR_VARIABLES, is_out_of_memory, lacks_memory_for


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


def pretrain_in_1_gb(arguments):
    """Run pretrain.py in this process, which may take 1 GB more than it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (1 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    pretrain.main(arguments)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_pretraining_in_too_little_memory_ends_with_the_sentence(data_folder, tmp_path):
    """The first activation, 4 M tokens × 256 × 4 bytes, is 4 GB, or 2 GB at the second try."""
    flags = "--size tiny --steps 2 --eval-every 0 --batch-tokens 4194304 --micro-tokens 4194304"
    paths = ["--data", str(data_folder), "--out", str(tmp_path / "run")]
    process = ForkedProcess(pretrain_in_1_gb, [*paths, *flags.split(), "--device", "cpu"])
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 2, output
    assert "Traceback" not in output
    assert "pretrain.py: the computer is out of memory (it wanted another " in output
    assert "lower --micro-tokens, or take a smaller --size, or close other programs" in output


# ---- the memory of GPUs ----


SYSTEMS = {  # sys.platform, the release of the kernel, whether blocks of memory may grow
    "Linux": ("linux", "6.8.0-45-generic", True),
    "WSL2": ("linux", "5.15.153.1-microsoft-standard-WSL2", False),
    "Windows": ("win32", "11", False),
    "macOS": ("darwin", "24.1.0", False),
}


def setting_in_script(monkeypatch, system):
    """PYTORCH_ALLOC_CONF, as the work of a script sees it on a system."""
    monkeypatch.setattr(sys, "platform", SYSTEMS[system][0])
    monkeypatch.setattr(platform, "release", lambda: SYSTEMS[system][1])
    seen = []

    def work():
        seen.append(os.environ.get("PYTORCH_ALLOC_CONF"))

    run_script(argparse.ArgumentParser(), work, "stopped")
    return seen[0]


@pytest.mark.parametrize("system", SYSTEMS)
def test_blocks_of_gpu_memory_may_grow_where_the_system_can_do_that(monkeypatch, system):
    for name in ALLOCATOR_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTORCH_ALLOC_CONF", "")  # so that monkeypatch restores it
    monkeypatch.delenv("PYTORCH_ALLOC_CONF")
    expected = "expandable_segments:True" if SYSTEMS[system][2] else None
    assert setting_in_script(monkeypatch, system) == expected


@pytest.mark.parametrize("name", ALLOCATOR_VARIABLES)
def test_a_setting_of_the_users_own_is_kept(monkeypatch, name):
    for each in ALLOCATOR_VARIABLES:
        monkeypatch.delenv(each, raising=False)
    own = "max_split_size_mb:512"
    monkeypatch.setenv(name, own)
    expected = own if name == "PYTORCH_ALLOC_CONF" else None
    assert setting_in_script(monkeypatch, "Linux") == expected
    assert os.environ[name] == own


PRINTS_WHEN_TORCH_IS_IMPORTED = """
import sys
import pretrain
import tools.command_line

def note():
    print("torch" in sys.modules)

tools.command_line.let_gpu_memory_grow = note
try:
    pretrain.main(["--data", "nowhere"])
except SystemExit:
    note()
"""


def test_the_setting_is_made_before_pytorch_is_imported():
    process = start_process([sys.executable, "-c", PRINTS_WHEN_TORCH_IS_IMPORTED])
    output, _ = process.communicate(timeout=240)
    lines = output.splitlines()
    assert (lines[0], lines[-1]) == ("False", "True"), output
