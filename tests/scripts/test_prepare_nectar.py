import json

import numpy as np
import pytest

import prepare_nectar
from evaluation.answers import normalise, read_questions
from tests.support.scripts import ROOT
from text.data_folder import is_for_validation, read_meta
from text.tokenizer import load_tokenizer

ANSWERS = [
    {"answer": "Nine.", "model": "a", "rank": 2.0},
    {"answer": "Nine innings.", "model": "b", "rank": 1.0},
]


def row(prompt, answers=ANSWERS, turns=1):
    return {
        "prompt": prompt,
        "answers": answers,
        "turns": turns,
        "num_responses": len(answers or []),
        "source": ["x"],
        "good_natured": True,
    }


def prepare(tmp_path, tokenizer_folder, rows, *more):
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path / "out"
    paths = ["--source", source, "--tokenizer", tokenizer_folder, "--out", out]
    prepare_nectar.main([*map(str, paths), *more])
    return out


def texts(folder, split):
    tokenizer = load_tokenizer(folder)
    ids = np.load(folder / f"{split}_ids.npy")
    offsets = np.load(folder / f"{split}_offsets.npy")
    return [tokenizer.decode(ids[start:end]) for start, end in zip(offsets, offsets[1:])]


LONG = "word " * 2000
KEPT_ROWS = [
    row("\n\nHuman: How many innings?\n\nAssistant: "),
    row("\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: How many?\n\nAssistant: ", turns=2),
    row(f"\n\nHuman: {LONG}\n\nAssistant: {LONG}\n\nHuman: How many then?\n\nAssistant: ", turns=2),
]
KEPT_TEXTS = [
    "\n\nHuman: How many innings?\n\nAssistant: Nine innings.<|endoftext|>",
    "\n\nHuman: Hi\n\nAssistant: Hello<|endoftext|>"
    "\n\nHuman: How many?\n\nAssistant: Nine innings.<|endoftext|>",
    "\n\nHuman: How many then?\n\nAssistant: Nine innings.<|endoftext|>",
]
TWO_SPEAKERS = [{"answer": "A\n\nHuman: B", "rank": 1}]
BROKEN_ROWS = [
    row(f"\n\nHuman: {LONG}\n\nAssistant: "),
    row("", turns=0),
    row("\n\nHuman: No answers?\n\nAssistant: ", answers=[]),
    row("\n\nHuman: None?\n\nAssistant: ", answers=None),
    row("\n\nHuman: Empty?\n\nAssistant: ", answers=[{"answer": " ", "rank": 1}]),
    row("\n\nHuman: Both?\n\nAssistant: ", answers=TWO_SPEAKERS),
    row("How many?"),
]
REASONS = {
    "last exchange is too long": 1,
    "has no prompt": 1,
    "has no ranked answer": 2,
    "has an empty best answer": 1,
    "has an answer that speaks for both sides": 1,
    "does not begin with the human": 1,
}


def test_the_best_ranked_answer_is_kept_and_broken_rows_are_counted_by_reason(
    tmp_path, tokenizer_folder, capsys
):
    rows = KEPT_ROWS + BROKEN_ROWS
    folder = prepare(tmp_path, tokenizer_folder, rows, "--val-fraction", "0")
    assert texts(folder, "train") == KEPT_TEXTS
    assert read_meta(folder)["dropped"] == REASONS
    output = capsys.readouterr().out
    assert "1 lost their oldest turns" in output
    for reason, number in REASONS.items():
        assert f"{number} {reason}" in output


def test_a_hash_of_the_prompt_decides_the_split(tmp_path, tokenizer_folder):
    prompts = [f"\n\nHuman: Question {number}?\n\nAssistant: " for number in range(200)]
    folder = prepare(tmp_path, tokenizer_folder, map(row, prompts), "--val-fraction", "0.2")
    chosen = [prompt for prompt in prompts if is_for_validation(prompt.encode(), 0.2, 0)]
    assert 20 < len(chosen) < 60
    expected = [prompt.rstrip() + " Nine innings.<|endoftext|>" for prompt in chosen]
    assert texts(folder, "val") == expected


def test_a_source_without_a_usable_row_is_refused(tmp_path, tokenizer_folder, capsys):
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path, tokenizer_folder, [row("x")])
    assert stopped.value.code == 2
    assert "no conversation to learn from" in capsys.readouterr().err


# ---- the sample ----


@pytest.fixture(scope="module")
def sample_rows():
    lines = (ROOT / "sample" / "nectar.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


COLUMNS = {"prompt", "answers", "turns", "num_responses", "source", "good_natured"}


def test_the_sample_is_in_nectars_schema_and_has_rows_of_several_turns(sample_rows):
    assert len(sample_rows) >= 400
    for sample_row in sample_rows:
        assert sample_row.keys() >= COLUMNS
        answers = sample_row["answers"]
        assert 2 <= len(answers) <= 7
        assert sorted(answer["rank"] for answer in answers) == list(range(1, len(answers) + 1))
    assert sum(sample_row["turns"] > 1 for sample_row in sample_rows) > 20


def test_no_row_of_the_sample_is_dropped(sample_rows, tmp_path, tokenizer_folder):
    folder = prepare(tmp_path, tokenizer_folder, sample_rows)
    assert read_meta(folder)["dropped"] == {}
    assert len(texts(folder, "train")) + len(texts(folder, "val")) == len(sample_rows)


def last_question(prompt):
    before_the_end = prompt.removeprefix("\n\nHuman:").split("\n\nAssistant:")[-2]
    return before_the_end.split("\n\nHuman:")[-1]


def test_no_question_of_the_comparison_is_in_the_sample(sample_rows):
    learned = {normalise(last_question(sample_row["prompt"])) for sample_row in sample_rows}
    questions = read_questions(ROOT / "sample" / "questions.jsonl")
    assert not learned & {normalise(question.question) for question in questions}
