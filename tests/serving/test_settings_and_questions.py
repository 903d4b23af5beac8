"""What the form of settings accepts, and which questions have a known answer."""

import argparse
import json
import random
from pathlib import Path

import pytest

from evaluation.answers import Question
from serving import known_questions
from serving.known_questions import KnownQuestions, read_known_questions
from serving.settings import FIELDS, default_settings, read_settings
from tools.command_line import add_answer_flags


def as_texts(settings):
    return {name: str(value) for name, value in settings.as_json().items()}


def test_the_defaults_of_the_form_are_those_of_the_command_line():
    parser = argparse.ArgumentParser()
    add_answer_flags(parser.add_argument)
    assert default_settings().as_json() == vars(parser.parse_args([]))
    assert read_settings(as_texts(default_settings())) == default_settings()


def test_all_fields_have_a_label_and_an_explanation():
    for field in FIELDS:
        assert field.label and field.explanation and "default" not in field.explanation


def test_all_mistakes_in_a_form_are_reported_together():
    texts = as_texts(default_settings()) | {"top_k": "2.5", "seed": ""}
    with pytest.raises(ValueError, match=r"Top-k must be a whole number.*; Seed must be"):
        read_settings(texts)
    texts = as_texts(default_settings()) | {"temperature": "nan", "top_p": "2"}
    with pytest.raises(ValueError, match=r"temperature must be .*; top_p must be"):
        read_settings(texts)
    texts = as_texts(default_settings()) | {"seed": str(2**63), "max_new_tokens": "0"}
    with pytest.raises(ValueError, match=r"max_new_tokens must be .*; seed must be"):
        read_settings(texts)
    texts |= {"top_p": "-1"}
    with pytest.raises(ValueError, match=r"top_p must be .*; max_new_tokens must be .*; seed must"):
        read_settings(texts)


def test_the_largest_seed_is_followed_by_0():
    settings = read_settings(as_texts(default_settings()) | {"seed": str(2**63 - 1)})
    assert settings.with_seed(settings.seed + 1).seed == 0


def question(text, before=()):
    return Question("topic", text, "Yes.", ("yes",), before)


def test_a_question_is_known_by_its_exact_text_alone():
    known = KnownQuestions([[question("Who?"), question("And then?", ("Who?", "Ruth."))]])
    assert known.find(" Who?\n") == question("Who?")
    assert known.find("who?") is None and known.find("And then?") is None


def test_questions_are_drawn_from_all_sets_in_turn_and_never_twice():
    known = KnownQuestions([[question(f"a{n}") for n in range(9)], [question("b")], []])
    drawn = known.draw(4, random.Random(0))
    assert len(set(drawn)) == 4 and "b" in drawn
    assert len(known.draw(99, random.Random(0))) == 10
    assert {known.draw(1, random.Random(seed))[0][0] for seed in range(20)} == {"a", "b"}
    assert KnownQuestions([]).draw(3, random.Random(0)) == []


def test_questions_beside_a_runs_data_are_known_too(tmp_path):
    row = {"topic": "t", "question": "Who hit 61?", "answer": "Maris.", "accepted": ["maris"]}
    data, run = tmp_path / "data", tmp_path / "run"
    data.mkdir()
    run.mkdir()
    (data / "held_out.jsonl").write_text(json.dumps(row) + "\n")
    (data / "chats.jsonl").write_text('{"messages": []}\n')
    (run / "run.json").write_text(json.dumps({"settings": {"data": str(data)}}))
    known = read_known_questions([str(run), str(tmp_path / "no run")])
    assert known.find("Who hit 61?").topic == "t"
    own = Path(known_questions.QUESTIONS_FOLDER) / "general.jsonl"
    assert known.find(json.loads(own.read_text().splitlines()[0])["question"])
