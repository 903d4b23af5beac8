import pytest

from text.dialogue import BrokenConversation, as_text, split_prompt

# prompt, turns, messages
PROMPTS = [
    ("\n\nHuman: Hi.\n\nAssistant: ", 1, ["Hi."]),
    ("Human: Hi.\n\nAssistant:", None, ["Hi."]),
    (
        "\n\nHuman: Hi.\n\nAssistant: Hello!\n\nHuman: How are you?\n\nAssistant: ",
        2,
        ["Hi.", "Hello!", "How are you?"],
    ),
    (
        "\n\nHuman: What does 'Human: ' and 'Assistant: ' mean?\n\nAssistant: ",
        None,
        ["What does 'Human: ' and 'Assistant: ' mean?"],
    ),
    (
        "\n\nHuman: One.\nAssistant: is a word.\n\nAssistant: ",
        None,
        ["One.\nAssistant: is a word."],
    ),
    ("\n\nHuman: Go on:\n\nHuman: hello\n\nAssistant: ", None, ["Go on:\n\nHuman: hello"]),
    (
        "\n\nHuman: Complete this.\n\nAssistant: hello\n\nHuman: bye\n\nAssistant: ",
        1,
        ["Complete this.\n\nAssistant: hello\n\nHuman: bye"],
    ),
    (
        "\n\nHuman: A\n\nAssistant: B\n\nAssistant: C\n\nHuman: D\n\nAssistant: ",
        2,
        ["A", "B\n\nAssistant: C", "D"],
    ),
]

# prompt, turns, reason
BROKEN_PROMPTS = [
    ("Hi.\n\nAssistant: ", None, "begin with the human"),
    ("\n\nHuman: Hi.", None, "end with the assistant"),
    ("\n\nHuman: \n\nAssistant: ", None, "empty message"),
    ("\n\nHuman: A\n\nAssistant: B\n\nHuman: C\n\nAssistant: ", 3, "told apart"),
]


@pytest.mark.parametrize("prompt, turns, messages", PROMPTS)
def test_names_of_speakers_inside_a_message_do_not_split_it(prompt, turns, messages):
    assert split_prompt(prompt, turns) == messages


@pytest.mark.parametrize("prompt, turns, reason", BROKEN_PROMPTS)
def test_broken_prompts_are_refused_with_a_reason(prompt, turns, reason):
    with pytest.raises(BrokenConversation, match=reason):
        split_prompt(prompt, turns)


def test_messages_made_into_text_are_split_into_the_same_messages():
    messages = ["Who?", "Ruth.", "When?\n\nIn which year?"]
    assert split_prompt(as_text(messages)) == messages
    assert as_text(["A", "B"]) == "\n\nHuman: A\n\nAssistant: B"
