"""Franchises."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.facts.franchises import names_of
from baseball.facts.team_seasons import finish_ids
from baseball.lahman import (
    LAST_SEASON,
    batting_id,
    club_ids,
    join_names,
    pitching_id,
    plural,
    team_id,
)
from baseball.prose.archive import Archive
from baseball.prose.document import Chooser, Draft, Sentence, Subject
from baseball.prose.leagues import series_result
from baseball.prose.team_seasons import FIGURE_WORDS, _club_leaders, _figures, season_words
from baseball.prose.writing import ELSEWHEN


def histories(archive: Archive) -> Iterator[Draft]:
    """Each franchise's history: its names and its best and worst years, then one document for each decade."""
    franchises = sorted(
        (item for item in archive.tables.franchises.items() if len(item[1]) >= 3),
        key=lambda item: (-len(item[1]), item[0]),
    )
    for franchise, teams in franchises:
        choose = Chooser("history", franchise)
        subject = Subject(
            f"the {teams[-1]['name']}", f"the {teams[-1]['nickname']}", "they", "their", "them"
        )
        paragraphs = [
            _names_story(franchise, teams, choose),
            *_titles_story(archive, franchise, teams),
            _extremes(teams, choose),
        ]
        yield Draft(f"History of the {teams[-1]['name']}", "history", subject, paragraphs)
    for franchise, teams in franchises:
        for decade in range(LAST_SEASON // 10 * 10, 1869, -10):
            group = [row for row in teams if decade <= row["yearID"] < decade + 10]
            if len(group) >= 3:
                yield _decade(archive, franchise, group, decade)


NAME_NOW = (
    "The name has been {name} since {start}.",
    "Since {start} the club has played as the {name}.",
)


NAME_THEN = (
    "The club played as the {name} {span}.",
    "{Span} the club was called the {name}.",
    "The name {span} was {name}.",
)


def _names_story(franchise: str, teams: list[dict], choose: Chooser) -> list[Sentence]:
    runs = names_of(teams)
    alive = teams[-1]["yearID"] == LAST_SEASON
    sentences = []
    for index, (row, start, end) in enumerate(runs):
        ids = (f"name:{franchise}:{row['name']}:first", f"name:{franchise}:{row['name']}:last")
        every_year = (
            tuple(f"name:{franchise}:{year}" for year in range(start, end + 1))
            if row["name"] != teams[-1]["name"]
            else ()
        )
        successor = (
            (f"successor:{franchise}:{row['name']}",) if row["name"] != teams[-1]["name"] else ()
        )
        span = f"in {start}" if start == end else f"from {start} through {end}"
        if index == len(runs) - 1 and alive:
            text = choose(NAME_NOW) if len(runs) > 1 else "The {name} began play in {start}."
            ids = ids[:1]
        else:
            text = choose(NAME_THEN) if len(runs) > 1 else "The {name} played {span}."
        sentences.append(
            Sentence(
                text.format(
                    name=row["name"], span=span, Span=span[0].upper() + span[1:], start=start
                ),
                (*ids, *every_year, *successor),
                ELSEWHEN,
            )
        )
    return sentences


def old_name_ids(franchise: str, row: dict, current: dict) -> tuple[str, ...]:
    """What it states to show a franchise under a name that is not its last."""
    if row["name"] == current["name"]:
        return ()
    return f"name:{franchise}:{row['yearID']}", f"successor:{franchise}:{row['name']}"


def _titles_story(archive: Archive, franchise: str, teams: list[dict]) -> Iterator[list[Sentence]]:
    """A sentence for each pennant, so that one that may not be told takes no other with it."""
    choose = Chooser("titles", franchise)
    paragraph: list[Sentence] = []
    for row in teams:
        year = row["yearID"]
        series = archive.series.get((year, "WS"))
        if row["LgWin"] == "Y":
            line = choose(
                (
                    "The {name} won the {league} pennant <t>.",
                    "<T> the {name} were {league} champions.",
                    "The {name} took the {league} flag <t>.",
                )
            )
            states = (f"pennant:{year}:{row['lgID']}", *old_name_ids(franchise, row, teams[-1]))
            paragraph.append(Sentence(line.format_map(season_words(row)), states, year))
        if (
            series is not None
            and year >= 1903
            and row["teamID"] in (series["teamIDwinner"], series["teamIDloser"])
        ):
            result = series_result(archive, series, "the World Series", choose)
            paragraph.append(
                result._replace(states=(*result.states, *old_name_ids(franchise, row, teams[-1])))
            )
        if len(paragraph) >= 8:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _extremes(teams: list[dict], choose: Chooser) -> list[Sentence]:
    long = [row for row in teams if row["W"] + row["L"] >= 100]
    if len(long) < 5:
        return []
    most, fewest = (
        max(long, key=lambda row: (row["W"], row["yearID"])),
        min(long, key=lambda row: (row["W"], row["yearID"])),
    )
    sentences = []
    for row, lines in (
        (
            most,
            (
                "The most games the franchise has won in a season are {w}, in {year}.",
                "The best season by wins was {year}, with {w}.",
            ),
        ),
        (
            fewest,
            (
                "The fewest, over a season of a hundred games or more, are {w}, in {year}.",
                "The leanest full season was {year}, with {w} wins.",
            ),
        ),
    ):
        states = (team_id(row["teamID"], row["yearID"], "W"),)
        sentences.append(
            Sentence(choose(lines).format(w=row["W"], year=row["yearID"]), states, ELSEWHEN)
        )
    crowds = [row for row in teams if row["attendance"]]
    if len(crowds) >= 10:
        best = max(crowds, key=lambda row: row["attendance"])
        text = f"The biggest season's attendance, {best['attendance']:,}, came in {best['yearID']}."
        sentences.append(
            Sentence(text, (team_id(best["teamID"], best["yearID"], "attendance"),), ELSEWHEN)
        )
    return sentences


DECADE_SEASON = (
    "<T> the {name} finished {place} with {victories}.",
    "The {name} won {w} and lost {l} <t>, for {place} place.",
    "<T> the {name} went {w}-{l} and were {place}.",
    "A record of {w}-{l} left the {name} {place} <t>.",
    "The {name} came in {place} <t> with {w} wins and {losses}.",
)


DECADE_LEADER = (
    "No one had more {nouns} for the club over the decade than {name}, with {value}.",
    "{name} had the most {nouns} for the club in the decade, {value}.",
    "The decade's club leader in {nouns} was {name} with {value}.",
)


def _decade(archive: Archive, franchise: str, group: list[dict], decade: int) -> Draft:
    choose = Chooser("decade", franchise, decade)
    last = group[-1]
    won, lost = sum(row["W"] for row in group), sum(row["L"] for row in group)
    subject = Subject(f"the {last['name']}", f"the {last['nickname']}", "they", "their", "them")
    opening = [Sentence(f"In the {decade}s <s> won {won:,} games and lost {lost:,}.", ())]
    sums = defaultdict(lambda: defaultdict(int))
    for row in group:
        for member in archive.club_batting.get((row["teamID"], row["yearID"]), ()):
            for stat in ("HR", "H"):
                sums[stat][member["playerID"]] += member[stat]
        for member in archive.club_pitching.get((row["teamID"], row["yearID"]), ()):
            sums["W"][member["playerID"]] += member["W"]
    for stat, noun in (("H", "hit"), ("HR", "home run"), ("W", "win")):
        best = sorted(sums[stat].items(), key=lambda item: (-item[1], item[0]))
        if len(best) > 1 and best[0][1] > best[1][1]:
            player = archive.players[best[0][0]]
            text = choose(DECADE_LEADER).format(
                nouns=noun + "s", name=player.name, value=f"{best[0][1]:,}"
            )
            opening.append(Sentence(text, (f"club:{player.id}:{franchise}",), None, True))
    paragraphs = [opening, []]
    for row in group:
        named = old_name_ids(franchise, row, last)
        paragraphs[-1] += [
            sentence._replace(states=(*sentence.states, *named))
            for sentence in _season_of_decade(archive, row, choose)
        ]
        if len(paragraphs[-1]) >= 8:
            paragraphs.append([])
    return Draft(f"The {last['name']} in the {decade}s", "history", subject, paragraphs)


def _season_of_decade(archive: Archive, row: dict, choose: Chooser) -> Iterator[Sentence]:
    year, team = row["yearID"], row["teamID"]
    words = season_words(row)
    yield Sentence(
        choose(DECADE_SEASON).format_map(words),
        (team_id(team, year, "W"), team_id(team, year, "L"), *finish_ids(row)),
        year,
    )
    managers = archive.tables.managers_of.get((team, year), [])
    if len(managers) == 1 and choose.one_in(2):
        text = choose(("{manager} was the manager <t>.", "{manager} managed the club <t>.")).format(
            manager=archive.players[managers[0]].name
        )
        yield Sentence(text, (team_id(team, year, "manager"),), year)
    for player, led in list(
        _club_leaders(archive, row, archive.club_batting.get((team, year), [])).items()
    )[:2]:
        figures = [
            f"{value} runs batted in" if stat == "RBI" else plural(value, FIGURE_WORDS[stat])
            for stat, value in led
        ]
        states = [*club_ids(archive.tables, player, year, team)]
        for stat, _ in led:
            states += [
                f"teamleader:{team}:{year}:{stat}",
                *_figures(archive, player, year, pitching_id if stat == "W" else batting_id, stat),
            ]
        yield Sentence(
            f"{archive.players[player].name} led the club <t> with {join_names(figures)}.",
            tuple(states),
            year,
            True,
        )
    series = archive.series.get((year, "WS"))
    if (
        series is not None
        and year >= 1903
        and team in (series["teamIDwinner"], series["teamIDloser"])
    ):
        yield series_result(archive, series, "the World Series", choose)
