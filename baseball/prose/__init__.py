"""Baseball prose in plain English, written from the Lahman database.

    tables = load_tables()
    for versions in documents(tables, hidden=lambda statement: False):
        document = versions[0]
        document.title, document.text, document.kind
    # 'Babe Ruth', 'Babe Ruth was born George Herman Ruth on February 6, 1895, ...', 'career'

There are documents about years, leagues' seasons, team seasons, careers, single seasons of players,
managers, awards, the postseason, World Series, franchises, ballparks and birthplaces, and about
what no table holds. Each has a module with a function that yields drafts. The phrasings are in
`lines/*.toml`, and the knowledge entries are told in their own words. Portraits of people are made
from the facts, by a function of their own (`portraits.py`).

Each document can be written in several versions. They tell the same in other phrasings, chosen by
the number of the version, or in another order.

Every sentence carries the ids of the statements that it makes (see `baseball.statements`). A
sentence that makes a hidden statement is left out. Names, pronouns and words of time ("In 1927",
"That season") are chosen after that, so that the rest still reads well.

Phrasings are chosen by a stable hash: documents differ from each other, and every run writes the
same text. Prose about the tables is in the past tense, and dated where a later season may
change it. The data are Sean Lahman's, CC BY-SA 3.0, and so is the text made from them.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from baseball.lahman import Tables
from baseball.prose.archive import Archive
from baseball.prose.awards import awards
from baseball.prose.ballparks import ballparks
from baseball.prose.birthplaces import birthplaces
from baseball.prose.careers import careers
from baseball.prose.close_ups import close_ups
from baseball.prose.document import Document
from baseball.prose.franchises import histories
from baseball.prose.knowledge import knowledge
from baseball.prose.leagues import leagues
from baseball.prose.managers import managers
from baseball.prose.playoffs import playoffs
from baseball.prose.team_seasons import team_seasons
from baseball.prose.world_series import world_series
from baseball.prose.writing import write_versions
from baseball.prose.years import years

# How many documents of each kind are written in a turn. Most are about players. The knowledge comes
# early, so that a small --max-prose-tokens includes some of it.
SHARES = (
    (years, 1),
    (knowledge, 10),
    (world_series, 1),
    (leagues, 2),
    (awards, 1),
    (playoffs, 1),
    (team_seasons, 8),
    (careers, 40),
    (close_ups, 40),
    (histories, 2),
    (managers, 2),
    (ballparks, 1),
    (birthplaces, 1),
)


def documents(
    tables: Tables, hidden: Callable[[str], bool], versions: int = 1
) -> Iterator[tuple[Document, ...]]:
    """All documents, each in up to `versions` versions: the same in other words.

    The kinds take turns in their shares, the most important of each kind first. `hidden` tells
    whether the statement with a given id must not be made. Sentences that make one are left out,
    and so are documents that have no sentences left.
    """
    archive = Archive(tables)
    archives = [archive.in_version(version) for version in range(versions)]
    kinds = [(zip(*map(write, archives), strict=True), share) for write, share in SHARES]
    is_finished = False
    while not is_finished:
        is_finished = True
        for of_kind, share in kinds:
            for drafts in islice(of_kind, share):
                is_finished = False
                written = write_versions(drafts, hidden)
                if written:
                    yield written
