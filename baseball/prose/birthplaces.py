"""Documents about the players from each state or country, one sentence each."""

from collections import defaultdict
from collections.abc import Iterator

from baseball import statements
from baseball.lahman import Player
from baseball.prose.archive import Archive
from baseball.prose.document import NOBODY, Chooser, Draft, Sentence, lines_of
from baseball.wording import town_in_words, with_indefinite_article

MAX_PLAYERS = 200  # from one state or country
PLAYERS_PER_DOCUMENT = 25
MIN_PLAYERS = 5  # in a document
PLAYERS_PER_PARAGRAPH = 6


def birthplaces(archive: Archive) -> Iterator[Draft]:
    """The best-known players of each state or country; places with the most players come first."""
    by_area = _natives(archive.tables.by_fame)
    for area, players in sorted(by_area.items(), key=lambda item: (-len(item[1]), item[0])):
        best_known = players[:MAX_PLAYERS]
        for start in range(0, len(best_known), PLAYERS_PER_DOCUMENT):
            group = best_known[start : start + PLAYERS_PER_DOCUMENT]
            choose = archive.chooser("natives", area, start)
            sentences = [_native_sentence(archive, player, choose) for player in group]
            if len(sentences) < MIN_PLAYERS:
                continue
            paragraphs = [
                sentences[index : index + PLAYERS_PER_PARAGRAPH]
                for index in range(0, len(sentences), PLAYERS_PER_PARAGRAPH)
            ]
            yield Draft(f"Major league players from {area}", "birthplaces", NOBODY, paragraphs)


def _natives(players: list[Player]) -> dict[str, list[Player]]:
    """State or country -> the players born there whose careers are over and known."""
    by_area = defaultdict(list)
    for player in players:
        birth = player.birth
        area = birth["state"] if birth["country"] == "the United States" else birth["country"]
        is_known = area and birth["city"] and birth["year"] and player.position
        if is_known and not player.is_active and not player.began_before_tables:
            by_area[area].append(player)
    return by_area


def _native_sentence(archive: Archive, player: Player, choose: Chooser) -> Sentence:
    line = choose(lines_of("birthplaces")["native"])
    first, last = player.seasons[0], player.seasons[-1]
    if first == last:
        line = line.replace("from {first} to {last}", "in {first}")
    team = player.clubs[first][0]
    words = {
        "name": player.name,
        "position": with_indefinite_article(player.position or "player"),
        "city": town_in_words(player.birth) or player.birth["city"],
        "year": player.birth["year"],
        "first": first,
        "last": last,
        "team": archive.tables.team_name(team, first),
    }
    return Sentence(
        line.format_map(words), _native_states(archive, player, line), names_others=True
    )


def _native_states(archive: Archive, player: Player, line: str) -> tuple[str, ...]:
    """The statements of the line, which depend on its fields."""
    first, last = player.seasons[0], player.seasons[-1]
    franchise = archive.tables.franchise_of(player.clubs[first][0], first)
    states_of_field = {
        "{position}": [statements.position(player.id)],
        "{year}": [statements.birth_year(player.id)],
        "{first}": [statements.debut_year(player.id)],
        "{last}": [statements.final_year(player.id)],
        "{team}": [statements.debut_team(player.id), statements.club(player.id, franchise)],
    }
    states = [*statements.birthplace(player.id)]
    for field, ids in states_of_field.items():
        if field in line:
            states += ids
    if first == last:
        states.append(statements.final_year(player.id))
    return tuple(states)
