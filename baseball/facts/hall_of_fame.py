"""When people entered the Hall of Fame, who elected them, and with what share of the vote."""

from collections.abc import Iterator

from baseball import statements
from baseball.facts.fact import Fact, labelled_fields, load_section, make_fact
from baseball.lahman import HallElection, Player, Tables
from baseball.phrasings import FactTemplate

KINDS = ("hall of fame year", "hall of fame voters", "hall of fame vote")

WRITERS = ("BBWAA", "Run Off")  # a run-off was a second ballot among the same writers
# Gehrig and Clemente were elected by the writers' association without the usual ballot.
SPECIAL_ELECTION = "Special Election"


def hall_of_fame(tables: Tables) -> Iterator[Fact]:
    """The year, the voters and the share of the vote of each election, best known first."""
    templates = load_section("hall_of_fame", kinds=KINDS)
    best_known_first = sorted(tables.players.values(), key=lambda player: (-player.fame, player.id))
    for player in best_known_first:
        if player.label and player.hall:
            yield from _election(templates, player, player.hall)


def _election(
    templates: dict[str, FactTemplate], player: Player, election: HallElection
) -> Iterator[Fact]:
    yield _year(templates["hall of fame year"], player, election)
    if election.voters == SPECIAL_ELECTION:
        return
    yield _voters(templates["hall of fame voters"], player, election)
    if election.writers_share:
        yield _share_of_vote(templates["hall of fame vote"], player, election.writers_share)


def _year(template: FactTemplate, player: Player, election: HallElection) -> Fact:
    fields = labelled_fields(player, elected=election.year)
    states = (statements.hall_year(player.id), *player.label_states)
    return make_fact(template, fields, (str(election.year),), states)


def _voters(template: FactTemplate, player: Player, election: HallElection) -> Fact:
    voters, accepted = "A committee", ["committee"]
    if election.voters in WRITERS:
        voters, accepted = "The baseball writers", ["writers", "baseball writers"]
    fields = labelled_fields(player, voters=voters)
    states = (statements.hall_voters(player.id), *player.label_states)
    return make_fact(template, fields, accepted, states)


def _share_of_vote(template: FactTemplate, player: Player, share: str) -> Fact:
    fields = labelled_fields(player, share=share)
    states = (
        statements.hall_share(player.id),
        statements.hall_voters(player.id),
        *player.label_states,
    )
    return make_fact(template, fields, (share,), states)
