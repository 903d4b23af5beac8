"""Questions and answers about baseball, written from the Lahman database.

    tables = load_tables()
    for fact in facts(tables):
        fact.kind, fact.questions, fact.answer, fact.accepted, fact.states
    # 'season home runs', ('How many home runs did Babe Ruth hit in 1927?', …), 'Babe Ruth hit 60 home runs in 1927.',
    # ('60', 'sixty'), ('batting:ruthba01:1927:HR',)

Every value is computed from the tables; where they leave a doubt (a missing count, a shared name, a many-sided tie, a disputed
title) there is no fact. The data are Sean Lahman's, 1871-2024, CC BY-SA 3.0, and so is the text made from them.

`states` lists the atomic statements (see `lahman.py`) that the fact gives away. The first is the value asked for. To keep a fact out
of training altogether, hide all of them (`held_out.py`): then nothing else tells it either.

The kinds take turns, each with its best-known players, teams and years first, so that the first N facts are a fair selection for any N.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, zip_longest
from zlib import crc32

import pandas as pd

from baseball.facts.all_stars import all_stars
from baseball.facts.awards import awards
from baseball.facts.careers import careers
from baseball.facts.clubs import clubs
from baseball.facts.comparisons import comparisons
from baseball.facts.fact import Fact
from baseball.facts.franchises import franchises
from baseball.facts.hall_of_fame import hall_of_fame
from baseball.facts.leaders import leaders
from baseball.facts.managers import managers
from baseball.facts.people import people
from baseball.facts.postseason import postseason
from baseball.facts.records import career_highs, records
from baseball.facts.salaries import salaries
from baseball.facts.seasons import batters_seasons, pitchers_seasons
from baseball.facts.team_seasons import team_seasons
from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    Player,
    Tables,
    at_park,
    batting_average,
    batting_id,
    club_ids,
    earned_run_average,
    join_names,
    pitching_id,
    plural,
    possessive,
    rows,
    team_id,
    with_the,
)


def facts(tables: Tables) -> Iterator[Fact]:
    """All facts, the kinds taking turns, best known first. No question is asked twice; the order is always the same."""
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    asked: Counter[str] = Counter()
    for section in SECTIONS:
        for fact in section(tables):
            by_kind[fact.kind].append(fact)
            asked.update(fact.questions)
    # A question that two facts ask is ambiguous (two clubs of one name in 1890, say): both facts go.
    clear = [
        [fact for fact in group if all(asked[question] == 1 for question in fact.questions)]
        for group in by_kind.values()
    ]
    for turn in zip_longest(*clear):
        yield from (fact for fact in turn if fact is not None)


SECTIONS = (
    batters_seasons,
    pitchers_seasons,
    careers,
    leaders,
    awards,
    hall_of_fame,
    postseason,
    team_seasons,
    people,
    clubs,
    all_stars,
    comparisons,
    records,
    career_highs,
    managers,
    franchises,
    salaries,
)
