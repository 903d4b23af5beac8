"""A conversation with a model, without a terminal: whole words, seeds, retries, forgetting."""

import pytest
import torch

from network import chat_session
from network.chat_session import ChatSession, load_assistant, whole_words
from network.generation import generate
from network.hardware import Hardware
from network.sampling import GREEDY, Sampling
from tests.support.talkers import CONTEXT, save_talker

CPU = Hardware(torch.device("cpu"))


@pytest.fixture(scope="module")
def assistant(tokenizer, tmp_path_factory):
    folder = save_talker(tmp_path_factory.mktemp("runs") / "talker", tokenizer)
    return load_assistant(folder, CPU)


@pytest.fixture
def answers(monkeypatch):
    """A list of scripted answers, each a list of pieces, that replace the model's."""
    scripted = []
    monkeypatch.setattr(chat_session, "generate", lambda *_: ([piece] for piece in scripted.pop(0)))
    return scripted


def finish(session, reply):
    """Read a reply to its end and record it; return its text."""
    text = "".join(reply)
    session.record(reply.turn, reply.text)
    return text


def test_pieces_become_whole_words_without_white_space_around_the_text():
    assert list(whole_words([" Thr", "ee str", "ikes\n"])) == ["Three", " strikes"]
    assert list(whole_words(["\n ", " "])) == []
    assert list(whole_words(["x" * 90])) == ["x" * 40, "x" * 40, "x" * 10]


def test_an_assistant_describes_its_name_and_context(assistant):
    assert assistant.name == "talker" and assistant.context == CONTEXT
    assert f"a context of {CONTEXT} tokens" in assistant.describe()


def test_an_interrupted_answer_is_recorded_up_to_the_last_word_shown(assistant, answers):
    session = ChatSession(assistant, GREEDY)
    answers += [[" One", " two", " three", " four"]]
    reply = session.ask("Count.")
    for word in reply:
        if word == " two":
            break
    session.record(reply.turn, reply.text)
    assert session.messages == ["Count.", "One two"]
    assert session.as_text() == "Human: Count.\n\nAssistant: One two"


def test_an_empty_reply_leaves_the_conversation_unchanged(assistant, answers):
    session = ChatSession(assistant, GREEDY)
    answers += [[" ", "\n"], [" Yes."]]
    assert finish(session, session.ask("Well?")) == ""
    assert session.messages == []
    assert finish(session, session.retry()) == "Yes."
    assert session.messages == ["Well?", "Yes."]


def test_a_retry_without_a_question_is_refused(assistant):
    with pytest.raises(ValueError, match="no question yet"):
        ChatSession(assistant, GREEDY).retry()


def test_a_message_that_leaves_no_room_for_an_answer_is_refused(assistant):
    session = ChatSession(assistant, GREEDY, max_new_tokens=8)
    with pytest.raises(ValueError, match=f"the context holds {CONTEXT - 8}"):
        session.ask("so " * 200)
    assert session.answers_begun == 0 and session.last_question is None


def test_forgetting_is_reported_once_until_a_reset(assistant, answers):
    session = ChatSession(assistant, GREEDY, max_new_tokens=8)
    answers += [[" So it is, as I said before."] for _ in range(20)]
    times_forgotten = 0
    for number in range(20):
        reply = session.ask(f"Question {number}?")
        finish(session, reply)
        if reply.turn.forgets:
            times_forgotten += 1
            if times_forgotten == 1:
                session.reset()
    assert times_forgotten == 2


def test_the_last_allowed_seed_is_followed_by_seed_0(assistant):
    last, first = 2**63 - 1, 0
    sampling = Sampling(1.0, top_k=0)
    session = ChatSession(assistant, sampling, 8, seed=last)
    finish(session, session.ask("Who?"))
    session.reset()
    wrapped = finish(session, session.ask("Who?"))
    other = ChatSession(assistant, sampling, 8, seed=first)
    assert wrapped == finish(other, other.ask("Who?"))


def test_answers_generated_elsewhere_are_the_same_as_those_of_the_session(assistant):
    sampling = Sampling(1.0, top_k=0)
    asking, beginning = (ChatSession(assistant, sampling, 8, seed=3) for _ in range(2))
    for number, question in enumerate(["Who?", "When?", None]):
        is_retry = question is None
        expected = finish(asking, asking.retry() if is_retry else asking.ask(question))
        turn = beginning.begin_again() if is_retry else beginning.begin(question)
        assert turn.seed == 3 + number
        pieces = generate(
            assistant.model, assistant.tokenizer, [turn.prompt], 8, sampling, [turn.seed]
        )
        beginning.record(turn, "".join(piece or "" for [piece] in pieces).strip())
        assert beginning.messages == asking.messages and expected in beginning.messages


def test_another_seed_starts_the_count_of_answers_again(assistant):
    session = ChatSession(assistant, GREEDY, 8, seed=5)
    session.begin("Who?")
    session.configure(Sampling(0.5), 4, seed=5)
    assert session.begin("Who?").seed == 6 and session.max_new_tokens == 4
    session.configure(Sampling(0.5), 4, seed=9)
    assert session.begin("Who?").seed == 9 and session.sampling == Sampling(0.5)


def test_speed_is_known_from_the_second_token_on(assistant, answers):
    session = ChatSession(assistant, GREEDY)
    answers += [[" One"], [" One", " two", " three"]]
    short, long = session.ask("Count."), session.ask("Count.")
    finish(session, short)
    finish(session, long)
    assert short.describe_speed() is None
    assert "tokens read in" in long.describe_speed() and "3 written at" in long.describe_speed()
