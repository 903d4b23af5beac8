"""samples.jsonl: samples of text written, read back, and cut back."""

import json

import pytest

from training.sample_log import Sample, append_sample, cut_back_samples, parse_sample

SAMPLES = {
    10: Sample("The", " end.\nNew line — “é”"),
    20: Sample("\n\nHuman: Why?\n\nAssistant:", "<b>", is_answer=True),
}


@pytest.fixture
def path(tmp_path):
    for step, sample in SAMPLES.items():
        append_sample(tmp_path / "samples.jsonl", step, sample)
    return tmp_path / "samples.jsonl"


def test_samples_come_back_as_written_one_a_line(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [parse_sample(line) for line in lines] == list(SAMPLES.items())
    first = {"step": 10, "prompt": "The", "text": " end.\nNew line — “é”", "is_answer": False}
    assert json.loads(lines[0]) == first


def test_on_the_screen_a_text_is_whole_and_an_answer_stands_after_its_prompt():
    assert Sample("The", " end\n").line == r"sample: 'The end\n'"
    assert Sample("Why?", "So.", is_answer=True).line == "sample: 'Why?' -> 'So.'"


def test_cutting_back_drops_later_samples_and_what_a_crash_left(path):
    with path.open("a") as file:
        file.write('{"step": 5, "pro')
    cut_back_samples(path, 10)
    append_sample(path, 15, SAMPLES[20])
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [parse_sample(line) for line in lines] == [(10, SAMPLES[10]), (15, SAMPLES[20])]
    cut_back_samples(path.with_name("none"), 10)
    assert not path.with_name("none").exists()


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"step": "1", "prompt": "", "text": ""}', "{"])
def test_a_line_that_is_no_sample_is_refused(line):
    with pytest.raises(ValueError):
        parse_sample(line)
