"""benchmarks/peers.py: a model that `transformers` loads, asked what compare.py asks ours."""

import json
import math

import pytest
import torch
import transformers

from benchmarks import peers
from network.model_folder import save_model
from tests.support.comparing import BALL, OTHER, TOO_LONG, random_model

CHOICES = ["Babe Ruth did.", "Nobody did.", "Ty Cobb did it twice."]


def write_with_choices(path):
    """BALL, OTHER and TOO_LONG, the questions of BALL with the answer and CHOICES as choices."""
    lines = []
    for topic, question, answer, accepted in [*BALL, *OTHER, TOO_LONG]:
        row = {"topic": topic, "question": question, "answer": answer, "accepted": accepted}
        if topic == "rules" and question != TOO_LONG[1]:
            row["choices"] = [answer, *CHOICES[1:]]
        lines.append(json.dumps(row) + "\n")
    path.write_text("".join(lines))
    return path


def run_peers(run, peer, questions, out):
    """One run of the script; returns report.json."""
    arguments = [run, "--peers", peer, "--questions", questions, "--out", out]
    arguments += ["--device", "cpu", "--max-new-tokens", 10, "--resamples", 200]
    peers.main([str(argument) for argument in arguments])
    return json.loads((out / "report.json").read_text())


@pytest.fixture(scope="module")
def model(tokenizer):
    return random_model(tokenizer.vocab_size, context=128, seed=1)


@pytest.fixture(scope="module")
def chat_run(model, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "ours"
    save_model(folder, model, tokenizer, is_chat_model=True)
    return folder


@pytest.fixture(scope="module")
def saved_again(chat_run, tmp_path_factory):
    """The same model, saved by transformers."""
    folder = tmp_path_factory.mktemp("runs") / "theirs"
    transformers.AutoModelForCausalLM.from_pretrained(chat_run).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(chat_run).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def report(chat_run, saved_again, tmp_path_factory):
    folder = tmp_path_factory.mktemp("peers")
    questions = write_with_choices(folder / "ball.jsonl")
    return run_peers(chat_run, saved_again, questions, folder / "out")


def answers_of(report, name):
    return [question["answers"][name] for question in report["sets"][0]["questions"]]


# ---- our own model, asked through transformers ----


def test_a_peer_gives_the_answers_that_the_same_model_gives_us(report):
    ours, theirs = answers_of(report, "ours"), answers_of(report, "theirs")
    assert [answer["text"] for answer in ours] == [answer["text"] for answer in theirs]
    assert [answer["right"] for answer in ours] == [answer["right"] for answer in theirs]


def test_a_peer_has_the_loss_that_the_same_model_has_with_us(report):
    for ours, theirs in zip(answers_of(report, "ours"), answers_of(report, "theirs")):
        if ours["bits"] is None:
            assert theirs["bits"] is None
        else:
            assert theirs["bits"] == pytest.approx(ours["bits"], rel=1e-4)


def test_a_peer_scores_choices_as_we_do(report):
    chosen = 0
    for ours, theirs in zip(answers_of(report, "ours"), answers_of(report, "theirs")):
        if ours["chosen"]:
            chosen += 1
            assert theirs["chosen"]["text"] == ours["chosen"]["text"]
            assert theirs["chosen"]["bits"] == pytest.approx(ours["chosen"]["bits"], rel=1e-4)
    assert chosen == 3


def test_a_question_beyond_the_peers_context_counts_as_wrong(report):
    answer = answers_of(report, "theirs")[-1]
    assert answer["text"] is None and answer["bits"] is None and not answer["right"]


def test_the_report_compares_ours_with_the_peer(report):
    (pair,) = report["sets"][0]["all"]["pairs"]
    assert (pair["first"], pair["second"]) == ("ours", "theirs")
    assert pair["accuracy"] == [0, 0, 0]
    assert [model["name"] for model in report["models"]] == ["ours", "theirs"]
    assert report["models"][1]["parameters"] == report["models"][0]["parameters"]


# ---- a model without a chat template ----


def test_a_model_without_a_chat_template_completes_a_question(model, tokenizer, chat_run, tmp_path):
    save_model(tmp_path / "base", model, tokenizer)
    questions = write_with_choices(tmp_path / "ball.jsonl")
    report = run_peers(chat_run, tmp_path / "base", questions, tmp_path / "out")
    reference = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "base").double()
    for (_, question, answer, _), given in zip(BALL, answers_of(report, "base")):
        prompt = tokenizer.encode(f"Question: {question}\nAnswer:")
        expected = [*tokenizer.encode(f" {answer}"), tokenizer.end_of_text]
        with torch.no_grad():
            logits = reference(torch.tensor([prompt + expected])).logits
        scores = logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        nats = -scores.gather(1, torch.tensor(expected)[:, None]).sum().item()
        assert given["bits"] == pytest.approx(nats / math.log(2), rel=1e-4)


# ---- what is wrong ----


@pytest.fixture
def questions(tmp_path):
    return write_with_choices(tmp_path / "ball.jsonl")


def test_a_peer_with_the_name_of_another_model_is_refused(chat_run, questions, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        run_peers(chat_run, tmp_path / "ours.gguf", questions, tmp_path / "out")
    assert stopped.value.code == 2
    assert 'there is already a model called "ours"' in capsys.readouterr().err


def test_a_peer_that_transformers_does_not_load_is_named(chat_run, questions, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as stopped:
        run_peers(chat_run, tmp_path / "empty", questions, tmp_path / "out")
    assert stopped.value.code == 2
    assert f"transformers does not load {tmp_path / 'empty'}" in capsys.readouterr().err
