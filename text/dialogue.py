r"""Conversations as text, in Nectar's form: the human speaks first, then the two take turns.

    \n\nHuman: How many strikes make an out?\n\nAssistant: Three strikes make an out.

Code passes a conversation as its messages, a list of strings, human first. A prompt ends with
"Assistant:" without a space, because the tokenizer attaches a space to the word that follows it.
"""

HUMAN = "\n\nHuman:"
ASSISTANT = "\n\nAssistant:"


class BrokenConversation(ValueError):
    """A row that is not a usable conversation.

    The message is one of a few fixed reasons, so that callers can count rows by reason.
    """


def as_text(messages: list[str]) -> str:
    r"""The messages in text form, without control tokens.

    If the last message is the human's, the text ends with the assistant's name:
    ["Who?"] -> "\n\nHuman: Who?\n\nAssistant:"
    """
    speakers = [HUMAN, ASSISTANT]
    text = "".join(f"{speakers[number % 2]} {message}" for number, message in enumerate(messages))
    is_assistants_turn = len(messages) % 2 == 1
    return text + ASSISTANT if is_assistants_turn else text


def _split_turns(body: str) -> list[str]:
    """Cut the text of a conversation whenever the other speaker's name starts a paragraph."""
    messages = []
    speaker, other = HUMAN, ASSISTANT
    start = len(speaker)
    while (end := body.find(other + " ", start)) >= 0:
        messages.append(body[start:end])
        start = end + len(other)
        speaker, other = other, speaker
    messages.append(body[start:])
    return messages


def split_prompt(prompt: str, turns: int | None = None) -> list[str]:
    r"""Split Nectar's prompt into messages: human, assistant, ..., human.

        "\n\nHuman: Hi.\n\nAssistant: Hello!\n\nHuman: Say Assistant: twice.\n\nAssistant: "
        -> ["Hi.", "Hello!", "Say Assistant: twice."]

    A speaker's name counts only at the start of a paragraph, and only if the other speaker has the
    turn. `turns` is the number of human messages, which Nectar states; if it is 1, all text between
    the first "Human:" and the last "Assistant:" is one message, whatever names it contains.

    Raises BrokenConversation if the prompt does not start with the human or end with the
    assistant's name, if a message is empty, or if the number of turns is not `turns`.
    """
    text = "\n\n" + prompt.strip()
    if not text.startswith(HUMAN):
        raise BrokenConversation("does not begin with the human")
    if not text.endswith(ASSISTANT):
        raise BrokenConversation("does not end with the assistant's turn")
    body = text.removesuffix(ASSISTANT)
    messages = [body.removeprefix(HUMAN)] if turns == 1 else _split_turns(body)
    messages = [message.strip() for message in messages]
    human_messages = (len(messages) + 1) // 2
    if len(messages) % 2 == 0 or turns not in (None, human_messages):
        raise BrokenConversation("speakers cannot be told apart")
    if not all(messages):
        raise BrokenConversation("has an empty message")
    return messages
