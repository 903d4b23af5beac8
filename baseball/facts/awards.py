"""Awards."""

from collections import defaultdict
from collections.abc import Iterator

from baseball.facts.careers import _through
from baseball.facts.fact import Fact, _best_known, _fact, _labelled, in_words, person_forms
from baseball.lahman import (
    LEAGUES,
    Tables,
    join_names,
    rows,
)

AWARDS = {
    "Most Valuable Player": ("most valuable player", "MVP", "the {league} Most Valuable Player award of {year}", (
        "Who won the {league} MVP award in {year}?",
        "Who was the {league} Most Valuable Player of {year}?",
        "Which player was voted the {league} MVP for the {year} season?",
        "In {year}, the Most Valuable Player award of the {league} went to whom?",
        "Name the {league} MVP of {year}.",
        "Who was chosen as the most valuable player in the {league} in {year}?",
    )),
    "Cy Young Award": ("cy young award", "CYA", "the {league} Cy Young Award of {year}", (
        "Who won the {league} Cy Young Award in {year}?",
        "Which pitcher received the {league} Cy Young Award for the {year} season?",
        "In {year}, the Cy Young Award of the {league} went to whom?",
        "Name the {year} Cy Young winner in the {league}.",
        "Who was voted the best pitcher of the {league} for {year} and given the Cy Young Award?",
        "Whose pitching earned the {league} Cy Young Award of {year}?",
    )),
    "Rookie of the Year": ("rookie of the year", "ROY", "the {league} Rookie of the Year award of {year}", (
        "Who was the {league} Rookie of the Year in {year}?",
        "Which first-year player won the {league} Rookie of the Year award in {year}?",
        "In {year}, the {league} Rookie of the Year award went to whom?",
        "Name the {league} Rookie of the Year for {year}.",
        "Who was voted the top rookie in the {league} in {year}?",
        "Whose debut season won {league} Rookie of the Year honors in {year}?",
    )),
    "World Series MVP": ("world series mvp", "WSMVP", "the Most Valuable Player award of the {year} World Series", (
        "Who was the MVP of the {year} World Series?",
        "Which player won the World Series MVP award in {year}?",
        "In the {year} World Series, who was named most valuable player?",
        "Name the World Series MVP of {year}.",
        "Who took home the MVP trophy from the {year} World Series?",
        "Whose play earned the World Series MVP award in {year}?",
    )),
    "ALCS MVP": ("championship series mvp", "LCSMVP", "the Most Valuable Player award of the {year} {league} Championship Series", (
        "Who was the MVP of the {year} {league} Championship Series?",
        "Which player won the {league} Championship Series MVP award in {year}?",
        "In the {year} {league} Championship Series, who was named most valuable player?",
        "Name the {league} Championship Series MVP of {year}.",
        "Who took MVP honors in the {league} playoff for the pennant in {year}?",
        "Whose play earned the {league} Championship Series MVP award of {year}?",
    )),
    "All-Star Game MVP": ("all-star game mvp", "ASGMVP", "the Most Valuable Player award of the {year} All-Star Game", (
        "Who was the MVP of the {year} All-Star Game?",
        "Which player won the All-Star Game MVP award in {year}?",
        "In the {year} All-Star Game, who was named most valuable player?",
        "Name the All-Star Game MVP of {year}.",
        "Who took home the MVP trophy from the {year} All-Star Game?",
        "Whose play earned the MVP award of the All-Star Game in {year}?",
    )),
    "Reliever of the Year Award": ("reliever of the year", "RELIEVER", "the {league} Reliever of the Year award of {year}", (
        "Who was the {league} Reliever of the Year in {year}?",
        "Which pitcher won the {league} award for the best reliever of {year}?",
        "In {year}, the {league} Reliever of the Year award went to whom?",
        "Name the {league} Reliever of the Year for {year}.",
        "Who was honored as the top relief pitcher in the {league} in {year}?",
        "Whose relief work was judged the best in the {league} in {year}?",
    )),
}  # fmt: skip


AWARDS["NLCS MVP"] = AWARDS["ALCS MVP"]


GLOVE_POSITIONS = {
    "P": "pitcher", "C": "catcher", "1B": "first base", "2B": "second base", "3B": "third base", "SS": "shortstop",
    "LF": "left field", "CF": "center field", "RF": "right field", "DH": "designated hitter",
}  # fmt: skip


GOLD_GLOVE = (
    "Who won the {league} Gold Glove at {position} in {year}?",
    "Which player received the {year} {league} Gold Glove at {position}?",
    "In {year}, the Gold Glove at {position} in the {league} went to whom?",
    "Name the {league} Gold Glove winner at {position} for {year}.",
    "Who was judged the best {league} fielder at {position} in {year}, with a Gold Glove to show for it?",
    "Whose fielding at {position} won the {league} Gold Glove of {year}?",
)


SILVER_SLUGGER = (
    "Who won the {league} Silver Slugger at {position} in {year}?",
    "Which player received the {year} {league} Silver Slugger award at {position}?",
    "In {year}, the Silver Slugger at {position} in the {league} went to whom?",
    "Name the {league} Silver Slugger winner at {position} for {year}.",
    "Who was judged the best {league} hitter at {position} in {year}, with a Silver Slugger to show for it?",
    "Whose bat won the {league} Silver Slugger at {position} for {year}?",
)


MANAGER_OF_THE_YEAR = (
    "Who was the {league} Manager of the Year in {year}?",
    "Which manager won the {year} {league} Manager of the Year award?",
    "In {year}, the baseball writers named whom the {league} Manager of the Year?",
    "Name the {league} Manager of the Year for {year}.",
    "Who was voted the top manager in the {league} in {year}?",
    "The {league} Manager of the Year award of {year} went to which man?",
)


AWARD_COUNTS = {
    "Gold Glove": ("gold glove count", "GG", "Gold Glove", 3, (
        "How many Gold Gloves did {name} win{so_far}?",
        "What is {owner} total of Gold Glove awards{so_far}?",
        "{name} won how many Gold Gloves{so_far}?",
        "How many times was {name} honored with a Gold Glove{so_far}?",
        "Tell me how many Gold Glove awards {name} won{so_far}.",
        "Over his career, how often did {name} win the Gold Glove{so_far}?",
    )),
    "Most Valuable Player": ("mvp count", "MVP", "Most Valuable Player award", 1, (
        "How many Most Valuable Player awards did {name} win{so_far}?",
        "What is {owner} total of league MVP awards{so_far}?",
        "{name} won how many MVP awards{so_far}?",
        "How many times was {name} named his league's Most Valuable Player{so_far}?",
        "Tell me how many MVP awards {name} won{so_far}.",
        "Over his career, how often did {name} win the league MVP award{so_far}?",
    )),
    "Silver Slugger": ("silver slugger count", "SS", "Silver Slugger award", 2, (
        "How many Silver Slugger awards did {name} win{so_far}?",
        "What is {owner} total of Silver Sluggers{so_far}?",
        "{name} won how many Silver Slugger awards{so_far}?",
        "How many times was {name} honored with a Silver Slugger{so_far}?",
        "Tell me how many Silver Sluggers {name} won{so_far}.",
        "Over his career, how often did {name} win the Silver Slugger{so_far}?",
    )),
    "Cy Young Award": ("cy young count", "CYA", "Cy Young Award", 1, (
        "How many Cy Young Awards did {name} win{so_far}?",
        "What is {owner} total of Cy Young Awards{so_far}?",
        "{name} won how many Cy Young Awards{so_far}?",
        "How many times was {name} honored with the Cy Young Award{so_far}?",
        "Tell me how many Cy Youngs {name} won{so_far}.",
        "Over his career, how often did {name} win the Cy Young Award{so_far}?",
    )),
}  # fmt: skip


def awards(tables: Tables) -> Iterator[Fact]:
    """Who won an award, and how often a player won it."""
    frame = tables.awards.sort_values(
        ["yearID", "lgID", "playerID"], ascending=[False, True, True], kind="stable"
    )
    winners = defaultdict(list)
    for row in rows(frame):
        if row["awardID"] in ("Gold Glove", "Silver Slugger"):
            winners[row["awardID"], row["yearID"], row["lgID"], row["notes"]].append(
                row["playerID"]
            )
        elif row["awardID"] in AWARDS:
            winners[row["awardID"], row["yearID"], row["lgID"], None].append(row["playerID"])
    for (award, year, league, place), people in winners.items():
        if award == "All-Star Game MVP" and year == 1962:
            continue  # two games were played, each with its own award
        if award in AWARDS:
            kind, code, prize, questions = AWARDS[award]
            yield _award(tables, kind, code, year, league, people, questions, prize)
        elif place in GLOVE_POSITIONS and len(people) == 1:
            yield _positional_award(tables, award, year, league, place, people)
    managers = tables.manager_awards
    chosen = (
        managers[managers["awardID"] == "BBWAA Manager of the Year"]
        .groupby(["yearID", "lgID"])["playerID"]
        .apply(list)
    )
    for (year, league), people in sorted(chosen.items(), reverse=True):
        yield _award(
            tables,
            "manager of the year",
            "MANAGER",
            year,
            league,
            people,
            MANAGER_OF_THE_YEAR,
            "the {league} Manager of the Year award of {year}",
        )
    yield from _award_counts(tables)


def award_id(code: str, year: int, league: str) -> str:
    return f"award:{code}:{year}:{league}"


def _award(
    tables: Tables,
    kind: str,
    code: str,
    year: int,
    league: str,
    people: list,
    questions: tuple,
    prize: str,
) -> Fact:
    """Who won it; where it was shared, all of them, any one accepted."""
    players = [tables.players[player] for player in people]
    # In their first years the Cy Young Award and the rookie award were one for both leagues.
    words = LEAGUES[league] if league != "ML" else "major league"
    fields = {"league": words, "year": year}
    answer = f"{join_names([player.name for player in players])} {'won' if len(players) == 1 else 'shared'} {prize}."
    accepted = tuple(dict.fromkeys(form for player in players for form in person_forms(player)))
    return _fact(kind, questions, fields, answer, accepted, (award_id(code, year, league),))


def _positional_award(
    tables: Tables, award: str, year: int, league: str, place: str, people: list
) -> Fact:
    kind, code, questions = (
        ("gold glove", "GG", GOLD_GLOVE)
        if award == "Gold Glove"
        else ("silver slugger", "SS", SILVER_SLUGGER)
    )
    words = LEAGUES[league] if league != "ML" else "major league"
    prize = "Gold Glove" if code == "GG" else "Silver Slugger"
    answer = f"{{who}} won the {{league}} {prize} at {{position}} in {{year}}."
    player = tables.players[people[0]]
    fields = {"who": player.name, "league": words, "year": year, "position": GLOVE_POSITIONS[place]}
    return _fact(
        kind,
        questions,
        fields,
        answer,
        person_forms(player),
        (f"award:{code}:{year}:{league}:{place}",),
    )


def _award_counts(tables: Tables) -> Iterator[Fact]:
    for award, (kind, code, prize, minimum, questions) in AWARD_COUNTS.items():
        given = tables.awards[tables.awards["awardID"] == award]
        counts = given.groupby("playerID")["yearID"].nunique().to_dict()
        enough = {player for player, count in counts.items() if count >= minimum}
        for player in _best_known(tables, 400, lambda player, enough=enough: player.id in enough):
            count = counts[player.id]
            answer = f"{{name}} won {in_words(count)} {prize if count == 1 else prize + 's'}{_through(player) or ' in his career'}."
            fields = _labelled(player, so_far=_through(player))
            yield _fact(
                kind,
                questions,
                fields,
                answer,
                (in_words(count), str(count)),
                (f"awards:{player.id}:{code}", *player.label_states),
            )
