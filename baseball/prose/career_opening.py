"""The opening of a career: birth, height and weight, position, years and clubs."""

from baseball import statements
from baseball.lahman import Player
from baseball.prose.archive import Archive
from baseball.prose.document import Chooser, Sentence, lines_of
from baseball.wording import (
    counted,
    date_in_words,
    height_in_words,
    join_names,
    town_in_words,
    with_article,
    with_indefinite_article,
)

AT_POSITION = {
    "pitcher": "on the mound",
    "catcher": "behind the plate",
    "first baseman": "at first base",
    "second baseman": "at second base",
    "third baseman": "at third base",
    "shortstop": "at shortstop",
    "outfielder": "in the outfield",
    "designated hitter": "as designated hitter",
}


def career_opening(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """Years, birth, clubs and build in one of four orders, then his games at each position."""
    span = span_sentence(player, choose)
    birth = birth_sentence(player, choose)
    clubs = clubs_sentence(archive, player, choose)
    build = build_sentences(player, choose)
    orders = (
        [*span, *birth, *build, *clubs],
        [*birth, *span, *clubs, *build],
        [*span, *clubs, *birth, *build],
        [*birth, *build, *span, *clubs],
    )
    opening = orders[choose(range(4))]
    return opening + positions_sentence(player, choose)


def span_sentence(player: Player, choose: Chooser) -> list[Sentence]:
    """His position, and his first and last season."""
    lines = lines_of("career_opening")
    first, last = player.seasons[0], player.seasons[-1]
    states = [statements.position(player.id), statements.debut_year(player.id)]
    if player.is_active:
        options = lines["span_until_now"]
    else:
        options = lines["span"] if first != last else lines["span_of_one_season"]
        states.append(statements.final_year(player.id))
    position = with_indefinite_article(player.position) if player.position else "a player"
    words = {
        "position": position,
        "Position": position[0].upper() + position[1:],
        "first": first,
        "last": last,
        "as_of": player.as_of,
        "count": counted(len(player.seasons), "season"),
    }
    return [choose.sentence(options, words, states)]


def birth_sentence(player: Player, choose: Chooser) -> list[Sentence]:
    """Where he was born, the day if it is known, and sometimes his full name."""
    lines = lines_of("career_opening")
    town, date = town_in_words(player.birth), date_in_words(player.birth)
    place = statements.birthplace(player.id)
    if town is None:
        return []
    is_year_alone = date is None or " " not in date
    if is_year_alone:
        return [choose.sentence(lines["born_short"], {"town": town}, place)]
    states = [statements.birth_date(player.id), statements.birth_year(player.id), *place]
    line = choose(lines["born"])
    given = ""
    if not choose.one_in(3) and player.given is not None and "{given}" in line:
        given = f"{player.given} {player.last} "
        states.append(statements.full_name(player.id))
    return [Sentence(line.format(given=given, date=date, town=town), tuple(states))]


def build_sentences(player: Player, choose: Chooser) -> list[Sentence]:
    """His batting and throwing sides, his height and weight, his college."""
    lines = lines_of("career_opening")
    sentences = []
    if player.bats and player.throws:
        sentences.append(_sides_sentence(player, choose))
    if player.height and player.weight:
        words = {"tall": height_in_words(player.height), "weight": player.weight}
        states = [statements.height(player.id)]
        sentences.append(choose.sentence(lines["build"], words, states))
    if player.college:
        line = choose(lines["college"])
        college = with_article(player.college)
        if line.startswith("{"):
            college = college[0].upper() + college[1:]
        text = line.format(college=college)
        sentences.append(Sentence(text, (statements.college(player.id),)))
    return sentences


def _sides_sentence(player: Player, choose: Chooser) -> Sentence:
    lines = lines_of("career_opening")
    bats = f"{player.bats}-handed"
    if player.bats == "both":
        bats = "from both sides of the plate"
    if player.bats == player.throws:
        options = lines["same_side"]
    elif player.bats == "both":
        options = lines["sides_of_switch_hitter"]
    else:
        options = lines["sides"]
    words = {"bats": bats, "throws": f"{player.throws}-handed"}
    states = [statements.bats(player.id), statements.throws(player.id)]
    return choose.sentence(options, words, states)


def positions_sentence(player: Player, choose: Chooser) -> list[Sentence]:
    """How many games he played at each position, if he played several."""
    games = [(count, position) for position, count in player.games_at.items() if count >= 5]
    games = sorted(games, reverse=True)[:4]
    if len(games) < 2:
        return []
    parts: list[str] = []
    for count, position in games:
        noun = " games" if not parts else ""  # "2,238 games in the outfield and 163 on ..."
        parts.append(f"{count:,}{noun} {AT_POSITION[position]}")
    lines = lines_of("career_opening")["games_at"]
    words = {"places": join_names(parts)}
    sentence = choose.sentence(lines, words, [statements.position(player.id)])
    return [sentence.through(player.as_of)]


def clubs_sentence(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """All clubs that he played for, if there were several."""
    names: dict[str, None] = {}  # each once, in order
    clubs: dict[str, None] = {}
    for year in player.seasons:
        for team in player.clubs[year]:
            row = archive.club(team, year)
            names[f"the {row['name']}"] = None
            clubs[statements.club(player.id, row["franchID"])] = None
    if len(names) < 2:
        return []
    states = [
        *clubs,
        statements.franchise_count(player.id),
        statements.main_club(player.id),
        statements.debut_team(player.id),
        statements.final_team(player.id),
    ]
    lines = lines_of("career_opening")["all_clubs"]
    sentence = choose.sentence(lines, {"clubs": join_names(list(names))}, states)
    return [sentence.as_of(player.as_of)]
