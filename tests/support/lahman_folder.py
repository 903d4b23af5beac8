"""A folder of small tables in the form of Lahman's, to read with --lahman.

Four clubs in two leagues play three seasons, 2003 to 2005. Each has a hitter and a pitcher, and one
club of the Negro leagues and its hitter are in the tables too.
"""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

SEASONS = (2003, 2004, 2005)
# (teamID, league, name, hitter, pitcher)
CLUBS = (
    ("NYA", "AL", "New York Yankees", "smithal01", "stonebo01"),
    ("BOS", "AL", "Boston Red Sox", "jonesca01", "woodsda01"),
    ("CHN", "NL", "Chicago Cubs", "browned01", "greenfr01"),
    ("SLN", "NL", "St. Louis Cardinals", "whitege01", "blackha01"),
)
NEGRO_LEAGUE_CLUB = ("HOM", "NN2", "Homestead Grays", "gibsojo99", "")
NEGRO_LEAGUE_HITTER = "gibsojo99"
NAMES = {
    "smithal01": "Alan Smith",
    "stonebo01": "Bob Stone",
    "jonesca01": "Carl Jones",
    "woodsda01": "Dan Woods",
    "browned01": "Ed Brown",
    "greenfr01": "Frank Green",
    "whitege01": "George White",
    "blackha01": "Harry Black",
    "gibsojo99": "Josh Gibson",
}
Rows = list[dict[str, Any]]
_EVENT = ("Year", "Month", "Day", "Country", "State", "City")


def tables() -> dict[str, Rows]:
    """The rows of each table. Change them, and write them with `write_tables`."""
    clubs = [*CLUBS, NEGRO_LEAGUE_CLUB]
    found: dict[str, Rows] = {
        "People": [_person(player) for player in NAMES],
        "Teams": [_team(club, year) for club in clubs for year in SEASONS],
        "Batting": [_batting(club, year, number) for number, club, year in _seasons(clubs)],
        "Pitching": [_pitching(club, year, number) for number, club, year in _seasons(CLUBS)],
        "Salaries": [
            {"yearID": 2005, "teamID": club[0], "lgID": club[1], "playerID": club[3], "salary": pay}
            for club, pay in zip(CLUBS, (900_000, 800_000, 700_000, 600_000))
        ],
        "AwardsPlayers": [_award(year) for year in SEASONS],
        "Appearances": [_appearances(club, year) for club in CLUBS for year in SEASONS],
        "AllstarFull": [
            {"playerID": club[3], "yearID": year, "lgID": club[1]}
            for club in CLUBS
            for year in SEASONS
        ],
        "Managers": [_managed(club, year) for club in CLUBS for year in SEASONS],
        "SeriesPost": [_world_series(year) for year in SEASONS],
    }
    return copy.deepcopy(found)


def write_tables(folder: Path, rows_of_tables: dict[str, Rows], suffix: str = ".csv") -> Path:
    """Write each table to a file of its name in the folder; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in rows_of_tables.items():
        path = folder / f"{name}{suffix}"
        frame = pd.DataFrame(rows)
        if suffix.lower() == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_csv(path, index=False)
    return folder


def _seasons(clubs: Iterable[tuple[str, ...]]) -> list[tuple[int, tuple[str, ...], int]]:
    """(number, club, year) for each season of each club; the number makes figures differ."""
    pairs = [(club, year) for club in clubs for year in SEASONS]
    return [(number, club, year) for number, (club, year) in enumerate(pairs)]


def _person(player: str) -> dict[str, Any]:
    first, last = NAMES[player].split()
    places = {f"{event}{part}": None for event in ("birth", "death") for part in _EVENT}
    born = {"birthYear": 1975, "birthMonth": 5, "birthDay": 6, "birthCountry": "USA"}
    return {
        "playerID": player,
        "nameFirst": first,
        "nameLast": last,
        "nameGiven": first,
        **places,
        **born,
        "birthState": "OH",
        "birthCity": "Akron",
        "weight": 190,
        "height": 72,
        "bats": "R",
        "throws": "R",
        "debut": "2003-04-01",
    }


def _award(year: int) -> dict[str, Any]:
    award = {"playerID": "smithal01", "awardID": "Most Valuable Player"}
    return {**award, "yearID": year, "lgID": "AL", "notes": None}


def _appearances(club: tuple[str, ...], year: int) -> dict[str, Any]:
    team, league, _, player, _ = club
    games = dict.fromkeys(("G_p", "G_c", "G_1b", "G_2b", "G_3b", "G_ss", "G_dh"), 0)
    season = {"playerID": player, "yearID": year, "teamID": team, "lgID": league}
    return {**season, **games, "G_of": 150}


def _managed(club: tuple[str, ...], year: int) -> dict[str, Any]:
    """The pitcher manages the club, too."""
    team, league, _, _, manager = club
    row = _team(club, year)
    season = {"playerID": manager, "yearID": year, "teamID": team, "lgID": league}
    return {**season, "inseason": 1, **{key: row[key] for key in ("G", "W", "L")}}


def _world_series(year: int) -> dict[str, Any]:
    winner = {"teamIDwinner": "NYA", "lgIDwinner": "AL", "wins": 4}
    loser = {"teamIDloser": "CHN", "lgIDloser": "NL", "losses": 2, "ties": 0}
    return {"yearID": year, "round": "WS", **winner, **loser}


def _team(club: tuple[str, ...], year: int) -> dict[str, Any]:
    team, league, name, _, _ = club
    is_first = team in ("NYA", "CHN")
    won = 95 if is_first else 80
    counts = {"R": 700, "RA": 650, "AB": 5500, "H": 1450, "HR": 150, "ER": 600, "IPouts": 4350}
    return {
        "yearID": year,
        "lgID": league,
        "teamID": team,
        "franchID": team,
        "divID": "E",
        "Rank": 1 if is_first else 2,
        "G": 162,
        "W": won,
        "L": 162 - won,
        "LgWin": "Y" if is_first else "N",
        "WSWin": "Y" if team == "NYA" else "N",
        **counts,
        "SHO": 10,
        "SOA": 1000,
        "E": 90,
        "name": name,
        "park": f"{name.split()[0]} Park",
        "attendance": 2_000_000 + year,
    }


def _batting(club: tuple[str, ...], year: int, number: int) -> dict[str, Any]:
    team, league, _, player, _ = club
    counts = {"G": 150, "AB": 550, "R": 90 + number, "H": 160 + number, "2B": 30, "3B": 3}
    more = {"HR": 20 + number, "RBI": 90 + number, "SB": 10, "BB": 60, "SO": 90}
    stint = {"playerID": player, "yearID": year, "stint": 1, "teamID": team, "lgID": league}
    return {**stint, **counts, **more, "HBP": 3, "SH": 0, "SF": 4}


def _pitching(club: tuple[str, ...], year: int, number: int) -> dict[str, Any]:
    team, league, _, _, player = club
    counts = {"W": 12 + number, "L": 8, "G": 33, "GS": 33, "CG": 3, "SHO": 1, "SV": 0}
    more = {"IPouts": 630, "H": 190, "ER": 70 + number, "BB": 50, "SO": 150 + number}
    stint = {"playerID": player, "yearID": year, "stint": 1, "teamID": team, "lgID": league}
    return {**stint, **counts, **more}
