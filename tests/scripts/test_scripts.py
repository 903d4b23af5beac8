"""What all scripts have in common: their --help, and sentences instead of tracebacks."""

import pytest

from tests.support.scripts import run_script
from tests.support.small_scripts import run_small_script


@pytest.mark.parametrize(
    "command, expected",
    [
        ("pretrain.py --data nowhere --device cpu", "python prepare_fineweb.py --out nowhere"),
        ("pretrain.py --steps 0 --batch-tokens 1000 --lr-drop x", "--lr-drop takes STEP:FACTOR"),
        ("pretrain.py --size huge", "invalid choice"),
        ("prepare_fineweb.py --source nowhere.jsonl", "there is no file nowhere.jsonl"),
        ("plot_loss.py nowhere", "nowhere is not a run"),
        ("tokenizer_bpe.py show x --tokenizer nowhere", "nowhere holds no tokenizer"),
    ],
)
def test_a_missing_input_or_invalid_flag_ends_with_status_2_and_a_sentence(command, expected):
    status, output = run_small_script(*command.split())
    assert status == 2, output
    assert expected in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "script", ["pretrain.py", "prepare_fineweb.py", "plot_loss.py", "tokenizer_bpe.py"]
)
def test_help_gives_the_command_lines(script):
    status, output = run_script(script, "--help")
    assert status == 0
    assert f"python {script}" in output
