"""Writing."""

from collections.abc import Callable

from baseball.lahman import (
    possessive,
)
from baseball.prose.document import Chooser, Document, Draft, Sentence, Subject

SUBJECT_MARKS = ("<S>", "<s>", "<o>", "<P>", "<p>")


NEXT_YEAR = (
    "In {},",
    "In {},",
    "In {},",
    "The next year, {},",
    "A year later, in {},",
    "The following season, {},",
)


# Within a season the year is said once; most of what follows needs no words of time.
SAME_YEAR = ("", "", "", "", "", "That year,", "That season,")


SAME_YEAR_INSIDE = ("", "", "", "", "", "that year", "that season")


ELSEWHEN = -1  # the year of a sentence about several: what follows it must name its own


def written(draft: Draft, hidden: Callable[[str], bool]) -> Document:
    """The draft without the sentences that state something hidden; paragraphs are separated by a blank line."""
    choose = Chooser(draft.title, draft.kind)
    paragraphs, sentences = [], []
    name = draft.subject.full
    for paragraph in draft.paragraphs:
        kept = [sentence for sentence in paragraph if not any(map(hidden, sentence.states))]
        if not kept:
            continue
        texts, named = _filled_in(kept, draft.subject, name, choose)
        paragraphs.append(" ".join(texts))
        sentences += zip(texts, (sentence.states for sentence in kept), strict=True)
        if named:
            name = draft.subject.short
    return Document(draft.title, "\n\n".join(paragraphs), draft.kind, tuple(sentences))


def _filled_in(
    sentences: list[Sentence], subject: Subject, name: str, choose: Chooser
) -> tuple[list[str], bool]:
    """One paragraph: the subject by name first and now and then again, by pronoun in between. Also whether it was named at all."""
    texts, named = [], False
    since_name, year = 9, None
    for text, _, sentence_year, others in sentences:
        if "<" in text:
            if "<T>" in text or "<t>" in text:
                text = _with_time(text, sentence_year, year, choose)
            if any(mark in text for mark in SUBJECT_MARKS):
                by_name = since_name >= 3
                text = _with_subject(text, subject, name, by_name)
                if by_name:
                    named, name = True, subject.short
                since_name = 1 if by_name else since_name + 1
        if others:
            since_name = 9
        year = sentence_year or year
        texts.append(text.replace("Jr..", "Jr.").replace("Sr..", "Sr."))
    return texts, named


def _with_time(text: str, year: int, before: int | None, choose: Chooser) -> str:
    """The marks of time filled in, given the year that the sentence before was about."""
    if year == before:
        lead, inside = choose(SAME_YEAR), choose(SAME_YEAR_INSIDE)
    else:
        lead = (
            choose(NEXT_YEAR).format(year)
            if before is not None and year == before + 1
            else f"In {year},"
        )
        inside = f"in {year}"
    if "<T>" in text:
        if lead:
            return text.replace("<T>", lead)
        rest = text.removeprefix("<T> ")
        if rest.startswith(("<s>", "<p>")):
            return f"<{rest[1].upper()}{rest[2:]}"
        return rest[0].upper() + rest[1:]
    return text.replace("<t>", inside) if inside else text.replace(" <t>", "")


def _with_subject(text: str, subject: Subject, name: str, by_name: bool) -> str:
    """Only the first mark takes the name; a second one in the same sentence is a pronoun."""
    if by_name:
        position, mark = min((text.find(mark), mark) for mark in SUBJECT_MARKS if mark in text)
        word = possessive(name) if mark in ("<P>", "<p>") else name
        word = word[0].upper() + word[1:] if mark in ("<S>", "<P>") else word
        text = text[:position] + word + text[position + 3 :]
    if "<" in text:
        words = (
            subject.he.capitalize(),
            subject.he,
            subject.him,
            subject.his.capitalize(),
            subject.his,
        )
        for mark, word in zip(SUBJECT_MARKS, words, strict=True):
            text = text.replace(mark, word)
    return text
