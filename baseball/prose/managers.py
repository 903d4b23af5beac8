"""Managers."""

from collections.abc import Iterator

from baseball.facts.team_seasons import finish_ids
from baseball.lahman import (
    LAST_SEASON,
    team_id,
)
from baseball.prose.archive import Archive, counted
from baseball.prose.careers import ELECTED, birth_sentence, person
from baseball.prose.document import Chooser, Draft, Sentence
from baseball.prose.team_seasons import season_words

MANAGED_SEASON = (
    "<T> <p> {team} won {w} and lost {l}, finishing {place}.",
    "<T> <s> managed the {team} to {place} place with a record of {w}-{l}.",
    "Under <o>, the {team} went {w}-{l} <t> and finished {place}.",
    "The {team} finished {place} <t> under <o>, at {w}-{l}.",
    "<T> the {team} won {wins} for <o> and ended up {place}.",
)


MANAGED_PART = (
    "<T> <s> managed the {team} for {games}, winning {w} and losing {l}.",
    "<S> was in charge of the {team} for {games} <t>.",
    "<S> managed the {team} for part of the season <t>.",
)


MANAGER_TOTALS = (
    "As a manager <s> won {w} games and lost {l}.",
    "<P> teams won {w} games and lost {l}.",
    "In all <s> managed {w} victories and {l} defeats.",
)


def managers(archive: Archive) -> Iterator[Draft]:
    """Every manager of fifty games or more, by games won."""
    totals = {
        player: (sum(row["W"] for row in group), sum(row["L"] for row in group))
        for player, group in archive.managed.items()
    }
    for identity in sorted(totals, key=lambda player: (-totals[player][0], player)):
        player, (won, lost) = archive.players[identity], totals[identity]
        if won + lost < 50:
            continue
        choose = Chooser("manager", identity)
        group = archive.managed[identity]
        first, last = group[0]["yearID"], group[-1]["yearID"]
        span = f"from {first} to {last}" if first != last else f"in {first}"
        through = f" through {LAST_SEASON}" if last >= LAST_SEASON - 1 else ""
        opening = [
            Sentence(f"<S> managed in the major leagues {span}.", (f"managing:{identity}:first",))
        ]
        if not any((row["teamID"], row["yearID"]) in archive.tables.acting for row in group):
            text = (
                choose(MANAGER_TOTALS).format(w=f"{won:,}", l=f"{lost:,}").removesuffix(".")
                + f"{through}."
            )
            opening.append(Sentence(text, (f"managing:{identity}:career:W",)))
        opening += birth_sentence(player, choose)
        paragraphs = [opening, *_managed_seasons(archive, identity, group, choose)]
        if player.hall is not None and player.hall.category == "Manager":
            paragraphs.append(
                [
                    Sentence(
                        choose(ELECTED).format(year=player.hall.year), (f"hall:{identity}:year",)
                    )
                ]
            )
        yield Draft(f"{player.name}, manager", "manager", person(player), paragraphs)


def _managed_seasons(
    archive: Archive, identity: str, group: list[dict], choose: Chooser
) -> Iterator[list[Sentence]]:
    paragraph: list[Sentence] = []
    for season in group:
        team, year = season["teamID"], season["yearID"]
        row = archive.club(team, year)
        whole = archive.tables.managers_of[team, year] == [identity]
        words = season_words(row) | {"games": counted(season["G"], "game")}
        if not whole:
            words |= {"w": season["W"], "l": season["L"]}
        states = [team_id(team, year, "manager")]
        if whole:
            states += [team_id(team, year, "W"), team_id(team, year, "L"), *finish_ids(row)]
        paragraph.append(
            Sentence(
                choose(MANAGED_SEASON if whole else MANAGED_PART).format_map(words),
                tuple(states),
                year,
            )
        )
        if season is group[0]:
            paragraph[-1] = paragraph[-1]._replace(states=(*states, f"managing:{identity}:first"))
        if whole and row["LgWin"] == "Y":
            paragraph.append(_pennant_of_manager(row, choose))
        if len(paragraph) >= 7:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _pennant_of_manager(row: dict, choose: Chooser) -> Sentence:
    year, team = row["yearID"], row["teamID"]
    states = [f"pennant:{year}:{row['lgID']}", team_id(team, year, "manager")]
    if row["WSWin"] == "Y" and year >= 1903:
        states += [f"worldseries:{year}:winner", f"worldseries:{year}:manager"]
        return Sentence(
            choose(
                ("The {n} won the World Series <t>.", "<T> the {n} were world champions.")
            ).format(n=row["nickname"]),
            tuple(states),
            year,
        )
    return Sentence(
        choose(("The {n} won the pennant <t>.", "<T> the {n} took the pennant.")).format(
            n=row["nickname"]
        ),
        tuple(states),
        year,
    )
