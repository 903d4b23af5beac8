"""Birthplaces."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.lahman import (
    Player,
)
from baseball.prose.archive import Archive, town_in_words, with_indefinite_article
from baseball.prose.document import Chooser, Draft, Sentence
from baseball.prose.leagues import NOBODY

NATIVE = (
    "{name}, {position}, was born in {city} in {year}.",
    "{city} was the birthplace of {name}, who played from {first} to {last}.",
    "{name} came from {city} and played in the majors from {first} to {last}.",
    "From {city} came {name}, {position}, born in {year}.",
    "{name}, born in {city}, reached the majors in {first}.",
    "A native of {city}, {name} made his debut with the {team}.",
)


def birthplaces(archive: Archive) -> Iterator[Draft]:
    """The best-known players of each state and country."""
    natives = defaultdict(list)
    for player in archive.tables.by_fame:
        birth = player.birth
        area = birth["state"] if birth["country"] == "the United States" else birth["country"]
        if area and birth["city"] and birth["year"] and not player.is_active and player.position:
            natives[area].append(player)
    for area, players in sorted(natives.items(), key=lambda item: (-len(item[1]), item[0])):
        for part in range(0, min(len(players), 200), 25):
            choose = Chooser("natives", area, part)
            sentences = [_native(archive, player, choose) for player in players[part : part + 25]]
            if len(sentences) >= 5:
                paragraphs = [sentences[start : start + 6] for start in range(0, len(sentences), 6)]
                yield Draft(f"Major league players from {area}", "birthplaces", NOBODY, paragraphs)


def _native(archive: Archive, player: Player, choose: Chooser) -> Sentence:
    line = choose(NATIVE)
    first, last = player.seasons[0], player.seasons[-1]
    team = player.clubs[first][0]
    words = {
        "name": player.name,
        "position": with_indefinite_article(player.position),
        "city": town_in_words(player.birth) or player.birth["city"],
        "year": player.birth["year"],
        "first": first,
        "last": last,
        "team": archive.tables.team_name(team, first),
    }
    if first == last:
        line = line.replace("from {first} to {last}", "in {first}")
    states = [f"born:{player.id}:{what}" for what in ("city", "state", "country")]
    for field, ids in (
        ("{position}", (f"position:{player.id}",)),
        ("{year}", (f"born:{player.id}:year",)),
        ("{first}", (f"debut:{player.id}:year",)),
        ("{last}", (f"final:{player.id}:year",)),
        (
            "{team}",
            (
                f"debut:{player.id}:team",
                f"club:{player.id}:{archive.tables.franchise_of(team, first)}",
            ),
        ),
    ):
        if field in line:
            states += ids
    if first == last:
        states.append(f"final:{player.id}:year")
    text = line.format_map(words)
    return Sentence(text, tuple(states), None, True)
