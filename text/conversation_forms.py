r"""The forms in which people keep conversations, told apart by their columns.

    {"prompt": "\n\nHuman: ...", "answers": [{"answer": ..., "rank": 1}]}           Nectar
    {"messages": [{"role": "user", "content": ...}, ...]}                           OpenAI
    {"conversations": [{"from": "human", "value": ...}, ...]}                       ShareGPT
    {"instruction": ..., "input": ..., "output": ...}                               Alpaca
    {"prompt": ..., "response": ...}, {"prompt": ..., "completion": ...}            TRL

Each form is read into messages, human first, assistant last. Other columns are ignored, but two
forms in one row are refused: nobody could say which one is meant.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from text import nectar
from text.dialogue import ASSISTANT, HUMAN, BrokenConversation, as_text, split_prompt
from text.turns import check_messages, join_texts, name_keys, read_turns, texts_of_turns

SYSTEM_COLUMNS = ("system", "system_prompt")
CONTEXT_COLUMNS = ("input", "context")


@dataclass(frozen=True)
class Form:
    """A form of conversations: its columns, and how to read a row.

    `read` returns the messages of a row and counts what it changes; `texts` returns all texts of a
    row, for training a tokenizer.
    """

    label: str
    columns: tuple[str, ...]
    optional: tuple[str, ...]
    read: Callable[[dict, Counter[str]], list[str]]
    texts: Callable[[dict], list[str]]

    def describe(self, row: dict) -> str:
        """A phrase for people, from the form's first row: "messages with role and content, ..."."""
        keys = name_keys(row.get(self.columns[0]))
        if keys:
            label = "as in ShareGPT" if "from" in keys else "as in OpenAI's chat files"
            return f"{self.columns[0]} with {' and '.join(keys)}, {label}"
        present = [column for column in (*self.columns, *self.optional) if column in row]
        return f"{_listed(present)}, {self.label}"


# ---- reading a row of each form ----


def _system_of(row: dict) -> Any:
    return next((row[column] for column in SYSTEM_COLUMNS if row.get(column)), None)


def _read_turns(row: dict, counts: Counter[str], column: str) -> list[str]:
    return read_turns(row[column], _system_of(row), counts)


def _texts_of_turns(row: dict, column: str) -> list[str]:
    return [*_present_texts(row, SYSTEM_COLUMNS), *texts_of_turns(row[column])]


def _read_pair(row: dict, counts: Counter[str], question: str, answer: str) -> list[str]:
    """The two messages of a row with a question and its answer.

    Either may also be a list of messages with role and content, as TRL has them, and a prompt may
    be a whole conversation in our own text form.
    """
    asked, answered = row[question], row[answer]
    if isinstance(asked, list) and isinstance(answered, list):
        return read_turns(asked + answered, _system_of(row), counts)
    if not isinstance(asked, str) or not asked.strip():
        raise BrokenConversation("has no prompt")
    if not isinstance(answered, str) or not answered.strip():
        raise BrokenConversation("has no answer")
    messages = [asked.strip()]
    if _is_dialogue(asked):
        messages = split_prompt(asked)
    context = [row.get(column) for column in CONTEXT_COLUMNS]
    messages[0] = join_texts([_system_of(row), messages[0], *context])
    messages.append(answered.strip())
    check_messages(messages)
    return messages


def _is_dialogue(prompt: str) -> bool:
    text = "\n\n" + prompt.strip()
    return text.startswith(HUMAN) and text.endswith(ASSISTANT)


def _texts_of_pair(row: dict, question: str, answer: str) -> list[str]:
    columns = (*SYSTEM_COLUMNS, question, *CONTEXT_COLUMNS, answer)
    lists = [row[column] for column in columns if isinstance(row.get(column), list)]
    return _present_texts(row, columns) + [
        text for turns in lists for text in texts_of_turns(turns)
    ]


def _present_texts(row: dict, columns: Iterable[str]) -> list[str]:
    return [row[column] for column in columns if isinstance(row.get(column), str)]


# ---- the forms ----


def _turns(column: str) -> Form:
    return Form(
        "a list of messages",
        (column,),
        SYSTEM_COLUMNS,
        partial(_read_turns, column=column),
        partial(_texts_of_turns, column=column),
    )


def _pair(question: str, answer: str, label: str) -> Form:
    return Form(
        label,
        (question, answer),
        (*CONTEXT_COLUMNS, *SYSTEM_COLUMNS),
        partial(_read_pair, question=question, answer=answer),
        partial(_texts_of_pair, question=question, answer=answer),
    )


NECTAR = Form(
    "as in Nectar", ("prompt", "answers"), ("turns",), nectar.read_row, nectar.texts_of_row
)
FORMS = (
    NECTAR,
    _turns("messages"),
    _turns("conversations"),
    _turns("conversation"),
    _pair("instruction", "output", "as in Alpaca"),
    _pair("instruction", "response", "as in Dolly"),
    _pair("prompt", "response", "one question and its answer a row"),
    _pair("prompt", "completion", "one question and its answer a row"),
    _pair("question", "response", "as in OpenOrca"),
    _pair("question", "answer", "one question and its answer a row"),
)


def find_form(columns: Collection[str]) -> Form:
    """The form of rows with these columns.

    Raises ValueError, with the columns and the known forms, if it is none or more than one.
    """
    found = [form for form in FORMS if set(form.columns) <= set(columns)]
    if len(found) == 1:
        return found[0]
    names = _listed(columns) if columns else "none"
    if found:
        both = " and ".join(_listed(form.columns) for form in found)
        raise ValueError(f"the columns are {names}, which mix {both}; keep one of them")
    known = "; ".join(_listed(form.columns) for form in FORMS)
    raise ValueError(
        f"the columns are {names}, which is not a known form of conversations; known are {known}"
    )


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


class ConversationReader:
    """Reads rows that all have the same form, which the first row shows; `announce` is told which.

    Called with the names of a row's columns, it returns those that it needs; sources take it in
    place of a list of columns.
    """

    def __init__(self, announce: Callable[[str], object] = print):
        self.form: Form | None = None
        self._announce = announce
        self._has_read_rows = False
        self._columns: dict[tuple[str, ...], list[str]] = {}

    def __call__(self, names: Collection[str]) -> list[str]:
        """Raises ValueError if the columns are of no known form, or of another one than before."""
        key = tuple(names)
        if key not in self._columns:
            self._columns[key] = self._choose(names)
        return self._columns[key]

    def _choose(self, names: Collection[str]) -> list[str]:
        form = find_form(names)
        self.form = self.form or form
        if form is not self.form:
            raise ValueError(
                f"the columns are {_listed(names)}, but those before were "
                f"{_listed(self.form.columns)}; prepare each form into a folder of its own"
            )
        return [*form.columns, *(name for name in form.optional if name in names)]

    def read(self, row: dict, counts: Counter[str]) -> tuple[str, list[str]]:
        """The prompt, by whose hash a split is chosen, and the messages of a row.

        Raises BrokenConversation, with the reason, if the row is not a usable conversation.
        """
        self(row)
        form = self.form or find_form(row)
        if not self._has_read_rows:
            self._announce(f"reading {form.describe(row)}")
            self._has_read_rows = True
        messages = form.read(row, counts)
        if form is NECTAR:
            return row["prompt"], messages
        return as_text(messages[:-1]) + " ", messages  # as Nectar writes it, to choose alike
