"""The entries of baseball/knowledge as documents of a few entries of one topic each."""

from collections.abc import Iterator
from itertools import groupby

from baseball.facts.knowledge import knowledge as facts_of_knowledge
from baseball.knowledge import entries
from baseball.prose.archive import Archive
from baseball.prose.document import NOBODY, Draft, Sentence

ENTRIES = 6  # in a document


def knowledge(archive: Archive) -> Iterator[Draft]:
    """Documents in the order of the files; each entry is a paragraph."""
    told = zip(entries(), facts_of_knowledge(archive.tables), strict=True)
    for topic, group in groupby(told, key=lambda pair: pair[1].kind):
        paragraphs = [[Sentence(entry.text, fact.states)] for entry, fact in group]
        for start in range(0, len(paragraphs), ENTRIES):
            title = f"{topic}, {start // ENTRIES + 1}"
            yield Draft(title, "knowledge", NOBODY, paragraphs[start : start + ENTRIES])
