"""compare.py from end to end: its numbers against transformers, its files, its error messages."""

import functools
import math
from dataclasses import replace

import pytest
import torch

import compare
from evaluation.markdown import markdown_text
from evaluation.picture import draw_comparison
from evaluation.report import A_FEW_TOPICS, MOST_TOPICS_IN_OVERVIEW, report_from_json
from evaluation.screen import COLUMNS, screen_text
from model import GPT, GPTConfig
from network.model_folder import save_model
from tests.support.comparing import (
    BALL,
    NEW_TOKENS,
    OTHER,
    QUESTIONS,
    TOO_LONG,
    run_compare,
    save_two_models,
    write_question_files,
    write_questions,
)
from text.batches import pack
from text.conversation import tokenize_exchange


@pytest.fixture(scope="module")
def runs(tokenizer, tmp_path_factory):
    return save_two_models(tmp_path_factory.mktemp("runs"), tokenizer, first_context=128)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_question_files(tmp_path_factory.mktemp("questions"))


@pytest.fixture(scope="module")
def comparison(runs, files, tmp_path_factory):
    return run_compare(runs, files, tmp_path_factory.mktemp("out") / "comparison")


# ---- the numbers ----


@functools.cache
def reference_model(run):
    import transformers

    return transformers.GPT2LMHeadModel.from_pretrained(run).double().eval()


def reference_bits(run, tokenizer, question, answer):
    """The loss in bits on the reference answer, by transformers, unbatched, in float64."""
    prompt = tokenizer.encode(f"\n\nHuman: {question}\n\nAssistant:")
    reference = [*tokenizer.encode(" " + answer), tokenizer.end_of_text]
    with torch.no_grad():
        logits = reference_model(run)(torch.tensor([prompt + reference])).logits
    scores = logits[0, len(prompt) - 1 : -1].log_softmax(-1)
    nats = -sum(scores[position, token].item() for position, token in enumerate(reference))
    return nats / math.log(2)


def reference_answer(run, tokenizer, question):
    """The greedy answer by transformers, one token at a time, without a cache, in float64."""
    prompt = tokenizer.encode(f"\n\nHuman: {question}\n\nAssistant:")
    generated = []
    while len(generated) < NEW_TOKENS:
        with torch.no_grad():
            logits = reference_model(run)(torch.tensor([prompt + generated])).logits
        token = logits[0, -1].argmax().item()
        if token == tokenizer.end_of_text:
            break
        generated.append(token)
    return tokenizer.decode(generated).strip()


def test_bits_and_greedy_answers_equal_those_of_transformers(runs, tokenizer, comparison):
    for run in runs:
        for set_report, rows in zip(comparison.report["sets"], QUESTIONS.values()):
            total = 0
            for (_, question, answer, _), reported in zip(rows, set_report["questions"]):
                bits = reference_bits(run, tokenizer, question, answer)
                total += bits
                model_answer = reported["answers"][run.name]
                assert model_answer["bits"] == pytest.approx(bits, rel=1e-4)
                assert model_answer["text"] == reference_answer(run, tokenizer, question)
            size = sum(len(answer.encode("utf-8")) for _, _, answer, _ in rows)
            bits_per_byte = set_report["all"]["bits_per_byte"][run.name][0]
            assert bits_per_byte == pytest.approx(total / size, rel=1e-4)


def answers_in(report):
    answers = []
    for set_report in report["sets"]:
        answers += [question["answers"] for question in set_report["questions"]]
    return answers


def test_the_batch_size_changes_no_answer(runs, files, comparison, tmp_path):
    one_by_one = run_compare(runs, files, tmp_path, "--batch-size", 1)
    assert answers_in(one_by_one.report) == answers_in(comparison.report)


def train_on_questions(tokenizer):
    """A model that has memorised the answers to all questions."""
    torch.manual_seed(0)
    shape = {"n_positions": 128, "n_embd": 64, "n_layer": 1, "n_head": 2}
    model = GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **shape))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    exchanges = [
        tokenize_exchange(question, answer, tokenizer) for _, question, answer, _ in [*BALL, *OTHER]
    ]
    micro_batches = pack(exchanges, 4096)
    for _ in range(80):
        for inputs, targets, _ in micro_batches:
            loss = model.loss(torch.from_numpy(inputs), torch.from_numpy(targets))
            loss.div(50).backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


def test_a_model_that_knows_the_answers_is_right_everywhere_and_wins(
    runs, files, tokenizer, tmp_path
):
    save_model(tmp_path / "scholar", train_on_questions(tokenizer), tokenizer)
    pair_of_runs = [runs[0], tmp_path / "scholar"]
    result = run_compare(pair_of_runs, files, tmp_path / "out", "--max-new-tokens", 30)
    for set_report in result.report["sets"]:
        assert set_report["all"]["accuracy"] == {"first": [0, 0, 0], "scholar": [1, 1, 1]}
        pair = set_report["all"]["pairs"][0]
        wins = (pair["second_wins"], pair["ties"], pair["first_wins"])
        assert wins == (len(set_report["questions"]), 0, 0)
        assert pair["bits_per_byte"][2] < 0
    assert "100.0% [100.0, 100.0]" in result.printed
    assert "+ scholar    Babe Ruth did" in result.printed


def test_a_question_that_exceeds_the_context_counts_as_wrong_with_a_note(runs, tokenizer, tmp_path):
    path = write_questions(tmp_path / "long.jsonl", [*BALL[:2], TOO_LONG])
    result = run_compare(runs, [path], tmp_path)
    set_report = result.report["sets"][0]
    last = set_report["questions"][-1]["answers"]["second"]
    assert last == {"text": None, "right": False, "bits": None}
    assert "does not fit the context" in result.printed
    assert any(
        "1 of the 3 long questions" in note and "second's context of 64" in note
        for note in result.report["notes"]
    )
    # Bits per byte leave it out for both models, so that both cover the same questions.
    size = len("Three strikes make an out.Four.")
    for run in runs:
        bits = sum(
            reference_bits(run, tokenizer, question, answer) for _, question, answer, _ in BALL[:2]
        )
        bits_per_byte = set_report["all"]["bits_per_byte"][run.name][0]
        assert bits_per_byte == pytest.approx(bits / size, rel=1e-4)


def test_if_no_question_fits_there_are_no_bits_and_no_crash(runs, tmp_path):
    path = write_questions(tmp_path / "long.jsonl", [TOO_LONG])
    result = run_compare(runs, [path], tmp_path)
    bits_per_byte = result.report["sets"][0]["all"]["bits_per_byte"]
    assert bits_per_byte == {"first": None, "second": None}
    assert "n/a" in result.printed


# ---- the files ----


def test_the_same_inputs_give_the_same_files_byte_for_byte(runs, files, comparison, tmp_path):
    run_compare(runs, files, tmp_path)
    for name in ("report.md", "report.html", "report.json", "comparison.png"):
        assert (tmp_path / name).read_bytes() == (comparison.folder / name).read_bytes()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [".lock", "comparison.png", "report.html", "report.json", "report.md"]


def test_the_reports_name_the_questions_and_what_the_intervals_do_not_cover(comparison):
    markdown = (comparison.folder / "report.md").read_text()
    for text in (markdown, " ".join(comparison.printed.split())):
        for part in ("not the luck of training", "first", "ball (5)", "people (2)"):
            assert part in text
    printed_lines = comparison.printed.splitlines()[1:]  # the first line has the folder's name
    assert max(len(line) for line in printed_lines) <= COLUMNS
    sets = comparison.report["sets"]
    assert [set_report["name"] for set_report in sets] == ["ball", "other"]
    assert set(sets[0]["topics"]) == {"rules", "people"}


def test_a_question_with_markdown_characters_stays_in_its_cell(comparison):
    markdown = (comparison.folder / "report.md").read_text()
    assert r"| What \| is \* 2 + 2? |" in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    columns = {row.replace(r"\|", "").count("|") - 1 for row in rows}
    assert columns == {5, 3, 6}  # in the tables of models and answers, of numbers, of pairs


@pytest.fixture
def figures(monkeypatch):
    """The figures that a test draws; they are collected instead of saved."""
    import matplotlib.figure

    collected = []

    def collect(figure, *args, **options):
        collected.append(figure)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", collect)
    return collected


def row_labels(figure, panel):
    return [label.get_text() for label in figure.axes[panel].get_yticklabels()]


def test_the_picture_shows_every_model_and_topic_and_carries_no_date(comparison, figures):
    content = (comparison.folder / "comparison.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert b"Software" not in content and b"tIME" not in content
    draw_comparison(report_from_json(comparison.report))
    figure = figures[0]
    assert row_labels(figure, 0) == ["first", "second", "rules (3)", "people (2)"]
    assert row_labels(figure, 2) == ["first", "second"]  # a single topic is not shown twice
    widths = [bar.get_width() for bar in figure.axes[1].patches]
    bits_per_byte = comparison.report["sets"][0]["all"]["bits_per_byte"]
    assert widths == [bits_per_byte["first"][0], bits_per_byte["second"][0]]


def test_the_topics_of_a_set_with_too_many_are_listed_only_in_the_report(comparison, figures):
    report = report_from_json(comparison.report)
    first_set, other_set = report.sets

    def with_topics(count):
        topics = {f"kind {number}": first_set.all for number in range(count)}
        return replace(report, sets=(replace(first_set, topics=topics), other_set))

    too_many = with_topics(MOST_TOPICS_IN_OVERVIEW + 1)
    draw_comparison(too_many)
    assert row_labels(figures[0], 0) == ["first", "second"]
    assert "kind 0" not in screen_text(too_many)
    assert markdown_text(too_many).count("kind 24") == 3  # two measures and one pair of models
    assert "kind 0" in screen_text(with_topics(MOST_TOPICS_IN_OVERVIEW))


def test_of_many_sets_only_those_with_few_topics_show_them(comparison):
    report = report_from_json(comparison.report)

    def with_topics(name, count):
        first_set = report.sets[0]
        topics = {f"{name} {number}": first_set.all for number in range(count)}
        return replace(first_set, topics=topics)

    few = with_topics("few", A_FEW_TOPICS)
    many = [with_topics(name, MOST_TOPICS_IN_OVERVIEW) for name in ("one", "two")]
    shown = screen_text(replace(report, sets=(few, *many)))
    assert "few 0" in shown and "one 0" not in shown and "two 0" not in shown
    assert "one 0" in screen_text(replace(report, sets=(few, many[0])))


def test_the_report_on_a_single_model_has_no_pairs(runs, files, tmp_path):
    result = run_compare(runs[:1], files, tmp_path)
    assert result.report["sets"][0]["all"]["pairs"] == []
    assert "Differences" not in result.printed
    assert "Differences" not in (tmp_path / "report.md").read_text()


# ---- errors ----

ERRORS = [
    # (arguments, which name files that the test makes; part of the error message)
    (["first", "none", "--questions", "good/ball.jsonl"], "none holds no model"),
    (["first", "first", "--questions", "good/ball.jsonl"], "is given twice"),
    (["first", "second/../first", "--questions", "good/ball.jsonl"], "is given twice"),
    (["first", "--questions", "empty.jsonl"], "empty.jsonl holds no questions"),
    (["first", "--questions", "bad.jsonl"], 'bad.jsonl, line 1: "topic" is missing'),
    (["first", "--questions", "gone.jsonl"], "the question file gone.jsonl does not exist"),
    (
        ["first", "--questions", "good/ball.jsonl", "ball.jsonl"],
        'two question sets are called "ball"',
    ),
    (
        ["first", "--resamples", "0", "--max-new-tokens", "0"],
        "--max-new-tokens must be 1 or more; --resamples must be 1 or more",
    ),
]


@pytest.mark.parametrize("arguments, expected", ERRORS)
def test_an_error_is_a_single_line_and_nothing_is_written(
    runs, tmp_path, monkeypatch, capsys, arguments, expected
):
    for run in runs:
        (tmp_path / run.name).symlink_to(run)
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "bad.jsonl").write_text("{}\n")
    (tmp_path / "good").mkdir()
    for path in (tmp_path / "good" / "ball.jsonl", tmp_path / "ball.jsonl"):
        write_questions(path, BALL)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        compare.main([*arguments, "--out", "out"])
    message = capsys.readouterr().err
    assert stopped.value.code == 2
    assert expected in message
    assert message.count("\n") == 1
    assert not (tmp_path / "out").exists()
