"""compare.py: its numbers against transformers and closed forms, its files against themselves, its complaints."""

import contextlib
import functools
import io
import json
import math

import numpy as np
import pytest
import torch

import compare
from evaluation.bootstrap import bootstrap, interval, win_points
from evaluation.report import SCREEN, summarise
from evaluation.scores import display_names
from model import GPT, GPTConfig
from network.model_folder import save_model

QUESTIONS = {
    "ball": [
        ("rules", "How many strikes make an out?", "Three strikes make an out.", ["three", "3"]),
        ("rules", "How many balls make a walk?", "Four.", ["four", "4"]),
        (
            "rules",
            "Is a foul ball a strike?",
            "Yes, with fewer than two strikes it is one.",
            ["yes"],
        ),
        (
            "people",
            "Who hit 714 home runs?",
            "Babe Ruth did, and so did nobody before him.",
            ["ruth"],
        ),
        ("people", "Who was José?", "José Canseco – a Cuban.", ["canseco"]),
    ],
    "other": [
        ("all", "Is ice cold?", "Yes, it is.", ["yes"]),
        ("all", "What | is * 2 + 2?", "It is 4.", ["4"]),
    ],
}
LONG = ("rules", "What is long?" + " and long" * 40, "This question is.", ["question"])
NEW_TOKENS = 10


def write_questions(path, rows):
    path.write_text(
        "".join(
            json.dumps(dict(zip(("topic", "question", "answer", "accepted"), row))) + "\n"
            for row in rows
        )
    )
    return path


@pytest.fixture(scope="module")
def runs(tokenizer, tmp_path_factory):
    """Two models with random weights, large enough that they have opinions; the second with a short context."""
    folder = tmp_path_factory.mktemp("runs")
    for seed, (name, context) in enumerate([("first", 128), ("second", 64)]):
        model = GPT(
            GPTConfig(
                vocab_size=tokenizer.vocab_size, n_positions=context, n_embd=32, n_layer=2, n_head=2
            ),
            seed=seed,
        )
        with torch.no_grad():
            for number, parameter in enumerate(model.parameters()):
                parameter.add_(
                    0.15
                    * torch.randn(
                        parameter.shape,
                        generator=torch.Generator().manual_seed(100 * seed + number),
                    )
                )
        save_model(folder / name, model, tokenizer)
    return [folder / "first", folder / "second"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
    return [write_questions(folder / f"{name}.jsonl", rows) for name, rows in QUESTIONS.items()]


def compared(runs, files, out, *flags):
    """The report of a comparison, and what was printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        compare.main(
            [
                *map(str, runs),
                "--questions",
                *map(str, files),
                "--out",
                str(out),
                "--device",
                "cpu",
                "--max-new-tokens",
                str(NEW_TOKENS),
                "--resamples",
                "500",
                *flags,
            ]
        )
    return json.loads((out / "report.json").read_text()), printed.getvalue()


@pytest.fixture(scope="module")
def comparison(runs, files, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "comparison"
    return *compared(runs, files, out), out


# ---- the numbers of real models ----


@functools.cache
def reference_model(run):
    import transformers

    return transformers.GPT2LMHeadModel.from_pretrained(run).double().eval()


def alone(run, tokenizer, question, answer):
    """Bits of the reference answer, and the greedy answer, from transformers: one question at a time, no cache, float64."""
    model = reference_model(run)
    prompt, reference = (
        tokenizer.encode(f"\n\nHuman: {question}\n\nAssistant:"),
        [*tokenizer.encode(" " + answer), tokenizer.end_of_text],
    )
    with torch.no_grad():
        scores = (
            model(torch.tensor([prompt + reference]))
            .logits[0, len(prompt) - 1 : -1]
            .log_softmax(-1)
        )
        bits = -sum(
            scores[place, token].item() for place, token in enumerate(reference)
        ) / math.log(2)
        said = []
        while (
            len(said) < NEW_TOKENS
            and (token := model(torch.tensor([prompt + said])).logits[0, -1].argmax().item())
            != tokenizer.end_of_text
        ):
            said.append(token)
    return bits, tokenizer.decode(said).strip()


def test_bits_and_greedy_answers_equal_those_of_transformers_one_question_at_a_time(
    runs, tokenizer, comparison
):
    report = comparison[0]
    for run in runs:
        for one_set, rows in zip(report["sets"], QUESTIONS.values()):
            total = 0
            for (_, question, answer, _), found in zip(rows, one_set["questions"]):
                bits, said = alone(run, tokenizer, question, answer)
                total += bits
                assert found["answers"][run.name]["bits"] == pytest.approx(bits, rel=1e-4)
                assert found["answers"][run.name]["text"] == said
            size = sum(len(answer.encode("utf-8")) for _, _, answer, _ in rows)
            assert one_set["all"]["bits_per_byte"][run.name][0] == pytest.approx(
                total / size, rel=1e-4
            )


def test_the_batch_size_changes_no_answer(runs, files, comparison, tmp_path):
    report = compared(runs, files, tmp_path, "--batch-size", "1")[0]
    for ours, theirs in zip(report["sets"], comparison[0]["sets"]):
        assert [question["answers"] for question in ours["questions"]] == [
            question["answers"] for question in theirs["questions"]
        ]


def test_a_model_that_knows_the_answers_is_right_everywhere_and_wins(
    runs, files, tokenizer, tmp_path
):
    from text.batches import pack
    from text.conversation import tokenize_exchange

    torch.manual_seed(0)
    model = GPT(
        GPTConfig(vocab_size=tokenizer.vocab_size, n_positions=128, n_embd=64, n_layer=1, n_head=2)
    )
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    batches = pack(
        [
            tokenize_exchange(question, answer, tokenizer)
            for rows in QUESTIONS.values()
            for _, question, answer, _ in rows
        ],
        4096,
    )
    for _ in range(80):
        for inputs, targets, _ in batches:
            model.loss(torch.from_numpy(inputs), torch.from_numpy(targets)).div(50).backward()
        optimizer.step()
        optimizer.zero_grad()
    save_model(tmp_path / "scholar", model, tokenizer)
    report, printed = compared(
        [runs[0], tmp_path / "scholar"], files, tmp_path / "out", "--max-new-tokens", "30"
    )
    for one_set in report["sets"]:
        assert one_set["all"]["accuracy"] == {"first": [0, 0, 0], "scholar": [1, 1, 1]}
        pair = one_set["all"]["pairs"][0]
        assert (pair["second_wins"], pair["ties"], pair["first_wins"]) == (
            len(one_set["questions"]),
            0,
            0,
        ) and pair["bits_per_byte"][2] < 0
    assert "100.0% [100.0, 100.0]" in printed and "+ scholar    Babe Ruth did" in printed


def test_a_question_that_does_not_fit_counts_as_wrong_and_is_said(runs, tokenizer, tmp_path):
    path = write_questions(tmp_path / "long.jsonl", [*QUESTIONS["ball"][:2], LONG])
    report, printed = compared(runs, [path], tmp_path)
    result, last = report["sets"][0]["all"], report["sets"][0]["questions"][-1]["answers"]["second"]
    assert (
        last == {"text": None, "right": False, "bits": None}
        and "does not fit the context" in printed
    )
    assert any(
        "1 of the 3 long questions" in note and "second's context of 64" in note
        for note in report["notes"]
    )
    for run in runs:  # for both models, so that they are compared on the same questions
        bits = sum(
            alone(run, tokenizer, question, answer)[0]
            for _, question, answer, _ in QUESTIONS["ball"][:2]
        )
        assert result["bits_per_byte"][run.name][0] == pytest.approx(
            bits / len("Three strikes make an out.Four."), rel=1e-4
        )


def test_where_nothing_fits_there_are_no_bits_and_no_crash(runs, tmp_path):
    report, printed = compared(runs, [write_questions(tmp_path / "long.jsonl", [LONG])], tmp_path)
    assert (
        report["sets"][0]["all"]["bits_per_byte"] == {"first": None, "second": None}
        and "n/a" in printed
    )


# ---- the files ----


def test_the_same_inputs_give_the_same_files_byte_for_byte(runs, files, comparison, tmp_path):
    compared(runs, files, tmp_path)
    for name in ("report.md", "report.json", "comparison.png"):
        assert (tmp_path / name).read_bytes() == (comparison[2] / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".lock",
        "comparison.png",
        "report.json",
        "report.md",
    ]


def test_the_reports_say_what_was_asked_and_what_the_intervals_leave_out(comparison):
    report, printed, out = comparison
    text = (out / "report.md").read_text()
    for place in (text, " ".join(printed.split())):
        assert (
            "not the luck of training" in place
            and "first" in place
            and "ball (5)" in place
            and "people (2)" in place
        )
    assert r"| What \| is \* 2 + 2? |" in text  # shown as it is, in one cell
    assert max(map(len, printed.splitlines()[1:])) <= SCREEN  # the first names a folder
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") - 1 for line in rows} == {
        5,
        3,
        6,
    }  # cells of models and answers, of numbers, of pairs
    assert [one_set["name"] for one_set in report["sets"]] == ["ball", "other"]
    assert set(report["sets"][0]["topics"]) == {"rules", "people"}


def test_the_picture_shows_every_model_and_topic_and_carries_no_date(
    runs, files, comparison, tmp_path, monkeypatch
):
    import matplotlib.figure

    content = (comparison[2] / "comparison.png").read_bytes()
    assert content.startswith(b"\x89PNG") and b"Software" not in content and b"tIME" not in content
    pictures = []
    monkeypatch.setattr(
        matplotlib.figure.Figure, "savefig", lambda self, *args, **options: pictures.append(self)
    )
    compare.draw(comparison[0])
    labels = [[label.get_text() for label in axes.get_yticklabels()] for axes in pictures[0].axes]
    assert labels[0] == ["first", "second", "rules (3)", "people (2)"] and labels[2] == [
        "first",
        "second",
    ]  # one topic alone is not shown twice
    widths = [bar.get_width() for bar in pictures[0].axes[1].patches]
    assert widths == [
        comparison[0]["sets"][0]["all"]["bits_per_byte"][name][0] for name in ("first", "second")
    ]


def test_a_set_of_very_many_topics_has_them_in_the_report_alone(comparison, monkeypatch):
    import matplotlib.figure

    report = json.loads(json.dumps(comparison[0]))
    first = report["sets"][0]
    first["topics"] = {f"kind {number}": first["all"] for number in range(compare.FEW_TOPICS + 1)}
    pictures = []
    monkeypatch.setattr(
        matplotlib.figure.Figure, "savefig", lambda self, *args, **options: pictures.append(self)
    )
    compare.draw(report)
    assert [label.get_text() for label in pictures[0].axes[0].get_yticklabels()] == [
        "first",
        "second",
    ]
    assert (
        "kind 0" not in compare.as_screen(report)
        and compare.as_markdown(report).count("kind 24") == 3
    )  # two measures, and the one pair
    del first["topics"]["kind 24"]
    assert "kind 0" in compare.as_screen(report)


def test_one_model_alone_is_reported_without_pairs(runs, files, tmp_path):
    report, printed = compared(runs[:1], files, tmp_path)
    assert (
        report["sets"][0]["all"]["pairs"] == []
        and "Differences" not in printed + (tmp_path / "report.md").read_text()
    )


# ---- statistics ----


def made_up(models=3, count=400, seed=0):
    """Right and wrong, bits and sizes of models that find the same questions hard."""
    generator = np.random.default_rng(seed)
    hard = generator.normal(size=count)
    right = (
        hard + 0.3 * generator.normal(size=(models, count)) < np.linspace(0.2, 0.6, models)[:, None]
    )
    sizes = generator.integers(10, 60, size=count)
    bits = sizes * np.exp(0.3 * hard + 0.1 * generator.normal(size=(models, count)))
    return right, bits, sizes


def normal_interval(value, per_question):
    """Mean ± 1.96 standard errors: the value moves by Σ per_question / n, each of which has mean 0."""
    error = 1.96 * np.sqrt(np.mean(np.square(per_question)) / len(per_question))
    return [value, value - error, value + error]


def test_intervals_are_those_of_the_normal_approximation():
    right, bits, sizes = made_up()
    found = summarise(["a", "b", "c"], right, bits, sizes, 10_000, 0)
    for name, correct, lost in zip("abc", right, bits):
        ratio = lost.sum() / sizes.sum()
        assert found["accuracy"][name] == pytest.approx(
            normal_interval(correct.mean(), correct - correct.mean()), abs=0.006
        )
        assert found["bits_per_byte"][name] == pytest.approx(
            normal_interval(ratio, (lost - ratio * sizes) / sizes.mean()), abs=0.005
        )  # the delta method
    last = found["pairs"][-1]
    difference = right[2].astype(float) - right[1]
    assert (last["first"], last["second"]) == ("b", "c")
    assert last["accuracy"] == pytest.approx(
        normal_interval(difference.mean(), difference - difference.mean()), abs=0.006
    )


def test_a_paired_interval_is_narrower_than_an_unpaired_one():
    right, bits, sizes = made_up()
    found = summarise(["a", "b", "c"], right, bits, sizes, 2000, 0)
    for measure in ("accuracy", "bits_per_byte"):
        (_, low_a, high_a), (_, low_b, high_b), (_, low, high) = (
            found[measure]["a"],
            found[measure]["b"],
            found["pairs"][0][measure],
        )
        assert high - low < 0.8 * math.hypot(high_a - low_a, high_b - low_b)


def test_the_resamples_are_the_same_for_all_models_and_the_same_again():
    values = np.arange(20.0)
    first = bootstrap(np.vstack([values, values, 2 * values]), np.ones((3, 20)), 300, 7)
    assert first.shape == (3, 301) and first[0, 0] == values.mean()
    assert np.array_equal(first[0], first[1]) and np.allclose(first[2], 2 * first[0])
    assert np.array_equal(
        first, bootstrap(np.vstack([values, values, 2 * values]), np.ones((3, 20)), 300, 7)
    )
    assert not np.array_equal(
        first, bootstrap(np.vstack([values, values, 2 * values]), np.ones((3, 20)), 300, 8)
    )


def test_the_interval_holds_ninety_five_percent_of_the_resamples():
    assert interval(np.array([5.0, *range(101)])) == [5.0, 2.5, 97.5]
    assert interval(np.array([np.nan, 1.0])) is None


def test_a_question_is_won_by_accuracy_first_and_bits_second():
    nan = math.nan
    cases = [  # right, bits; the other's; points
        (True, 9.0, False, 1.0, 1), (False, 1.0, True, 9.0, 0), (True, 1.0, True, 2.0, 1), (False, 2.0, False, 1.0, 0), (True, 1.0, True, 1.0, 0.5),
        (False, 1.0, False, 1.0 + 1e-6, 0.5), (False, nan, False, 1.0, 0.5), (False, nan, True, 1.0, 0), (True, 1.0, False, nan, 1),
    ]  # fmt: skip
    right, bits, other_right, other_bits, expected = (np.array(column) for column in zip(*cases))
    assert win_points(right, bits, other_right, other_bits).tolist() == expected.tolist()
    found = summarise(
        ["a", "b"],
        np.array([other_right, right]),
        np.array([other_bits, bits]),
        np.ones(len(cases)),
        100,
        0,
    )["pairs"][0]
    assert (found["second_wins"], found["ties"], found["first_wins"]) == (3, 3, 3) and found[
        "second_win_share"
    ][0] == 0.5


# ---- names and complaints ----


def test_models_go_by_their_folders_names_made_longer_where_two_are_alike():
    assert display_names(["runs/a", "runs/b/"]) == ["a", "b"]
    assert display_names(["runs/a", "old/a", "runs/b"]) == ["runs/a", "old/a", "b"]
    assert display_names(["x/1/a", "x/2/a"]) == ["1/a", "2/a"]


def test_what_cannot_be_compared_is_said_in_a_sentence(runs, files, tmp_path, capsys):
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "bad.jsonl").write_text("{}\n")
    (tmp_path / "ball.jsonl").write_bytes(files[0].read_bytes())
    first = runs[0]
    for arguments, expected in (
        ([first, tmp_path / "none", "--questions", files[0]], "none holds no model"),
        ([first, first, "--questions", files[0]], "is given twice"),
        (
            [first, first.parent / "second" / ".." / "first", "--questions", files[0]],
            "is given twice",
        ),
        ([first, "--questions", tmp_path / "empty.jsonl"], "empty.jsonl holds no questions"),
        ([first, "--questions", tmp_path / "bad.jsonl"], 'bad.jsonl, line 1: "topic" is missing'),
        ([first, "--questions", tmp_path / "gone.jsonl"], "gone.jsonl: the file is missing"),
        (
            [first, "--questions", files[0], tmp_path / "ball.jsonl"],
            'two question sets are called "ball"',
        ),
        (
            [first, "--resamples", "0", "--max-new-tokens", "0"],
            "--max-new-tokens must be 1 or more; --resamples must be 1 or more",
        ),
    ):
        with pytest.raises(SystemExit) as stopped:
            compare.main([*map(str, arguments), "--out", str(tmp_path / "out")])
        message = capsys.readouterr().err
        assert stopped.value.code == 2 and expected in message and message.count("\n") == 1
    assert not (tmp_path / "out").exists()
