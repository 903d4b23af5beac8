"""benchmarks/peers.py: a model that `transformers` loads, asked what compare.py asks ours."""

import json
import math
from pathlib import Path

import pytest
import torch
import transformers

from benchmarks import peers
from benchmarks.transformers_peer import load_peer
from network.model_folder import save_model
from tests.support.comparing import BALL, OTHER, TOO_LONG, random_model
from tests.support.models import CPU

NEW_TOKENS = 10
CONTEXT = 128
CHOICES = ["Babe Ruth did.", "Nobody did.", "Ty Cobb did it twice."]
ENDS_WITH_SPACE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] | trim }}"
    " {{ eos_token }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def as_row(topic, question, answer, accepted, **others):
    return {
        "topic": topic,
        "question": question,
        "answer": answer,
        "accepted": accepted,
        **others,
    }


def write_rows(path, tokenizer):
    """BALL, the first two with choices, OTHER, a follow-up, and a question as long as can be."""
    rows = [as_row(*row) for row in [*BALL, *OTHER]]
    for row in rows[:2]:
        row["choices"] = [row["answer"], *CHOICES]
    before = ["Who hit 60?", "Ruth did."]
    rows.append(as_row("follow-ups", "And who hit 61?", "Maris.", ["maris"], before=before))
    rows.append(as_row("long", longest_question(tokenizer), "Yes.", ["yes"]))
    rows.append(as_row(*TOO_LONG))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def longest_question(tokenizer):
    """A question whose answer "Yes." just fits the context, with no room for NEW_TOKENS."""
    question = "Is it long?"
    while True:
        longer = f"Is it so? {question}"
        if len(tokenizer.encode(f"\n\nHuman: {longer}\n\nAssistant: Yes.")) >= CONTEXT:
            return question
        question = longer


def run_peers(run, others, questions, out, *flags, new_tokens=NEW_TOKENS):
    """One run of the script, without our run if it is None; returns report.json."""
    arguments = [run] if run else []
    arguments += ["--peers", *others, "--questions", questions, "--out", out, *flags]
    arguments += ["--device", "cpu", "--max-new-tokens", new_tokens, "--resamples", 200]
    peers.main([str(argument) for argument in arguments])
    return json.loads((out / "report.json").read_text())


@pytest.fixture(scope="module")
def model(tokenizer):
    """Random weights; the token that ends an answer is often the likeliest."""
    model = random_model(tokenizer.vocab_size, CONTEXT, seed=1)
    with torch.no_grad():
        model.wte.weight[tokenizer.end_of_text] *= 2
    return model


@pytest.fixture(scope="module")
def chat_run(model, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "ours"
    save_model(folder, model, tokenizer, is_chat_model=True)
    return folder


@pytest.fixture(scope="module")
def saved_again(chat_run, tmp_path_factory):
    """The same model, saved by transformers, with settings that are not greedy."""
    folder = tmp_path_factory.mktemp("runs") / "theirs"
    model = transformers.AutoModelForCausalLM.from_pretrained(chat_run)
    model.generation_config.update(do_sample=True, temperature=2.0, repetition_penalty=5.0)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(chat_run).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def questions(tokenizer, tmp_path_factory):
    return write_rows(tmp_path_factory.mktemp("questions") / "ball.jsonl", tokenizer)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """The folder of the report."""
    return tmp_path_factory.mktemp("peers")


@pytest.fixture(scope="module")
def report(chat_run, saved_again, questions, earlier):
    return run_peers(chat_run, [saved_again], questions, earlier)


def answers_of(report, name):
    return [question["answers"][name] for question in report["sets"][0]["questions"]]


# ---- our own model, asked through transformers ----


def test_a_peer_gives_the_answers_that_the_same_model_gives_us(report, tokenizer):
    ours, theirs = answers_of(report, "ours"), answers_of(report, "theirs")
    assert [answer["text"] for answer in ours] == [answer["text"] for answer in theirs]
    assert [answer["right"] for answer in ours] == [answer["right"] for answer in theirs]
    lengths = {len(tokenizer.encode(answer["text"])) for answer in theirs if answer["text"]}
    assert min(lengths) < NEW_TOKENS  # some answers end by themselves


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
    assert chosen == 2


def test_a_question_beyond_the_peers_context_counts_as_wrong(report):
    answer = answers_of(report, "theirs")[-1]
    assert answer["text"] is None and answer["bits"] is None and not answer["right"]


def test_the_report_compares_ours_with_the_peer(report):
    (pair,) = report["sets"][0]["all"]["pairs"]
    assert (pair["first"], pair["second"]) == ("ours", "theirs")
    assert pair["bits_per_byte"][0] == pytest.approx(0, abs=1e-4)
    assert [model["name"] for model in report["models"]] == ["ours", "theirs"]
    assert report["models"][1]["parameters"] == report["models"][0]["parameters"]


# ---- other templates ----


def test_a_model_without_a_chat_template_completes_a_question(
    model, tokenizer, chat_run, questions, tmp_path
):
    save_model(tmp_path / "base", model, tokenizer)
    report = run_peers(chat_run, [tmp_path / "base"], questions, tmp_path / "out")
    reference = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "base").double()
    for (_, question, answer, _), given in zip(BALL, answers_of(report, "base")):
        prompt = tokenizer.encode(f"Question: {question}\nAnswer:")
        expected = [*tokenizer.encode(f" {answer}"), tokenizer.end_of_text]
        with torch.no_grad():
            logits = reference(torch.tensor([prompt + expected])).logits
        scores = logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        nats = -scores.gather(1, torch.tensor(expected)[:, None]).sum().item()
        assert given["bits"] == pytest.approx(nats / math.log(2), rel=1e-4)


def test_the_end_of_a_turn_is_a_special_token_and_not_a_space_before_it(
    saved_again, tokenizer, tmp_path
):
    transformers.AutoModelForCausalLM.from_pretrained(saved_again).save_pretrained(tmp_path)
    with_template = transformers.AutoTokenizer.from_pretrained(saved_again)
    with_template.chat_template = ENDS_WITH_SPACE
    with_template.save_pretrained(tmp_path)
    peer = load_peer(str(tmp_path), "peer", CPU)
    assert peer.end == tokenizer.end_of_text
    assert peer.context == CONTEXT


# ---- several peers, and what is wrong ----


def test_peers_of_the_same_name_are_named_after_more_of_their_paths():
    paths = ["a/last", "b/last", "c/SmolLM2.gguf", "d/ours"]
    names = peers.name_others(paths, ["runs/ours"])
    assert list(names) == paths
    assert list(names.values()) == ["a/last", "b/last", "SmolLM2", "d/ours"]
    names = peers.name_others(["a/M.gguf", "runs/comparison/M"], [])
    assert list(names.values()) == ["a/M", "comparison/M"]


def test_a_peer_given_twice_is_refused(chat_run, saved_again, questions, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        run_peers(chat_run, [saved_again, saved_again], questions, tmp_path / "out")
    assert stopped.value.code == 2
    assert f"{saved_again} is given twice" in capsys.readouterr().err


def test_a_peer_that_transformers_does_not_load_is_named(chat_run, questions, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as stopped:
        run_peers(chat_run, [tmp_path / "empty"], questions, tmp_path / "out")
    assert stopped.value.code == 2
    assert f"transformers does not load {tmp_path / 'empty'}" in capsys.readouterr().err


# ---- the models of an earlier report ----


def test_an_earlier_report_stands_for_its_models(
    report, earlier, saved_again, questions, tokenizer, tmp_path
):
    flags = ("--reports", earlier / "report.json")
    again = run_peers(None, [saved_again], questions, tmp_path / "again", *flags)
    ours, theirs, asked = (model["name"] for model in again["models"])
    assert ours == "ours"
    assert theirs == f"{earlier.name}/theirs" and asked.endswith("/theirs")
    device = report["settings"]["device"]
    assert again["models"][0]["run"] == f"{report['models'][0]['run']}, asked on {device}"
    for name, before in ((ours, "ours"), (theirs, "theirs"), (asked, "theirs")):
        assert answers_of(again, name) == answers_of(report, before)
        for numbers in ("accuracy", "bits_per_byte"):
            now = again["sets"][0]["all"][numbers][name]
            assert now == pytest.approx(report["sets"][0]["all"][numbers][before])
    assert again["sets"][0]["all"]["choices"] is not None


def test_an_earlier_report_without_one_of_the_questions_is_refused(
    report, earlier, saved_again, tmp_path, capsys
):
    others = tmp_path / "others.jsonl"
    others.write_text(json.dumps(as_row("balls", "Is a ball round?", "Yes.", ["yes"])) + "\n")
    with pytest.raises(SystemExit):
        run_peers(None, [saved_again], others, tmp_path, "--reports", earlier / "report.json")
    assert "lacks 1 of the 1 questions, such as 'Is a ball round?'" in capsys.readouterr().err


def test_an_earlier_report_with_longer_answers_is_refused(
    report, earlier, saved_again, questions, tmp_path, capsys
):
    flags = ("--reports", earlier / "report.json")
    with pytest.raises(SystemExit):
        run_peers(None, [saved_again], questions, tmp_path, *flags, new_tokens=5)
    assert f"give --max-new-tokens {NEW_TOKENS}" in capsys.readouterr().err


def refused(capsys, *arguments):
    """The error of the script."""
    with pytest.raises(SystemExit) as stopped:
        run_peers(None, *arguments)
    assert stopped.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"settings": 3}'])
def test_a_corrupt_report_is_named(content, saved_again, questions, tmp_path, capsys):
    path = tmp_path / "report.json"
    path.write_text(content)
    error = refused(capsys, [saved_again], questions, tmp_path / "out", "--reports", path)
    assert f"{path} is corrupt" in error


def test_a_report_in_which_an_answer_is_missing_is_corrupt(
    report, saved_again, questions, tmp_path, capsys
):
    path = tmp_path / "report.json"
    content = json.loads(json.dumps(report))
    del content["sets"][0]["questions"][1]["answers"]["ours"]
    path.write_text(json.dumps(content))
    error = refused(capsys, [saved_again], questions, tmp_path / "out", "--reports", path)
    assert f"{path} is corrupt (ValueError: not every model has answered" in error


def test_a_report_given_twice_is_refused(report, earlier, saved_again, questions, tmp_path, capsys):
    paths = (earlier / "report.json", earlier / ".." / earlier.name / "report.json")
    error = refused(capsys, [saved_again], questions, tmp_path / "out", "--reports", *paths)
    assert "report.json is given twice" in error


def test_models_of_a_report_with_another_name_are_named_after_it():
    assert peers.folder_of(Path("runs/comparison/report.json")) == Path("runs/comparison")
    assert peers.folder_of(Path("runs/old.json")) == Path("runs/old")
