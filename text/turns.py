"""Reading the turns of a conversation: a list of messages that name their speakers.

    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How many innings?"},
     {"role": "assistant", "content": "Nine."}]
    -> ["Be brief.\\n\\nHow many innings?", "Nine."]

There are only two speakers in our text form, so a system message at the beginning goes before the
first human message. Consecutive messages of one speaker are joined with a blank line. Human
messages at the end, which nobody answers, are left out. A row with anything else that two speakers
cannot say, such as the output of a tool, is refused.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from text.dialogue import ASSISTANT, HUMAN, BrokenConversation

SPEAKER_KEYS = ("role", "from")
TEXT_KEYS = ("content", "value", "text")

SPEAKERS = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("human", "user", "prompter"), "human"),
    **dict.fromkeys(("gpt", "assistant", "model", "bot", "chatbot", "chatgpt"), "assistant"),
    **dict.fromkeys(("tool", "function", "observation", "ipython"), "tool"),
    **dict.fromkeys(("tool_call", "tool_calls", "function_call"), "tool"),
    **dict.fromkeys(("tool_response", "function_response"), "tool"),
}
TOOL_FIELDS = ("tool_calls", "function_call")  # of an assistant's message that calls a tool

JOINED = "had consecutive messages of one speaker joined"
UNANSWERED = "unanswered message at the end"

Turn = tuple[str, str]  # a value of SPEAKERS, and the text


def read_turns(turns: Any, system: Any, counts: Counter[str]) -> list[str]:
    """The messages of a list of turns, human first, assistant last.

    `system` is the text of a system message outside the list, or None. `counts` counts what was
    changed. Raises BrokenConversation, with the reason, if the turns are not a conversation of a
    human and an assistant.
    """
    instructions, spoken = _read_speech(turns, counts)
    if spoken and spoken[-1][0] == "human":
        spoken.pop()
        counts[UNANSWERED] += 1
    if not spoken:
        raise BrokenConversation("has no answer")
    return _as_messages([system, *instructions], spoken)


def read_unanswered_turns(turns: Any) -> list[str]:
    """The messages of a list of turns that is to be answered: human first, human last.

    Raises BrokenConversation, with the reason, like `read_turns`.
    """
    instructions, spoken = _read_speech(turns, Counter())
    if not spoken or spoken[-1][0] != "human":
        raise BrokenConversation("does not end with the human")
    return _as_messages(instructions, spoken)


def _read_speech(turns: Any, counts: Counter[str]) -> tuple[list[str], list[Turn]]:
    """The texts of the system messages, and the joined turns of the two speakers."""
    if not isinstance(turns, list) or not turns:
        raise BrokenConversation("has no messages")
    instructions, spoken = _split_system([_read_turn(turn) for turn in turns])
    return instructions, _join_turns(spoken, counts)


def _as_messages(instructions: Sequence[Any], spoken: Sequence[Turn]) -> list[str]:
    if spoken[0][0] != "human":
        raise BrokenConversation("does not begin with the human")
    messages = [text for _, text in spoken]
    messages[0] = join_texts([*instructions, messages[0]])
    check_messages(messages)
    return messages


def join_texts(texts: Sequence[Any]) -> str:
    """Texts with a blank line between them, without those that are blank or not text."""
    present = [text.strip() for text in texts if isinstance(text, str)]
    return "\n\n".join(filter(None, present))


def check_messages(messages: Sequence[str]) -> None:
    """Raise BrokenConversation if a message is empty, or if an answer speaks for both sides."""
    if not all(messages):
        raise BrokenConversation("has an empty message")
    if any(HUMAN in answer or ASSISTANT in answer for answer in messages[1::2]):
        raise BrokenConversation("has an answer that speaks for both sides")


def texts_of_turns(turns: Any) -> list[str]:
    """The text of all turns in a list, of every speaker, without turns that hold no text."""
    found = [_find(turn, TEXT_KEYS) for turn in turns if isinstance(turn, dict)]
    return [text for text in map(_content_text, found) if text]


def name_keys(turns: Any) -> tuple[str, ...]:
    """The keys of the first turn's speaker and text, such as ("role", "content")."""
    first = turns[0] if isinstance(turns, list) and turns else None
    if not isinstance(first, dict):
        return ()
    return tuple(key for key in (*SPEAKER_KEYS, *TEXT_KEYS) if key in first)


def _read_turn(turn: Any) -> Turn:
    """Raises BrokenConversation if the turn is not a message of a system, human or assistant."""
    name = _find(turn, SPEAKER_KEYS) if isinstance(turn, dict) else None
    if not isinstance(name, str):
        raise BrokenConversation("has a message without a speaker")
    speaker = SPEAKERS.get(name.strip().lower())
    if speaker == "tool" or any(turn.get(field) for field in TOOL_FIELDS):
        raise BrokenConversation("uses a tool")
    if speaker is None:
        raise BrokenConversation("has an unknown speaker")
    text = _content_text(_find(turn, TEXT_KEYS))
    if text is None:
        raise BrokenConversation("has a message that is not text")
    text = text.strip()
    if not text and speaker != "system":
        raise BrokenConversation("has an empty message")
    return speaker, text


def _find(turn: dict, keys: Sequence[str]) -> Any:
    """The value of the first of the keys that the turn has and that is not None."""
    return next((turn[key] for key in keys if turn.get(key) is not None), None)


def _content_text(content: Any) -> str | None:
    """The text of a message, also if it is a list of parts; None if a part is not text.

    "Hi", and [{"type": "text", "text": "Hi"}] -> "Hi";  [{"type": "image_url", ...}] -> None
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [part.get("text") if isinstance(part, dict) else part for part in content]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(parts) else None


def _split_system(turns: list[Turn]) -> tuple[list[str], list[Turn]]:
    """The texts of the system messages at the beginning, and the turns after them."""
    speakers = [speaker for speaker, _ in turns]
    number = next((n for n, speaker in enumerate(speakers) if speaker != "system"), len(turns))
    if "system" in speakers[number:]:
        raise BrokenConversation("has a system message in the middle")
    return [text for _, text in turns[:number]], turns[number:]


def _join_turns(turns: list[Turn], counts: Counter[str]) -> list[Turn]:
    """The turns, with consecutive ones of the same speaker joined."""
    joined = []
    for speaker, group in groupby(turns, key=itemgetter(0)):
        joined.append((speaker, join_texts([text for _, text in group])))
    counts[JOINED] += len(joined) < len(turns)
    return joined
