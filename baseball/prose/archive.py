"""Archive."""

from collections import defaultdict

from baseball.facts.awards import award_id
from baseball.facts.fact import MONTHS, in_words
from baseball.lahman import (
    Player,
    Tables,
    join_names,
    plural,
    rows,
    series_ids,
)


class Archive:
    """The tables by player, by team and by year, as a writer looks things up."""

    def __init__(self, tables: Tables):
        self.tables = tables
        self.players = tables.players
        self.batting = _by_key(tables.batting, "playerID")
        self.pitching = _by_key(tables.pitching, "playerID")
        self.career_batting = {row["playerID"]: row for row in rows(tables.career_batting)}
        self.career_pitching = {row["playerID"]: row for row in rows(tables.career_pitching)}
        self.club_batting = _by_key(tables.club_batting, "teamID", "yearID")
        self.club_pitching = _by_key(tables.club_pitching, "teamID", "yearID")
        self.managed = _by_key(tables.managers.sort_values(["yearID", "inseason"]), "playerID")
        self.standings = defaultdict(list)  # (year, league) -> teams by won-lost percentage
        for row in tables.teams.values():
            self.standings[row["yearID"], row["lgID"]].append(row)
        for group in self.standings.values():
            group.sort(key=lambda row: (-row["W"] / max(1, row["W"] + row["L"]), row["Rank"]))
        self.led = defaultdict(list)  # (player, year) -> (league, statistic, shared)
        for (year, league, stat), leader in tables.leaders.items():
            for player in leader.players:
                self.led[player, year].append((league, stat, len(leader.players) > 1))
        self.awards, self.awards_of_year = defaultdict(list), defaultdict(list)
        for row in rows(tables.awards.sort_values(["yearID", "awardID", "lgID", "playerID"])):
            if row["awardID"] in AWARD_WORDS and row["playerID"] in self.players:
                self.awards[row["playerID"]].append(row)
                self.awards_of_year[row["yearID"]].append(row)
        self.series = {(series["yearID"], series["round"]): series for series in tables.series}
        self.series_of_team = defaultdict(list)
        for series in tables.series:
            self.series_of_team[series["teamIDwinner"], series["yearID"]].append(series)
            self.series_of_team[series["teamIDloser"], series["yearID"]].append(series)
        self.series_of_year = defaultdict(list)
        for series in tables.series:
            self.series_of_year[series["yearID"]].append(series)
        chosen = tables.manager_awards[
            tables.manager_awards["awardID"] == "BBWAA Manager of the Year"
        ]
        self.managers_of_the_year = {
            key: [row["playerID"] for row in group]
            for key, group in _by_key(chosen, "yearID", "lgID").items()
        }
        modern = tables.post_batting[tables.post_batting["yearID"] >= 1903]
        self.series_batting = _by_key(modern[modern["round"] == "WS"], "yearID")
        pitched = tables.post_pitching[
            (tables.post_pitching["yearID"] >= 1903) & (tables.post_pitching["round"] == "WS")
        ]
        self.series_pitching = _by_key(pitched.drop(columns=["BAOpp", "ERA"]), "yearID")
        self.series_years = defaultdict(list)  # player -> World Series he played in
        for year, group in sorted(self.series_batting.items()):
            for row in group:
                self.series_years[row["playerID"]].append(year)
        self.batting_order = _first_four(tables.league_batting, ("HR", "RBI", "H", "SB"))
        self.pitching_order = _first_four(tables.league_pitching, ("W", "SO", "SV"))
        self.best_of_team = {
            key: self._best_known(group) for key, group in self.club_batting.items()
        }

    def _best_known(self, roster: list[dict]) -> list[Player]:
        members = [self.players[row["playerID"]] for row in roster if row["G"] >= 20]
        return sorted(members, key=lambda player: (-player.fame, player.id))[:8]

    def club(self, team: str, year: int) -> dict:
        return self.tables.teams[team, year]

    def is_whole_season(self, player: str, year: int) -> bool:
        """Whether he played for one club only, so that a figure for the club is his figure of the year."""
        return len(set(self.players[player].clubs[year])) == 1


def _first_four(frame, stats: tuple[str, ...]) -> dict[tuple[int, str, str], list[tuple[int, str]]]:
    """(year, league, statistic) -> the four highest as (value, player)"""
    found = defaultdict(list)
    for stat in stats:
        best = (
            frame[frame[stat] > 0]
            .sort_values([stat, "playerID"], ascending=[False, True])
            .groupby(["yearID", "lgID"])
            .head(4)
        )
        for row in rows(best[["yearID", "lgID", "playerID", stat]]):
            found[row["yearID"], row["lgID"], stat].append((row[stat], row["playerID"]))
    return dict(found)


def _by_key(frame, *keys: str) -> dict:
    groups = defaultdict(list)
    for row in rows(frame):
        groups[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].append(row)
    return dict(groups)


# code of the award in statement ids, its name with a league, its name without
AWARD_WORDS = {
    "Most Valuable Player": ("MVP", "Most Valuable Player award"),
    "Cy Young Award": ("CYA", "Cy Young Award"),
    "Rookie of the Year": ("ROY", "Rookie of the Year award"),
    "Gold Glove": ("GG", "Gold Glove"),
    "Silver Slugger": ("SS", "Silver Slugger award"),
    "World Series MVP": ("WSMVP", "World Series Most Valuable Player award"),
    "ALCS MVP": ("LCSMVP", "Championship Series Most Valuable Player award"),
    "NLCS MVP": ("LCSMVP", "Championship Series Most Valuable Player award"),
    "All-Star Game MVP": ("ASGMVP", "All-Star Game Most Valuable Player award"),
    "Reliever of the Year Award": ("RELIEVER", "Reliever of the Year award"),
}


STAT_WORDS = {
    "AVG": "batting average", "HR": "home runs", "RBI": "runs batted in", "H": "hits", "R": "runs", "2B": "doubles", "3B": "triples",
    "SB": "stolen bases", "BB": "walks", "W": "wins", "ERA": "earned run average", "SO": "strikeouts", "SV": "saves", "SHO": "shutouts",
}  # fmt: skip


def award_statement(row: dict) -> str:
    """The id that the question about the same award carries."""
    code = AWARD_WORDS[row["awardID"]][0]
    plain = award_id(code, row["yearID"], row["lgID"])
    return f"{plain}:{row['notes']}" if code in ("GG", "SS") else plain


def award_statements(archive: Archive, row: dict) -> tuple[str, ...]:
    """What it states to show the winner of an award with his club: for a series award, that the club was in the series."""
    year, code = row["yearID"], AWARD_WORDS[row["awardID"]][0]
    states = (award_statement(row),)
    if code == "LCSMVP":
        return (*states, *series_ids(archive.series[year, f"{row['lgID']}CS"]))
    if code == "WSMVP":
        return (*states, *series_ids(archive.series[year, "WS"]))
    return states


def date_in_words(place: dict) -> str | None:
    """'February 6, 1895', or the year alone where the day is not known, or None"""
    if place["year"] and place["month"] and place["day"]:
        return f"{MONTHS[place['month']]} {place['day']}, {place['year']}"
    return str(place["year"]) if place["year"] else None


def town_in_words(place: dict) -> str | None:
    """'Baltimore, Maryland' or 'Santo Domingo, Dominican Republic'"""
    area = (
        place["state"] if place["country"] in ("the United States", "Canada") else place["country"]
    )
    if not place["city"] or not area:
        return None
    return (
        place["city"]
        if place["city"] == area.removeprefix("the ")
        else f"{place['city']}, {area.removeprefix('the ')}"
    )


def innings(outs: int) -> str:
    """innings(751) -> '250 1/3 innings'"""
    whole, third = divmod(outs, 3)
    return f"{whole:,}{('', ' 1/3', ' 2/3')[third]} innings" if outs != 3 else "1 inning"


def years_in_words(years: list[int]) -> str:
    """years_in_words([1955, 1957, 1958, 1959]) -> '1955 and 1957-59'"""
    words = []
    for first, last in _runs_of_years(years):
        if first == last:
            words.append(str(first))
        elif last == first + 1:
            words += [str(first), str(last)]
        else:
            words.append(
                f"{first}-{last % 100:02d}" if first // 100 == last // 100 else f"{first}-{last}"
            )
    return join_names(words)


def in_years(years: list[int]) -> str:
    """in_years([1955, 1957, 1958, 1959]) -> 'in 1955 and from 1957 through 1959'"""
    words = []
    for first, last in _runs_of_years(years):
        words += (
            [f"in {year}" for year in range(first, last + 1)]
            if last < first + 2
            else [f"from {first} through {last}"]
        )
    return join_names(
        [
            word.removeprefix("in ")
            if index and word.startswith("in ") and words[index - 1].startswith("in ")
            else word
            for index, word in enumerate(words)
        ]
    )


def _runs_of_years(years: list[int]) -> list[list[int]]:
    """_runs_of_years([1955, 1957, 1958]) -> [[1955, 1955], [1957, 1958]]"""
    runs: list[list[int]] = []
    for year in years:
        if runs and runs[-1][1] == year - 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return runs


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """counted(9, "season") -> 'nine seasons'; counted(12, "season") -> '12 seasons': small numbers in words"""
    return (
        plural(count, noun, nouns)
        if count >= 10
        else f"{in_words(count)} {noun if count == 1 else nouns or noun + 's'}"
    )


def small_number(number: int) -> str:
    """small_number(9) -> 'nine'; small_number(12) -> '12'"""
    return in_words(number) if number < 10 else str(number)


def an_average(average: str) -> str:
    """an_average("8.10") -> 'an 8.10'"""
    return f"{'an' if average.startswith(('8', '11.', '18.')) else 'a'} {average}"


def with_indefinite_article(words: str) -> str:
    """with_indefinite_article("outfielder") -> 'an outfielder'"""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
