"""When players entered the Hall of Fame, by whose vote, and with what share of it."""

from collections.abc import Iterator

from baseball import statements
from baseball.facts.fact import Fact, labelled_fields, load_section, make_fact
from baseball.lahman import HallElection, Player, Tables
from baseball.phrasings import Wording

KINDS = ("hall of fame year", "hall of fame voters", "hall of fame vote")

WRITERS = ("BBWAA", "Run Off")  # a run-off was a second ballot among the same writers
# Gehrig and Clemente: by the writers' association, without the usual ballot.
SPECIAL_ELECTION = "Special Election"


def hall_of_fame(tables: Tables) -> Iterator[Fact]:
    """The year, the voters and the share of the vote of each election, best-known players first."""
    wordings = load_section("hall_of_fame", kinds=KINDS)
    best_known_first = sorted(tables.players.values(), key=lambda player: (-player.fame, player.id))
    for player in best_known_first:
        if player.label and player.hall:
            yield from _election(wordings, player, player.hall)


def _election(
    wordings: dict[str, Wording], player: Player, election: HallElection
) -> Iterator[Fact]:
    yield _year(wordings["hall of fame year"], player, election)
    if election.voters == SPECIAL_ELECTION:
        return
    yield _voters(wordings["hall of fame voters"], player, election)
    if election.voters == "BBWAA" and election.votes and election.ballots:
        share = f"{100 * election.votes / election.ballots:.1f}".removesuffix(".0")
        yield _share_of_vote(wordings["hall of fame vote"], player, share)


def _year(wording: Wording, player: Player, election: HallElection) -> Fact:
    fields = labelled_fields(player, elected=election.year)
    states = (statements.hall_year(player.id), *player.label_states)
    return make_fact(wording, fields, (str(election.year),), states)


def _voters(wording: Wording, player: Player, election: HallElection) -> Fact:
    voters, accepted = "A committee", ["committee"]
    if election.voters in WRITERS:
        voters, accepted = "The baseball writers", ["writers", "baseball writers"]
    fields = labelled_fields(player, voters=voters)
    states = (statements.hall_voters(player.id), *player.label_states)
    return make_fact(wording, fields, accepted, states)


def _share_of_vote(wording: Wording, player: Player, share: str) -> Fact:
    fields = labelled_fields(player, share=share)
    states = (
        statements.hall_share(player.id),
        statements.hall_voters(player.id),
        *player.label_states,
    )
    return make_fact(wording, fields, (share,), states)
