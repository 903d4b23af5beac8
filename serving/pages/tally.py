"""The table of the votes so far."""

from collections.abc import Sequence

from nicegui import html

from serving.pages.elements import Text
from serving.votes import Standing, Vote, tally

EXPLANATION = (
    "The share is in percent of the wins, ties left out, with its 95% interval (Wilson's). The "
    "interval covers the luck of the questions that were judged, not that of training."
)


def draw_tally(votes: Sequence[Vote], damaged: int) -> None:
    """Draw a table for each pair of models, with a row for each topic.

    `damaged` is the number of lines in the file that are not votes.
    """
    Text("h2", "Votes so far")
    standings = tally(votes)
    if not standings:
        Text("p", "None yet.").classes("muted")
    for pair in sorted({standing.models for standing in standings}):
        _draw_table([standing for standing in standings if standing.models == pair])
    if standings:
        Text("p", EXPLANATION).classes("muted small")
    if damaged:
        Text("p", _describe_damage(damaged)).classes("muted small")


def _describe_damage(lines: int) -> str:
    if lines == 1:
        return "1 line of votes.jsonl is not a vote and was not counted."
    return f"{lines} lines of votes.jsonl are not votes and were not counted."


def _draw_table(standings: Sequence[Standing]) -> None:
    first, second = standings[0].models
    headings = ["Topic", first, second, "Both", "Neither", f"Share of {first}"]
    with html.div().classes("table-scroll").props("tabindex=0 role=region") as region:
        region.props["aria-label"] = f"Votes between {first} and {second}"
        with html.table():
            with html.thead(), html.tr():
                for heading in headings:
                    Text("th", heading).props("scope=col")
            with html.tbody():
                for standing in standings:
                    _draw_row(standing)


def _draw_row(standing: Standing) -> None:
    numbers = [*standing.wins, standing.both, standing.neither]
    with html.tr():
        Text("th", standing.topic).props("scope=row")
        for number in numbers:
            Text("td", str(number))
        Text("td", _describe_share(standing))


def _describe_share(standing: Standing) -> str:
    """The share of the wins in percent, with its interval: "67 [30, 90]"."""
    share = standing.share
    if share is None:
        return "–"
    return f"{100 * share.value:.0f} [{100 * share.low:.0f}, {100 * share.high:.0f}]"
