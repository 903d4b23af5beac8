"""Some rounds of every script under the faults of crashes.py; `make crash` plays two hundred."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.crash_stage import contents, set_the_stage
from tests.support.crashes import play
from tools.files import claim_folder

ROUNDS = {  # the faults of each round
    "tokenizer_bpe.py": [["killed at a write"], ["disk full"], ["read-only"]],
    "prepare_fineweb.py": [["killed"], ["killed at a write", "disk full"], ["two at once"]],
    "prepare_nectar.py": [["killed at a write"], ["disk full"]],
    "pretrain.py": [["killed", "killed at a write"], ["disk full"], ["two at once"]],
    "finetune.py": [["killed at a write"], ["disk full"]],
    "compare.py": [["killed at a write"]],
}


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    """An undisturbed run of every script."""
    return set_the_stage(tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize("name", ROUNDS)
def test_an_interrupted_script_ends_as_an_undisturbed_one_does(references, tmp_path, name):
    reference = references[name]

    def play_round(number):
        out = tmp_path / str(number) / reference.script.stem
        play(reference, ROUNDS[name][number], out, random.Random(number))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(play_round, range(len(ROUNDS[name]))))


@pytest.mark.parametrize("name", ROUNDS)
def test_a_folder_that_another_process_writes_into_is_left_alone(references, tmp_path, name):
    out = tmp_path / "out"
    claim_folder(out)
    status, output = references[name].script.run(out, {}, again=True)
    assert status == 2, output
    assert f"another process is writing into {out}" in output
    assert [path.name for path in out.iterdir()] == [".lock"]


def test_a_fault_that_changes_the_result_would_be_noticed(references, tmp_path):
    """Another seed gives another run, with the same files; `contents` must tell the two apart."""
    reference = references["pretrain.py"]
    status, output = reference.script.run(tmp_path / "pretrain", {}, more=["--seed", "1"])
    assert status == 0, output
    found = contents(tmp_path / "pretrain")
    assert found.keys() == reference.files.keys()
    assert found["loss.csv"] != reference.files["loss.csv"]
