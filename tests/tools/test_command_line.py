"""How a script ends, what is safe to print, and the flags that several scripts share."""

import argparse
import errno

import pytest

from tools.command_line import (
    add_hardware_flags,
    flag_values,
    parse_pair,
    printable,
    run_script,
    seed_problems,
    split_problems,
)

FORM = "--replay takes FOLDER:FRACTION, such as data/nectar:0.3"


def raise_error(error):
    def work():
        raise error

    return work


@pytest.fixture
def parser():
    return argparse.ArgumentParser(prog="script.py")


@pytest.mark.parametrize(
    "error, status, message",
    [
        (ValueError("a.txt\x1b[2J is corrupt"), 2, "script.py: a.txt�[2J is corrupt\n"),
        (OSError(errno.ENOENT, "No such file", "a.txt"), 2, "script.py: a.txt: No such file\n"),
        (KeyboardInterrupt(), 130, "\nscript.py: stopped\n"),
    ],
)
def test_a_script_ends_with_a_sentence_and_a_status(parser, capsys, error, status, message):
    with pytest.raises(SystemExit) as end:
        run_script(parser, raise_error(error), "stopped")
    assert end.value.code == status
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize("bug", [RuntimeError("shapes differ"), KeyError("x"), AssertionError()])
def test_a_bug_keeps_its_traceback(parser, bug):
    with pytest.raises(type(bug)):
        run_script(parser, raise_error(bug), "stopped")


def test_control_characters_except_tab_and_newline_are_replaced():
    assert printable("\x1b[31mred\x9d\r\x08\u202e") == "�[31mred����"
    assert printable("é ⚾ 王\tand\nlines") == "é ⚾ 王\tand\nlines"


@pytest.mark.parametrize(
    "text, pair",
    [
        ("data/nectar:0.3", ("data/nectar", 0.3)),
        ("C:/data:0.3", ("C:/data", 0.3)),
        ("3000:5e-1", ("3000", 0.5)),
        ("a:-1", ("a", -1.0)),
    ],
)
def test_a_pair_is_split_at_its_last_colon(text, pair):
    assert parse_pair(text, FORM) == pair


@pytest.mark.parametrize("text", ["", "data", ":0.3", "data:", "data:x", "data:nan", "data:inf"])
def test_an_invalid_pair_is_refused_with_the_form_that_the_flag_takes(text):
    with pytest.raises(ValueError, match=f"^{FORM}, not {text!r}$"):
        parse_pair(text, FORM)


def test_flags_are_checked_and_named():
    args = argparse.Namespace(seed=-1, val_fraction=1.0, eval_every=250)
    assert flag_values(args, "eval_every") == [("--eval-every", 250)]
    assert seed_problems(args) == ["--seed must be 0 or more, and less than 2^63"]
    fraction_problem = "--val-fraction must be at least 0 and less than 1"
    assert split_problems(args) == [fraction_problem, *seed_problems(args)]
    assert split_problems(argparse.Namespace(seed=2**63 - 1, val_fraction=0)) == []


def test_hardware_flags_have_the_given_default(parser):
    add_hardware_flags(parser.add_argument, dtype="float32")
    args = parser.parse_args([])
    assert (args.device, args.dtype) == ("auto", "float32")
