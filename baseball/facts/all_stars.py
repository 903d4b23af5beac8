"""All stars."""

from collections.abc import Iterator

from baseball.facts.careers import _through
from baseball.facts.fact import Fact, _best_known, _fact, _labelled, in_words
from baseball.facts.people import _said
from baseball.lahman import (
    Tables,
)

ALL_STAR_COUNT = (
    "In how many different seasons was {name} an All-Star{so_far}?",
    "How many times was {name} chosen as an All-Star, counting each season once{so_far}?",
    "{name} was an All-Star in how many seasons{so_far}?",
    "What is the number of seasons in which {name} made an All-Star team{so_far}?",
    "Count the years in which {name} was picked for the All-Star team{so_far}.",
    "Over his career, {name} earned All-Star honors in how many seasons{so_far}?",
)


FIRST_ALL_STAR = (
    "In what year was {name} first an All-Star?",
    "When did {name} make his first All-Star team?",
    "What was the season of {owner} first All-Star selection?",
    "{name} was chosen as an All-Star for the first time in which year?",
    "Name the year in which {name} first became an All-Star.",
    "Which season brought {name} his first trip to the All-Star Game?",
)


def all_stars(tables: Tables) -> Iterator[Fact]:
    """In how many seasons, and when first, a player was an All-Star."""
    for player in _best_known(tables, 700, lambda player: player.all_star_years):
        count = len(player.all_star_years)
        answer = f"{{name}} was an All-Star in {in_words(count)} {'season' if count == 1 else 'seasons'}{_through(player)}."
        fields = _labelled(player, so_far=_through(player))
        yield _fact(
            "all-star seasons",
            ALL_STAR_COUNT,
            fields,
            answer,
            (in_words(count), str(count)),
            (f"allstar:{player.id}:count", *player.label_states),
        )
    for player in _best_known(
        tables, 500, lambda player: player.all_star_years and player.seasons[0] >= 1933
    ):
        year = str(player.all_star_years[0])
        yield _said(
            player,
            "first all-star season",
            FIRST_ALL_STAR,
            f"{{name}} was first an All-Star in {year}.",
            (year,),
            f"allstar:{player.id}:first",
        )
