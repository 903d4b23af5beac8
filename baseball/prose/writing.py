"""Turns a draft into a document: drops hidden sentences, then fills in the marks.

The subject gets its full name first and its short name later, with pronouns in between. Words of
time depend on the year of the sentence before. `Sentence` explains the marks.
"""

from collections.abc import Callable, Iterable, Sequence

from baseball.phrasings import SUBJECT_MARKS
from baseball.prose.document import (
    Chooser,
    Document,
    Draft,
    Sentence,
    Subject,
    key_of_version,
)
from baseball.wording import possessive, without_double_period

# An entry that is repeated is chosen more often.
NEXT_YEAR = (
    "In {year},",
    "In {year},",
    "In {year},",
    "The next year, {year},",
    "A year later, in {year},",
    "The following season, {year},",
)
# Within a season the year is given once; most of the sentences after it need no words of time.
SAME_YEAR = ("", "", "", "", "", "That year,", "That season,")
SAME_YEAR_INSIDE = ("", "", "", "", "", "that year", "that season")

SENTENCES_PER_NAME = 3  # one with the name, two with a pronoun, then the name again
NAME_IS_DUE = SENTENCES_PER_NAME


def write_versions(drafts: Sequence[Draft], hidden: Callable[[str], bool]) -> tuple[Document, ...]:
    """The versions of one document, from their drafts; a version that repeats another is dropped.

    Empty if hidden statements leave nothing to write.
    """
    documents: dict[str, Document] = {}
    for version, draft in enumerate(drafts):
        document = write_document(draft, hidden, version)
        if document.sentences:
            documents.setdefault(document.text, document)
    return tuple(documents.values())


def write_document(draft: Draft, hidden: Callable[[str], bool], version: int = 0) -> Document:
    """The draft as a document, without the sentences that make a hidden statement.

    A blank line separates paragraphs. A paragraph that has no sentences left is dropped.
    """
    choose = Chooser(draft.title, draft.kind, *key_of_version(version))
    name = draft.subject.full
    paragraphs = []
    sentences: list[tuple[str, tuple[str, ...]]] = []
    for paragraph in draft.paragraphs:
        kept = [sentence for sentence in paragraph if not any(map(hidden, sentence.states))]
        if not kept:
            continue
        texts, was_named = _fill_in(kept, draft.subject, name, choose)
        if was_named:
            name = draft.subject.short
        paragraphs.append(" ".join(texts))
        sentences += zip(texts, (sentence.states for sentence in kept), strict=True)
    return Document(draft.title, "\n\n".join(paragraphs), draft.kind, tuple(sentences))


def _fill_in(
    sentences: Iterable[Sentence], subject: Subject, name: str, choose: Chooser
) -> tuple[list[str], bool]:
    """The texts of a paragraph's sentences, and whether one of them names the subject."""
    texts = []
    was_named = False
    since_name = NAME_IS_DUE  # sentences about the subject since its name, counting that one
    year_before = None
    for sentence in sentences:
        text = sentence.text
        if "<T>" in text or "<t>" in text:
            text = _with_time(text, sentence.year, year_before, choose)
        if any(mark in text for mark in SUBJECT_MARKS):
            if since_name >= SENTENCES_PER_NAME:
                text = _with_name(text, name)
                name = subject.short
                was_named = True
                since_name = 0
            text = _with_pronouns(text, subject)
            since_name += 1
        if sentence.names_others:
            since_name = NAME_IS_DUE
        year_before = sentence.year or year_before
        texts.append(without_double_period(text))
    return texts, was_named


def _with_time(text: str, year: int | None, year_before: int | None, choose: Chooser) -> str:
    """The text with <T> or <t> filled in. `year_before` is the year of the sentence before."""
    if year == year_before:
        lead, inside = choose(SAME_YEAR), choose(SAME_YEAR_INSIDE)
    elif year_before is not None and year == year_before + 1:
        lead, inside = choose(NEXT_YEAR).format(year=year), f"in {year}"
    else:
        lead, inside = f"In {year},", f"in {year}"
    if "<T>" not in text:
        return text.replace("<t>", inside) if inside else text.replace(" <t>", "")
    if lead:
        return text.replace("<T>", lead)
    return _capitalized(text.removeprefix("<T> "))


def _capitalized(text: str) -> str:
    """_capitalized("<s> hit .302.") -> '<S> hit .302.'; "the club won." -> "The club won." """
    if text.startswith(("<s>", "<p>")):
        return text[:2].upper() + text[2:]
    return text[0].upper() + text[1:]


def _with_name(text: str, name: str) -> str:
    """The text with the first mark replaced by the name; later marks will be pronouns."""
    mark = min((mark for mark in SUBJECT_MARKS if mark in text), key=text.find)
    word = possessive(name) if mark in ("<P>", "<p>") else name
    if mark in ("<S>", "<P>"):
        word = word[0].upper() + word[1:]
    return text.replace(mark, word, 1)


def _with_pronouns(text: str, subject: Subject) -> str:
    """The text with all marks for the subject replaced by pronouns."""
    pronouns = {
        "<S>": _capitalized(subject.he),
        "<s>": subject.he,
        "<o>": subject.him,
        "<P>": _capitalized(subject.his),
        "<p>": subject.his,
    }
    for mark, pronoun in pronouns.items():
        text = text.replace(mark, pronoun)
    return text
