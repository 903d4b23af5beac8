"""Questions and answers about baseball: from the Lahman database, and what no table holds.

    tables = load_tables()
    for fact in facts(tables):
        fact.kind        # 'season home runs'
        fact.questions   # ('How many home runs did Babe Ruth hit in 1927?', ...)
        fact.answer      # 'Babe Ruth hit 60 home runs in 1927.'
        fact.accepted    # ('60', 'sixty')
        fact.states      # ('batting:ruthba01:1927:HR',)

**Values.** Every value is computed from the tables or written in a file of `baseball/knowledge`. If
the tables leave any doubt (a missing count, a shared name, a tie of three or more, a disputed
title), there is no fact. The data are Sean Lahman's, CC BY-SA 3.0, and so is the text made from
them. What a later season may change is told as of the last season of the tables: a career that may
go on, a rank, a record, a count of titles. Questions may ask for it undated, as people do.

**Phrasings.** The questions are in `questions/`; the words that some of them need for a statistic
("home runs", "hit") are in `words/`. Both can be extended without Python.

**Statements.** `states` lists the statements (see `baseball.statements`) that a fact gives away,
the one asked for first. To hold a fact out of training, hide all of them (`baseball.held_out`);
then nothing else gives it away either. A knowledge entry has a statement of its own, and those of
the tables that its words give away.

**Order.** The kinds take turns, each with its best-known players, teams and years first, so that
the first N facts are a fair selection for any N.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from itertools import zip_longest

from baseball.facts.all_stars import all_stars
from baseball.facts.awards import awards
from baseball.facts.career_highs import career_highs
from baseball.facts.careers import careers
from baseball.facts.clubs import clubs
from baseball.facts.comparisons import comparisons
from baseball.facts.fact import Fact
from baseball.facts.franchises import franchises
from baseball.facts.hall_of_fame import hall_of_fame
from baseball.facts.knowledge import knowledge
from baseball.facts.leaders import leaders
from baseball.facts.managers import managers
from baseball.facts.people import people
from baseball.facts.postseason import postseason
from baseball.facts.records import records
from baseball.facts.salaries import salaries
from baseball.facts.seasons import batters_seasons, pitchers_seasons
from baseball.facts.team_seasons import team_seasons
from baseball.lahman import Tables

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


def facts(tables: Tables) -> Iterator[Fact]:
    """All facts. The kinds take turns, best known first, in the same order every time.

    Facts of the tables are left out if they share a question with another one; a knowledge
    entry is left out if it asks what the tables' facts ask.
    """
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    question_counts: Counter[str] = Counter()
    for section in SECTIONS:
        for fact in section(tables):
            by_kind[fact.kind].append(fact)
            question_counts.update(fact.questions)

    def is_clear(fact: Fact) -> bool:
        """A question that two facts ask, for example about two clubs of one name, is ambiguous."""
        return all(question_counts[question] == 1 for question in fact.questions)

    turns = [[fact for fact in group if is_clear(fact)] for group in by_kind.values()]
    turns += _topics_of_knowledge(tables, question_counts)
    for turn in zip_longest(*turns):
        yield from (fact for fact in turn if fact is not None)


def _topics_of_knowledge(tables: Tables, questions: Container[str]) -> list[list[Fact]]:
    """The facts of each topic of knowledge that ask none of these questions."""
    by_topic: dict[str, list[Fact]] = defaultdict(list)
    for fact in knowledge(tables):
        if not any(question in questions for question in fact.questions):
            by_topic[fact.kind].append(fact)
    return list(by_topic.values())
