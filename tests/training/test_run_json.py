"""run.json: written, read, and refused or passed over if it is corrupt."""

import json

import pytest

from training.run_json import find_settings, read_lr_drops, read_run_json, write_run_json

CONTENT = {
    "script": "pretrain.py",
    "settings": {"steps": 9600, "lr_drop": [[3000, 0.5], [6000, 2]], "size": "tiny"},
    "inputs": {"tokens": 5},
}


def write(folder, text):
    (folder / "run.json").write_text(text)
    return folder


def test_what_is_written_is_read_again(tmp_path):
    run = tmp_path / "new" / "run"
    write_run_json(run, CONTENT)
    assert read_run_json(run) == CONTENT
    assert find_settings(run) == CONTENT["settings"]
    assert find_settings(run / "checkpoints" / "step_0000007") == CONTENT["settings"]
    drops = read_lr_drops(run)
    assert drops == [(3000, 0.5), (6000, 2.0)]
    assert all(type(factor) is float for _, factor in drops)


def test_settings_of_another_script_may_lack_steps_and_drops(tmp_path):
    write_run_json(tmp_path, {"settings": {}})
    assert read_run_json(tmp_path) == {"settings": {}}
    assert read_lr_drops(tmp_path) == []


DAMAGED = {
    "empty": "",
    "torn": json.dumps(CONTENT)[:-20],
    "not UTF-8": b"\xff\xfe{",
    "nested too deeply": "[" * 100_000,
    "a list": "[1, 2]",
    "no settings": "{}",
    "settings that are a list": '{"settings": []}',
    "steps in words": '{"settings": {"steps": "many"}}',
    "a fraction of a step": '{"settings": {"steps": 1.5}}',
    "steps that are true": '{"settings": {"steps": true}}',
    "drops that are a number": '{"settings": {"lr_drop": 5}}',
    "a drop that is no pair": '{"settings": {"lr_drop": [[3000]]}}',
    "a drop that is text": '{"settings": {"lr_drop": ["30"]}}',
    "a drop at a fraction of a step": '{"settings": {"lr_drop": [[1.5, 0.5]]}}',
    "rewinds that are a number": '{"settings": {}, "rewinds": 5}',
    "a rewind without a step": '{"settings": {}, "rewinds": [{"factor": 0.5}]}',
    "a rewind that raises the rate": '{"settings": {}, "rewinds": [{"step": 1, "diverged_at": 2, '
    '"factor": 2.0, "shift": 1, "reason": ""}]}',
    "a drop by a word": '{"settings": {"lr_drop": [[3000, "half"]]}}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_corrupt_run_json_is_refused_with_its_path_and_a_remedy(tmp_path, name):
    text = DAMAGED[name]
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(ValueError) as problem:
        read_run_json(tmp_path)
    message = str(problem.value)
    assert message.startswith(f"{tmp_path / 'run.json'} is corrupt (")
    assert message.endswith("; choose another --out, or delete the folder")
    assert find_settings(tmp_path) == {}
    assert read_lr_drops(tmp_path) == []


def test_a_missing_run_json_is_refused_with_its_path_and_a_remedy(tmp_path):
    with pytest.raises(ValueError, match="run.json is missing; choose another --out"):
        read_run_json(tmp_path)
    assert find_settings(tmp_path) == {}
    assert read_lr_drops(tmp_path) == []


def test_a_factor_too_large_for_a_float_gives_no_drops(tmp_path):
    write(tmp_path, '{"settings": {"lr_drop": [[3000, 1%s]]}}' % ("0" * 400))
    assert read_lr_drops(tmp_path) == []
