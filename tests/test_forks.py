"""Forked processes: what they print arrives, however much it is."""

from tests.support.forks import ForkedProcess

MORE_THAN_A_PIPE_HOLDS = 1_000_000  # characters; a pipe holds 64 KB


def print_much():
    print("x" * MORE_THAN_A_PIPE_HOLDS)


def test_a_process_that_prints_more_than_its_pipe_holds_ends():
    process = ForkedProcess(print_much)
    try:
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert output == "x" * MORE_THAN_A_PIPE_HOLDS + "\n"
