"""The knowledge entries as documents of a few entries of one topic each."""

from collections.abc import Iterator
from itertools import groupby

from baseball.facts.fact import Fact
from baseball.facts.knowledge import knowledge as facts_of_knowledge
from baseball.knowledge import Entry, entries
from baseball.prose.archive import Archive
from baseball.prose.document import NOBODY, Chooser, Draft, Sentence

KIND = "knowledge"
ENTRIES = 6  # in a document


def knowledge(archive: Archive) -> Iterator[Draft]:
    """Documents in the order of the files; each entry is a paragraph.

    Later versions have the entries in another order, and add each entry's answer before or after
    its text.
    """
    told = zip(entries(), facts_of_knowledge(archive.tables), strict=True)
    for topic, group in groupby(told, key=lambda pair: pair[1].kind):
        of_topic = list(group)
        for start in range(0, len(of_topic), ENTRIES):
            pairs = of_topic[start : start + ENTRIES]
            title = f"{topic}, {start // ENTRIES + 1}"
            paragraphs = [[Sentence(entry.text, fact.states)] for entry, fact in pairs]
            if archive.version:
                choose = archive.chooser(KIND, title)
                paragraphs = [_with_answer(*pair, choose) for pair in choose.shuffled(pairs)]
            yield Draft(title, KIND, NOBODY, paragraphs)


def _with_answer(entry: Entry, fact: Fact, choose: Chooser) -> list[Sentence]:
    """An entry's text and answer, in either order."""
    texts = [entry.text, entry.answer]
    return [Sentence(text, fact.states) for text in choose.shuffled(texts)]
