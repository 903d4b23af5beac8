"""Baseball prose in plain English, written from the Lahman database: seasons, teams, careers, managers, World Series, parks.

    tables = load_tables()
    for document in documents(tables, hidden=lambda statement: False):
        document.title, document.text, document.kind
    # 'Babe Ruth', 'Babe Ruth was born George Herman Ruth on February 6, 1895, …', 'career'

Every sentence knows which atomic statements it makes (see `lahman.py`). One that states something hidden is left out, and only then
are names, pronouns and words of time ("In 1927", "That season") chosen, so that what remains still reads well.

Wording is chosen by a stable hash, so that documents differ from each other and are the same on every run. The data are Sean
Lahman's, 1871-2024, CC BY-SA 3.0, and so is the text made from them.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd
from typing import NamedTuple
from zlib import crc32

from baseball.facts.awards import award_id
from baseball.facts.fact import MONTHS, ORDINALS, in_words
from baseball.facts.franchises import names_of
from baseball.facts.people import height_in_words, with_article
from baseball.facts.team_seasons import finish_ids, standing_group
from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    US_STATES,
    Player,
    Tables,
    at_park,
    batting_average,
    batting_id,
    club_ids,
    earned_run_average,
    join_names,
    park_name,
    pitching_id,
    plural,
    possessive,
    rows,
    series_ids,
    team_id,
    with_the,
)
from baseball.prose.archive import Archive
from baseball.prose.awards_and_playoffs import awards, playoffs
from baseball.prose.ballparks import ballparks
from baseball.prose.birthplaces import birthplaces
from baseball.prose.careers import careers
from baseball.prose.close_ups import close_ups
from baseball.prose.document import Document
from baseball.prose.franchises import histories
from baseball.prose.leagues import leagues
from baseball.prose.managers import managers
from baseball.prose.team_seasons import team_seasons
from baseball.prose.world_series import world_series
from baseball.prose.writing import written
from baseball.prose.years import years


def documents(tables: Tables, hidden: Callable[[str], bool]) -> Iterator[Document]:
    """All documents, the kinds taking turns by their shares, each kind's most important first.

    `hidden` says of a statement's id whether it must not be told; every sentence that states it is left out.
    """
    archive = Archive(tables)
    waiting = [[writer(archive), share] for writer, share in SHARES]
    while waiting:
        for entry in list(waiting):
            for _ in range(entry[1]):
                draft = next(entry[0], None)
                if draft is None:
                    waiting.remove(entry)
                    break
                document = written(draft, hidden)
                if document.sentences:
                    yield document


# How many documents of each kind in a turn; well-known players stand in most.
SHARES = (
    (years, 1),
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
