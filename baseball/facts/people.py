"""People."""

from collections.abc import Iterator

from baseball.facts.fact import MONTHS, Fact, _best_known, _fact, _labelled, club_forms
from baseball.lahman import (
    Player,
    Tables,
    club_ids,
    plural,
)

BIRTH_CITY = (
    "In what city was {name} born?",
    "What is {owner} birthplace?",
    "Where was {name} born?",
    "{name} was born in which town or city?",
    "Name the city or town of {owner} birth.",
    "From which town or city did {name} come into the world?",
)


BIRTH_STATE = (
    "In which state was {name} born?",
    "What is {owner} home state by birth?",
    "{name} was born in what U.S. state?",
    "Name the state of {owner} birth.",
    "Of which state is {name} a native?",
    "Which American state can claim {name} as a native son?",
)


BIRTH_COUNTRY = (
    "In which country was {name} born?",
    "What is {owner} native country?",
    "{name} was born in what country or territory?",
    "Name the country of {owner} birth.",
    "From which country did {name} come to the major leagues?",
    "Outside the United States, which country can claim {name} as a native son?",
)


BIRTH_YEAR = (
    "In what year was {name} born?",
    "What is the year of {owner} birth?",
    "{name} was born in which year?",
    "Name the year in which {name} was born.",
    "When, by the year, did {name} come into the world?",
    "What year stands on {owner} birth certificate?",
)


BIRTH_DATE = (
    "On what date was {name} born?",
    "What is {owner} date of birth?",
    "What is {owner} full birth date, with month, day and year?",
    "{name} was born on which day?",
    "Give the exact date of {owner} birth.",
    "On which day of which year did {name} come into the world?",
)


DEATH_YEAR = (
    "In what year did {name} die?",
    "What is the year of {owner} death?",
    "{name} died in which year?",
    "Name the year in which {name} died.",
    "When, by the year, did {name} pass away?",
    "Until what year did {name} live?",
)


DEBUT_YEAR = (
    "In what year did {name} make his major league debut?",
    "When did {name} play his first big-league game?",
    "What was {owner} first season in the majors?",
    "{name} reached the major leagues in which year?",
    "Name the year of {owner} major league debut.",
    "In which season did {name} break into the big leagues?",
)


DEBUT_CLUB = (
    "With which team did {name} make his major league debut?",
    "Which club gave {name} his first big-league game?",
    "For what team did {name} play first in the majors?",
    "{name} broke into the big leagues with which team?",
    "Name the club with which {name} started his major league career.",
    "Whose uniform did {name} wear in his first big-league season?",
)


FINAL_YEAR = (
    "In what year did {name} play his last major league game?",
    "What was {owner} final season in the majors?",
    "When did {name} last play in the big leagues?",
    "{owner} playing career ended in which year?",
    "Name the last season in which {name} appeared in a major league game.",
    "Until what year did {name} play in the majors?",
)


FINAL_CLUB = (
    "With which team did {name} finish his major league career?",
    "What was the last big-league club {name} played for?",
    "For what team did {name} play at the end of his career?",
    "{name} played his last major league game for which team?",
    "Name the club with which {name} ended his playing days.",
    "Whose uniform did {name} wear in his final big-league game?",
)


FULL_NAME = (
    "What was {owner} full name?",
    "What is {name} called in full, with his given names?",
    "What given names stand behind the baseball name {name}?",
    "Write out {owner} full given name.",
    "Under what full name was the player called {name} born?",
    "Give the complete name, with every given name, of {name}.",
)


BATS = (
    "From which side of the plate did {name} bat?",
    "Did {name} bat right-handed or left-handed?",
    "Was {name} a right-handed hitter, a left-handed hitter, or a switch hitter?",
    "How did {name} hit: right-handed, left-handed, or both ways?",
    "On which side did {name} stand at the plate?",
    "Tell me which way {name} batted.",
)


THROWS = (
    "With which hand did {name} throw?",
    "Did {name} throw right-handed or left-handed?",
    "Was {name} a right-hander or a left-hander in the field?",
    "Which was {owner} throwing arm?",
    "When {name} threw, did the ball leave his right hand or his left?",
    "Tell me which arm {name} threw with.",
)


HEIGHT = (
    "How tall was {name}?",
    "What was {owner} height?",
    "What is {owner} listed height in feet and inches?",
    "{name} stood how tall?",
    "Give the height at which {name} is listed.",
    "How many feet and inches did {name} measure?",
)


POSITION = (
    "What position did {name} play?",
    "Where on the field did {name} play most of his games?",
    "What was {owner} main position?",
    "{name} spent most of his career at which position?",
    "Name the position that {name} played most often.",
    "At which position was {name} used more than at any other?",
)


COLLEGE = (
    "Where did {name} go to college?",
    "Which college did {name} attend?",
    "For what school did {name} play college ball?",
    "What is {owner} alma mater?",
    "Name the college or university that {name} attended.",
    "From which college did {name} come to professional baseball?",
)


def people(tables: Tables) -> Iterator[Fact]:
    """Births, deaths, names and builds, first and last seasons, positions, colleges."""
    yield from _births(tables)
    yield from _career_ends(tables)
    yield from _names_and_builds(tables)


def _said(
    player: Player, kind: str, questions: tuple, answer: str, accepted: tuple, *ids: str
) -> Fact:
    return _fact(
        kind,
        questions,
        _labelled(player),
        answer,
        tuple(form.lower() for form in accepted),
        (*ids, *player.label_states),
    )


def _births(tables: Tables) -> Iterator[Fact]:
    def known(*parts):
        return lambda player: all(player.birth[part] for part in parts)

    def in_usa(player):
        return player.birth["country"] == "the United States"

    for player in _best_known(tables, 1000, known("city", "state", "country")):
        city, area = (
            player.birth["city"],
            player.birth["state"] if in_usa(player) else player.birth["country"],
        )
        if city != area:
            answer = f"{{name}} was born in {city}, {area.removeprefix('the ')}."
            yield _said(
                player,
                "birthplace",
                BIRTH_CITY,
                answer,
                (city,),
                *(f"born:{player.id}:{what}" for what in ("city", "state", "country")),
            )
    for player in _best_known(tables, 800, lambda player: in_usa(player) and player.birth["state"]):
        state = player.birth["state"]
        ids = (f"born:{player.id}:state", f"born:{player.id}:country")
        yield _said(
            player,
            "birth state",
            BIRTH_STATE,
            f"{{name}} was born in {state}.",
            (state.removeprefix("the "),),
            *ids,
        )
    for player in _best_known(
        tables, 700, lambda player: player.birth["country"] and not in_usa(player)
    ):
        country = player.birth["country"]
        yield _said(
            player,
            "birth country",
            BIRTH_COUNTRY,
            f"{{name}} was born in {country}.",
            (country.removeprefix("the "),),
            f"born:{player.id}:country",
        )
    for player in _best_known(tables, 1000, known("year")):
        year = str(player.birth["year"])
        yield _said(
            player,
            "birth year",
            BIRTH_YEAR,
            f"{{name}} was born in {year}.",
            (year,),
            f"born:{player.id}:year",
        )
    for player in _best_known(tables, 600, known("year", "month", "day")):
        date = f"{MONTHS[player.birth['month']]} {player.birth['day']}, {player.birth['year']}"
        ids = (f"born:{player.id}:date", f"born:{player.id}:year")
        yield _said(
            player, "birth date", BIRTH_DATE, f"{{name}} was born on {date}.", (date,), *ids
        )
    for player in _best_known(tables, 600, lambda player: player.death["year"]):
        year = str(player.death["year"])
        yield _said(
            player,
            "death year",
            DEATH_YEAR,
            f"{{name}} died in {year}.",
            (year,),
            f"died:{player.id}:year",
        )


def _career_ends(tables: Tables) -> Iterator[Fact]:
    for player in _best_known(tables, 1000):
        year = str(player.seasons[0])
        yield _said(
            player,
            "debut year",
            DEBUT_YEAR,
            f"{{name}} made his major league debut in {year}.",
            (year,),
            f"debut:{player.id}:year",
        )
    for player in _best_known(tables, 900):
        team, year = player.clubs[player.seasons[0]][0], player.seasons[0]
        row = tables.teams[team, year]
        answer = f"{{name}} made his major league debut with the {row['name']}."
        yield _said(
            player,
            "debut team",
            DEBUT_CLUB,
            answer,
            club_forms(row),
            f"debut:{player.id}:team",
            *club_ids(tables, player.id, year, team),
        )
    for player in _best_known(tables, 900, lambda player: not player.is_active):
        year = str(player.seasons[-1])
        yield _said(
            player,
            "final year",
            FINAL_YEAR,
            f"{{name}} played his last major league game in {year}.",
            (year,),
            f"final:{player.id}:year",
        )
    for player in _best_known(tables, 900, lambda player: not player.is_active):
        year = player.seasons[-1]
        team = player.clubs[year][-1]
        row = tables.teams[team, year]
        answer = f"{{name}} finished his major league career with the {row['name']}."
        yield _said(
            player,
            "final team",
            FINAL_CLUB,
            answer,
            club_forms(row),
            f"final:{player.id}:team",
            *club_ids(tables, player.id, year, team),
        )


def _names_and_builds(tables: Tables) -> Iterator[Fact]:
    for player in _best_known(
        tables, 900, lambda player: player.given and len(player.given.split()) >= 2
    ):
        full = f"{player.given} {player.last}"
        yield _said(
            player,
            "full name",
            FULL_NAME,
            f"{{owner}} full name was {full}.",
            (full, player.given),
            f"name:{player.id}",
        )
    for player in _best_known(tables, 800, lambda player: player.bats):
        if player.bats == "both":
            answer, accepted = (
                "{name} was a switch hitter, batting from both sides.",
                ("switch hitter", "both sides", "both"),
            )
        else:
            answer, accepted = (
                f"{{name}} batted {player.bats}-handed.",
                (f"{player.bats}-handed", player.bats),
            )
        yield _said(player, "batting side", BATS, answer, accepted, f"bats:{player.id}")
    for player in _best_known(tables, 800, lambda player: player.throws):
        answer = f"{{name}} threw {player.throws}-handed."
        yield _said(
            player,
            "throwing hand",
            THROWS,
            answer,
            (f"{player.throws}-handed", player.throws),
            f"throws:{player.id}",
        )
    for player in _best_known(tables, 700, lambda player: player.height):
        tall = height_in_words(player.height)
        accepted = (
            (tall, tall.removesuffix(" inches")) if tall.endswith("inches") else (f"{tall} tall",)
        )
        yield _said(
            player,
            "height",
            HEIGHT,
            f"{{name}} stood {tall} tall.",
            accepted,
            f"height:{player.id}",
        )
    for player in _best_known(tables, 1000, lambda player: player.position):
        answer = f"{{name}} was {'an' if player.position[0] in 'aeiou' else 'a'} {player.position}."
        yield _said(
            player, "position", POSITION, answer, (player.position,), f"position:{player.id}"
        )
    for player in _best_known(tables, 800, lambda player: player.college):
        yield _said(
            player,
            "college",
            COLLEGE,
            f"{{name}} attended {with_article(player.college)}.",
            (player.college,),
            f"college:{player.id}",
        )


def height_in_words(inches: int) -> str:
    """height_in_words(74) -> '6 feet 2 inches'"""
    feet, rest = divmod(inches, 12)
    return f"{feet} feet" + (f" {plural(rest, 'inch', 'inches')}" if rest else "")


def with_article(school: str) -> str:
    """with_article("University of Texas") -> 'the University of Texas'"""
    return f"the {school}" if school.startswith(("University of", "College of")) else school
