"""Close ups."""

from collections.abc import Iterator

from baseball.facts.team_seasons import finish_ids
from baseball.lahman import (
    Player,
    batting_id,
    club_ids,
    join_names,
    pitching_id,
    plural,
    team_id,
    with_the,
)
from baseball.prose.archive import (
    AWARD_WORDS,
    STAT_WORDS,
    Archive,
    award_statements,
    counted,
    small_number,
)
from baseball.prose.careers import person
from baseball.prose.document import Chooser, Draft, Sentence
from baseball.prose.player_season import _batting_words, _pitching_words, leading_sentences
from baseball.prose.team_seasons import place_in_words, season_words
from baseball.prose.writing import ELSEWHEN

CLOSE_UP_BATTING = (
    "<S> batted {avg} in {games} <t>, with {h} in {ab} at-bats.",
    "<S> came to bat {ab} times <t> and had {h}, an average of {avg}.",
    "In {games} <t>, <s> hit {avg}.",
    "<P> batting average <t> was {avg}, on {h} in {games}.",
)


CLOSE_UP_POWER = (
    "<S> hit {hr} and drove in {runs} <t>.",
    "<S> had {hr} and {rbi} <t>.",
    "<T> <s> drove in {runs} and hit {hr}.",
    "<S> finished <t> with {hr} and {rbi}.",
)


CLOSE_UP_HITS = (
    "Of <p> hits <t>, {doubles_n} were doubles and {triples_n} triples.",
    "<P> extra-base hits <t> included {doubles} and {triples}.",
    "<S> added {doubles} and {triples} <t>.",
)


CLOSE_UP_RUNS = (
    "<S> scored {r} and walked {bb_times} <t>.",
    "<S> drew {bb} <t> and came around to score {r_times}.",
    "<P> {bb} <t> helped <o> score {r}.",
)


CLOSE_UP_STEALS = (
    "<S> stole {sb} <t>.",
    "On the bases <t>, <s> had {steals}.",
    "<S> also stole {sb} <t>.",
)


CLOSE_UP_RECORD = (
    "<S> won {w} and lost {l} <t>.",
    "<P> record <t> was {w}-{l}.",
    "<S> went {w}-{l} in {games} <t>.",
)


CLOSE_UP_ERA = (
    "<P> earned run average <t> was {era}.",
    "<S> allowed {era} earned runs per nine innings <t>.",
    "Over {innings} <t>, <p> ERA came to {era}.",
)


CLOSE_UP_STRIKEOUTS = (
    "<S> struck out {so} and walked {walked} <t>.",
    "<P> work <t> brought {strikeouts} and {walks}.",
    "<S> fanned {so} in {innings} <t>.",
)


CLOSE_UP_COMPLETE = (
    "<S> completed {cg_n} of <p> {starts} <t>, {sho} among them.",
    "Of <p> {starts} <t>, {cg_n} were complete games.",
)


CLOSE_UP_SAVES = ("<S> saved {sv} <t>.", "<S> was credited with {saves} <t>.")


CLOSE_UP_CLUB = (
    "<T> <s> played for the {team}, who finished {place} in {group}.",
    "<S> spent the {year} season with the {team}, who finished {place} in {group}.",
    "<P> club in {year}, the {team}, ended up {place} in {group}.",
)


CLUB_RECORD = ("The {nickname} won {w} and lost {l} <t>.", "The club's record <t> was {w}-{l}.")


CLUB_MANAGER = ("{manager} managed the {nickname} <t>.", "<P> manager <t> was {manager}.")


RANKED = (
    "<S> ranked {place} in {league} in {things} <t>, behind {leader}.",
    "Only {leader} had more {things} in {league} <t>.",
)


AGE_LINE = ("<S> turned {age} in {year}.", "It was <p> {count} season in the majors.")


def close_ups(archive: Archive) -> Iterator[Draft]:
    """Single seasons of well-known players, told at length, the best known first."""
    seasons = []
    for player in archive.tables.by_fame[:4200]:
        for row in archive.batting.get(player.id, ()):
            if row["AB"] >= 300 and row["RBI"] is not None and row["yearID"] >= 1886:
                seasons.append(
                    (player.fame * (row["HR"] + row["RBI"] + row["R"]), player, row, None)
                )
        for row in archive.pitching.get(player.id, ()):
            if row["IPouts"] >= 3 * 100 or row["SV"] >= 15:
                seasons.append(
                    (
                        player.fame * (8 * row["W"] + row["SO"] / 3 + 3 * row["SV"]),
                        player,
                        None,
                        row,
                    )
                )
    seasons.sort(key=lambda season: (-season[0], season[1].id, (season[2] or season[3])["yearID"]))
    for _, player, bat, pitch in seasons:
        row = bat or pitch
        year = row["yearID"]
        choose = Chooser("close-up", player.id, year, "bat" if bat else "pitch")
        told = (
            _close_up_of_batter(archive, player, bat, choose)
            if bat
            else _close_up_of_pitcher(archive, player, pitch, choose)
        )
        opening = _close_up_opening(archive, player, year, choose)
        closing = [
            *leading_sentences(archive, player, year, choose),
            *_close_up_honours(archive, player, year),
            *_teammates(archive, player, year, choose),
        ]
        yield Draft(
            f"{player.name} in {year}",
            "player season",
            person(player),
            [[*opening, *told], closing],
        )


TEAMMATES = (
    "Among <p> teammates <t> were {names}.",
    "<P> teammates <t> included {names}.",
    "<S> shared the clubhouse <t> with {names}.",
)


def _teammates(archive: Archive, player: Player, year: int, choose: Chooser) -> list[Sentence]:
    clubs = player.clubs[year]
    if len(clubs) > 1:
        return []
    names = [
        other
        for other in archive.best_of_team[clubs[0], year]
        if other is not player and not choose.one_in(3)
    ][:4]
    if len(names) < 2:
        return []
    states = tuple(
        state
        for other in (player, *names)
        for state in club_ids(archive.tables, other.id, year, clubs[0])
    )
    return [
        Sentence(
            choose(TEAMMATES).format(names=join_names([other.name for other in names])),
            states,
            year,
            True,
        )
    ]


def _close_up_opening(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """The club, how it did, and how far into his career he was."""
    clubs = list(dict.fromkeys(player.clubs[year]))
    states = tuple(
        state for club in clubs for state in club_ids(archive.tables, player.id, year, club)
    )
    found = []
    if len(clubs) == 1:
        row = archive.club(clubs[0], year)
        words = season_words(row)
        found.append(
            Sentence(choose(CLOSE_UP_CLUB).format_map(words), (*states, *finish_ids(row)), year)
        )
        if not choose.one_in(4):
            found.append(
                Sentence(
                    choose(CLUB_RECORD).format_map(words),
                    (*states, team_id(clubs[0], year, "W"), team_id(clubs[0], year, "L")),
                    year,
                    True,
                )
            )
        managers = archive.tables.managers_of.get((clubs[0], year), [])
        if len(managers) == 1 and managers[0] != player.id:
            text = choose(CLUB_MANAGER).format(manager=archive.players[managers[0]].name, **words)
            found.append(Sentence(text, (*states, team_id(clubs[0], year, "manager")), year, True))
    else:
        names = join_names([f"the {archive.tables.team_name(club, year)}" for club in clubs])
        found.append(Sentence(f"<T> <s> played for {names}.", states, year))
    if not choose.one_in(4):
        count = place_in_words(player.seasons.index(year) + 1)
        age = year - player.birth["year"] if player.birth["year"] else None
        line = AGE_LINE[0] if age and choose.one_in(2) else AGE_LINE[1]
        states = (f"debut:{player.id}:year",) if "{count}" in line else (f"born:{player.id}:year",)
        found.append(Sentence(line.format(age=age, count=count, year=year), states, year))
    return found


def _close_up_of_batter(
    archive: Archive, player: Player, row: dict, choose: Chooser
) -> list[Sentence]:
    year = row["yearID"]
    words = _batting_words(row)
    words |= {
        "doubles_n": row["2B"] or "none",
        "triples_n": row["3B"] or "none",
        "bb_times": plural(row["BB"], "time"),
    }

    def told(lines, *stats):
        return Sentence(
            choose(lines).format_map(words),
            tuple(batting_id(player.id, year, stat) for stat in stats),
            year,
        )

    found = [told(CLOSE_UP_BATTING, "AVG", "H"), told(CLOSE_UP_POWER, "HR", "RBI")]
    found += _compared_with_before(
        archive.batting[player.id], player, year, "HR", "home run", batting_id, choose
    )
    found += [told(CLOSE_UP_HITS, "2B", "3B"), told(CLOSE_UP_RUNS, "R", "BB")]
    if row["SB"]:
        found.append(told(CLOSE_UP_STEALS, "SB"))
    return found + _ranked(
        archive, player, year, archive.batting_order, ("HR", "RBI", "H", "SB"), choose
    )


def _close_up_of_pitcher(
    archive: Archive, player: Player, row: dict, choose: Chooser
) -> list[Sentence]:
    year = row["yearID"]
    words = _pitching_words(row)
    words |= {
        "starts": counted(row["GS"], "start"),
        "cg_n": row["CG"],
        "walked": row["BB"],
        "walks": plural(row["BB"], "walk"),
    }

    def told(lines, *stats):
        return Sentence(
            choose(lines).format_map(words),
            tuple(pitching_id(player.id, year, stat) for stat in stats),
            year,
        )

    found = [
        told(CLOSE_UP_RECORD, "W", "L"),
        told(CLOSE_UP_ERA, "ERA"),
        told(CLOSE_UP_STRIKEOUTS, "SO"),
    ]
    if row["SV"] >= 5:
        found.append(told(CLOSE_UP_SAVES, "SV"))
    if row["CG"] >= 3 and row["SHO"] >= 1:
        found.append(told(CLOSE_UP_COMPLETE, "SHO"))
    found += _compared_with_before(
        archive.pitching[player.id], player, year, "W", "win", pitching_id, choose
    )
    return found + _ranked(archive, player, year, archive.pitching_order, ("W", "SO", "SV"), choose)


def _compared_with_before(
    history: list[dict],
    player: Player,
    year: int,
    stat: str,
    noun: str,
    statement_id,
    choose: Chooser,
) -> list[Sentence]:
    row = next(row for row in history if row["yearID"] == year)
    before = next((row for row in history if row["yearID"] == year - 1), None)
    if (
        before is None
        or before[stat] is None
        or max(row[stat], before[stat]) < 10
        or row[stat] == before[stat]
        or choose.one_in(2)
    ):
        return []
    difference = abs(row[stat] - before[stat])
    words = {
        "old": plural(before[stat], noun) if before[stat] else f"no {noun}s",
        "more": f"{small_number(difference)} more",
        "fewer": f"{small_number(difference)} fewer",
    }
    if choose.one_in(3):
        return [
            Sentence(
                f"In {year - 1} <s> had had {words['old']}.",
                (statement_id(player.id, year - 1, stat),),
                ELSEWHEN,
            )
        ]
    text = f"<P> {plural(row[stat], noun)} <t> were {words['more' if row[stat] > before[stat] else 'fewer']} than <s> had in {year - 1}."
    return [
        Sentence(
            text,
            (statement_id(player.id, year, stat), statement_id(player.id, year - 1, stat)),
            year,
        )
    ]


def _ranked(
    archive: Archive, player: Player, year: int, order: dict, stats: tuple, choose: Chooser
) -> list[Sentence]:
    """That he was second in something, and to whom, where both places were clear."""
    found = []
    for stat in stats:
        for league in ("AL", "NL"):
            top = order.get((year, league, stat), ())
            if (
                len(top) >= 3
                and top[1][1] == player.id
                and top[0][0] > top[1][0] > top[2][0]
                and (year, league, stat) in archive.tables.leaders
            ):
                leader = archive.players[top[0][1]].name
                text = choose(RANKED).format(
                    place="second", league=with_the(league), things=STAT_WORDS[stat], leader=leader
                )
                found.append(Sentence(text, (f"leader:{year}:{league}:{stat}",), year, True))
    return found


def _close_up_honours(archive: Archive, player: Player, year: int) -> list[Sentence]:
    found = []
    given = [award for award in archive.awards.get(player.id, ()) if award["yearID"] == year]
    if given:
        prizes = join_names([f"the {AWARD_WORDS[award['awardID']][1]}" for award in given])
        states = tuple(
            dict.fromkeys(state for award in given for state in award_statements(archive, award))
        )
        found.append(Sentence(f"<S> won {prizes} <t>.", states, year))
    if year in player.all_star_years:
        first = player.all_star_years[0] == year
        states = (f"allstar:{player.id}:first",) if first else ()
        found.append(
            Sentence(
                f"<S> was an All-Star{' for the first time' if first else ''} <t>.", states, year
            )
        )
    return found
