"""A document about each player's career, from his birth to his death."""

from collections.abc import Iterator

from baseball.lahman import Player
from baseball.prose.archive import Archive
from baseball.prose.career_clubs import career_seasons
from baseball.prose.career_opening import career_opening
from baseball.prose.career_summary import career_end, honours
from baseball.prose.document import Draft, Subject


def careers(archive: Archive) -> Iterator[Draft]:
    """The career of every player whose seasons the tables have from his first, best known first."""
    for player in archive.tables.by_fame:
        if player.began_before_tables:
            continue
        choose = archive.chooser("career", player.id)
        paragraphs = [
            career_opening(archive, player, choose),
            *career_seasons(archive, player, choose),
            honours(archive, player, choose),
            career_end(archive, player, choose),
        ]
        if len(player.seasons) <= 2:
            sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
            paragraphs = [sentences]
        yield Draft(player.name, "career", player_subject(player), paragraphs)


def player_subject(player: Player) -> Subject:
    """The subject of a document about a player, who is called by his last name later on."""
    return Subject(player.name, player.last, "he", "his", "him")
