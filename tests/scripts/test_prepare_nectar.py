import json
import math
import shutil
from collections import Counter

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import prepare_nectar
from evaluation.answers import normalise, read_questions
from tests.support.scripts import ROOT
from tests.support.text import file_contents
from text.data_folder import is_for_validation, read_meta
from text.examples import check_replaceable
from text.nectar import NOT_A_NUMBER
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


def write_source(folder, rows):
    source = folder / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return source


def prepare_source(source, tokenizer_folder, *more):
    """Run prepare_nectar.py on a file; returns the folder beside it that is written."""
    out = source.parent / "out"
    paths = ["--source", source, "--tokenizer", tokenizer_folder, "--out", out]
    prepare_nectar.main([*map(str, paths), *more])
    return out


def prepare(tmp_path, tokenizer_folder, rows, *more):
    return prepare_source(write_source(tmp_path, rows), tokenizer_folder, *more)


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
    assert not (tmp_path / "out" / "rows.part").exists()


def test_a_folder_of_token_shards_is_not_replaced(tmp_path, tokenizer_folder, data_folder, capsys):
    out = shutil.copytree(data_folder, tmp_path / "out")
    before = file_contents(out)
    assert "meta.json" in before
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path, tokenizer_folder, KEPT_ROWS)
    assert stopped.value.code == 2
    assert f"{out} holds token shards; choose another --out" in capsys.readouterr().err
    assert file_contents(out) == before


def test_unfinished_token_shards_are_not_replaced_either(tmp_path):
    (tmp_path / "progress.json").write_text("{}")
    with pytest.raises(ValueError, match="holds token shards"):
        check_replaceable(tmp_path)


def test_a_folder_of_conversations_is_replaced(tmp_path, tokenizer_folder):
    prepare(tmp_path, tokenizer_folder, KEPT_ROWS[:1], "--val-fraction", "0")
    folder = prepare(tmp_path, tokenizer_folder, KEPT_ROWS[1:], "--val-fraction", "0")
    assert texts(folder, "train") == KEPT_TEXTS[1:]


# ---- ranks ----

RANKED = [
    (["1", "2.0", 3], 0, {}),
    ([math.nan, 2, 1], 2, {"answer ranked NaN": 1}),
    ([-math.inf, math.inf, 4], 2, {"answer with an infinite rank": 2}),
    ([-1, 3, 2], 2, {"answer with a negative rank": 1}),
    ([None, 3, "best"], 1, {"answer without a rank": 1, NOT_A_NUMBER: 1}),
    ([2, 1, 1], 1, {"answer tied with the best": 1}),
]


def test_ranks_that_cannot_be_compared_never_win_and_are_counted_by_reason(
    tmp_path, tokenizer_folder, capsys
):
    rows, expected, dropped = [], [], Counter({"has no ranked answer": 1})
    for number, (ranks, best, reasons) in enumerate(RANKED):
        prompt = f"\n\nHuman: Question {number}?\n\nAssistant: "
        answers = [{"answer": f"Answer {n}.", "rank": rank} for n, rank in enumerate(ranks)]
        rows.append(row(prompt, answers))
        expected.append(f"{prompt}Answer {best}.<|endoftext|>")
        dropped.update(reasons)
    only_nan = [{"answer": "Never.", "rank": math.nan}]
    rows.append(row("\n\nHuman: Why?\n\nAssistant: ", only_nan))
    dropped["answer ranked NaN"] += 1
    folder = prepare(tmp_path, tokenizer_folder, rows, "--val-fraction", "0")
    assert texts(folder, "train") == expected
    assert read_meta(folder)["dropped"] == dropped
    output = capsys.readouterr().out
    for reason, number in dropped.items():
        assert f"{number} {reason}" in output


# ---- other forms ----

SAID = [(f"Question {number}?", f"Answer {number}.") for number in range(40)]


def as_messages(question, answer):
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": turns}


def as_share_gpt(question, answer):
    turns = [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]
    return {"conversations": turns}


def as_alpaca(question, answer):
    return {"instruction": question, "input": "", "output": answer}


FORMS = {
    "messages with role and content, as in OpenAI's chat files": as_messages,
    "conversations with from and value, as in ShareGPT": as_share_gpt,
    '"instruction", "output", "input", as in Alpaca': as_alpaca,
    '"prompt", "response"': lambda question, answer: {"prompt": question, "response": answer},
    '"prompt", "completion"': lambda question, answer: {"prompt": question, "completion": answer},
}


@pytest.fixture(scope="module")
def of_nectar(tokenizer_folder, tmp_path_factory):
    """What Nectar's own form of the same conversations becomes."""
    rows = [
        row(f"\n\nHuman: {question}\n\nAssistant: ", [{"answer": answer, "rank": 1}])
        for question, answer in SAID
    ]
    folder = tmp_path_factory.mktemp("nectar")
    return file_contents(prepare(folder, tokenizer_folder, rows, "--val-fraction", "0.2"), "*.npy")


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".parquet"])
@pytest.mark.parametrize("form", FORMS)
def test_conversations_in_every_form_become_the_same_bytes_as_in_nectars(
    tmp_path, tokenizer_folder, of_nectar, capsys, form, ending
):
    rows = [{**FORMS[form](question, answer), "id": 3} for question, answer in SAID]
    path = tmp_path / f"chats{ending}"
    if ending == ".parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    elif ending == ".json":
        path.write_text(json.dumps(rows, indent=1), encoding="utf-16")
    else:
        path.write_text("\ufeff" + "\n\n".join(map(json.dumps, rows)))
    paths = ["--source", path, "--tokenizer", tokenizer_folder, "--out", tmp_path / "out"]
    prepare_nectar.main([*map(str, paths), "--val-fraction", "0.2"])
    assert file_contents(tmp_path / "out", "*.npy") == of_nectar
    assert f"reading {form}" in capsys.readouterr().out


def test_turns_are_kept_trimmed_and_counted_like_nectars(tmp_path, tokenizer_folder, capsys):
    long = as_messages(LONG, LONG)["messages"]
    short = as_messages("How many?", "Nine.")["messages"]
    system = {"role": "system", "content": "Be brief."}
    rows = [
        {"messages": [system, *short, *short]},
        {"messages": [*long, *short]},
        {"messages": [*short, *short[1:], *short[:1]]},
        {"messages": [*short, {"role": "tool", "content": "9"}]},
    ]
    folder = prepare(tmp_path, tokenizer_folder, rows, "--val-fraction", "0")
    exchange = "\n\nHuman: How many?\n\nAssistant: Nine.<|endoftext|>"
    assert texts(folder, "train") == [
        exchange.replace("How", "Be brief.\n\nHow") + exchange,
        exchange,
        exchange.replace("Nine.", "Nine.\n\nNine."),
    ]
    assert read_meta(folder)["dropped"] == {"uses a tool": 1, "unanswered message at the end": 1}
    output = capsys.readouterr().out
    assert "1 lost their oldest turns" in output
    assert "1 had consecutive messages of one speaker joined" in output


COLUMNS_REFUSED = [
    ([{"title": "a", "body": "b"}], 'rows.jsonl, line 1: the columns are "title", "body"'),
    ([as_messages("a", "b"), as_alpaca("a", "b")], 'line 2: the columns are "instruction"'),
    ([{**as_messages("a", "b"), **as_alpaca("a", "b")}], 'mix "messages" and "instruction"'),
]


@pytest.mark.parametrize("rows, expected", COLUMNS_REFUSED)
def test_unknown_and_mixed_columns_are_refused_with_the_line(
    tmp_path, tokenizer_folder, capsys, rows, expected
):
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path, tokenizer_folder, rows)
    assert stopped.value.code == 2
    assert expected in capsys.readouterr().err


def write_journal(source, rows):
    """The journal of an interrupted run that has read these rows of the file."""
    entries = [[row["prompt"], [row["prompt"][9:-13], "Nine innings."]] for row in rows]
    assert entries[0][1][0] == "Question 0?"
    status = source.stat()
    files = [[status.st_size, status.st_mtime_ns]]
    header = {"source": [str(source)], "files": files}
    journal = [header, [len(rows), entries, [0, len(rows)]]]
    (source.parent / "out").mkdir()
    content = "".join(json.dumps(line) + "\n" for line in journal)
    (source.parent / "out" / "rows.part").write_text(content)


def test_rows_in_the_journal_of_an_interrupted_run_are_not_read_again(tmp_path, tokenizer_folder):
    rows = [row(f"\n\nHuman: Question {n}?\n\nAssistant: ") for n in range(140)]
    folder = prepare(tmp_path, tokenizer_folder, rows, "--val-fraction", "0.2")
    expected = file_contents(folder, "*.npy")
    unusable = [{"prompt": "not read again", "answers": [], "turns": 1}] * 128
    (tmp_path / "interrupted").mkdir()
    source = write_source(tmp_path / "interrupted", unusable + rows[128:])
    write_journal(source, rows[:128])
    folder = prepare_source(source, tokenizer_folder, "--val-fraction", "0.2")
    assert file_contents(folder, "*.npy") == expected


def test_a_source_that_was_corrected_after_an_interruption_is_read_again(
    tmp_path, tokenizer_folder
):
    rows = [row(f"\n\nHuman: Question {n}?\n\nAssistant: ") for n in range(140)]
    write_journal(write_source(tmp_path, rows), rows[:128])
    corrected = row("\n\nHuman: Question zero?\n\nAssistant: ")
    folder = prepare(tmp_path, tokenizer_folder, [corrected, *rows[1:]], "--val-fraction", "0")
    assert texts(folder, "train") == [
        f"{row['prompt']}Nine innings.<|endoftext|>" for row in [corrected, *rows[1:]]
    ]


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
