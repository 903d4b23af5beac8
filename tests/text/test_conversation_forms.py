"""Conversations in every known form, read into messages, and rows that cannot be read so."""

import pickle
from collections import Counter

import pytest

from text.conversation_forms import FORMS, ConversationReader, find_form
from text.dialogue import BrokenConversation
from text.turns import JOINED, UNANSWERED


def turns(*texts, keys=("role", "content"), names=("user", "assistant")):
    """Messages of two speakers, who take turns."""
    return [dict(zip(keys, (names[number % 2], text))) for number, text in enumerate(texts)]


def share_gpt(*texts):
    return turns(*texts, keys=("from", "value"), names=("human", "gpt"))


def system(text):
    return {"role": "system", "content": text}


def tool_call(**more):
    return {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}], **more}


def read(row):
    """The messages of a row, and the counts of what was changed."""
    counts = Counter()
    reader = ConversationReader(announce=[].append)
    _, messages = reader.read(row, counts)
    return messages, {reason: number for reason, number in counts.items() if number}


NECTAR = {
    "prompt": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Bye\n\nAssistant: ",
    "answers": [{"answer": "So long.", "rank": 1}],
}
FOUR = ["Hi", "Hello", "Bye", "So long."]
PART_H, PART_I = {"type": "text", "text": "H"}, {"type": "text", "text": "i"}
READ = {
    "Nectar": (NECTAR, FOUR),
    "Nectar with turns": ({**NECTAR, "turns": 2}, FOUR),
    "OpenAI": ({"messages": turns(*FOUR)}, FOUR),
    "ShareGPT": ({"conversations": share_gpt(*FOUR)}, FOUR),
    "ShareGPT's column with role and content": ({"conversations": turns(*FOUR)}, FOUR),
    "capital letters": ({"messages": turns(*FOUR, names=("User", "Assistant"))}, FOUR),
    "model": ({"messages": turns(*FOUR, names=("human", "model"))}, FOUR),
    "other columns": ({"messages": turns(*FOUR), "prompt": "Hi", "id": 3}, FOUR),
    "a column named conversation": ({"conversation": share_gpt(*FOUR)}, FOUR),
    "white space": ({"messages": turns(" Hi\n", "\tHello ")}, ["Hi", "Hello"]),
    "parts": ({"messages": turns([PART_H, PART_I], [PART_I])}, ["Hi", "i"]),
    "parts that are strings": ({"messages": turns(["H", "i"], "Hello")}, ["Hi", "Hello"]),
    "a null beside the text": (
        {"messages": [{**turn, "tool_calls": None} for turn in turns("Hi", "Hello")]},
        ["Hi", "Hello"],
    ),
    "a system message": (
        {"messages": [system("Be brief."), *turns(*FOUR)]},
        ["Be brief.\n\nHi", *FOUR[1:]],
    ),
    "two system messages": (
        {"messages": [system("Be brief."), system("Be kind."), *turns("Hi", "Hello")]},
        ["Be brief.\n\nBe kind.\n\nHi", "Hello"],
    ),
    "an empty system message": (
        {"messages": [system(""), *turns("Hi", "Hello")]},
        ["Hi", "Hello"],
    ),
    "a system column": (
        {"conversations": share_gpt("Hi", "Hello"), "system": "Be brief."},
        ["Be brief.\n\nHi", "Hello"],
    ),
    "Alpaca": (
        {"instruction": "Add the numbers.", "input": "1 and 2", "output": "3"},
        ["Add the numbers.\n\n1 and 2", "3"],
    ),
    "Alpaca without input": (
        {"instruction": "Say a.", "input": "", "output": "a"},
        ["Say a.", "a"],
    ),
    "Alpaca without its column": ({"instruction": "Say a.", "output": "a"}, ["Say a.", "a"]),
    "Dolly": (
        {"instruction": "Who?", "context": "It was Ruth.", "response": "Ruth."},
        ["Who?\n\nIt was Ruth.", "Ruth."],
    ),
    "prompt and response": ({"prompt": "Hi", "response": "Hello"}, ["Hi", "Hello"]),
    "prompt and completion": ({"prompt": "Hi", "completion": " Hello"}, ["Hi", "Hello"]),
    "TRL with messages": (
        {"prompt": turns("Hi"), "completion": turns("Hello", names=["assistant"])},
        ["Hi", "Hello"],
    ),
    "a prompt in our text form": (
        {"prompt": NECTAR["prompt"], "response": "So long."},
        FOUR,
    ),
    "question and answer": ({"question": "Hi", "answer": "Hello"}, ["Hi", "Hello"]),
    "OpenOrca": (
        {"system_prompt": "Be brief.", "question": "Hi", "response": "Hello"},
        ["Be brief.\n\nHi", "Hello"],
    ),
}


@pytest.mark.parametrize("name", READ)
def test_every_form_is_read_into_messages_human_first(name):
    row, expected = READ[name]
    assert read(row) == (expected, {})


@pytest.mark.parametrize("name", ["OpenAI", "ShareGPT", "a prompt in our text form"])
def test_a_conversation_has_the_same_prompt_in_every_form(name):
    rows = [NECTAR, READ[name][0]]
    prompts = {ConversationReader(announce=[].append).read(row, Counter())[0] for row in rows}
    assert prompts == {NECTAR["prompt"]}


def test_consecutive_messages_of_one_speaker_are_joined_and_counted():
    messages = [*turns("One.", names=["user"]), *turns("Two?", "Yes."), *turns("Yes!")]
    messages[-1]["role"] = "assistant"
    expected = ["One.\n\nTwo?", "Yes.\n\nYes!"], {JOINED: 1}
    assert read({"messages": messages}) == expected


def test_human_messages_at_the_end_are_left_out_and_counted():
    assert read({"messages": turns("Hi", "Hello", "And?")}) == (["Hi", "Hello"], {UNANSWERED: 1})


BROKEN = [
    ({"messages": []}, "has no messages"),
    ({"messages": None}, "has no messages"),
    ({"messages": "Hi"}, "has no messages"),
    ({"messages": ["Hi", "Hello"]}, "has a message without a speaker"),
    ({"messages": [{"content": "Hi"}]}, "has a message without a speaker"),
    ({"messages": turns("Hi", "Hello", names=("user", "narrator"))}, "has an unknown speaker"),
    ({"messages": turns("Hi", "")}, "has an empty message"),
    ({"messages": turns("Hi", None)}, "has an empty message"),
    ({"messages": turns(" ", "Hello")}, "has an empty message"),
    ({"messages": turns("Hi", 3)}, "has a message that is not text"),
    (
        {"messages": turns([{"type": "image_url", "image_url": {}}], "A")},
        "has a message that is not",
    ),
    ({"messages": turns("Hi")}, "has no answer"),
    ({"messages": [system("Be brief.")]}, "has no answer"),
    ({"messages": turns("Hello", "Hi", names=("assistant", "user"))}, "does not begin with the"),
    (
        {"messages": [*turns("A", "B"), system("C"), *turns("D", "E")]},
        "has a system message in the",
    ),
    ({"messages": [*turns("Hi"), tool_call(), *turns("x", names=["tool"])]}, "uses a tool"),
    ({"messages": [*turns("Hi"), tool_call(content="Wait.")]}, "uses a tool"),
    ({"messages": turns("Hi", "x", names=("user", "function"))}, "uses a tool"),
    ({"conversations": turns("Hi", "x", names=("user", "observation"))}, "uses a tool"),
    ({"messages": turns("Hi", "A\n\nHuman: B")}, "has an answer that speaks for both sides"),
    ({"instruction": " ", "output": "a"}, "has no prompt"),
    ({"instruction": "a", "output": None}, "has no answer"),
    ({"prompt": 3, "response": "a"}, "has no prompt"),
    ({"prompt": "a", "completion": " "}, "has no answer"),
]


@pytest.mark.parametrize("row, reason", BROKEN)
def test_a_row_that_two_speakers_cannot_say_is_refused_with_the_reason(row, reason):
    with pytest.raises(BrokenConversation, match=reason):
        read(row)


# ---- the columns ----


ANNOUNCED = {
    "Nectar": 'reading "prompt", "answers", as in Nectar',
    "OpenAI": "reading messages with role and content, as in OpenAI's chat files",
    "ShareGPT": "reading conversations with from and value, as in ShareGPT",
    "Alpaca": 'reading "instruction", "output", "input", as in Alpaca',
    "prompt and response": 'reading "prompt", "response", one question and its answer a row',
}


@pytest.mark.parametrize("name", ANNOUNCED)
def test_the_form_is_announced_once(name):
    said = []
    reader = ConversationReader(announce=said.append)
    for _ in range(3):
        reader.read(READ[name][0], Counter())
    assert said == [ANNOUNCED[name]]


@pytest.mark.parametrize("name", READ)
def test_only_the_columns_of_the_form_are_needed(name):
    row, expected = READ[name]
    columns = ConversationReader()(row)
    assert read({column: row[column] for column in columns}) == (expected, {})


def test_unknown_columns_are_listed_with_the_known_forms():
    with pytest.raises(ValueError) as refused:
        find_form(["title", "body"])
    message = str(refused.value)
    assert 'the columns are "title", "body"' in message
    for form in FORMS:
        assert ", ".join(f'"{column}"' for column in form.columns) in message


def test_columns_of_two_forms_are_refused():
    with pytest.raises(ValueError, match='which mix "messages" and "prompt", "response"'):
        find_form(["messages", "prompt", "response"])


def test_a_row_of_another_form_than_before_is_refused():
    reader = ConversationReader()
    reader(["messages"])
    reader(["messages", "id"])
    with pytest.raises(ValueError, match='"prompt", "response", but those before were "messages"'):
        reader(["prompt", "response"])


def test_a_reader_can_be_sent_to_another_process():
    reader = pickle.loads(pickle.dumps(ConversationReader()))
    assert reader(["instruction", "input", "output", "id"]) == ["instruction", "output", "input"]


@pytest.mark.parametrize("name", READ)
def test_a_tokenizer_gets_all_texts_of_a_row(name):
    row, messages = READ[name]
    texts = find_form(row).texts(row)
    said = "\n".join(texts).split()
    assert set("\n".join(messages).split()) <= set(said)
