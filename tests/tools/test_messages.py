"""The wording of errors, and tables of text."""

import errno
import os

import pytest

from tools.messages import align_columns, check_problems, damaged, describe_error, missing


def test_an_error_names_the_file_the_reason_and_the_remedy():
    assert (
        str(damaged("a.json", "not JSON", "delete it")) == "a.json is corrupt (not JSON); delete it"
    )
    assert str(missing("runs/a", "holds no model", "train one")) == (
        "runs/a holds no model; train one"
    )


def test_all_problems_are_raised_together():
    check_problems([])
    with pytest.raises(ValueError, match="^--steps must be 1 or more; --seed must be 0 or more$"):
        check_problems(["--steps must be 1 or more", "--seed must be 0 or more"])


@pytest.mark.parametrize(
    "number, remedy",
    [
        (errno.ENOSPC, "free some space, then rerun the same command"),
        (errno.EACCES, "choose another place, or change its permissions"),
        (errno.EEXIST, "there is a file where a folder should be; choose another name"),
    ],
)
def test_a_disk_error_has_a_remedy(number, remedy):
    problem = OSError(number, os.strerror(number), "data/a.npy")
    message = describe_error(problem)
    assert message.startswith(f"data/a.npy: {os.strerror(number)}: {remedy}")


def test_other_errors_keep_their_message():
    assert describe_error(ValueError("--seed must be 0 or more")) == "--seed must be 0 or more"
    assert describe_error(OSError("the network is down")) == "the network is down"
    not_found = FileNotFoundError(errno.ENOENT, "No such file or directory", "a.txt")
    assert describe_error(not_found) == "a.txt: No such file or directory"


def test_the_first_column_is_left_aligned_and_the_others_right_aligned():
    rows = [["model", "loss"], ["a", "10.5"], ["baseball", "3"]]
    assert align_columns(rows) == ["model     loss", "a         10.5", "baseball     3"]
    assert align_columns([]) == []
