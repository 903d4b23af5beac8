"""The history of each franchise, and a document for each of its decades."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from baseball import statements
from baseball.franchise_names import name_spans
from baseball.lahman import Tables
from baseball.prose.archive import Archive, Row
from baseball.prose.document import ELSEWHEN, Chooser, Draft, Sentence, lines_of
from baseball.prose.series import series_sentence, world_series_with
from baseball.prose.team_honours import figures_in_words, leader_states, team_leaders
from baseball.prose.team_seasons import record_ids, season_words, team_subject

FIRST_DECADE = 1870
MIN_SEASONS = 3  # for a document about a franchise, or about one of its decades
FULL_SEASON = 100  # decisions that a season needs to count as the best or the worst
PARAGRAPH = 8  # sentences after which a new paragraph begins
LEADERS_OF_SEASON = 2
DECADE_FIGURES = {"H": "hits", "HR": "home runs", "W": "wins"}


def histories(archive: Archive) -> Iterator[Draft]:
    """The history of each franchise, longest first, then the decades of each, latest first."""
    franchises = [
        (franchise, seasons)
        for franchise, seasons in archive.tables.franchises.items()
        if len(seasons) >= MIN_SEASONS
    ]
    franchises.sort(key=lambda item: (-len(item[1]), item[0]))
    for franchise, seasons in franchises:
        yield _history(archive, franchise, seasons)
    for franchise, seasons in franchises:
        for decade in range(archive.tables.last_season // 10 * 10, FIRST_DECADE - 1, -10):
            group = [row for row in seasons if row["yearID"] // 10 * 10 == decade]
            if len(group) >= MIN_SEASONS:
                yield _decade(archive, franchise, group, decade)


def in_paragraphs(groups: Iterable[Iterable[Sentence]]) -> Iterator[list[Sentence]]:
    """Paragraphs of about `PARAGRAPH` sentences. A group of sentences is never divided."""
    paragraph: list[Sentence] = []
    for group in groups:
        paragraph += group
        if len(paragraph) >= PARAGRAPH:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


# ---------------------------------------------------------------------------------------- history


def _history(archive: Archive, franchise: str, seasons: list[dict]) -> Draft:
    """Names, titles, best and worst seasons."""
    last = seasons[-1]
    choose = archive.chooser("history", franchise)
    titles_choose = archive.chooser("titles", franchise)
    titles = [_titles(archive, franchise, row, last, titles_choose) for row in seasons]
    paragraphs = [
        [*_names(archive.tables, franchise, seasons, choose)],
        *in_paragraphs(titles),
        [*_extremes(archive.tables, seasons, choose)],
    ]
    subject = team_subject(last["name"], last["nickname"])
    return Draft(f"History of the {last['name']}", "history", subject, paragraphs)


def _names(
    tables: Tables, franchise: str, seasons: list[dict], choose: Chooser
) -> Iterator[Sentence]:
    """The first and last season of each of the franchise's names; the present one is dated.

    A name that may be older than the tables is left out.
    """
    last_season = tables.last_season
    lines = lines_of("franchises")
    periods = name_spans(seasons)
    for row, start, end in periods:
        if tables.may_have_begun_before(start):
            continue
        name = row["name"]
        is_current = end == last_season
        span = f"in {start}" if start == end else f"from {start} through {end}"
        words = {"name": name, "start": start, "span": span, "Span": span.capitalize()}
        if len(periods) > 1:
            text = choose(lines["name_now" if is_current else "name_then"]).format_map(words)
        elif is_current:
            text = f"The {name} began play in {start}."
        else:
            text = f"The {name} played {span}."
        states = [statements.first_season_of_name(franchise, name)]
        if not is_current:
            states.append(statements.last_season_of_name(franchise, name))
        if name != seasons[-1]["name"]:
            every_year = range(start, end + 1)
            states += [statements.name_in_season(franchise, year) for year in every_year]
            states.append(statements.successor(franchise, name))
        sentence = Sentence(text, tuple(states), ELSEWHEN)
        yield sentence.as_of(last_season if is_current and len(periods) > 1 else None)


def _titles(
    archive: Archive, franchise: str, row: Row, last: Row, choose: Chooser
) -> list[Sentence]:
    """The pennant and the World Series of a season, in two sentences, as one may be hidden."""
    year = row["yearID"]
    sentences = []
    if row["LgWin"] == "Y":
        states = [statements.pennant(year, row["lgID"])]
        lines = lines_of("franchises")["pennant"]
        sentences.append(choose.sentence(lines, season_words(row), states, year))
    series = world_series_with(archive, row)
    if series is not None:
        sentences.append(series_sentence(archive, series, choose))
    return [_under_its_name(sentence, franchise, row, last) for sentence in sentences]


def _under_its_name(sentence: Sentence, franchise: str, row: Row, last: Row) -> Sentence:
    """The sentence with the statements that it makes by using the franchise's name that season."""
    states = (*sentence.states, *statements.old_name(franchise, row, last))
    return sentence._replace(states=states)


def _extremes(tables: Tables, seasons: Sequence[Row], choose: Chooser) -> Iterator[Sentence]:
    """The most and the fewest wins in a full season, and the biggest attendance.

    They are dated for a club that still plays and may surpass them, or that may have played before
    the tables begin.
    """
    last_season = tables.last_season
    still_plays = seasons[-1]["yearID"] == last_season
    so_far = f" through {last_season}" if still_plays else ""
    if tables.may_have_begun_before(seasons[0]["yearID"]):
        so_far = f" from {tables.first_season}{so_far}" if still_plays else tables.since
    lines = lines_of("franchises")
    full = [row for row in seasons if row["W"] + row["L"] >= FULL_SEASON]
    if len(full) < 5:
        return
    by_wins = sorted(full, key=lambda row: (row["W"], row["yearID"]))
    for kind, row in (("most_wins", by_wins[-1]), ("fewest_wins", by_wins[0])):
        states = [statements.team_wins(row["teamID"], row["yearID"])]
        words = {"w": row["W"], "year": row["yearID"], "so_far": so_far}
        yield choose.sentence(lines[kind], words, states, ELSEWHEN)
    crowds = [row for row in seasons if row["attendance"]]
    if len(crowds) >= 10:
        best = max(crowds, key=lambda row: row["attendance"])
        year = best["yearID"]
        states = [statements.team_attendance(best["teamID"], year)]
        fans = f"{best['attendance']:,}"
        text = f"The biggest season's attendance{so_far}, {fans}, came in {year}."
        yield Sentence(text, tuple(states), ELSEWHEN)


# ---------------------------------------------------------------------------------------- decades


def _decade(archive: Archive, franchise: str, group: Sequence[Row], decade: int) -> Draft:
    """Wins and leaders of the decade, then its seasons one by one."""
    last = group[-1]
    choose = archive.chooser("decade", franchise, decade)
    won, lost = sum(row["W"] for row in group), sum(row["L"] for row in group)
    last_season = archive.tables.last_season
    opening = []
    if decade >= archive.tables.first_season or not archive.tables.begin_late:
        opening = [
            Sentence(f"In the {decade}s <s> won {won:,} games and lost {lost:,}."),
            *_leaders_of_decade(archive, franchise, group, choose),
        ]
    if last_season < decade + 9:  # the decade is not over
        opening = [sentence.as_of(last_season) for sentence in opening]
    seasons: list[list[Sentence]] = []
    for row in group:
        sentences = _season(archive, row, choose)
        seasons.append([_under_its_name(each, franchise, row, last) for each in sentences])
    subject = team_subject(last["name"], last["nickname"])
    paragraphs = [opening, *in_paragraphs(seasons)]
    return Draft(f"The {last['name']} in the {decade}s", "history", subject, paragraphs)


def _leaders_of_decade(
    archive: Archive, franchise: str, group: Sequence[Row], choose: Chooser
) -> Iterator[Sentence]:
    """The players with the most hits, home runs and wins for the franchise, if nobody tied."""
    lines = lines_of("franchises")["decade_leader"]
    for stat, nouns in DECADE_FIGURES.items():
        totals = _totals(archive, group, stat)
        best = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:2]
        if len(best) < 2 or best[0][1] == best[1][1]:
            continue
        player, value = best[0]
        words = {
            "nouns": nouns,
            "name": archive.players[player].name,
            "value": f"{value:,}",
        }
        states = [statements.club(player, franchise)]
        yield choose.sentence(lines, words, states, names_others=True)


def _totals(archive: Archive, group: Sequence[Row], stat: str) -> dict[str, int]:
    """player -> his total for the teams of the group"""
    rosters = archive.club_pitching if stat == "W" else archive.club_batting
    totals: dict[str, int] = defaultdict(int)
    for row in group:
        for member in rosters.get((row["teamID"], row["yearID"]), ()):
            totals[member["playerID"]] += member[stat]
    return totals


def _season(archive: Archive, row: Row, choose: Chooser) -> Iterator[Sentence]:
    """Record, manager, leaders, World Series."""
    lines = lines_of("franchises")
    team, year = row["teamID"], row["yearID"]
    states = (*record_ids(row), *statements.finish(row))
    yield choose.sentence(lines["season"], season_words(row), states, year)
    managers = archive.tables.managers_of.get((team, year), [])
    if len(managers) == 1 and choose.one_in(2):
        words = {"manager": archive.players[managers[0]].name}
        states = (statements.team_manager(team, year),)
        yield choose.sentence(lines["manager"], words, states, year)
    for leader in team_leaders(archive, row)[:LEADERS_OF_SEASON]:
        text = f"{leader.player.name} led the club <t> with {figures_in_words(leader)}."
        states = leader_states(archive, row, leader)
        yield Sentence(text, states, year, names_others=True)
    series = world_series_with(archive, row)
    if series is not None:
        yield series_sentence(archive, series, choose)
