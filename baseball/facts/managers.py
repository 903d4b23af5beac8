"""Managers."""

from collections import Counter
from collections.abc import Iterator

from baseball.facts.fact import Fact, _fact, _labelled, in_words, number_forms
from baseball.lahman import (
    LAST_SEASON,
    Tables,
    plural,
    rows,
)

MANAGER_WINS = (
    "How many games did {name} win as a major league manager?",
    "What is {owner} career win total as a manager?",
    "With how many managerial victories did {name} {ended}?",
    "{name} managed his teams to how many regular-season wins in all?",
    "Tell me how many games {owner} teams won while he managed them{so_far}.",
    "Over all his seasons as a manager, how many wins did {name} collect?",
)


MANAGER_YEARS = (
    "In what year did {name} first manage a major league team?",
    "When did {name} get his first job as a big-league manager?",
    "What was {owner} first season as a manager in the majors?",
    "{name} began managing in the big leagues in which year?",
    "Name the year in which {name} first ran a major league team.",
    "Which season was {owner} first in a major league manager's seat?",
)


MANAGER_PENNANTS = (
    "How many pennants did {name} win as a manager?",
    "How many of the teams that {name} managed won a league pennant?",
    "What is {owner} number of pennants as a manager?",
    "{name} managed how many pennant winners{so_far}?",
    "Tell me how many pennants {owner} teams won under him{so_far}.",
    "As a manager, how often did {name} bring home a league pennant?",
)


def managers(tables: Tables) -> Iterator[Fact]:
    """Managers' wins, first years and pennants."""
    frame = tables.managers[tables.managers["lgID"] != "NA"]
    totals = (
        frame.groupby("playerID")
        .agg(W=("W", "sum"), first=("yearID", "min"), last=("yearID", "max"))
        .reset_index()
    )
    stood_in_for = {player for key in tables.acting for player in tables.managers_of.get(key, [])}
    pennants = Counter(
        tables.managers_of[team, year][0]
        for (year, _), team in tables.pennants.items()
        if len(tables.managers_of.get((team, year), [])) == 1
    )
    for row in rows(totals.sort_values(["W", "playerID"], ascending=[False, True]).head(350)):
        player = tables.players[row["playerID"]]
        if not player.label:
            continue
        active = row["last"] >= LAST_SEASON - 1
        so_far = f" through {LAST_SEASON}" if active else ""
        fields = _labelled(
            player,
            ended=f"stand after the {LAST_SEASON} season" if active else "finish",
            so_far=so_far,
        )
        if player.id not in stood_in_for:
            answer = f"{{name}} won {plural(row['W'], 'game')} as a major league manager{so_far}."
            yield _fact(
                "manager's wins",
                MANAGER_WINS,
                fields,
                answer,
                number_forms(row["W"]),
                (f"managing:{player.id}:career:W", *player.label_states),
            )
        answer = f"{{name}} first managed in the major leagues in {row['first']}."
        yield _fact(
            "manager's first year",
            MANAGER_YEARS,
            fields,
            answer,
            (str(row["first"]),),
            (f"managing:{player.id}:first", *player.label_states),
        )
        if pennants[player.id]:
            count = pennants[player.id]
            answer = f"{{name}} managed {in_words(count)} pennant {'winner' if count == 1 else 'winners'}{so_far}."
            yield _fact(
                "manager's pennants",
                MANAGER_PENNANTS,
                fields,
                answer,
                (in_words(count), str(count)),
                (f"managing:{player.id}:pennants", *player.label_states),
            )
