"""Careers."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.facts.fact import MONTHS
from baseball.facts.people import height_in_words, with_article
from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    Player,
    batting_average,
    batting_id,
    club_ids,
    join_names,
    pitching_id,
    plural,
)
from baseball.prose.archive import (
    AWARD_WORDS,
    Archive,
    award_statement,
    counted,
    date_in_words,
    in_years,
    town_in_words,
    with_indefinite_article,
    years_in_words,
)
from baseball.prose.document import Chooser, Draft, Sentence, Subject
from baseball.prose.player_season import _batting_words, _pitching_words, season_sentences
from baseball.prose.writing import ELSEWHEN

BORN = (
    "<S> was born {given}on {date}, in {town}.",
    "A native of {town}, <s> was born {given}on {date}.",
    "<P> birthplace was {town}, and <p> date of birth {date}.",
    "<S> was born {given}in {town}, on {date}.",
)


BORN_SHORT = ("<S> was born in {town}.", "<S> came from {town}.")


BUILD = (
    "<S> stood {tall} tall and weighed {weight} pounds.",
    "<S> was listed at {tall} and {weight} pounds.",
    "The record books give <p> height as {tall} and <p> weight as {weight} pounds.",
)


SAME_SIDE = (
    "<S> batted and threw {throws}.",
    "<S> both batted and threw {throws}.",
    "<S> did everything {throws}, at bat and in the field.",
)


SIDES = (
    "<S> batted {bats} and threw {throws}.",
    "<S> threw {throws} and batted {bats}.",
    "<S> threw {throws} but batted {bats}.",
)


SPAN = (
    "<S> was {position} who played in the major leagues from {first} to {last}.",
    "{Position}, <s> spent {count} in the major leagues between {first} and {last}.",
    "<S> played {count} in the major leagues, from {first} to {last}, mostly as {position}.",
    "Between {first} and {last} <s> played {count} in the big leagues as {position}.",
)


SPAN_ONE = (
    "<S> was {position} whose only major league season was {first}.",
    "<S> played in the major leagues in {first} alone, as {position}.",
    "{Position}, <s> spent a single season, {first}, in the major leagues.",
    "The whole of <p> major league career, as {position}, fell in {first}.",
)


SPAN_ACTIVE = (
    "<S> is {position} who reached the major leagues in {first}.",
    "{Position}, <s> has been in the major leagues since {first}.",
    "<S> made the major leagues in {first} and has been mostly {position}.",
)


ALL_CLUBS = (
    "<S> played for {clubs}.",
    "<P> clubs were {clubs}.",
    "<S> saw service with {clubs}.",
    "Over the years <s> wore the uniforms of {clubs}.",
)


FIRST_CLUB = (
    "<S> broke in with the {team} {when}.",
    "<P> first big-league club was the {team}, which <s> joined {when}.",
    "<S> made <p> debut with the {team} {when}.",
    "It was with the {team} {when} that <s> reached the majors.",
    "<P> first major league game, {when}, was for the {team}.",
)


NEXT_CLUB = (
    "<T> <s> joined the {team}.",
    "<T> <s> moved to the {team}.",
    "<T> <s> played for the {team}.",
    "By {year} <s> was a member of the {team}.",
)


STILL_CLUB = ("<T> <s> remained with the {team}.", "<T> <s> was still with the {team}.")


RENAMED_CLUB = (
    "<T> the club became the {team}, and <s> stayed with it.",
    "<T> <p> club took the name of {team}.",
)


BACK_CLUB = (
    "<T> <s> was back with the {team}.",
    "<T> <s> returned to the {team}.",
)


SPLIT_CLUBS = (
    "<T> <s> played for {clubs}.",
    "<T> <s> divided the season between {clubs}.",
    "<T> <s> began with the {first} and ended with the {last}.",
)


STAYED = (
    "<S> belonged to the {nickname} from {first} through {last}.",
    "<S> stayed with the {nickname} through {last}.",
    "<P> years with the {nickname} ran from {first} through {last}.",
)


LATER_YEARS = (
    "<S> was still with the {nickname} in {year}.",
    "<T> <s> was again with the {nickname}.",
    "<T> <s> remained a member of the {nickname}.",
)


ONLY_CLUB = (
    "<P> club was the {team}.",
    "<S> played for the {team}.",
    "The {team} were <p> only club.",
    "<S> wore the uniform of the {team}.",
)


def careers(archive: Archive) -> Iterator[Draft]:
    """Every player's career, the best known first."""
    for player in archive.tables.by_fame:
        choose = Chooser("career", player.id)
        paragraphs = [
            career_opening(archive, player, choose),
            *career_seasons(archive, player, choose),
        ]
        paragraphs += [honours(archive, player, choose), career_end(archive, player, choose)]
        if len(player.seasons) <= 2:
            paragraphs = [sum(paragraphs, [])]
        yield Draft(player.name, "career", person(player), paragraphs)


def person(player: Player) -> Subject:
    return Subject(player.name, player.last, "he", "his", "him")


def career_opening(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    span = career_span(player, choose)
    birth = birth_sentence(player, choose)
    clubs = clubs_sentence(archive, player, choose)
    build = build_sentences(player, choose)
    orders = (
        (span, birth, build, clubs),
        (birth, span, clubs, build),
        (span, clubs, birth, build),
        (birth, build, span, clubs),
    )
    return [
        sentence for part in orders[choose(range(4))] for sentence in part
    ] + positions_sentence(player, choose)


def career_span(player: Player, choose: Chooser) -> list[Sentence]:
    first, last = player.seasons[0], player.seasons[-1]
    position = with_indefinite_article(player.position) if player.position else "a player"
    states = (f"position:{player.id}", f"debut:{player.id}:year", f"final:{player.id}:year")
    lines = SPAN_ACTIVE if player.is_active else SPAN if first != last else SPAN_ONE
    words = {
        "position": position,
        "Position": position[0].upper() + position[1:],
        "first": first,
        "last": last,
        "count": counted(len(player.seasons), "season"),
    }
    return [Sentence(choose(lines).format_map(words), states[:2] if player.is_active else states)]


def birth_sentence(player: Player, choose: Chooser) -> list[Sentence]:
    town, date = town_in_words(player.birth), date_in_words(player.birth)
    place = tuple(f"born:{player.id}:{what}" for what in ("city", "state", "country"))
    if town is None:
        return []
    if date is None or " " not in date:
        return [Sentence(choose(BORN_SHORT).format(town=town), place)]
    when = (f"born:{player.id}:date", f"born:{player.id}:year")
    line = choose(BORN)
    if choose.one_in(3) or player.given is None or "{given}" not in line:
        return [Sentence(line.format(given="", date=date, town=town), (*when, *place))]
    given = f"{player.given} {player.last} "
    return [
        Sentence(
            line.format(given=given, date=date, town=town), (*when, *place, f"name:{player.id}")
        )
    ]


def build_sentences(player: Player, choose: Chooser) -> list[Sentence]:
    found = []
    if player.bats and player.throws:
        bats = "from both sides of the plate" if player.bats == "both" else f"{player.bats}-handed"
        lines = (
            SAME_SIDE
            if player.bats == player.throws
            else SIDES
            if player.bats != "both"
            else SIDES[:2]
        )
        found.append(
            Sentence(
                choose(lines).format(bats=bats, throws=f"{player.throws}-handed"),
                (f"bats:{player.id}", f"throws:{player.id}"),
            )
        )
    if player.height and player.weight:
        tall = height_in_words(player.height)
        found.append(
            Sentence(
                choose(BUILD).format(tall=tall, weight=player.weight), (f"height:{player.id}",)
            )
        )
    if player.college:
        line = choose(
            (
                "<S> attended {college}.",
                "<S> went to college at {college}.",
                "{college} was <p> college.",
            )
        )
        college = with_article(player.college)
        text = line.format(
            college=college if not line.startswith("{") else college[0].upper() + college[1:]
        )
        found.append(Sentence(text, (f"college:{player.id}",)))
    return found


GAMES_AT = (
    "<S> played {places}.",
    "By position, <s> played {places}.",
    "<S> appeared in {places}.",
)


PLACES = {
    "pitcher": "on the mound", "catcher": "behind the plate", "first baseman": "at first base", "second baseman": "at second base",
    "third baseman": "at third base", "shortstop": "at shortstop", "outfielder": "in the outfield", "designated hitter": "as designated hitter",
}  # fmt: skip


def positions_sentence(player: Player, choose: Chooser) -> list[Sentence]:
    """How many games at each position, for a man of several."""
    games = sorted(
        ((count, position) for position, count in player.games_at.items() if count >= 5),
        reverse=True,
    )[:4]
    if len(games) < 2:
        return []
    parts = [
        f"{count:,} {'game ' if count == 1 else 'games ' if index == 0 else ''}{PLACES[position]}"
        for index, (count, position) in enumerate(games)
    ]
    through = f" through {LAST_SEASON}" if player.is_active else ""
    return [
        Sentence(
            choose(GAMES_AT).format(places=join_names(parts)).removesuffix(".") + f"{through}.",
            (f"position:{player.id}",),
        )
    ]


def clubs_sentence(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    names, states = [], []
    for year in player.seasons:
        for team in player.clubs[year]:
            row = archive.club(team, year)
            if f"the {row['name']}" not in names:
                names.append(f"the {row['name']}")
            states += club_ids(archive.tables, player.id, year, team)
    if len(names) < 2:
        return []
    states = [state for state in dict.fromkeys(states) if state.startswith("club:")]
    states += [
        f"franchises:{player.id}",
        f"mainclub:{player.id}",
        f"debut:{player.id}:team",
        f"final:{player.id}:team",
    ]
    return [Sentence(choose(ALL_CLUBS).format(clubs=join_names(names)), tuple(states))]


def career_seasons(archive: Archive, player: Player, choose: Chooser) -> list[list[Sentence]]:
    """The seasons in order, a paragraph for each stay with a club, long stays in several."""
    paragraphs, paragraph, seen = [], [], []
    for stay in stays(player):
        paragraph = stay_opening(archive, player, stay, seen, choose)
        seen += [(club, stay[0][-1]) for club in stay[1]]
        told = 0
        for year in stay[0]:
            sentences = [
                sentence._replace(states=(*sentence.states, *ends_of_career(player, year)))
                for sentence in season_sentences(archive, player, year, choose)
            ]
            if told >= 7 and len(paragraph) >= 7:
                paragraphs.append(paragraph)
                nickname = archive.club(stay[1][-1], year)["nickname"]
                ids = club_ids(archive.tables, player.id, year, stay[1][-1])
                paragraph, told = [], 0
                if choose.one_in(4):
                    paragraph.append(
                        Sentence(
                            choose(LATER_YEARS).format(nickname=nickname, year=year), ids, year
                        )
                    )
            paragraph += sentences
            told += len(sentences)
        if len(paragraph) <= 3 and paragraphs and len(paragraphs[-1]) <= 5:
            paragraphs[-1] += paragraph
        else:
            paragraphs.append(paragraph)
    return paragraphs


def ends_of_career(player: Player, year: int) -> tuple[str, ...]:
    """In a career told season by season the first tells when it began, the last when it ended."""
    first = (f"debut:{player.id}:year",) if year == player.seasons[0] else ()
    return (
        (*first, f"final:{player.id}:year")
        if year == player.seasons[-1] and not player.is_active
        else first
    )


def stays(player: Player) -> list[tuple[list[int], list[str]]]:
    """([years], [clubs]) for each unbroken stay; a season with several clubs is one of its own."""
    found = []
    for year in player.seasons:
        clubs = player.clubs[year]
        if found and len(clubs) == 1 and found[-1][1] == clubs:
            found[-1][0].append(year)
        else:
            found.append(([year], clubs))
    return found


def stay_opening(
    archive: Archive,
    player: Player,
    stay: tuple[list[int], list[str]],
    seen: list[tuple[str, int]],
    choose: Chooser,
) -> list[Sentence]:
    """How he came to the club. `seen` are the clubs he had been with, each with his last year there."""
    years, clubs = stay
    first, last = years[0], years[-1]
    ids = tuple(
        dict.fromkeys(
            state for club in clubs for state in club_ids(archive.tables, player.id, first, club)
        )
    )
    ids += ends_of_career(player, last)
    names = [f"the {archive.tables.team_name(club, first)}" for club in dict.fromkeys(clubs)]
    team = names[-1].removeprefix("the ")
    sentences = []
    if len(names) > 1:
        line = choose(SPLIT_CLUBS if len(names) == 2 else SPLIT_CLUBS[:2])
        text = line.format(clubs=join_names(names), first=names[0].removeprefix("the "), last=team)
        debut = (f"debut:{player.id}:year", f"debut:{player.id}:team") if not seen else ()
        sentences.append(
            Sentence(
                text.replace("divided the season between", "divided the season among")
                if len(names) > 2
                else text,
                (*ids, *debut),
                first,
            )
        )
    elif len(player.seasons) == 1:
        sentences.append(Sentence(choose(ONLY_CLUB).format(team=team), ids, first))
    elif not seen:
        text = choose(FIRST_CLUB).format(team=team, when=_first_day(player, first))
        sentences.append(
            Sentence(text, (f"debut:{player.id}:year", f"debut:{player.id}:team", *ids), first)
        )
    else:
        before, until = seen[-1]
        franchise = archive.tables.franchise_of(clubs[-1], first)
        if clubs[-1] == before:
            lines = STILL_CLUB
        elif franchise == archive.tables.franchise_of(before, until):
            lines = RENAMED_CLUB
            ids += (
                f"successor:{franchise}:{archive.tables.team_name(before, until)}",
                f"name:{franchise}:{team}:first",
            )
        else:
            lines = BACK_CLUB if clubs[-1] in {club for club, _ in seen} else NEXT_CLUB
        sentences.append(Sentence(choose(lines).format(team=team, year=first), ids, first))
    if len(years) >= 4 and len(years) == last - first + 1:
        nickname = archive.club(clubs[-1], first)["nickname"]
        states = [
            state
            for year in years
            for state in club_ids(archive.tables, player.id, year, clubs[-1])
        ]
        if first == player.seasons[0]:
            states.append(f"debut:{player.id}:year")
        if last == player.seasons[-1] and not player.is_active:
            states.append(f"final:{player.id}:year")
        sentences.append(
            Sentence(
                choose(STAYED).format(nickname=nickname, first=first, last=last),
                tuple(dict.fromkeys(states)),
                ELSEWHEN,
            )
        )
    return sentences


def _first_day(player: Player, year: int) -> str:
    """'on April 15, 1947', or 'in 1947' where the day is not known"""
    debut_year, month, day = player.debut
    return (
        f"on {MONTHS[month]} {day}, {year}"
        if debut_year == year and month and day
        else f"in {year}"
    )


AWARD_LINE = (
    "<S> won {prize} {years}.",
    "<S> was given {prize} {years}.",
    "{prize} was <p> {years}.",
)


ALL_STAR_LINE = (
    "<S> was an All-Star in {count}: {years}.",
    "<S> was chosen for the All-Star team in {count}, {years}.",
    "<P> All-Star selections came in {count}: {years}.",
)


SERIES_LINE = (
    "<S> played in the World Series {years}.",
    "<S> reached the World Series {years}.",
    "<S> appeared in World Series play {years}.",
)


def honours(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """Awards, All-Star teams, World Series."""
    sentences = []
    by_award = defaultdict(list)
    for row in archive.awards.get(player.id, ()):
        by_award[row["awardID"]].append(row)
    for award, given in by_award.items():
        code, prize = AWARD_WORDS[award]
        years = list(dict.fromkeys(row["yearID"] for row in given))
        states = (
            *dict.fromkeys(award_statement(row) for row in given),
            f"awards:{player.id}:{code}",
        )
        leagues = {row["lgID"] for row in given}
        league = (
            f"{LEAGUES[leagues.pop()]} "
            if len(leagues) == 1 and code not in ("WSMVP", "ASGMVP") and "ML" not in leagues
            else ""
        )
        line = choose(AWARD_LINE)
        article = "The" if line.startswith("{") else "the"
        sentences.append(
            Sentence(line.format(prize=f"{article} {league}{prize}", years=in_years(years)), states)
        )
    if player.all_star_years:
        count = counted(len(player.all_star_years), "season")
        states = (f"allstar:{player.id}:count", f"allstar:{player.id}:first")
        sentences.append(
            Sentence(
                choose(ALL_STAR_LINE).format(
                    count=count, years=years_in_words(player.all_star_years)
                ),
                states,
            )
        )
    sentences += series_sentences(archive, player, choose)
    return sentences


def series_sentences(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    years = archive.series_years.get(player.id, [])
    if not years:
        return []
    pennants, won, clubs = [], [], []
    for year in years:
        series = archive.series[year, "WS"]
        team = next(
            row["teamID"] for row in archive.series_batting[year] if row["playerID"] == player.id
        )
        league = series["lgIDwinner"] if team == series["teamIDwinner"] else series["lgIDloser"]
        pennants.append(f"pennant:{year}:{league}")
        clubs += club_ids(archive.tables, player.id, year, team)
        if team == series["teamIDwinner"]:
            won.append((year, f"worldseries:{year}:winner", pennants[-1]))
    sentences = [
        Sentence(
            choose(SERIES_LINE).format(years=in_years(years)), (*pennants, *dict.fromkeys(clubs))
        )
    ]
    if won:
        line = choose(
            ("<S> was on the winning side {years}.", "<P> team won the championship {years}.")
        )
        sentences.append(
            Sentence(
                line.format(years=in_years([year for year, _, _ in won])),
                tuple(state for _, *states in won for state in states),
            )
        )
    games = [
        row
        for year in years
        for row in archive.series_batting[year]
        if row["playerID"] == player.id
    ]
    at_bats = sum(row["AB"] for row in games)
    if at_bats >= 20 and player.position != "pitcher":
        hits, home_runs = sum(row["H"] for row in games), sum(row["HR"] for row in games)
        line = choose(
            (
                "In {g} World Series games <s> batted {avg} with {hr}.",
                "<P> World Series average was {avg} in {g} games, with {hr}.",
            )
        )
        words = {
            "g": sum(row["G"] for row in games),
            "avg": batting_average(hits, at_bats),
            "hr": plural(home_runs, "home run") if home_runs else "no home runs",
        }
        states = (
            tuple(f"worldseries:{year}:{player.id}:HR" for year in years) if len(years) == 1 else ()
        )
        sentences.append(Sentence(line.format_map(words), states))
    return sentences


CAREER_BATTING_LINE = (
    "<S> batted {avg} for <p> career.",
    "<P> career batting average was {avg}.",
    "<S> finished with a lifetime average of {avg}.",
)


CAREER_POWER_LINE = (
    "In all <s> hit {hr} and drove in {rbi}.",
    "<P> career totals came to {hr} and {rbi} batted in.",
    "<S> hit {hr} in the majors and drove in {rbi}.",
)


CAREER_HITS_LINE = (
    "In {games} <s> had {h} and scored {r}.",
    "<S> collected {h} in {games} and scored {r}.",
    "<S> played {games}, with {h} and {r} scored.",
)


CAREER_STEALS_LINE = (
    "<S> stole {sb} in all.",
    "<P> stolen bases came to {sb_count}.",
    "<S> had {steals} for <p> career.",
)


CAREER_PITCHING_LINE = (
    "<P> career record was {w}-{l}.",
    "In all <s> won {w} and lost {l}.",
    "<S> finished with {wins} and {losses}.",
)


CAREER_ERA_LINE = (
    "<P> earned run average over {innings} was {era}.",
    "In {innings} <s> had an earned run average of {era}.",
    "<S> allowed {era} earned runs per nine innings for <p> career.",
)


CAREER_STRIKEOUTS_LINE = (
    "<S> struck out {so} in the major leagues.",
    "<P> career strikeouts numbered {so_count}.",
    "All told, <s> struck out {so}.",
)


CAREER_SAVES_LINE = (
    "<S> saved {sv}.",
    "<S> had {saves} for <p> career.",
    "In all <s> was credited with {saves}.",
)


LAST_GAME = (
    "<P> last major league games came in {year} with the {team}.",
    "<S> played <p> final season in {year} with the {team}.",
    "<P> career ended in {year}, when <s> was with the {team}.",
)


ELECTED = (
    "<S> was elected to the Hall of Fame in {year}.",
    "<S> entered the Hall of Fame in {year}.",
    "The Hall of Fame made <o> a member in {year}.",
)


DIED = (
    "<S> died on {date}, in {town}.",
    "<S> died in {town}, on {date}.",
    "<P> death came on {date}, in {town}.",
)


def career_end(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """Totals, the last game, the Hall of Fame, death."""
    sentences = [*career_totals(archive, player, choose)] if len(player.seasons) > 1 else []
    if not player.is_active and len(player.seasons) > 1:
        year = player.seasons[-1]
        team = player.clubs[year][-1]
        states = (
            f"final:{player.id}:year",
            f"final:{player.id}:team",
            *club_ids(archive.tables, player.id, year, team),
        )
        sentences.append(
            Sentence(
                choose(LAST_GAME).format(year=year, team=archive.tables.team_name(team, year)),
                states,
            )
        )
    if player.hall is not None:
        sentences.append(
            Sentence(choose(ELECTED).format(year=player.hall.year), (f"hall:{player.id}:year",))
        )
        if player.hall.votes and player.hall.ballots and player.hall.voters == "BBWAA":
            share = f"{100 * player.hall.votes / player.hall.ballots:.1f}".removesuffix(".0")
            text = f"The baseball writers gave <o> {share} percent of their votes."
            sentences.append(
                Sentence(text, (f"hall:{player.id}:share", f"hall:{player.id}:voters"))
            )
    date, town = date_in_words(player.death), town_in_words(player.death)
    if date and " " in date and town:
        sentences.append(
            Sentence(choose(DIED).format(date=date, town=town), (f"died:{player.id}:year",))
        )
    return sentences


def career_totals(archive: Archive, player: Player, choose: Chooser) -> Iterator[Sentence]:
    bat, pitch = archive.career_batting.get(player.id), archive.career_pitching.get(player.id)
    through = f" through {LAST_SEASON}" if player.is_active else ""

    def told(lines, words, *ids):
        return Sentence(choose(lines).format_map(words).removesuffix(".") + f"{through}.", ids)

    if pitch and pitch["IPouts"] >= 90:
        words = _pitching_words({**pitch, "yearID": 0})
        words |= {
            "wins": plural(pitch["W"], "win"),
            "losses": plural(pitch["L"], "loss", "losses"),
            "so_count": f"{pitch['SO']:,}",
        }
        yield told(
            CAREER_PITCHING_LINE,
            words,
            pitching_id(player.id, "career", "W"),
            pitching_id(player.id, "career", "L"),
        )
        yield told(CAREER_ERA_LINE, words, pitching_id(player.id, "career", "ERA"))
        if pitch["SO"] >= 40:
            yield told(CAREER_STRIKEOUTS_LINE, words, pitching_id(player.id, "career", "SO"))
        if pitch["SV"] >= 5:
            yield told(CAREER_SAVES_LINE, words, pitching_id(player.id, "career", "SV"))
    if bat and bat["AB"] >= 100 and (player.position != "pitcher" or bat["AB"] >= 1500):
        words = _batting_words({**bat, "yearID": 0})
        yield told(CAREER_BATTING_LINE, words, batting_id(player.id, "career", "AVG"))
        if bat["RBI"] is not None:
            power = {**words, "rbi": words["runs"]}
            yield told(
                CAREER_POWER_LINE,
                power,
                batting_id(player.id, "career", "HR"),
                batting_id(player.id, "career", "RBI"),
            )
        yield told(
            CAREER_HITS_LINE,
            words,
            *(batting_id(player.id, "career", stat) for stat in ("G", "H", "R")),
        )
        if (bat["SB"] or 0) >= 30:
            yield told(CAREER_STEALS_LINE, words, batting_id(player.id, "career", "SB"))
