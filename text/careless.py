"""Careless typing: a question as people type it, in one way or several.

    as written    Who led the league in home runs in 1927?
    lower         who led the league in home runs in 1927?
    marks         Who led the league in home runs in 1927
    keywords      Who led league home runs 1927?                 as in a search box: no little words
    letter        Who led the laegue in home runs in 1927?       one letter lost, doubled or swapped
    greeting      Hi! Who led the league in home runs in 1927?   the wordings are in careless.toml
    please        Please tell me: Who led the league in home runs in 1927?
    thanks        Who led the league in home runs in 1927? Thanks!

Numbers are never changed. A changed letter is inside a word of at least five letters, and the
result is never another word that the caller knows, such as another player's name. Text that is
not a plain question, such as code, several lines, or another script, stays as it is.

text/retyping.py does this to the questions of training, and compare.py to those it asks.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

WAYS = ("lower", "marks", "keywords", "letter", "greeting", "please", "thanks")
WORDED_WAYS = ("greeting", "please", "thanks")
# Several ways are applied in this order, so that the letter is one of the question's own, and the
# added words are in lower case and without marks too.
ORDER = ("keywords", "letter", "greeting", "please", "thanks", "marks", "lower")

WORDINGS_FILE = Path(__file__).with_name("careless.toml")
QUESTION = "{question}"

LONGEST = 300  # characters; what is longer was pasted, not typed
SHORTEST_WORD = 5  # letters of a word that a letter is changed in
# Code, several lines, or a letter of a script other than Latin, whose letters end at U+024F.
NOT_PLAIN = re.compile(r"[\n\t{}<>=\\|^`_#@\[\]]|://|(?![\x00-\u024f])[^\W\d_]")
LETTER = re.compile(r"[^\W\d_]")
LOWER_CASE_WORD = re.compile(r"[a-z]+")
WORD = re.compile(r"(?<!\w)[A-Za-z]+(?!\w)")  # neither a number nor a part of "1920s"
# Words of English questions that are no words of most other languages ("was" and "in" are).
ENGLISH = re.compile(
    r"\b(the|is|are|were|does|did|has|have|what|which|who|whose|whom|where|when|why|how|of|to|with"
    r"|and|that|this|tell|give)\b",
    re.IGNORECASE,
)
# What people leave out when they type into a search box. "Who", "when" and "how many" stay, since
# they say what is asked; "what" and "which" have a noun beside them, or nothing else to be.
LITTLE_WORD = re.compile(
    r"a|an|the|is|are|was|were|be|been|do|does|did|has|have|had|what|which|of|in|on|at|for|by|with"
    r"|and|that|this|it|its",
    re.IGNORECASE,
)
# The beginnings of number words; to be safe, no word that begins so is changed.
NUMBER_WORD = re.compile(
    r"three|four|fif|six|seven|eigh|nine|ten|eleven|twel|thir|twen|fort|hundred|thousand|million"
    r"|billion|first|second",
    re.IGNORECASE,
)

# Marks inside numbers (.406, 3.5, 1,000, 7:30, '98) and names (example.com) stay; the points of
# initials (J.D., U.S.) go.
MARKS = re.compile(
    r"""(?<=[^\W\d_])(?<![^\W\d_]{2})\.(?=[^\W\d_])  # J.D. -> JD
      | [.,;:?!]+(?!\w)                               # at the end of a word or a number
      | (?<!\d)['"‘’“”](?!\d)                         # Ruth's -> Ruths, but not 5'11"
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Wordings:
    """What careless.toml holds: wordings for each way that adds words, and the ways' weights."""

    training: Mapping[str, tuple[str, ...]]
    held_out: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, float]


def read_wordings(path: Path = WORDINGS_FILE) -> Wordings:
    """Read a file of wordings. Raises ValueError with the file and the table if one is invalid."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path} is not TOML: {problem}") from None
    for name in ("weights", *WORDED_WAYS):
        if not isinstance(content.get(name, {}), dict):
            raise ValueError(f"{path}: [{name}] must be a table")
    weights = content.get("weights", {})
    if set(weights) != set(WAYS) or not all(_is_weight(weight) for weight in weights.values()):
        raise ValueError(
            f"{path}: [weights] must have a number over 0 for each of {', '.join(WAYS)}"
        )
    training, held_out = {}, {}
    for way in WORDED_WAYS:
        table = content.get(way, {})
        training[way] = _check_wordings(path, way, table.get("training"))
        held_out[way] = _check_wordings(path, way, table.get("held_out"))
        shared = set(training[way]) & set(held_out[way])
        if shared:
            raise ValueError(f"{path}: [{way}] has {min(shared)!r} in both lists")
    return Wordings(training, held_out, weights)


def _is_weight(weight: object) -> bool:
    return type(weight) in (int, float) and weight > 0  # type: ignore[operator]


def _check_wordings(path: Path, way: str, wordings: object) -> tuple[str, ...]:
    if not isinstance(wordings, list) or not wordings:
        raise ValueError(f"{path}: [{way}] must have wordings in `training` and in `held_out`")
    for wording in wordings:
        if not isinstance(wording, str) or wording.count(QUESTION) != 1:
            raise ValueError(f"{path}: [{way}] {wording!r} must have {QUESTION} once")
    return tuple(wordings)


# ---- changing a question ----


def is_plain(text: str) -> bool:
    """Whether a text can be retyped: one line, not long, no code, Latin letters only."""
    return len(text) <= LONGEST and bool(LETTER.search(text)) and not NOT_PLAIN.search(text)


def retype(
    text: str,
    ways: Sequence[str],
    random: Random,
    wordings: Mapping[str, Sequence[str]],
    known_words: Collection[str] = frozenset(),
) -> str:
    """A question typed in each of `ways`, which are some of WAYS.

    `wordings` has a list for each way that adds words; those are English, and so are the words that
    "keywords" leaves out, so a question without an English word stays without such changes.
    `known_words`, in lower case, are words that a changed letter must not result in. A question
    that cannot be changed in a way stays as it is.
    """
    if not is_plain(text):
        return text
    for way in ORDER:
        if way not in ways:
            continue
        if way == "lower":
            text = text.lower()
        elif way == "marks":
            text = without_marks(text)
        elif way == "letter":
            text = with_wrong_letter(text, random, known_words)
        elif not ENGLISH.search(text):
            continue
        elif way == "keywords":
            text = keywords_of(text)
        else:
            text = random.choice(wordings[way]).replace(QUESTION, text)
    return text


def words_in(text: str) -> list[str]:
    """The words of a text in lower case, of the letters a to z; see `known_words` of `retype`."""
    return LOWER_CASE_WORD.findall(text.lower())


def without_marks(text: str) -> str:
    """The text without punctuation marks, except those inside numbers.

    "Who was J.D.'s rival in '98, with a .406 average?" ->
    "Who was JDs rival in '98 with a .406 average"
    """
    return MARKS.sub("", text)


def keywords_of(text: str) -> str:
    """The text without its little words, as people type into a search box.

    "In which year was Babe Ruth born?" -> "year Babe Ruth born?". A text of which fewer than two
    words would be left stays as it is.
    """
    kept = [word for word in text.split() if not LITTLE_WORD.fullmatch(word)]
    return " ".join(kept) if len(kept) > 1 else text


def with_wrong_letter(text: str, random: Random, known_words: Collection[str] = frozenset()) -> str:
    """The text with one letter of one word lost, doubled, or swapped with the next.

    The word has at least five letters, and its first letter stays. The result is not one of
    `known_words`; if every word of the text would become one, the text is unchanged.
    """
    words = [word for word in WORD.finditer(text) if _may_change(word[0])]
    random.shuffle(words)
    for word in words:
        for mistake in random.sample((_lose, _double, _swap), 3):
            changed = mistake(word[0], random.randrange(1, len(word[0])))
            if changed != word[0] and changed.lower() not in known_words:
                return text[: word.start()] + changed + text[word.end() :]
    return text


def _may_change(word: str) -> bool:
    return len(word) >= SHORTEST_WORD and not NUMBER_WORD.match(word)


def _lose(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


def _double(word: str, at: int) -> str:
    return word[: at + 1] + word[at:]


def _swap(word: str, at: int) -> str:
    """Swap the letter with the one after it; the last, with the one before it."""
    at = min(at, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
