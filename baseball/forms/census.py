"""Whom a hint fits: everybody of whom it is true, in the tables and not only among the facts.

A reverse question and a set of clues must fit one subject only. There are facts about well-known
players and seasons; the tables know of the others. `Census.fits` reads the statements of a fact
("batting:ruthba01:1927:HR") and looks up who else has the same value. It returns None if the
tables cannot tell.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from baseball import statements
from baseball.facts.fact import Fact
from baseball.forms.from_facts import hints_of
from baseball.forms.item import Hint
from baseball.lahman import Player, Tables, rows
from baseball.statements import AWARD_CODES, family
from baseball.wording import batting_average, earned_run_average

Index = dict[Hashable, frozenset[str]]  # a value -> the ids of all subjects that have it

ANYONE = "anyone"  # instead of a player's id, in a statement that may be about any player

# The value of a player for each statement about who he was.
ATTRIBUTES: dict[str, Callable[[Player], Any]] = {
    statements.birth_city(ANYONE): lambda player: player.birth["city"],
    statements.birth_state(ANYONE): lambda player: player.birth["state"],
    statements.birth_country(ANYONE): lambda player: player.birth["country"],
    statements.birth_year(ANYONE): lambda player: player.birth["year"],
    statements.birth_date(ANYONE): lambda player: (player.birth["month"], player.birth["day"]),
    statements.death_year(ANYONE): lambda player: player.death["year"],
    statements.debut_year(ANYONE): lambda player: player.seasons[0] if player.seasons else None,
    statements.final_year(ANYONE): lambda player: player.seasons[-1] if player.seasons else None,
    statements.full_name(ANYONE): lambda player: (player.given, player.last),
    statements.bats(ANYONE): lambda player: player.bats,
    statements.throws(ANYONE): lambda player: player.throws,
    statements.height(ANYONE): lambda player: player.height,
    statements.position(ANYONE): lambda player: player.position,
    statements.college(ANYONE): lambda player: player.college,
    statements.main_club(ANYONE): lambda player: player.main_club,
    statements.franchise_count(ANYONE): lambda player: len(player.franchises),
    statements.all_star_count(ANYONE): lambda player: len(player.all_star_years),
    statements.first_all_star_year(ANYONE): lambda player: tuple(player.all_star_years[:1]),
    statements.hall_year(ANYONE): lambda player: player.hall.year if player.hall else None,
    # A hint may name the share alone, so that nobody is told apart by who voted.
    statements.hall_voters(ANYONE): lambda player: player.hall is not None,
    statements.hall_share(ANYONE): lambda player: player.hall.share if player.hall else None,
}
# The facts of these families are complete: a player without such a fact does not have the honour.
COMPLETE = ("award", "worldseries", "series", "pennant", "record", "topsalary", "teamleader")
FIGURES = ("batting", "pitching")
AWARDS = {code: award for award, code in AWARD_CODES.items()}
TEAM_COLUMNS = ("W", "L", "attendance")


class Census:
    """Looks up whom a hint fits. Its indexes are built when they are first needed."""

    def __init__(self, tables: Tables, by_kind: Mapping[str, list[Fact]]):
        self.tables = tables
        self._facts = by_kind
        self._indexes: dict[Hashable, Index] = {}
        self._values: dict[Hashable, tuple[dict[str, Any], Index]] = {}
        self._frames: dict[str, dict[int, pd.DataFrame]] = {}  # batting and pitching by year
        self._series: dict[str, list[tuple[str, int, int]]] = {}  # by statistic

    def fits(self, fact: Fact, hint: Hint) -> frozenset[str] | None:
        """The ids of all subjects that the hint of the fact fits; None if the tables cannot tell.

        The subject itself is among them; if it is not, the tables contradict the fact, and there is
        no answer either.
        """
        if hint.subject_type == "season":
            found = self._seasons(fact, hint)
        elif hint.is_asked:  # no direct question has two answers
            return frozenset([hint.subject])
        elif hint.subject_type == "club":
            found = self._clubs(fact, hint)
        elif hint.subject_type == "franchise":
            found = self._by_text(fact, hint)
        else:
            found = self._people(fact, hint)
        return found if found and hint.subject in found else None

    # ------------------------------------------------------------------------------ people

    def _people(self, fact: Fact, hint: Hint) -> frozenset[str] | None:
        """Those for whom every statement of the fact that is about its person has the same value.

        Clubs of a season are left out unless the fact asks for them: naming them makes a hint
        narrower, never wider.
        """
        first = family(fact.states[0])
        found: frozenset[str] | None = None
        for state in fact.states:
            if family(state) != first or f":{hint.subject}" not in state:
                continue
            group = self._group(state, hint.subject)
            if group is None:
                return None
            found = group if found is None else found & group
        return found

    def _group(self, state: str, person: str) -> frozenset[str] | None:
        key = state.replace(person, ANYONE)
        if key in ATTRIBUTES:
            return self._attribute(key).get(ATTRIBUTES[key](self.tables.players[person]))
        kind, *parts = state.split(":")
        parts.remove(person)
        if kind in ("debut", "final"):
            return self._club_at_an_end(kind).get(self._end(kind, self.tables.players[person]))
        if kind in FIGURES:
            return self._figure(kind, parts[0], parts[1], person)
        if kind == "awards":
            return self._award_counts(person, parts[0])
        if kind == "playedfor":
            return self._one_club_that_year(person, int(parts[0]))
        if kind == "salary":
            return self._salaries(person, int(parts[0]))
        if kind == "worldseries":
            return self._world_series(person, int(parts[0]), parts[1])
        if state == statements.manager_wins(person):
            return self._managers(person)
        return None

    def _attribute(self, key: str) -> Index:
        return self._index(key, lambda: _players_by(self.tables, ATTRIBUTES[key]))

    def _end(self, kind: str, player: Player) -> str | None:
        """The name of his first club, or of his last."""
        if not player.seasons:
            return None
        year = player.seasons[0 if kind == "debut" else -1]
        return self.tables.team_name(player.clubs[year][0 if kind == "debut" else -1], year)

    def _club_at_an_end(self, kind: str) -> Index:
        def build() -> Index:
            return _players_by(self.tables, lambda player: self._end(kind, player))

        return self._index(("end", kind), build)

    def _figure(self, kind: str, span: str, stat: str, person: str) -> frozenset[str] | None:
        """Those with the same figure in a year or over their careers; None for other spans."""
        if span.startswith("high"):
            return None
        return self._same_value((kind, span, stat), lambda: self._figures(kind, span, stat), person)

    def _figures(self, kind: str, span: str, stat: str) -> dict[str, Any]:
        """playerID -> his figure, in a year or over his career."""
        if span == "career":
            return _figures(getattr(self.tables, f"career_{kind}"), stat)
        if kind not in self._frames:
            self._frames[kind] = dict(iter(getattr(self.tables, kind).groupby("yearID")))
        frame = self._frames[kind].get(int(span))
        return {} if frame is None else _figures(frame, stat)

    def _figure_of(self, kind: str, span: str, stat: str, person: str) -> Any:
        """A person's figure in a year; None if he has none."""
        self._figure(kind, span, stat, person)
        values, _ = self._values[kind, span, stat]
        return values.get(person)

    def _award_counts(self, person: str, code: str) -> frozenset[str] | None:
        award = AWARDS[code]

        def build() -> dict[str, int]:
            given = self.tables.awards[self.tables.awards["awardID"] == award]
            return given.groupby("playerID")["yearID"].nunique().to_dict()

        return self._same_value(("awards", code), build, person)

    def _one_club_that_year(self, person: str, year: int) -> frozenset[str] | None:
        def build() -> Index:
            players = [player for player in self.tables.by_fame if year in player.clubs]
            return _inverted(
                (player.id, team) for player in players for team in set(player.clubs[year])
            )

        clubs = self.tables.players[person].clubs[year]
        return self._index(("clubs", year), build).get(clubs[0]) if len(clubs) == 1 else None

    def _salaries(self, person: str, year: int) -> frozenset[str] | None:
        def build() -> dict[str, int]:
            paid = self.tables.salaries
            paid = paid[paid["yearID"] == year]
            return dict(zip(paid["playerID"], paid["salary"]))

        return self._same_value(("salaries", year), build, person)

    def _world_series(self, person: str, year: int, stat: str) -> frozenset[str] | None:
        def build() -> dict[str, int]:
            return {
                player: value for player, played, value in self._in_series(stat) if played == year
            }

        return self._same_value(("world series", year, stat), build, person)

    def _in_series(self, stat: str) -> list[tuple[str, int, int]]:
        """(playerID, year, figure) of everyone in a World Series who has some of the statistic."""
        if stat not in self._series:
            frame = self.tables.post_pitching if stat == "W" else self.tables.post_batting
            frame = frame[(frame["round"] == "WS") & (frame[stat] > 0)]
            found = [(row["playerID"], row["yearID"], row[stat]) for row in rows(frame)]
            self._series[stat] = found
        return self._series[stat]

    def _managers(self, person: str) -> frozenset[str] | None:
        def build() -> dict[str, int]:
            return self.tables.managers.groupby("playerID")["W"].sum().to_dict()

        return self._same_value("managers", build, person)

    def _same_value(
        self, key: Hashable, build: Callable[[], dict[str, Any]], person: str
    ) -> frozenset[str] | None:
        """Those who have the same value as a person; None if his is not known."""
        if key not in self._values:
            values = build()
            self._values[key] = values, _inverted(values.items())
        values, index = self._values[key]
        return index.get(values[person]) if person in values else None

    # ------------------------------------------------------------------------------- clubs

    def _clubs(self, fact: Fact, hint: Hint) -> frozenset[str] | None:
        """The ids of the team's seasons, all of the hint's year."""
        first, year = family(fact.states[0]), int(hint.year)
        if first in ("teamleader", "topsalary"):
            clubs = self.tables.players[fact.fields["person"]].clubs.get(year, ())
            return frozenset(f"{team}:{year}" for team in clubs)
        if first != "team":
            return None
        teams = [row for (_, season), row in self.tables.teams.items() if season == year]
        own = self.tables.teams[hint.subject.partition(":")[0], year]
        figures = [state.rsplit(":", 1)[1] for state in fact.states if family(state) == "team"]

        def values(row: dict[str, Any]) -> list[Any]:
            return [self._value_of_team(row, figure) for figure in figures]

        same = [row for row in teams if values(row) == values(own)]
        return frozenset(f"{row['teamID']}:{year}" for row in same)

    def _value_of_team(self, row: dict[str, Any], figure: str) -> Any:
        if figure == "manager":
            return self.tables.managers_of.get((row["teamID"], row["yearID"]))
        if figure == "finish":
            return row["lgID"], row["divID"], row["Rank"]
        if figure == "park":
            return row["parks"]
        return row[figure]

    # ----------------------------------------------------------------------------- seasons

    def _seasons(self, fact: Fact, hint: Hint) -> frozenset[str] | None:
        """The years in which the same happened."""
        first = family(fact.states[0])
        if first in FIGURES:
            return self._years_of_figures(fact)
        if first == "team":
            return self._years_of_team(fact, hint)
        if first == "leader":
            return self._years_as_leader(fact)
        if first == "worldseries" and "name" in fact.fields:
            return self._years_in_series(fact, int(hint.subject))
        return self._by_text(fact, hint) if first in COMPLETE else None

    def _years_of_figures(self, fact: Fact) -> frozenset[str] | None:
        person = fact.fields["person"]
        found: frozenset[str] | None = None
        for state in fact.states:
            if family(state) not in FIGURES:
                continue
            kind, _, span, stat = state.split(":")
            years = [str(year) for year in self.tables.players[person].seasons]
            figures = {year: self._figure_of(kind, year, stat, person) for year in years}
            same = frozenset(year for year in years if figures[year] == figures.get(span))
            found = same if found is None else found & same
        return found

    def _years_in_series(self, fact: Fact, year: int) -> frozenset[str]:
        _, _, person, stat = fact.states[0].split(":")
        own = {season: value for name, season, value in self._in_series(stat) if name == person}
        return frozenset(str(season) for season, value in own.items() if value == own[year])

    def _years_of_team(self, fact: Fact, hint: Hint) -> frozenset[str] | None:
        team, year = str(fact.fields["club"]).split(":")
        own = self.tables.teams[team, int(year)]
        columns = [state.rsplit(":", 1)[1] for state in fact.states if family(state) == "team"]
        if not all(column in TEAM_COLUMNS for column in columns):
            return None
        namesakes = [row for row in self.tables.teams.values() if row["name"] == own["name"]]
        same = [row for row in namesakes if all(row[c] == own[c] for c in columns)]
        return frozenset(str(row["yearID"]) for row in same)

    def _years_as_leader(self, fact: Fact) -> frozenset[str]:
        _, _, league, stat = fact.states[0].split(":")
        person = fact.fields["person"]
        return frozenset(
            str(year)
            for (year, led_league, led), leader in self.tables.leaders.items()
            if (led_league, led) == (league, stat) and person in leader.players
        )

    # --------------------------------------------------------------------------- all facts

    def _by_text(self, fact: Fact, hint: Hint) -> frozenset[str] | None:
        """The subjects of all facts of the kind that give the same hint."""

        def build() -> Index:
            same_kind = self._facts[fact.kind]
            hints = (other for each in same_kind for other in hints_of(each, self.tables))
            return _inverted((other.subject, other.text) for other in hints)

        return self._index(("text", fact.kind), build).get(hint.text)

    def _index(self, key: Hashable, build: Callable[[], Index]) -> Index:
        if key not in self._indexes:
            self._indexes[key] = build()
        return self._indexes[key]


def _inverted(pairs: Iterable[tuple[str, Any]]) -> Index:
    """value -> the ids that have it, from pairs of an id and a value."""
    found: dict[Hashable, set[str]] = defaultdict(set)
    for subject, value in pairs:
        found[value].add(subject)
    return {value: frozenset(subjects) for value, subjects in found.items()}


def _players_by(tables: Tables, value_of: Callable[[Player], Any]) -> Index:
    return _inverted((player.id, value_of(player)) for player in tables.players.values())


def _figures(frame: pd.DataFrame, stat: str) -> dict[str, Any]:
    """playerID -> figure; averages as they are written."""
    if stat == "AVG":
        batted = frame[frame["AB"] > 0]
        return {
            player: batting_average(int(hits), int(at_bats))
            for player, hits, at_bats in zip(batted["playerID"], batted["H"], batted["AB"])
        }
    if stat == "ERA":
        pitched = frame[(frame["IPouts"] > 0) & frame["ER"].notna()]
        return {
            player: earned_run_average(int(runs), int(outs))
            for player, runs, outs in zip(pitched["playerID"], pitched["ER"], pitched["IPouts"])
        }
    known = frame[frame[stat].notna()]
    return dict(zip(known["playerID"], known[stat].astype(int)))
