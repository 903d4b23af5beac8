"""A document about each manager's career, season by season."""

from collections.abc import Iterator

from baseball import statements
from baseball.lahman import FIRST_WORLD_SERIES
from baseball.prose.archive import Archive, Row
from baseball.prose.career_opening import birth_sentence
from baseball.prose.career_summary import election_sentence
from baseball.prose.careers import player_subject
from baseball.prose.document import Chooser, Draft, Sentence, lines_of
from baseball.prose.team_seasons import season_words
from baseball.wording import counted

MIN_GAMES = 50  # won and lost, over the career
FULL_PARAGRAPH = 7  # sentences


def managers(archive: Archive) -> Iterator[Draft]:
    """Every manager with at least `MIN_GAMES` decisions, most wins first."""
    wins = {
        manager: sum(season["W"] for season in seasons)
        for manager, seasons in archive.seasons_managed.items()
    }
    for manager in sorted(wins, key=lambda manager: (-wins[manager], manager)):
        seasons = archive.seasons_managed[manager]
        losses = sum(season["L"] for season in seasons)
        if wins[manager] + losses < MIN_GAMES:
            continue
        player = archive.players[manager]
        choose = archive.chooser("manager", manager)
        paragraphs = [
            _opening(archive, manager, choose),
            *_paragraphs_of_seasons(archive, manager, choose),
        ]
        if player.hall is not None and player.hall.category == "Manager":
            paragraphs.append([election_sentence(manager, player.hall.year, choose)])
        yield Draft(f"{player.name}, manager", "manager", player_subject(player), paragraphs)


def _opening(archive: Archive, manager: str, choose: Chooser) -> list[Sentence]:
    """His first and last year as a manager, his wins and losses, his birth.

    Only his birth if the tables begin late, since he may have managed before.
    """
    seasons = archive.seasons_managed[manager]
    if archive.tables.begin_late:
        return birth_sentence(archive.players[manager], choose)
    first, last = seasons[0]["yearID"], seasons[-1]["yearID"]
    last_season = archive.tables.last_season
    span = f"from {first} to {last}" if first != last else f"in {first}"
    if last == last_season:
        span = f"from {first} on, and still in {last}" if first != last else f"from {first} on"
    text = f"<S> managed in the major leagues {span}."
    opening = [Sentence(text, (statements.manager_first_year(manager),))]
    # If it is unclear which manager a coach stood in for, the totals are uncertain.
    is_unclear = any(
        (season["teamID"], season["yearID"]) in archive.tables.unclear_stand_ins
        for season in seasons
    )
    if not is_unclear:
        words = {
            "w": f"{sum(season['W'] for season in seasons):,}",
            "l": f"{sum(season['L'] for season in seasons):,}",
        }
        states = [statements.manager_wins(manager)]
        totals = choose.sentence(lines_of("managers")["totals"], words, states)
        may_continue = last >= last_season - 1
        opening.append(totals.through(last_season if may_continue else None))
    return opening + birth_sentence(archive.players[manager], choose)


def _paragraphs_of_seasons(
    archive: Archive, manager: str, choose: Chooser
) -> Iterator[list[Sentence]]:
    paragraph: list[Sentence] = []
    for season in archive.seasons_managed[manager]:
        paragraph += _season_sentences(archive, manager, season, choose)
        if len(paragraph) >= FULL_PARAGRAPH:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _season_sentences(
    archive: Archive, manager: str, season: Row, choose: Chooser
) -> Iterator[Sentence]:
    """How the team did under him, and its pennant if he managed it all season."""
    lines = lines_of("managers")
    team, year = season["teamID"], season["yearID"]
    row = archive.club(team, year)
    is_whole = archive.tables.managers_of[team, year] == [manager]
    words = season_words(row) | {"games": counted(season["G"], "game")}
    states = [statements.team_manager(team, year)]
    if is_whole:
        states += [statements.team_wins(team, year), statements.team_losses(team, year)]
        states += statements.finish(row)
    else:
        words |= {"w": season["W"], "l": season["L"]}
    is_first = season is archive.seasons_managed[manager][0]
    if is_first and not archive.tables.begin_late:
        states.append(statements.manager_first_year(manager))
    yield choose.sentence(lines["season" if is_whole else "part_season"], words, states, year)
    if is_whole and row["LgWin"] == "Y":
        yield _pennant_sentence(row, choose)


def _pennant_sentence(row: Row, choose: Chooser) -> Sentence:
    """That his team won the World Series, or else the pennant."""
    lines = lines_of("managers")
    year = row["yearID"]
    words = {"nickname": row["nickname"]}
    states = [
        statements.pennant(year, row["lgID"]),
        statements.team_manager(row["teamID"], year),
    ]
    if row["WSWin"] != "Y" or year < FIRST_WORLD_SERIES:
        return choose.sentence(lines["pennant"], words, states, year)
    states += [statements.world_series_winner(year), statements.world_series_manager(year)]
    return choose.sentence(lines["world_champions"], words, states, year)
