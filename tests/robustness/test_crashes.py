"""The fast part of crashes.py: some rounds of every script. `make crash` plays two hundred."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import crashes
from tools.files import claim_folder

ROUNDS = {
    "tokenizer_bpe.py": [["killed at a write"], ["disk full"], ["read-only"]],
    "prepare_fineweb.py": [["killed"], ["killed at a write", "disk full"], ["two at once"]],
    "prepare_nectar.py": [["killed at a write"], ["disk full"]],
    "pretrain.py": [["killed", "killed at a write"], ["disk full"], ["two at once"]],
    "finetune.py": [["killed at a write"], ["disk full"]],
    "compare.py": [["killed at a write"]],
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    return crashes.set_the_stage(tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize("name", ROUNDS)
def test_whatever_interrupts_a_script_it_ends_as_an_undisturbed_run_does(scripts, tmp_path, name):
    script = scripts[name]

    def play(number):
        crashes.play(
            script,
            ROUNDS[name][number],
            tmp_path / str(number) / script.stem,
            random.Random(number),
        )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(play, range(len(ROUNDS[name]))))


@pytest.mark.parametrize("name", ROUNDS)
def test_a_folder_that_another_process_writes_into_is_left_alone(scripts, tmp_path, name):
    claim_folder(tmp_path / "out")
    status, output = crashes.run(scripts[name].command(tmp_path / "out", {}, again=True))
    assert status == 2 and f"another process is writing into {tmp_path / 'out'}" in output
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]


def test_a_fault_that_changes_the_result_would_be_seen(scripts, tmp_path):
    """Of the harness itself: another seed is another run, and a lost row of loss.csv is a difference."""
    script = scripts["pretrain.py"]
    status, output = crashes.run(script.command(tmp_path / "pretrain", {}) + ["--seed", "1"])
    assert status == 0, output
    assert crashes.contents(tmp_path / "pretrain").keys() == script.left.keys()
    assert crashes.contents(tmp_path / "pretrain")["loss.csv"] != script.left["loss.csv"]
