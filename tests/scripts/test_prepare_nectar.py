import json

import numpy as np
import pytest

import prepare_nectar
from tests.support.scripts import ROOT
from text.shards import is_for_validation, read_meta
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
    prepare_nectar.main(
        [
            "--source",
            str(source),
            "--tokenizer",
            str(tokenizer_folder),
            "--out",
            str(tmp_path / "out"),
            *more,
        ]
    )
    return tmp_path / "out"


def texts(folder, split):
    tokenizer = load_tokenizer(folder)
    ids, offsets = np.load(folder / f"{split}_ids.npy"), np.load(folder / f"{split}_offsets.npy")
    return [tokenizer.decode(ids[start:end]) for start, end in zip(offsets, offsets[1:])]


def test_the_best_ranked_answer_is_kept_and_every_broken_row_counted_by_reason(
    tmp_path, tokenizer_folder, capsys
):
    long = "word " * 2000
    rows = [
        row("\n\nHuman: How many innings?\n\nAssistant: "),
        row("\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: How many?\n\nAssistant: ", turns=2),
        row(
            f"\n\nHuman: {long}\n\nAssistant: {long}\n\nHuman: How many then?\n\nAssistant: ",
            turns=2,
        ),
        row(f"\n\nHuman: {long}\n\nAssistant: "),
        row("", turns=0),
        row("\n\nHuman: No answers?\n\nAssistant: ", answers=[]),
        row("\n\nHuman: None?\n\nAssistant: ", answers=None),
        row("\n\nHuman: Empty?\n\nAssistant: ", answers=[{"answer": " ", "rank": 1}]),
        row("\n\nHuman: Both?\n\nAssistant: ", answers=[{"answer": "A\n\nHuman: B", "rank": 1}]),
        row("How many?"),
    ]
    folder = prepare(tmp_path, tokenizer_folder, rows, "--val-fraction", "0")
    assert texts(folder, "train") == [
        "\n\nHuman: How many innings?\n\nAssistant: Nine innings.<|endoftext|>",
        "\n\nHuman: Hi\n\nAssistant: Hello<|endoftext|>\n\nHuman: How many?\n\nAssistant: Nine innings.<|endoftext|>",
        "\n\nHuman: How many then?\n\nAssistant: Nine innings.<|endoftext|>",
    ]
    dropped = read_meta(folder)["dropped"]
    assert dropped == {"last exchange is too long": 1, "has no prompt": 1, "has no ranked answer": 2, "has an empty best answer": 1,
                       "has an answer that speaks for both sides": 1, "does not begin with the human": 1}  # fmt: skip
    output = capsys.readouterr().out
    assert "1 lost their oldest turns" in output and all(
        f"{number} {reason}" in output for reason, number in dropped.items()
    )


def test_a_hash_of_the_prompt_decides_the_split(tmp_path, tokenizer_folder):
    prompts = [f"\n\nHuman: Question {number}?\n\nAssistant: " for number in range(200)]
    folder = prepare(tmp_path, tokenizer_folder, map(row, prompts), "--val-fraction", "0.2")
    expected = [prompt for prompt in prompts if is_for_validation(prompt.encode(), 0.2, 0)]
    assert 20 < len(expected) < 60
    assert texts(folder, "val") == [
        prompt.rstrip() + " Nine innings.<|endoftext|>" for prompt in expected
    ]


def test_a_source_without_a_usable_row_is_one_sentence(tmp_path, tokenizer_folder, capsys):
    with pytest.raises(SystemExit) as end:
        prepare(tmp_path, tokenizer_folder, [row("x")])
    assert end.value.code == 2 and "no conversation to learn from" in capsys.readouterr().err


# ---- the sample ----


def sample_rows():
    return [
        json.loads(line) for line in (ROOT / "sample" / "nectar.jsonl").read_text().splitlines()
    ]


def test_the_sample_is_in_nectars_schema_and_none_of_it_is_dropped(tmp_path, tokenizer_folder):
    rows = sample_rows()
    assert len(rows) >= 400
    for row_ in rows:
        assert {
            "prompt",
            "answers",
            "turns",
            "num_responses",
            "source",
            "good_natured",
        } <= row_.keys()
        assert 2 <= len(row_["answers"]) <= 7 and sorted(
            answer["rank"] for answer in row_["answers"]
        ) == list(range(1, len(row_["answers"]) + 1))
    folder = prepare(tmp_path, tokenizer_folder, rows)
    assert read_meta(folder)["dropped"] == {} and len(texts(folder, "train")) + len(
        texts(folder, "val")
    ) == len(rows)
    assert sum(row_["turns"] > 1 for row_ in rows) > 20


def test_no_question_asked_of_the_model_stands_in_what_it_learns():
    from evaluation.answers import normalise, read_questions

    learned = {
        normalise(
            row_["prompt"]
            .removeprefix("\n\nHuman:")
            .split("\n\nAssistant:")[-2]
            .split("\n\nHuman:")[-1]
        )
        for row_ in sample_rows()
    }
    assert not learned & {
        normalise(question.question)
        for question in read_questions(ROOT / "sample" / "questions.jsonl")
    }
