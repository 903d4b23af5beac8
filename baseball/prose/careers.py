"""Careers: a document for every player, from his birth to his death."""

from collections.abc import Iterator

from baseball.lahman import Player
from baseball.prose.archive import Archive
from baseball.prose.career_clubs import career_seasons
from baseball.prose.career_opening import career_opening
from baseball.prose.career_summary import career_end, honours
from baseball.prose.document import Chooser, Draft, Subject


def careers(archive: Archive) -> Iterator[Draft]:
    """Every player's career, the best known first."""
    for player in archive.tables.by_fame:
        choose = Chooser("career", player.id)
        paragraphs = [
            career_opening(archive, player, choose),
            *career_seasons(archive, player, choose),
            honours(archive, player, choose),
            career_end(archive, player, choose),
        ]
        if len(player.seasons) <= 2:
            paragraphs = [[sentence for paragraph in paragraphs for sentence in paragraph]]
        yield Draft(player.name, "career", person(player), paragraphs)


def person(player: Player) -> Subject:
    return Subject(player.name, player.last, "he", "his", "him")
