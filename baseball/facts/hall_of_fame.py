"""Hall of fame."""

from collections.abc import Iterator

from baseball.facts.fact import Fact, _fact, _labelled
from baseball.lahman import (
    Tables,
)

HALL_YEAR = (
    "In what year did {name} enter the Hall of Fame?",
    "When was {name} voted into the Baseball Hall of Fame?",
    "{name} belongs to which year's Hall of Fame class?",
    "What year brought {name} a place in Cooperstown?",
    "Name the year of {owner} Hall of Fame election.",
    "In which year's election did {name} become a Hall of Famer?",
)


HALL_VOTERS = (
    "Who put {name} into the Hall of Fame, the baseball writers or a committee?",
    "Was {name} elected to the Hall of Fame by the writers or by a committee?",
    "By whose vote did {name} become a Hall of Famer?",
    "Which voters sent {name} to Cooperstown?",
    "Did {name} get into the Hall of Fame through the writers' ballot or through a committee?",
    "Tell me who elected {name} to the Hall of Fame.",
)


HALL_SHARE = (
    "What share of the writers' vote did {name} receive when he was elected to the Hall of Fame?",
    "On what percentage of the ballots did {name} appear in his Hall of Fame election?",
    "With what percentage of the vote was {name} elected to the Hall of Fame?",
    "How big, in percent, was {owner} vote when the writers elected him to Cooperstown?",
    "{name} got what percentage in his winning Hall of Fame election?",
    "Give the percentage of writers who voted {name} into the Hall of Fame.",
)


WRITERS = {"BBWAA", "Run Off"}  # a run-off was a second ballot among the same writers


def hall_of_fame(tables: Tables) -> Iterator[Fact]:
    """When players entered the Hall of Fame, by whose vote, and with what share of it."""
    members = [player for player in tables.players.values() if player.hall and player.label]
    for player in sorted(members, key=lambda player: (-player.fame, player.id)):
        hall, fields = player.hall, _labelled(player)
        year = hall.year
        by_year = (f"hall:{player.id}:year", *player.label_states)
        yield _fact(
            "hall of fame year",
            HALL_YEAR,
            fields,
            f"{{name}} entered the Hall of Fame in {year}.",
            (str(year),),
            by_year,
        )
        if hall.voters == "Special Election":
            continue  # of Gehrig and Clemente, by the writers' association without the usual ballot
        by_writers = hall.voters in WRITERS
        answer = (
            "The baseball writers elected {name} to the Hall of Fame."
            if by_writers
            else "A committee elected {name} to the Hall of Fame."
        )
        accepted = ("writers", "baseball writers") if by_writers else ("committee",)
        yield _fact(
            "hall of fame voters",
            HALL_VOTERS,
            fields,
            answer,
            accepted,
            (f"hall:{player.id}:voters", *player.label_states),
        )
        if hall.voters == "BBWAA" and hall.votes and hall.ballots:
            share = f"{100 * hall.votes / hall.ballots:.1f}".removesuffix(".0")
            answer = f"{{name}} was elected to the Hall of Fame with {share} percent of the vote."
            states = (f"hall:{player.id}:share", f"hall:{player.id}:voters", *player.label_states)
            yield _fact("hall of fame vote", HALL_SHARE, fields, answer, (share,), states)
