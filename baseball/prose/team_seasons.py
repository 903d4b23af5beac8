"""Team seasons."""

from collections import defaultdict
from collections.abc import Iterator
from zlib import crc32

from baseball.facts.fact import ORDINALS, in_words
from baseball.facts.team_seasons import finish_ids, standing_group
from baseball.lahman import (
    LEAGUES,
    Player,
    at_park,
    batting_average,
    batting_id,
    club_ids,
    earned_run_average,
    join_names,
    pitching_id,
    plural,
    series_ids,
    team_id,
    with_the,
)
from baseball.prose.archive import (
    AWARD_WORDS,
    STAT_WORDS,
    Archive,
    an_average,
    award_statements,
    counted,
    small_number,
)
from baseball.prose.document import Chooser, Draft, Sentence, Subject
from baseball.prose.player_season import _batting_words, _pitching_words
from baseball.prose.writing import ELSEWHEN

TEAM_RESULT = (
    "<S> finished {place} in {group} with a record of {w}-{l}.",
    "<S> won {wins} and lost {l}, good for {place} place in {group}.",
    "With {w} wins and {losses}, <s> finished {place} in {group}.",
    "<S> took {place} place in {group}, winning {wins} and losing {l}.",
    "A record of {w}-{l} put <o> in {place} place in {group}.",
)


AHEAD = (
    "<S> finished {gap} ahead of the {other}.",
    "The {other} came in second, {gap} behind.",
    "<P> lead over the {other} was {gap} at the end.",
)


BEHIND = (
    "<S> finished {gap} behind the {other}.",
    "The {other} won, with <o> {gap} back.",
    "That left <o> {gap} behind the first-place {other}.",
)


CHANGE_UP = ("<P> win total rose by {wins} from {year}.", "<S> won {more} than in {year}.")


CHANGE_DOWN = ("<P> win total fell by {wins} from {year}.", "<S> won {fewer} than in {year}.")


MANAGED = (
    "{manager} was the manager.",
    "<P> manager was {manager}.",
    "{manager} managed the team.",
    "The man in charge was {manager}.",
)


MANAGED_IN_TURN = (
    "{managers} managed the team in turn.",
    "The managers, one after the other, were {managers}.",
)


HOME = (
    "<S> played <p> home games at {park}.",
    "<P> home was {park}.",
    "Home games were played at {park}.",
    "The home park was {park}.",
)


CROWDS = (
    "Attendance for the season came to {fans}.",
    "<S> drew {fans} fans at home.",
    "A total of {fans} people came to the home games.",
)


SCORING = (
    "<S> scored {r} runs and allowed {ra}.",
    "Over the season <s> crossed the plate {r} times and let in {ra} runs.",
    "<P> batters scored {r} runs; <p> pitchers gave up {ra}.",
)


TEAM_LEADS = {
    "R": (
        "No club in {league} scored more runs.",
        "It was the highest-scoring attack in {league}.",
    ),
    "HR": (
        "<S> led {league} in home runs with {value}.",
        "No club in {league} hit more home runs than <p> {value}.",
    ),
    "attendance": (
        "No other club in {league} drew as many fans.",
        "It was the best attendance in {league}.",
    ),
    "W": ("No team in {league} won more games.",),
    "L": ("No team in {league} lost more games.",),
}


HITTER = (
    "{name} hit {avg} <t> with {hr} and drove in {runs}.",
    "{name} played {games} <t>, batting {avg} with {hr}.",
    "{name} had {h} and {hr} <t> and batted {avg}.",
    "{name} batted {avg} <t>, scored {r} and drove in {runs}.",
    "From {name} <t> came {hr}, {rbi} and an average of {avg}.",
    "{name} finished <t> at {avg} with {hr} and {rbi}.",
    "{name} drove in {runs} <t> and batted {avg}.",
    "In {games} <t>, {name} hit {avg} and scored {r}.",
    "{name} contributed {hr} and {rbi} <t> while hitting {avg}.",
    "With {h} <t>, {name} batted {avg} and drove in {runs}.",
)


HITTER_AT_POSITION = (
    "{name}, the {position}, batted {avg} <t> with {hr} and {rbi}.",
    "The {position}, {name}, hit {avg} in {games} <t> with {hr} and {rbi}.",
    "The {position} was {name}, who hit {avg} <t> with {hr} and {rbi}.",
    "The {position} <t>, {name}, had {h} and drove in {runs} for an average of {avg}.",
    "As {position}, {name} played {games} <t> and batted {avg} with {hr}.",
)


HITTER_NO_RBI = (
    "{name} batted {avg} in {games} <t>.",
    "{name} hit {avg} <t> and scored {r}.",
    "{name} had {h} <t> for an average of {avg}.",
)


STARTER = (
    "{name} went {w}-{l} <t> with an earned run average of {era}.",
    "{name} won {w} and lost {l} <t>, with {an_era} ERA over {innings}.",
    "{name} was {w}-{l} <t> with {strikeouts} and an ERA of {era}.",
    "{name} pitched {innings} <t> and finished at {w}-{l} with an ERA of {era}.",
    "{name} had a record of {w}-{l} <t> and struck out {so}.",
    "In {innings} <t>, {name} won {w}, lost {l} and allowed {era} earned runs per nine innings.",
    "{name} struck out {so} <t> on the way to a record of {w}-{l}.",
)


RELIEVER = (
    "{name} saved {sv} in {games} <t>.",
    "Out of the bullpen <t>, {name} had {saves} and an ERA of {era}.",
    "{name} pitched in {games} <t> and was credited with {saves}.",
)


SINGLE_POSITIONS = {
    "catcher",
    "first baseman",
    "second baseman",
    "third baseman",
    "shortstop",
    "designated hitter",
}


BENCH = (
    "{names} also saw action <t>.",
    "Others who played for the club <t> were {names}.",
    "The rest of the bench <t> included {names}.",
    "{names} filled in as well <t>.",
)


OTHER_PITCHERS = (
    "{names} also pitched <t>.",
    "Others on the pitching staff <t> were {names}.",
    "Innings <t> also went to {names}.",
)


NEWCOMERS = (
    "New to the club <t> were {names}.",
    "Among the newcomers <t> were {names}.",
    "Arrivals <t> included {names}.",
)


ROOKIES = (
    "{names} made {their} major league {debuts} <t>.",
    "{names} played in the majors for the first time <t>.",
    "First-year men <t> included {names}.",
)


def team_seasons(archive: Archive) -> Iterator[Draft]:
    """Every team's every season, champions first."""
    teams = archive.tables.teams.values()
    for row in sorted(
        teams,
        key=lambda row: (
            row["lgID"] == "NA",
            row["WSWin"] != "Y",
            row["LgWin"] != "Y",
            crc32(f"{row['teamID']}{row['yearID']}".encode()),
        ),
    ):
        choose = Chooser("team", row["teamID"], row["yearID"])
        subject = Subject(
            f"the {row['yearID']} {row['name']}", f"the {row['nickname']}", "they", "their", "them"
        )
        hitters, pitchers = _regulars(archive, row), _staff(archive, row)
        paragraphs = [
            team_result(archive, row, choose),
            team_hitters(archive, row, hitters, choose),
            team_pitchers(archive, row, pitchers, choose),
            team_honours(archive, row, choose),
            team_newcomers(archive, row, choose),
            team_postseason(archive, row, choose),
        ]
        if choose.one_in(3):
            paragraphs[1], paragraphs[2] = paragraphs[2], paragraphs[1]
        yield Draft(f"{row['yearID']} {row['name']}", "team", subject, paragraphs)


def games_behind(first: dict, other: dict) -> float:
    return ((first["W"] - other["W"]) + (other["L"] - first["L"])) / 2


def place_in_words(number: int) -> str:
    """place_in_words(3) -> 'third'; place_in_words(22) -> '22nd'"""
    if number < len(ORDINALS):
        return ORDINALS[number]
    return f"{number}{'th' if number % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def season_words(row: dict) -> dict:
    """The words that sentences about a team's season are filled in with."""
    return {
        "team": row["name"],
        "name": row["name"],
        "nickname": row["nickname"],
        "year": row["yearID"],
        "league": LEAGUES[row["lgID"]],
        "group": standing_group(row),
        "place": place_in_words(row["Rank"]),
        "w": row["W"],
        "l": row["L"],
        "wins": plural(row["W"], "game"),
        "victories": plural(row["W"], "win"),
        "losses": plural(row["L"], "loss", "losses"),
    }


def gap_in_words(gap: float) -> str:
    """gap_in_words(2.5) -> '2 1/2 games'; gap_in_words(0.5) -> 'half a game'"""
    if gap == 0.5:
        return "half a game"
    whole = int(gap)
    return counted(whole, "game") if gap == whole else f"{whole} 1/2 games"


def team_result(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """Record, place, manager, park, runs."""
    team, year = row["teamID"], row["yearID"]
    sentences = [
        Sentence(
            choose(TEAM_RESULT).format_map(season_words(row)),
            (team_id(team, year, "W"), team_id(team, year, "L"), *finish_ids(row)),
        )
    ]
    sentences += _margin(archive, row, choose)
    rest = [
        *_manager_sentence(archive, row, choose),
        *_home(row, choose),
        *_scoring(archive, row, choose),
        *_team_figures(row, choose),
    ]
    return sentences + rest + _change(archive, row, choose)


def _margin(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """How far ahead of the next team, or behind the first, of its own division; not for 1981, a season of two halves."""
    group = [
        other
        for other in archive.standings[row["yearID"], row["lgID"]]
        if other["divID"] == row["divID"]
    ]
    others = [other for other in group if other is not row]
    if row["yearID"] == 1981 or not others or (row["Rank"] == 1) != (group[0] is row):
        return []
    other = others[0] if row["Rank"] == 1 else group[0]
    gap = games_behind(row, other) if row["Rank"] == 1 else games_behind(other, row)
    if gap <= 0:
        return []
    lines = AHEAD if row["Rank"] == 1 else BEHIND
    states = (*finish_ids(row), *finish_ids(other))
    return [
        Sentence(
            choose(lines).format(gap=gap_in_words(gap), other=other["name"]), states, None, True
        )
    ]


def _manager_sentence(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    names = [
        archive.players[player].name
        for player in archive.tables.managers_of.get((row["teamID"], row["yearID"]), [])
    ]
    if not names:
        return []
    text = (
        choose(MANAGED).format(manager=names[0])
        if len(names) == 1
        else choose(MANAGED_IN_TURN).format(managers=join_names(names))
    )
    states = [team_id(row["teamID"], row["yearID"], "manager")]
    if row["WSWin"] == "Y":
        states.append(f"worldseries:{row['yearID']}:manager")
    return [Sentence(text, tuple(states), None, True)]


def _home(row: dict, choose: Chooser) -> list[Sentence]:
    found = []
    if row["parks"]:
        parks = join_names([at_park(park) for park in dict.fromkeys(row["parks"])])
        found.append(
            Sentence(
                choose(HOME if len(row["parks"]) == 1 else HOME[:1]).format(park=parks),
                (team_id(row["teamID"], row["yearID"], "park"),),
            )
        )
    if (row["attendance"] or 0) > 0 and row["yearID"] != 2020:
        found.append(
            Sentence(
                choose(CROWDS).format(fans=f"{row['attendance']:,}"),
                (team_id(row["teamID"], row["yearID"], "attendance"),),
            )
        )
    return found


def _scoring(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    year, league = row["yearID"], row["lgID"]
    found = [
        Sentence(
            choose(SCORING).format(r=row["R"], ra=row["RA"]), (team_id(row["teamID"], year, "R"),)
        )
    ]
    group = archive.standings[year, league]
    for column, lines in TEAM_LEADS.items():
        if any(other[column] is None for other in group) or (
            column == "attendance" and (year == 2020 or year < 1901)
        ):
            continue
        if all(other[column] < row[column] for other in group if other is not row):
            states = [f"teamleader:{league}:{year}:{column}"]
            if column in ("W", "L"):
                states += finish_ids(row)
            found.append(
                Sentence(
                    choose(lines).format(league=with_the(league), value=row[column]), tuple(states)
                )
            )
    return found


TEAM_BATTING = (
    "As a team <s> batted {avg} with {hr}.",
    "The team batting average was {avg}.",
    "<P> batting average as a team was {avg}, and <s> hit {hr}.",
)


TEAM_PITCHING = (
    "The pitching staff had an earned run average of {era} with {sho}.",
    "The staff's ERA was {era}.",
    "<P> pitchers had {an_era} ERA and struck out {so} batters.",
)


TEAM_FIELDING = ("In the field <s> made {e} errors.", "<P> fielders made {e} errors.")


def _team_figures(row: dict, choose: Chooser) -> list[Sentence]:
    """Batting, pitching and fielding of the whole team."""
    era = earned_run_average(row["ER"], row["IPouts"])
    words = {
        "avg": batting_average(row["H"], row["AB"]),
        "hr": plural(row["HR"], "home run") if row["HR"] else "no home runs",
        "era": era,
        "an_era": an_average(era),
        "sho": counted(row["SHO"], "shutout"),
        "so": f"{row['SOA']:,}",
        "e": row["E"],
    }
    states = (team_id(row["teamID"], row["yearID"], "HR"),)
    found = [
        Sentence(choose(TEAM_BATTING).format_map(words), states),
        Sentence(choose(TEAM_PITCHING).format_map(words)),
    ]
    return (
        [*found, Sentence(choose(TEAM_FIELDING).format_map(words))] if choose.one_in(2) else found
    )


def _change(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """More or fewer wins than the year before, between two seasons of about the same length."""
    year = row["yearID"]
    before = next(
        (
            other
            for other in archive.tables.franchises[row["franchID"]]
            if other["yearID"] == year - 1
        ),
        None,
    )
    if before is None or before["name"] != row["name"] or abs(row["G"] - before["G"]) > 8:
        return []
    difference = row["W"] - before["W"]
    if abs(difference) < 8:
        return []
    count = small_number(abs(difference))
    more = (
        counted(abs(difference), "more game", "more games")
        if difference > 0
        else counted(abs(difference), "fewer game", "fewer games")
    )
    text = choose(CHANGE_UP if difference > 0 else CHANGE_DOWN).format(
        wins=count, more=more, fewer=more, year=year - 1
    )
    return [
        Sentence(
            text,
            (team_id(row["teamID"], year, "W"), team_id(before["teamID"], year - 1, "W")),
            ELSEWHEN,
        )
    ]


def _regulars(archive: Archive, row: dict) -> list[dict]:
    hitters = archive.club_batting.get((row["teamID"], row["yearID"]), [])
    return sorted(
        (hitter for hitter in hitters if hitter["AB"] >= 20),
        key=lambda hitter: (-hitter["AB"], hitter["playerID"]),
    )


def _staff(archive: Archive, row: dict) -> list[dict]:
    pitchers = archive.club_pitching.get((row["teamID"], row["yearID"]), [])
    return sorted(
        (pitcher for pitcher in pitchers if pitcher["IPouts"] >= 3),
        key=lambda pitcher: (-pitcher["IPouts"], pitcher["playerID"]),
    )


def _figures(
    archive: Archive, player: str, year: int, statement_id, *stats: str
) -> tuple[str, ...]:
    """The ids of a man's figures, if the club's figures are those of his whole year."""
    return (
        tuple(statement_id(player, year, stat) for stat in stats)
        if archive.is_whole_season(player, year)
        else ()
    )


def team_hitters(
    archive: Archive, row: dict, hitters: list[dict], choose: Chooser
) -> list[Sentence]:
    year, team = row["yearID"], row["teamID"]
    regulars = [
        hitter
        for hitter in hitters
        if archive.players[hitter["playerID"]].position_by_year.get(year) != "pitcher"
    ]
    sentences, filled = [], set()
    for hitter in regulars[:9]:
        player = archive.players[hitter["playerID"]]
        position = player.position_by_year.get(year)
        states = [
            *club_ids(archive.tables, player.id, year, team),
            *_figures(archive, player.id, year, batting_id, "AVG", "HR", "RBI", "H", "R"),
        ]
        if hitter["RBI"] is None:
            line = choose(HITTER_NO_RBI)
        elif position in SINGLE_POSITIONS and position not in filled and not choose.one_in(3):
            line = choose(HITTER_AT_POSITION)
            filled.add(position)
            if position == player.position:
                states.append(f"position:{player.id}")
        else:
            line = choose(HITTER)
        words = {**_batting_words(hitter), "name": player.name, "position": position}
        sentences.append(Sentence(line.format_map(words), tuple(states), year, True))
    rest = regulars[9:16]
    if rest:
        names = [archive.players[hitter["playerID"]].name for hitter in rest]
        states = tuple(
            state
            for hitter in rest
            for state in club_ids(archive.tables, hitter["playerID"], year, team)
        )
        sentences.append(
            Sentence(choose(BENCH).format(names=join_names(names)), states, year, True)
        )
    return sentences


def team_pitchers(
    archive: Archive, row: dict, pitchers: list[dict], choose: Chooser
) -> list[Sentence]:
    year, team = row["yearID"], row["teamID"]
    sentences = []
    told = [pitcher for pitcher in pitchers if pitcher["SV"] >= 10 and pitcher["GS"] < 10][:2]
    starters = [
        pitcher for pitcher in pitchers if pitcher not in told and pitcher["W"] + pitcher["L"] >= 3
    ][:6]
    for pitcher, lines, stats in [
        (pitcher, STARTER, ("W", "L", "ERA", "SO")) for pitcher in starters
    ] + [(pitcher, RELIEVER, ("SV", "ERA")) for pitcher in told]:
        player = archive.players[pitcher["playerID"]]
        states = (
            *club_ids(archive.tables, player.id, year, team),
            *_figures(archive, player.id, year, pitching_id, *stats),
        )
        words = {**_pitching_words(pitcher), "name": player.name}
        sentences.append(Sentence(choose(lines).format_map(words), states, year, True))
    rest = [pitcher for pitcher in pitchers if pitcher not in told and pitcher not in starters][:6]
    if rest:
        names = [archive.players[pitcher["playerID"]].name for pitcher in rest]
        states = tuple(
            state
            for pitcher in rest
            for state in club_ids(archive.tables, pitcher["playerID"], year, team)
        )
        sentences.append(
            Sentence(choose(OTHER_PITCHERS).format(names=join_names(names)), states, year, True)
        )
    return sentences


TEAM_LEADER = (
    "{name} led the team <t> with {figures}.",
    "{name} had the most {things} on the team <t>, with {values}.",
    "The club leader in {things} <t> was {name} with {values}.",
    "With {figures} {name} led the club <t>.",
)


FIGURE_WORDS = {"HR": "home run", "RBI": "run batted in", "SB": "stolen base", "W": "win"}


def team_honours(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """Who led the team, who led the league, who won awards, who was an All-Star."""
    year, team = row["yearID"], row["teamID"]
    sentences = []
    roster = archive.club_batting.get((team, year), [])
    for player, led in _club_leaders(archive, row, roster).items():
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
        words = {
            "name": archive.players[player].name,
            "things": join_names([STAT_WORDS[stat] for stat, _ in led]),
            "figures": join_names(figures),
            "values": join_names([str(value) for _, value in led]),
        }
        sentences.append(Sentence(choose(TEAM_LEADER).format_map(words), tuple(states), year, True))
    members = [
        archive.players[member["playerID"]]
        for member in roster
        if archive.is_whole_season(member["playerID"], year)
    ]
    for player in members:
        sentences += _league_honours(archive, row, player)
    all_stars = [player for player in members if year in player.all_star_years]
    if all_stars:
        names = join_names([player.name for player in all_stars])
        states = tuple(
            state
            for player in all_stars
            for state in club_ids(archive.tables, player.id, year, team)
        )
        states += tuple(
            f"allstar:{player.id}:first" for player in all_stars if player.all_star_years[0] == year
        )
        text = f"{names} {'was an All-Star' if len(all_stars) == 1 else 'were All-Stars'} <t>."
        sentences.append(Sentence(text, states, year, True))
    return sentences


def _club_leaders(
    archive: Archive, row: dict, roster: list[dict]
) -> dict[str, list[tuple[str, int]]]:
    """player -> the statistics in which he alone led the club, with their values"""
    staff = archive.club_pitching.get((row["teamID"], row["yearID"]), [])
    found = defaultdict(list)
    for group, stat in ((roster, "HR"), (roster, "RBI"), (roster, "SB"), (staff, "W")):
        best = sorted(
            (member for member in group if member[stat] is not None),
            key=lambda member, stat=stat: -member[stat],
        )
        if len(best) >= 2 and best[0][stat] > best[1][stat] >= 1:
            found[best[0]["playerID"]].append((stat, best[0][stat]))
    return found


def _league_honours(archive: Archive, row: dict, player: Player) -> Iterator[Sentence]:
    year, team = row["yearID"], row["teamID"]
    club = club_ids(archive.tables, player.id, year, team)
    led = [
        (league, stat)
        for league, stat, shared in archive.led.get((player.id, year), ())
        if league != "ML" and not shared
    ]
    if led:
        things = join_names([STAT_WORDS[stat] for _, stat in led])
        states = (*(f"leader:{year}:{league}:{stat}" for league, stat in led), *club)
        yield Sentence(
            f"{player.name} led {with_the(led[0][0])} in {things} <t>.", states, year, True
        )
    given = [award for award in archive.awards.get(player.id, ()) if award["yearID"] == year]
    if given:
        prizes = join_names([f"the {AWARD_WORDS[award['awardID']][1]}" for award in given])
        yield Sentence(
            f"{player.name} won {prizes} <t>.",
            (
                *dict.fromkeys(
                    state for award in given for state in award_statements(archive, award)
                ),
                *club,
            ),
            year,
            True,
        )


def team_newcomers(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """Those who had played elsewhere the year before, and those who had played nowhere."""
    year, team = row["yearID"], row["teamID"]
    came, rookies, came_states, rookie_states = [], [], [], []
    for member in sorted(
        archive.club_batting.get((team, year), []),
        key=lambda member: -archive.players[member["playerID"]].fame,
    ):
        player = archive.players[member["playerID"]]
        if player.seasons[0] == year and player.clubs[year][0] == team:
            rookies.append(player.name)
            rookie_states += [
                f"debut:{player.id}:year",
                f"debut:{player.id}:team",
                *club_ids(archive.tables, player.id, year, team),
            ]
        elif (
            year - 1 in player.clubs
            and len(set(player.clubs[year - 1])) == 1
            and member["G"] >= 15
            and player.clubs[year][0] == team
        ):
            before = player.clubs[year - 1][0]
            if archive.tables.franchise_of(before, year - 1) != row["franchID"]:
                came.append(
                    f"{player.name}, who had been with the {archive.tables.team_name(before, year - 1)}"
                )
                came_states += [
                    *club_ids(archive.tables, player.id, year - 1, before),
                    *club_ids(archive.tables, player.id, year, team),
                ]
    sentences = []
    if came:
        came = came[:4]
        names = (
            came[0]
            if len(came) == 1
            else ", and ".join(came)
            if len(came) == 2
            else "; ".join(came[:-1]) + f"; and {came[-1]}"
        )
        line = choose(NEWCOMERS)
        line = line.replace("were {", "was {") if len(came) == 1 else line
        sentences.append(
            Sentence(line.format(names=names), tuple(came_states[: 4 * len(came)]), year, True)
        )
    if rookies and year > 1876:
        their = "his" if len(rookies) == 1 else "their"
        debuts = "debut" if len(rookies) == 1 else "debuts"
        text = choose(ROOKIES).format(names=join_names(rookies[:5]), their=their, debuts=debuts)
        sentences.append(Sentence(text, tuple(rookie_states[:20]), year, True))
    return sentences


SERIES_WON = (
    "<S> beat the {other} in {series}, {result}.",
    "In {series} <s> defeated the {other} by {result}.",
)


SERIES_LOST = (
    "<S> lost {series} to the {other}, {result}.",
    "In {series} <s> fell to the {other} by {result}.",
)


SERIES_NAMES = {
    "WS": "the World Series",
    "LCS": "the {league} Championship Series",
    "DS": "the {league} Division Series",
    "WC": "the {league} Wild Card round",
}


def series_in_words(series: dict) -> str | None:
    """'the World Series', 'the American League Division Series'; None for the oddities of 1892 and 1981"""
    name = series["round"]
    if name == "WS":
        return (
            SERIES_NAMES["WS"]
            if series["yearID"] >= 1903
            else "the championship series against the rival league"
        )
    kind = next(
        (kind for kind in ("LCS", "DS", "WC") if name[1:4] == kind or name[2:4] == kind), None
    )
    return (
        SERIES_NAMES[kind].format(league=LEAGUES[name[:2]])
        if kind and name[:2] in LEAGUES
        else None
    )


def games_in_words(series: dict) -> str:
    """'four games to two', 'one game to none'"""
    wins, losses = (
        in_words(series["wins"]),
        in_words(series["losses"]) if series["losses"] else "none",
    )
    return f"{wins} {'game' if series['wins'] == 1 else 'games'} to {losses}"


def series_length_ids(series: dict) -> tuple[str, ...]:
    return (f"worldseries:{series['yearID']}:games",) if series["round"] == "WS" else ()


def team_postseason(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    order = {"WC": 0, "DS": 1, "LCS": 2, "WS": 3}
    found = archive.series_of_team[row["teamID"], row["yearID"]]
    sentences = []
    for series in sorted(
        found,
        key=lambda series: next(
            (rank for kind, rank in order.items() if kind in series["round"]), 0
        ),
    ):
        name = series_in_words(series)
        if name is None or series["wins"] == series["losses"]:
            continue
        won = series["teamIDwinner"] == row["teamID"]
        other = archive.tables.team_name(
            series["teamIDloser" if won else "teamIDwinner"], row["yearID"]
        )
        text = choose(SERIES_WON if won else SERIES_LOST).format(
            other=other, series=name, result=games_in_words(series)
        )
        sentences.append(
            Sentence(text, (*series_ids(series), *series_length_ids(series)), None, True)
        )
    return sentences
