"""Questions with their accepted answers, and whether a given answer is right.

A question file is .jsonl with one question per line (wrapped here):

    {"topic": "rules", "question": "How many strikes make an out?",
     "answer": "Three strikes make an out.", "accepted": ["three", "3"]}

A follow-up, such as "And in 1928?", has a field "before" with the messages before it, the human's
first: ["Who led the league in 1927?", "Babe Ruth led the league in 1927."].

A question of a multiple-choice test has a field "choices", in any order: ["two", "three", "four"].
The right one is the choice that is the answer or an accepted form, word for word; if none is, the
one that would be a right answer by the rule below. There must be exactly one.

An answer is right if its first sentence contains an accepted form as whole words, after both are
normalised:

    "It takes 3 strikes. Four balls are a walk."
        -> "It takes 3 strikes." -> "it takes 3 strikes", which contains "3"

Some wrong answers pass this rule: those that list candidates ("two, three or four"), name the right
thing in the wrong role ("Sound is faster than light"), deny it indirectly ("not really three"), or
contain "one" as a pronoun, which counts as the number 1. So a question should not contain its own
answer, and somebody should read the answers.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from evaluation.normalise import normalise
from tools.files import parse_json
from tools.text_files import BOM, is_blank, numbered_lines

TEXT_FIELDS = ("topic", "question", "answer")
FIELDS = (*TEXT_FIELDS, "accepted")

DENIALS = {"not", "never", "isnt", "arent", "wasnt", "werent"}
UNDECIDED = (["and", "no"], ["or", "no"], ["and", "yes"], ["or", "yes"])  # "Yes and no."

ABBREVIATIONS = {
    *("st", "mt", "ft", "dr", "mr", "mrs", "ms", "jr", "sr", "vs", "prof", "gen", "sen", "rep"),
    *("gov", "capt", "lt", "col", "sgt", "rev", "hon", "inc", "co", "corp", "bros"),
    *("approx", "est", "vol", "dept", "jan", "feb", "aug", "sept", "oct", "nov", "dec"),
}
# After "Jr." or "U.S.", these words show that a new sentence begins.
OPENERS = re.compile(
    r"\s+(?:The|It|Its|He|She|They|We|You|This|That|These|There|In|On|At|But|And"
    r"|His|Her|Their|When|After|However)\b"
)
SENTENCE_END = re.compile(r"""(\S*?)([.!?]+)["')\]”’]*(?=\s|$)""")
INITIALS = re.compile(r"[^\W\d_](\.[^\W\d_])*")  # "j", or "u.s"
OPENING_QUOTES = "(['\"“‘"


@dataclass(frozen=True)
class Question:
    """A question with its reference answer and the forms that make an answer right.

    `answer` is a whole sentence. If every form in `accepted` is "yes" or "no", an answer must
    begin with one of them. `before` holds the messages of the conversation so far, human first.
    `choices` are empty unless it is a multiple-choice question.
    """

    topic: str
    question: str
    answer: str
    accepted: tuple[str, ...]
    before: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def messages(self) -> list[str]:
        """The whole conversation up to the answer; the last message is the question."""
        return [*self.before, self.question]

    @property
    def right_choices(self) -> list[int]:
        """The indices of the right choices; a question with choices that was read has one."""
        forms = {_folded(form) for form in (self.answer, *self.accepted)}
        numbers = range(len(self.choices))
        exact = [number for number in numbers if _folded(self.choices[number]) in forms]
        return exact or [number for number in numbers if is_right(self.choices[number], self)]


def read_questions(path: Path | str) -> list[Question]:
    """Read a .jsonl file of questions.

    Raises ValueError with the file and the line if the file is missing or holds no questions, or
    if a line is invalid or repeats a question.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"the question file {path} does not exist")
    questions = []
    first_lines: dict[str, int] = {}  # the line of each normalised question
    for number, line in numbered_lines(path):
        if is_blank(line):
            continue
        try:
            question = _read_question(line)
            asked = " ".join(map(normalise, question.messages))
            first_line = first_lines.setdefault(asked, number)
            if first_line != number:
                raise ValueError(f"the same question is already on line {first_line}")
        except ValueError as problem:
            raise ValueError(f"{path}, line {number}: {problem}") from None
        questions.append(question)
    if not questions:
        raise ValueError(f"{path} holds no questions")
    return questions


def read_question_sets(paths: list[str]) -> dict[str, list[Question]]:
    """Read several question files; each set is named after its file, without the extension.

    Raises ValueError if two files have the same name, or if one of them is invalid.
    """
    sets: dict[str, list[Question]] = {}
    for path in paths:
        name = Path(path).stem
        if name in sets:
            raise ValueError(f'two question sets are called "{name}"; rename a file')
        sets[name] = read_questions(path)
    return sets


def _read_question(line: str) -> Question:
    """Raises ValueError with the reason if the line is not a valid question."""
    row = _read_fields(line)
    for name in TEXT_FIELDS:
        _check_text(name, row[name])
    for form in row["accepted"]:
        _check_text("accepted", form)
    for message in row.get("before", []):
        _check_text("before", message)
    question = Question(
        topic=row["topic"],
        question=row["question"],
        answer=row["answer"],
        accepted=tuple(row["accepted"]),
        before=tuple(row.get("before", [])),
        choices=tuple(row.get("choices", [])),
    )
    if "choices" in row:
        _check_choices(question)
    return question


def _check_choices(question: Question) -> None:
    """Raise ValueError unless there are two choices or more, all different, and one is right."""
    for text in question.choices:
        _check_text("choices", text)
    if len(question.choices) < 2:
        raise ValueError('"choices" must have at least two texts in it')
    seen = set()
    for text in question.choices:
        if _folded(text) in seen:
            raise ValueError(f'"{text}" is twice in "choices"')
        seen.add(_folded(text))
    right = [f'"{question.choices[number]}"' for number in question.right_choices]
    if not right:
        raise ValueError(
            'no text in "choices" is right; one must be the answer, or contain an accepted form'
        )
    if len(right) > 1:
        raise ValueError(f'more than one text in "choices" is right: {" and ".join(right)}')


def _read_fields(line: str) -> dict:
    try:
        row = parse_json(line.lstrip(BOM))
    except ValueError:
        raise ValueError("not JSON") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    for name in FIELDS:
        if name not in row:
            raise ValueError(f'"{name}" is missing')
    if not isinstance(row["accepted"], list) or not row["accepted"]:
        raise ValueError('"accepted" must be a list with at least one text in it')
    before = row.get("before", [])
    if not isinstance(before, list) or len(before) % 2:
        raise ValueError('"before" must be a list of messages, each with its answer')
    if not isinstance(row.get("choices", []), list):
        raise ValueError('"choices" must be a list of texts')
    return row


def _check_text(name: str, text: object) -> None:
    """Raise ValueError if a field does not hold text that can be asked or compared."""
    if not isinstance(text, str):
        raise ValueError(f'"{name}" must be text, not {text!r}')
    if not text.strip():
        raise ValueError(f'"{name}" is empty')
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f'"{name}" contains half a surrogate pair, which is not text') from None
    if name in ("question", "accepted") and not normalise(text):
        raise ValueError(f'"{name}" has no words other than articles: {text!r}')


def is_right(text: str, question: Question) -> bool:
    """Whether the first sentence of an answer contains an accepted form that it does not deny.

    "It is Paris." is right; "It is not Paris." and the question "Is it Paris?" are wrong. The
    answer to a yes/no question must begin with the right word, and "Yes and no" is wrong.
    """
    sentence = first_sentence(text)
    if sentence.endswith("?"):
        return False
    words = normalise(sentence).split()
    forms = [normalise(form).split() for form in question.accepted]
    if all(form in (["yes"], ["no"]) for form in forms):
        return words[:1] in forms and words[1:3] not in UNDECIDED
    return any(_contains(words, form) for form in forms)


def _folded(text: str) -> str:
    """The text in lower case, with single spaces."""
    return " ".join(text.split()).casefold()


def _contains(words: list[str], form: list[str]) -> bool:
    """Whether the words contain the form without a denial directly before it."""
    for start in range(len(words) - len(form) + 1):
        is_match = words[start : start + len(form)] == form
        is_denied = start > 0 and words[start - 1] in DENIALS
        if is_match and not is_denied:
            return True
    return False


def first_sentence(text: str) -> str:
    """The text up to the end of its first sentence, or of its first line.

    "Yes. He did."                               -> "Yes."
    "St. Louis, in 1926. They beat J.D.'s .45s." -> "St. Louis, in 1926."
    """
    lines = text.strip().splitlines()
    if not lines:
        return ""
    line = lines[0].rstrip()
    for end in SENTENCE_END.finditer(line):
        if _ends_sentence(end, line):
            return line[: end.end()]
    return line


def _ends_sentence(end: re.Match, line: str) -> bool:
    """Whether a match of SENTENCE_END ends a sentence, not just an abbreviation or a number."""
    word = end[1].lower().lstrip(OPENING_QUOTES)
    rest = line[end.end() :]
    if end[2] != ".":
        return True
    if word == "no" and re.match(r"\s+[0-9]", rest):  # "No. 3"
        return False
    is_list_number = end.start() == 0 and word.isdigit()  # "1. Paris"
    is_short_form = word in ABBREVIATIONS or INITIALS.fullmatch(word) is not None
    if is_list_number or is_short_form:
        return OPENERS.match(rest) is not None
    return True
