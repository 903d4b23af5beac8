"""What a text gives away of lives, honours, clubs and managers, and of the postseason.

    lives = Lives(tables, ["Jackie Robinson"])
    lives.stated("In 1947, his first season, he was at first base.", ["Jackie Robinson"])
    # ('debut:robinja02:year',)

A detail counts as given away if a text about the person has the value (1947, Georgia, left) with a
word that hints at what it is (first, born, batted). The club of a player or manager in a year
counts if the text has the year and the club's city or nickname. That a player was ever with a
franchise counts if the text has any of its nicknames; with words such as "whole career", so does
what this says of his first, last and main club.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from baseball import statements
from baseball.lahman import Player, Tables, rows
from baseball.wording import height_in_words


class Detail(NamedTuple):
    """A detail of a person: its statement, the words that hint at it, and its value."""

    statement: Callable[[str], str]
    words: str
    value: Callable[[Player], object]


class CareerClub(NamedTuple):
    """What a franchise was in a player's career: its statement, the words for it, the franchise."""

    statement: Callable[[str], str]
    words: str
    franchise: Callable[[Tables, Player], str | None]


def _first_franchise(tables: Tables, player: Player) -> str:
    year = player.seasons[0]
    return tables.franchise_of(player.clubs[year][0], year)


def _last_franchise(tables: Tables, player: Player) -> str:
    year = player.seasons[-1]
    return tables.franchise_of(player.clubs[year][-1], year)


YEAR = re.compile(r"\b\d{4}\b")
BIRTH = r"born|birth\w*|native|home ?town|came from|come from|comes from"
DETAILS = (
    Detail(statements.birth_year, BIRTH, lambda player: player.birth["year"]),
    Detail(statements.birth_city, BIRTH, lambda player: player.birth["city"]),
    Detail(statements.birth_state, BIRTH, lambda player: player.birth["state"]),
    Detail(statements.birth_country, BIRTH, lambda player: player.birth["country"]),
    Detail(statements.death_year, r"died|dies|death|dead|killed", lambda p: p.death["year"]),
    Detail(
        statements.debut_year,
        r"first|debut\w*|rookies?|began|start\w*|joined|reached|came up|broke",
        lambda player: player.debut[0],
    ),
    Detail(
        statements.final_year,
        r"last|final|retire\w*|quit|ended|until|finished",
        lambda player: player.seasons[-1] if player.seasons else None,
    ),
    Detail(statements.hall_year, r"hall", lambda p: p.hall.year if p.hall else None),
    Detail(
        statements.bats,
        r"bats?|batted|batters?|hitters?|hitting",
        lambda player: "switch" if player.bats == "both" else player.bats,
    ),
    Detail(statements.throws, r"throw\w*|threw|pitch\w*|hander|handed", lambda p: p.throws),
    Detail(statements.position, r"", lambda player: player.position),
    Detail(
        statements.height,
        r"feet|tall|inches",
        lambda player: height_in_words(player.height) if player.height else None,
    ),
    Detail(statements.full_name, r"names?|named|called|initials|letters", lambda p: p.given),
    Detail(statements.college, r"college|university", lambda player: player.college),
)
WHOLE_CAREER = (
    r"(?:whole|entire|full) (?:\w+ ){0,2}career|career with one"
    r"|(?:all|every one of) (?:\S+ ){0,4}(?:seasons|years|games)"
    r"|(?:only|one|single|same|no other|another) (?:\S+ ){0,2}(?:club|team|franchise|uniform)"
)
CAREER_CLUBS = (
    CareerClub(
        statements.franchise_count, WHOLE_CAREER, lambda tables, player: player.main_franchise
    ),
    CareerClub(
        statements.main_club,
        rf"{WHOLE_CAREER}|most|longest|best known",
        lambda tables, player: player.main_franchise,
    ),
    CareerClub(
        statements.debut_team,
        rf"{WHOLE_CAREER}|first (?:\S+ ){{0,3}}(?:club|team|games?)|debut\w*|rookies?|broke in\w*"
        r"|began|start\w*|came up",
        _first_franchise,
    ),
    CareerClub(
        statements.final_team,
        rf"{WHOLE_CAREER}|(?:last|final) (?:\S+ ){{0,3}}(?:club|team|games?|seasons?|years?)"
        r"|finish\w*|ended|until",
        _last_franchise,
    ),
)
# The words for an award, by its code in `statements.AWARD_CODES`.
AWARDS = {
    "MVP": r"mvp|most valuable player",
    "CYA": r"cy young award",
    "ROY": r"rookies? of the year",
    "GG": r"gold gloves?",
    "SS": r"silver slugger",
    "WSMVP": r"mvp|most valuable player",
}


class Lives:
    """What the tables say of some people, by name, and of each year's postseason."""

    def __init__(self, tables: Tables, names: Collection[str]):
        self._tables = tables
        self._people: dict[str, list[Player]] = defaultdict(list)
        for player in tables.players.values():
            if player.name in names:
                self._people[player.name].append(player)
        self._awards: dict[str, list[dict]] = defaultdict(list)  # by playerID
        won = tables.awards[tables.awards["awardID"].isin(statements.AWARD_CODES)]
        for row in rows(won):
            if statements.AWARD_CODES[row["awardID"]] in AWARDS:
                self._awards[row["playerID"]].append(row)
        self._franchise_names = {
            franchise: {row[key].lower() for row in teams for key in ("nickname", "name")}
            for franchise, teams in tables.franchises.items()
        }
        self._managed: dict[tuple[str, int], list[str]] = defaultdict(list)
        for (team, year), managers in tables.managers_of.items():
            for manager in managers:
                self._managed[manager, year].append(team)
        self._series: dict[int, list[dict]] = defaultdict(list)  # by year
        for series in tables.series:
            self._series[series["yearID"]].append(series)

    def stated(self, text: str, names: Iterable[str]) -> tuple[str, ...]:
        """The statements that a text about some people gives away: of them and of postseasons."""
        text = text.lower()
        years = [int(year) for year in dict.fromkeys(YEAR.findall(text))]
        found: list[str] = []
        for name in names:
            for player in self._people.get(name, ()):
                found += self._of_details(player, text)
                found += self._of_awards(player, text)
                found += self._of_clubs(player, text, years)
                found += self._of_career(player, text)
        if re.search(r"\b(?:series|pennants?|champions?|titles?)\b", text):
            found += self._of_postseasons(text, years)
        return tuple(dict.fromkeys(found))

    def _of_details(self, player: Player, text: str) -> Iterator[str]:
        for detail in DETAILS:
            value = str(detail.value(player) or "").lower()
            if value and _has(text, value) and re.search(rf"\b(?:{detail.words})\b", text):
                yield detail.statement(player.id)

    def _of_awards(self, player: Player, text: str) -> Iterator[str]:
        """The awards of years in the text, and how often he won an award that the text names."""
        for row in self._awards[player.id]:
            code = statements.AWARD_CODES[row["awardID"]]
            if re.search(rf"\b(?:{AWARDS[code]})\b", text):
                yield statements.award_count(player.id, code)
                if _has(text, str(row["yearID"])):
                    yield statements.award_given(row)

    def _of_clubs(self, player: Player, text: str, years: Iterable[int]) -> Iterator[str]:
        """The clubs that he played for or managed in years in the text."""
        for year in years:
            for team in player.clubs.get(year, ()):
                if self._names_club(text, team, year):
                    franchise = self._tables.franchise_of(team, year)
                    yield from statements.played_for(player.id, year, franchise)
            for team in self._managed.get((player.id, year), ()):
                if self._names_club(text, team, year):
                    yield statements.team_manager(team, year)
                    yield statements.world_series_manager(year)

    def _of_career(self, player: Player, text: str) -> Iterator[str]:
        """The franchises in the text for which he ever played, and what they were to him."""
        named = [name for name in player.franchises if self._names_franchise(text, name)]
        for franchise in named:
            yield statements.club(player.id, franchise)
        for club in CAREER_CLUBS if named else ():
            is_named = club.franchise(self._tables, player) in named
            if is_named and re.search(rf"\b(?:{club.words})\b", text):
                yield club.statement(player.id)

    def _of_postseasons(self, text: str, years: Iterable[int]) -> Iterator[str]:
        """A World Series is given away by its year and one of its clubs, other series by both."""
        for year in years:
            for series in self._series.get(year, ()):
                teams = series["teamIDwinner"], series["teamIDloser"]
                named = sum(self._names_club(text, team, year) for team in teams)
                if named == 2 or (named == 1 and series["round"] == "WS"):
                    yield from statements.series_result(series)
                    yield from statements.series_length(series)

    def _names_franchise(self, text: str, franchise: str) -> bool:
        """Whether the text has a nickname or a full name that the franchise ever had."""
        return any(_has(text, name) for name in self._franchise_names[franchise])

    def _names_club(self, text: str, team: str, year: int) -> bool:
        """Whether the text has the club's nickname or the rest of its name, such as a city."""
        row = self._tables.teams[team, year]
        city = row["name"].removesuffix(row["nickname"]).strip()
        return any(name and _has(text, name.lower()) for name in (row["nickname"], city))


def _has(text: str, words: str) -> bool:
    """Whether the words are in the text, not inside others."""
    return words in text and re.search(rf"\b{re.escape(words)}\b", text) is not None
