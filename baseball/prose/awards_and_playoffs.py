"""Awards and playoffs."""

from collections.abc import Iterator

from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    Player,
    batting_id,
    club_ids,
    join_names,
    pitching_id,
    team_id,
)
from baseball.prose.archive import AWARD_WORDS, Archive, award_statement, award_statements
from baseball.prose.document import Chooser, Draft, Sentence
from baseball.prose.leagues import NOBODY, series_result
from baseball.prose.player_season import _batting_words, _pitching_words
from baseball.prose.team_seasons import season_words, series_in_words

AWARD_DETAIL = (
    "{name} of the {team} won the {prize} <t>.",
    "The {prize} <t> went to {name} of the {team}.",
    "<T> {name} of the {team} was given the {prize}.",
)


WINNER_BATTED = (
    "{last} had batted {avg} with {hr} and {rbi}.",
    "{last} earned it with {hr}, {rbi} and an average of {avg}.",
    "The winner's figures were {avg}, {hr} and {rbi}.",
)


WINNER_PITCHED = (
    "{last} had gone {w}-{l} with an ERA of {era}.",
    "{last} earned it with a record of {w}-{l} and an ERA of {era}.",
    "The winner's record was {w}-{l}, with {strikeouts}.",
)


def awards(archive: Archive) -> Iterator[Draft]:
    """The awards of each year, with what the winners had done."""
    for year in sorted(archive.awards_of_year, reverse=True):
        choose = Chooser("awards", year)
        paragraphs = [[], [], []]
        for row in archive.awards_of_year[year]:
            player = archive.players[row["playerID"]]
            if year not in player.clubs:
                continue
            code, prize = AWARD_WORDS[row["awardID"]]
            league = (
                f"{LEAGUES[row['lgID']]} "
                if row["lgID"] in ("AL", "NL") and code != "ASGMVP"
                else ""
            )
            place = (
                f" for {GLOVE_PLACES[row['notes']]}"
                if code in ("GG", "SS") and row["notes"] in GLOVE_PLACES
                else ""
            )
            team = player.clubs[year][-1]
            text = choose(AWARD_DETAIL).format(
                name=player.name,
                team=archive.tables.team_name(team, year),
                prize=f"{league}{prize}{place}",
            )
            states = (
                *award_statements(archive, row),
                *club_ids(archive.tables, player.id, year, team),
            )
            paragraph = paragraphs[{"GG": 1, "SS": 2}.get(code, 0)]
            paragraph.append(Sentence(text, states, year, True))
            if code in ("MVP", "CYA", "ROY"):
                paragraph += _what_the_winner_did(archive, player, year, states, choose)
        yield Draft(f"Baseball awards of {year}", "awards", NOBODY, paragraphs)


GLOVE_PLACES = {
    "P": "pitchers", "C": "catchers", "1B": "first basemen", "2B": "second basemen", "3B": "third basemen", "SS": "shortstops",
    "OF": "outfielders", "LF": "left fielders", "CF": "center fielders", "RF": "right fielders", "DH": "designated hitters",
}  # fmt: skip


def _what_the_winner_did(
    archive: Archive, player: Player, year: int, of_award: tuple[str, ...], choose: Chooser
) -> list[Sentence]:
    if player.position_by_year.get(year) == "pitcher":
        row = next(row for row in archive.pitching[player.id] if row["yearID"] == year)
        text = choose(WINNER_PITCHED).format(last=player.last, **_pitching_words(row))
        return [
            Sentence(
                text,
                (
                    *of_award,
                    *(pitching_id(player.id, year, stat) for stat in ("W", "L", "ERA", "SO")),
                ),
                year,
                True,
            )
        ]
    row = next(row for row in archive.batting[player.id] if row["yearID"] == year)
    text = choose(WINNER_BATTED).format(last=player.last, **_batting_words(row))
    return [
        Sentence(
            text,
            (*of_award, *(batting_id(player.id, year, stat) for stat in ("AVG", "HR", "RBI"))),
            year,
            True,
        )
    ]


ROUND_ORDER = {
    "WC": 0,
    "DS": 1,
    "CS": 2,
    "": 3,
}  # by the letters after the league's; the World Series has no league


SERIES_AWARDS = (
    ("ALCS MVP", "American League Championship Series", "LCS"),
    ("NLCS MVP", "National League Championship Series", "LCS"),
    ("World Series MVP", "World Series", "WS"),
)


CAME_WITH = (
    "The {nickname} had won {w} games in the regular season.",
    "The {nickname} had finished the season at {w}-{l}.",
    "In the regular season the {nickname} had gone {w}-{l}.",
)


def playoffs(archive: Archive) -> Iterator[Draft]:
    """Each postseason since the leagues were divided, round by round."""
    for year in range(LAST_SEASON, 1968, -1):
        choose = Chooser("playoffs", year)
        rounds = {"WC": [], "DS": [], "LCS": [], "WS": []}
        introduced: set[str] = set()
        for series in sorted(
            archive.series_of_year.get(year, ()),
            key=lambda series: ROUND_ORDER.get(series["round"][2:4], 0),
        ):
            name = series_in_words(series)
            kind = next((kind for kind in rounds if name and kind in series["round"]), None)
            if kind is not None:
                rounds[kind].append(series_result(archive, series, name, choose))
                rounds[kind] += _entrants(archive, series, introduced, choose)
        for award, event, kind in SERIES_AWARDS:
            given = [row for row in archive.awards_of_year.get(year, ()) if row["awardID"] == award]
            if given:
                names = join_names([archive.players[row["playerID"]].name for row in given])
                rounds[kind].append(
                    Sentence(
                        f"{names} won the {event} Most Valuable Player award <t>.",
                        (award_statement(given[0]),),
                        year,
                    )
                )
        if any(rounds.values()):
            yield Draft(f"{year} postseason", "postseason", NOBODY, list(rounds.values()))


def _entrants(
    archive: Archive, series: dict, introduced: set[str], choose: Chooser
) -> Iterator[Sentence]:
    """With what record the two sides had come, in the first round of each."""
    year = series["yearID"]
    for side in ("teamIDwinner", "teamIDloser"):
        if series[side] in introduced:
            continue
        introduced.add(series[side])
        row = archive.club(series[side], year)
        states = (team_id(row["teamID"], year, "W"), team_id(row["teamID"], year, "L"))
        yield Sentence(choose(CAME_WITH).format_map(season_words(row)), states, year)
