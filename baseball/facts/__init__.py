"""Questions and answers about baseball, written from the Lahman database.

    tables = load_tables()
    for fact in facts(tables):
        fact.kind        # 'season home runs'
        fact.questions   # ('How many home runs did Babe Ruth hit in 1927?', ...)
        fact.answer      # 'Babe Ruth hit 60 home runs in 1927.'
        fact.accepted    # ('60', 'sixty')
        fact.states      # ('batting:ruthba01:1927:HR',)

**Values.** Every value is computed from the tables. If they leave any doubt (a missing count, a
shared name, a tie of three or more, a disputed title), there is no fact. The data are Sean
Lahman's, 1871-2024, CC BY-SA 3.0, and so is the text made from them.

**Phrasings.** The questions are in `questions/`; the words that some of them need for a statistic
("home runs", "hit") are in `words/`. Both can be extended without Python.

**Statements.** `states` lists the statements (see `baseball.statements`) that a fact gives away,
the one asked for first. To hold a fact out of training, hide all of them (`baseball.held_out`);
then nothing else gives it away either.

**Order.** The kinds take turns, each with its best-known players, teams and years first, so that
the first N facts are a fair selection for any N.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
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

    Facts are left out if they share a question with another fact.
    """
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    asked: Counter[str] = Counter()
    for section in SECTIONS:
        for fact in section(tables):
            by_kind[fact.kind].append(fact)
            asked.update(fact.questions)

    def is_clear(fact: Fact) -> bool:
        """A question that two facts ask, for example about two clubs of one name, is ambiguous."""
        return all(asked[question] == 1 for question in fact.questions)

    clear = [[fact for fact in group if is_clear(fact)] for group in by_kind.values()]
    for turn in zip_longest(*clear):
        yield from (fact for fact in turn if fact is not None)
