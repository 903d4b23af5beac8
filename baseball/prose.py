"""Baseball prose in plain English, written from the Lahman database: seasons, teams, careers, managers, World Series, parks.

    tables = load_tables()
    for document in documents(tables, hidden=lambda statement: False):
        document.title, document.text, document.kind
    # 'Babe Ruth', 'Babe Ruth was born George Herman Ruth on February 6, 1895, …', 'career'

Every sentence knows which atomic statements it makes (see `lahman.py`). One that states something hidden is left out, and only then
are names, pronouns and words of time ("In 1927", "That season") chosen, so that what remains still reads well.

Wording is chosen by a stable hash, so that documents differ from each other and are the same on every run. The data are Sean
Lahman's, 1871-2024, CC BY-SA 3.0, and so is the text made from them.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import gcd
from typing import NamedTuple
from zlib import crc32

from baseball.facts import (
    MONTHS,
    ORDINALS,
    award_id,
    finish_ids,
    height_in_words,
    in_words,
    names_of,
    standing_group,
    with_article,
)
from baseball.lahman import (
    LAST_SEASON,
    LEAGUES,
    US_STATES,
    Player,
    Tables,
    at_park,
    batting_average,
    batting_id,
    club_ids,
    earned_run_average,
    join_names,
    park_name,
    pitching_id,
    plural,
    possessive,
    rows,
    series_ids,
    team_id,
    with_the,
)


@dataclass(frozen=True)
class Document:
    """`text` is the sentences, joined; each knows which statements it makes."""

    title: str
    text: str
    kind: str
    sentences: tuple[tuple[str, tuple[str, ...]], ...]


class Sentence(NamedTuple):
    """One sentence and what it states.

    The text may hold marks, filled in when it is known which sentences stay: <S> and <s> for the document's subject (a name or a
    pronoun, at the start or inside), <o> for it as an object, <P> and <p> for its possessive, <T> for words of time at the start ("In 1927,") and <t> for
    such words elsewhere ("in 1927", "that year").
    """

    text: str
    states: tuple[str, ...] = ()
    year: int | None = None
    others: bool = False  # names other people, so that a pronoun after it might be misread


class Subject(NamedTuple):
    """What a document is about: how it is named first, how later, and its pronouns."""

    full: str
    short: str
    he: str
    his: str
    him: str


class Draft(NamedTuple):
    title: str
    kind: str
    subject: Subject
    paragraphs: list[list[Sentence]]


class Chooser:
    """Picks one of several wordings: at random to the eye, the same on every run for the same key.

    The wordings of one list are gone through in an order of the key's own before any comes again.
    """

    def __init__(self, *key):
        self.state = crc32(":".join(map(str, key)).encode())
        self.turns: dict[tuple, list[int]] = {}

    def _random(self, below: int) -> int:
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 12) % below

    def __call__(self, options: tuple):
        count = len(options)
        turn = self.turns.get(options)
        if turn is None:
            strides = [stride for stride in range(1, count) if gcd(stride, count) == 1] or [1]
            turn = self.turns[options] = [self._random(count), strides[self._random(len(strides))]]
        else:
            turn[0] = (turn[0] + turn[1]) % count
        return options[turn[0]]

    def one_in(self, count: int) -> bool:
        return self._random(count) == 0


def documents(tables: Tables, hidden: Callable[[str], bool]) -> Iterator[Document]:
    """All documents, the kinds taking turns by their shares, each kind's most important first.

    `hidden` says of a statement's id whether it must not be told; every sentence that states it is left out.
    """
    archive = Archive(tables)
    waiting = [[writer(archive), share] for writer, share in SHARES]
    while waiting:
        for entry in list(waiting):
            for _ in range(entry[1]):
                draft = next(entry[0], None)
                if draft is None:
                    waiting.remove(entry)
                    break
                document = written(draft, hidden)
                if document.sentences:
                    yield document


# ------------------------------------------------------------------------------------------------------------ from draft to text

SUBJECT_MARKS = ("<S>", "<s>", "<o>", "<P>", "<p>")
NEXT_YEAR = (
    "In {},",
    "In {},",
    "In {},",
    "The next year, {},",
    "A year later, in {},",
    "The following season, {},",
)
# Within a season the year is said once; most of what follows needs no words of time.
SAME_YEAR = ("", "", "", "", "", "That year,", "That season,")
SAME_YEAR_INSIDE = ("", "", "", "", "", "that year", "that season")
ELSEWHEN = -1  # the year of a sentence about several: what follows it must name its own


def written(draft: Draft, hidden: Callable[[str], bool]) -> Document:
    """The draft without the sentences that state something hidden; paragraphs are separated by a blank line."""
    choose = Chooser(draft.title, draft.kind)
    paragraphs, sentences = [], []
    name = draft.subject.full
    for paragraph in draft.paragraphs:
        kept = [sentence for sentence in paragraph if not any(map(hidden, sentence.states))]
        if not kept:
            continue
        texts, named = _filled_in(kept, draft.subject, name, choose)
        paragraphs.append(" ".join(texts))
        sentences += zip(texts, (sentence.states for sentence in kept), strict=True)
        if named:
            name = draft.subject.short
    return Document(draft.title, "\n\n".join(paragraphs), draft.kind, tuple(sentences))


def _filled_in(
    sentences: list[Sentence], subject: Subject, name: str, choose: Chooser
) -> tuple[list[str], bool]:
    """One paragraph: the subject by name first and now and then again, by pronoun in between. Also whether it was named at all."""
    texts, named = [], False
    since_name, year = 9, None
    for text, _, sentence_year, others in sentences:
        if "<" in text:
            if "<T>" in text or "<t>" in text:
                text = _with_time(text, sentence_year, year, choose)
            if any(mark in text for mark in SUBJECT_MARKS):
                by_name = since_name >= 3
                text = _with_subject(text, subject, name, by_name)
                if by_name:
                    named, name = True, subject.short
                since_name = 1 if by_name else since_name + 1
        if others:
            since_name = 9
        year = sentence_year or year
        texts.append(text.replace("Jr..", "Jr.").replace("Sr..", "Sr."))
    return texts, named


def _with_time(text: str, year: int, before: int | None, choose: Chooser) -> str:
    """The marks of time filled in, given the year that the sentence before was about."""
    if year == before:
        lead, inside = choose(SAME_YEAR), choose(SAME_YEAR_INSIDE)
    else:
        lead = (
            choose(NEXT_YEAR).format(year)
            if before is not None and year == before + 1
            else f"In {year},"
        )
        inside = f"in {year}"
    if "<T>" in text:
        if lead:
            return text.replace("<T>", lead)
        rest = text.removeprefix("<T> ")
        if rest.startswith(("<s>", "<p>")):
            return f"<{rest[1].upper()}{rest[2:]}"
        return rest[0].upper() + rest[1:]
    return text.replace("<t>", inside) if inside else text.replace(" <t>", "")


def _with_subject(text: str, subject: Subject, name: str, by_name: bool) -> str:
    """Only the first mark takes the name; a second one in the same sentence is a pronoun."""
    if by_name:
        position, mark = min((text.find(mark), mark) for mark in SUBJECT_MARKS if mark in text)
        word = possessive(name) if mark in ("<P>", "<p>") else name
        word = word[0].upper() + word[1:] if mark in ("<S>", "<P>") else word
        text = text[:position] + word + text[position + 3 :]
    if "<" in text:
        words = (
            subject.he.capitalize(),
            subject.he,
            subject.him,
            subject.his.capitalize(),
            subject.his,
        )
        for mark, word in zip(SUBJECT_MARKS, words, strict=True):
            text = text.replace(mark, word)
    return text


# ------------------------------------------------------------------------------------------------------- the tables, looked up


class Archive:
    """The tables by player, by team and by year, as a writer looks things up."""

    def __init__(self, tables: Tables):
        self.tables = tables
        self.players = tables.players
        self.batting = _by_key(tables.batting, "playerID")
        self.pitching = _by_key(tables.pitching, "playerID")
        self.career_batting = {row["playerID"]: row for row in rows(tables.career_batting)}
        self.career_pitching = {row["playerID"]: row for row in rows(tables.career_pitching)}
        self.club_batting = _by_key(tables.club_batting, "teamID", "yearID")
        self.club_pitching = _by_key(tables.club_pitching, "teamID", "yearID")
        self.managed = _by_key(tables.managers.sort_values(["yearID", "inseason"]), "playerID")
        self.standings = defaultdict(list)  # (year, league) -> teams by won-lost percentage
        for row in tables.teams.values():
            self.standings[row["yearID"], row["lgID"]].append(row)
        for group in self.standings.values():
            group.sort(key=lambda row: (-row["W"] / max(1, row["W"] + row["L"]), row["Rank"]))
        self.led = defaultdict(list)  # (player, year) -> (league, statistic, shared)
        for (year, league, stat), leader in tables.leaders.items():
            for player in leader.players:
                self.led[player, year].append((league, stat, len(leader.players) > 1))
        self.awards, self.awards_of_year = defaultdict(list), defaultdict(list)
        for row in rows(tables.awards.sort_values(["yearID", "awardID", "lgID", "playerID"])):
            if row["awardID"] in AWARD_WORDS and row["playerID"] in self.players:
                self.awards[row["playerID"]].append(row)
                self.awards_of_year[row["yearID"]].append(row)
        self.series = {(series["yearID"], series["round"]): series for series in tables.series}
        self.series_of_team = defaultdict(list)
        for series in tables.series:
            self.series_of_team[series["teamIDwinner"], series["yearID"]].append(series)
            self.series_of_team[series["teamIDloser"], series["yearID"]].append(series)
        self.series_of_year = defaultdict(list)
        for series in tables.series:
            self.series_of_year[series["yearID"]].append(series)
        chosen = tables.manager_awards[
            tables.manager_awards["awardID"] == "BBWAA Manager of the Year"
        ]
        self.managers_of_the_year = {
            key: [row["playerID"] for row in group]
            for key, group in _by_key(chosen, "yearID", "lgID").items()
        }
        modern = tables.post_batting[tables.post_batting["yearID"] >= 1903]
        self.series_batting = _by_key(modern[modern["round"] == "WS"], "yearID")
        pitched = tables.post_pitching[
            (tables.post_pitching["yearID"] >= 1903) & (tables.post_pitching["round"] == "WS")
        ]
        self.series_pitching = _by_key(pitched.drop(columns=["BAOpp", "ERA"]), "yearID")
        self.series_years = defaultdict(list)  # player -> World Series he played in
        for year, group in sorted(self.series_batting.items()):
            for row in group:
                self.series_years[row["playerID"]].append(year)
        self.batting_order = _first_four(tables.league_batting, ("HR", "RBI", "H", "SB"))
        self.pitching_order = _first_four(tables.league_pitching, ("W", "SO", "SV"))
        self.best_of_team = {
            key: self._best_known(group) for key, group in self.club_batting.items()
        }

    def _best_known(self, roster: list[dict]) -> list[Player]:
        members = [self.players[row["playerID"]] for row in roster if row["G"] >= 20]
        return sorted(members, key=lambda player: (-player.fame, player.id))[:8]

    def club(self, team: str, year: int) -> dict:
        return self.tables.teams[team, year]

    def is_whole_season(self, player: str, year: int) -> bool:
        """Whether he played for one club only, so that a figure for the club is his figure of the year."""
        return len(set(self.players[player].clubs[year])) == 1


def _first_four(frame, stats: tuple[str, ...]) -> dict[tuple[int, str, str], list[tuple[int, str]]]:
    """(year, league, statistic) -> the four highest as (value, player)"""
    found = defaultdict(list)
    for stat in stats:
        best = (
            frame[frame[stat] > 0]
            .sort_values([stat, "playerID"], ascending=[False, True])
            .groupby(["yearID", "lgID"])
            .head(4)
        )
        for row in rows(best[["yearID", "lgID", "playerID", stat]]):
            found[row["yearID"], row["lgID"], stat].append((row[stat], row["playerID"]))
    return dict(found)


def _by_key(frame, *keys: str) -> dict:
    groups = defaultdict(list)
    for row in rows(frame):
        groups[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].append(row)
    return dict(groups)


# code of the award in statement ids, its name with a league, its name without
AWARD_WORDS = {
    "Most Valuable Player": ("MVP", "Most Valuable Player award"),
    "Cy Young Award": ("CYA", "Cy Young Award"),
    "Rookie of the Year": ("ROY", "Rookie of the Year award"),
    "Gold Glove": ("GG", "Gold Glove"),
    "Silver Slugger": ("SS", "Silver Slugger award"),
    "World Series MVP": ("WSMVP", "World Series Most Valuable Player award"),
    "ALCS MVP": ("LCSMVP", "Championship Series Most Valuable Player award"),
    "NLCS MVP": ("LCSMVP", "Championship Series Most Valuable Player award"),
    "All-Star Game MVP": ("ASGMVP", "All-Star Game Most Valuable Player award"),
    "Reliever of the Year Award": ("RELIEVER", "Reliever of the Year award"),
}
STAT_WORDS = {
    "AVG": "batting average", "HR": "home runs", "RBI": "runs batted in", "H": "hits", "R": "runs", "2B": "doubles", "3B": "triples",
    "SB": "stolen bases", "BB": "walks", "W": "wins", "ERA": "earned run average", "SO": "strikeouts", "SV": "saves", "SHO": "shutouts",
}  # fmt: skip


def award_statement(row: dict) -> str:
    """The id that the question about the same award carries."""
    code = AWARD_WORDS[row["awardID"]][0]
    plain = award_id(code, row["yearID"], row["lgID"])
    return f"{plain}:{row['notes']}" if code in ("GG", "SS") else plain


def award_statements(archive: Archive, row: dict) -> tuple[str, ...]:
    """What it states to show the winner of an award with his club: for a series award, that the club was in the series."""
    year, code = row["yearID"], AWARD_WORDS[row["awardID"]][0]
    states = (award_statement(row),)
    if code == "LCSMVP":
        return (*states, *series_ids(archive.series[year, f"{row['lgID']}CS"]))
    if code == "WSMVP":
        return (*states, *series_ids(archive.series[year, "WS"]))
    return states


def date_in_words(place: dict) -> str | None:
    """'February 6, 1895', or the year alone where the day is not known, or None"""
    if place["year"] and place["month"] and place["day"]:
        return f"{MONTHS[place['month']]} {place['day']}, {place['year']}"
    return str(place["year"]) if place["year"] else None


def town_in_words(place: dict) -> str | None:
    """'Baltimore, Maryland' or 'Santo Domingo, Dominican Republic'"""
    area = (
        place["state"] if place["country"] in ("the United States", "Canada") else place["country"]
    )
    if not place["city"] or not area:
        return None
    return (
        place["city"]
        if place["city"] == area.removeprefix("the ")
        else f"{place['city']}, {area.removeprefix('the ')}"
    )


def innings(outs: int) -> str:
    """innings(751) -> '250 1/3 innings'"""
    whole, third = divmod(outs, 3)
    return f"{whole:,}{('', ' 1/3', ' 2/3')[third]} innings" if outs != 3 else "1 inning"


def years_in_words(years: list[int]) -> str:
    """years_in_words([1955, 1957, 1958, 1959]) -> '1955 and 1957-59'"""
    words = []
    for first, last in _runs_of_years(years):
        if first == last:
            words.append(str(first))
        elif last == first + 1:
            words += [str(first), str(last)]
        else:
            words.append(
                f"{first}-{last % 100:02d}" if first // 100 == last // 100 else f"{first}-{last}"
            )
    return join_names(words)


def in_years(years: list[int]) -> str:
    """in_years([1955, 1957, 1958, 1959]) -> 'in 1955 and from 1957 through 1959'"""
    words = []
    for first, last in _runs_of_years(years):
        words += (
            [f"in {year}" for year in range(first, last + 1)]
            if last < first + 2
            else [f"from {first} through {last}"]
        )
    return join_names(
        [
            word.removeprefix("in ")
            if index and word.startswith("in ") and words[index - 1].startswith("in ")
            else word
            for index, word in enumerate(words)
        ]
    )


def _runs_of_years(years: list[int]) -> list[list[int]]:
    """_runs_of_years([1955, 1957, 1958]) -> [[1955, 1955], [1957, 1958]]"""
    runs: list[list[int]] = []
    for year in years:
        if runs and runs[-1][1] == year - 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return runs


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """counted(9, "season") -> 'nine seasons'; counted(12, "season") -> '12 seasons': small numbers in words"""
    return (
        plural(count, noun, nouns)
        if count >= 10
        else f"{in_words(count)} {noun if count == 1 else nouns or noun + 's'}"
    )


def small_number(number: int) -> str:
    """small_number(9) -> 'nine'; small_number(12) -> '12'"""
    return in_words(number) if number < 10 else str(number)


def an_average(average: str) -> str:
    """an_average("8.10") -> 'an 8.10'"""
    return f"{'an' if average.startswith(('8', '11.', '18.')) else 'a'} {average}"


def with_indefinite_article(words: str) -> str:
    """with_indefinite_article("outfielder") -> 'an outfielder'"""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


# -------------------------------------------------------------------------------------------------------- one player's one season

BATTING_LINE = (
    "<T> <s> batted {avg} with {hr} and {rbi}.",
    "<S> hit {avg} <t>, with {hr} and {rbi}.",
    "<T> <s> played {games}, batting {avg} with {hr} and {rbi}.",
    "<P> average <t> was {avg}, to go with {hr} and {rbi}.",
    "<T> <p> record showed {hr}, {rbi} and an average of {avg}.",
    "In {games} <t>, <s> batted {avg} and finished with {hr} and {rbi}.",
    "<T> <s> produced {hr} and {rbi} while hitting {avg}.",
)
AVERAGE_LINE = (
    "<T> <s> batted {avg} in {games}.",
    "<P> batting average <t> was {avg}.",
    "<S> hit {avg} <t>.",
    "<T> <s> finished with an average of {avg}.",
    "<S> played {games} <t> and hit {avg}.",
    "<T> <s> came to bat {ab} times and averaged {avg}.",
)
POWER_LINE = (
    "<S> hit {hr} and drove in {runs} <t>.",
    "<S> had {hr} and {rbi} <t>.",
    "There were {hr} and {rbi} to <p> credit <t>.",
    "<T> <s> drove in {runs} and hit {hr}.",
)
PART_SEASON_LINE = (
    "<T> <s> got into {games} and batted {avg}.",
    "<S> appeared in {games} <t>, hitting {avg}.",
    "<T> <s> played only {games} and hit {avg}.",
    "<S> was used in {games} <t> and batted {avg}.",
    "<T> <s> batted {avg} in {games}.",
)
FEW_GAMES_LINE = (
    "<T> <s> got into {games}.",
    "<S> appeared in {games} <t>.",
    "<T> <s> was seen in {games}.",
    "<S> played in {games} <t>.",
)
HITS_LINE = (
    "<S> had {h} <t>, {doubles} among them.",
    "<P> {h} <t> included {doubles} and {triples}.",
    "<T> <s> collected {h}, with {doubles} and {triples}.",
    "<S> rapped out {h} <t>.",
)
RUNS_LINE = (
    "<S> scored {r} <t>.",
    "<T> <s> crossed the plate {r_times}.",
    "<S> scored {r} and drew {bb} <t>.",
    "<T> <s> drew {bb} and scored {r}.",
)
STEALS_LINE = (
    "<S> stole {sb} <t>.",
    "<T> <s> stole {sb}.",
    "On the bases <s> had {steals} <t>.",
    "<S> added {steals} <t>.",
)
PITCHING_LINE = (
    "<T> <s> went {w}-{l} with an earned run average of {era}.",
    "<S> won {w} and lost {l} <t>, with an earned run average of {era}.",
    "<P> record <t> was {w}-{l}, with {an_era} ERA.",
    "<T> <s> was {w}-{l} on the mound, allowing {era} earned runs per nine innings.",
    "<S> finished {year} at {w}-{l}, with an earned run average of {era}.",
)
PART_PITCHING_LINE = (
    "<T> <s> pitched {innings} and had an earned run average of {era}.",
    "<S> worked {innings} <t>, with an ERA of {era}.",
    "<S> pitched in {games} <t>, and <p> earned run average was {era}.",
    "<T> <s> threw {innings} in {games}, for an ERA of {era}.",
)
STRIKEOUTS_LINE = (
    "<S> struck out {so} in {innings} <t>.",
    "<T> <s> struck out {so}.",
    "In {innings} <t> <s> struck out {so}.",
    "<S> fanned {so} <t> over {innings}.",
    "<T> <s> worked {innings} and had {strikeouts}.",
)
SAVES_LINE = (
    "<S> saved {sv} in {games} <t>.",
    "<T> <s> was credited with {saves}.",
    "<S> closed out {sv} for a save <t>.",
    "Working in {games}, <s> had {saves} <t>.",
)
SHUTOUTS_LINE = (
    "<S> threw {sho} <t>.",
    "<T> <p> {cg} included {sho}.",
    "Among <p> {cg} <t> were {sho}.",
)
LED_LINE = (
    "<S> led the {league} in {things} <t>.",
    "<T> <s> led the {league} in {things}.",
    "Nobody in the {league} had more {things} <t> than <s> did.",
    "<T> no one in the {league} surpassed <o> in {things}.",
)


def batting_sentences(player: Player, row: dict, choose: Chooser) -> Iterator[Sentence]:
    """What a man did at bat in one season, at a length that fits how much he played."""
    year, at_bats = row["yearID"], row["AB"]
    words = _batting_words(row)

    def ids(*stats):
        return tuple(batting_id(player.id, year, stat) for stat in stats)

    if at_bats < 40:
        yield Sentence(choose(FEW_GAMES_LINE).format_map(words), (), year)
        return
    if at_bats < 200:
        yield Sentence(choose(PART_SEASON_LINE).format_map(words), ids("AVG"), year)
        if row["HR"] >= 4 and row["RBI"] is not None:
            yield Sentence(choose(POWER_LINE).format_map(words), ids("HR", "RBI"), year)
        return
    if row["RBI"] is None:
        yield Sentence(choose(AVERAGE_LINE).format_map(words), ids("AVG"), year)
    elif choose.one_in(3):
        yield Sentence(choose(AVERAGE_LINE).format_map(words), ids("AVG"), year)
        yield Sentence(choose(POWER_LINE).format_map(words), ids("HR", "RBI"), year)
    else:
        yield Sentence(choose(BATTING_LINE).format_map(words), ids("AVG", "HR", "RBI"), year)
    if row["H"] >= 150 or row["2B"] >= 30 or row["3B"] >= 10:
        yield Sentence(choose(HITS_LINE).format_map(words), ids("H", "2B", "3B"), year)
    if row["R"] >= 80 or row["BB"] >= 80:
        yield Sentence(choose(RUNS_LINE).format_map(words), ids("R", "BB"), year)
    if (row["SB"] or 0) >= 15:
        yield Sentence(choose(STEALS_LINE).format_map(words), ids("SB"), year)


def _batting_words(row: dict) -> dict:
    home_runs = row["HR"]
    return {
        "year": row["yearID"],
        "avg": batting_average(row["H"], row["AB"]) if row["AB"] else None,
        "games": counted(row["G"], "game"),
        "ab": row["AB"],
        "hr": plural(home_runs, "home run") if home_runs else "no home runs",
        "rbi": f"{row['RBI']} runs batted in" if row["RBI"] != 1 else "1 run batted in",
        "runs": plural(row["RBI"] or 0, "run"),
        "h": plural(row["H"], "hit"),
        "doubles": counted(row["2B"], "double") if row["2B"] else "no doubles",
        "triples": counted(row["3B"], "triple") if row["3B"] else "no triples",
        "r": plural(row["R"], "run"),
        "r_times": plural(row["R"], "time"),
        "bb": plural(row["BB"], "walk"),
        "sb": plural(row["SB"] or 0, "base"),
        "sb_count": row["SB"],
        "steals": plural(row["SB"] or 0, "stolen base"),
    }


def pitching_sentences(player: Player, row: dict, choose: Chooser) -> Iterator[Sentence]:
    """What a man did on the mound in one season."""
    year = row["yearID"]
    words = _pitching_words(row)

    def ids(*stats):
        return tuple(pitching_id(player.id, year, stat) for stat in stats)

    if row["IPouts"] < 30:
        yield Sentence(
            choose(FEW_GAMES_LINE).format_map(words).replace("played", "pitched"), (), year
        )
        return
    decided = row["W"] + row["L"] >= 8
    line = PITCHING_LINE if decided else PART_PITCHING_LINE
    yield Sentence(
        choose(line).format_map(words), ids("W", "L", "ERA") if decided else ids("ERA"), year
    )
    if row["SO"] >= 70:
        yield Sentence(choose(STRIKEOUTS_LINE).format_map(words), ids("SO"), year)
    if row["SV"] >= 8:
        yield Sentence(choose(SAVES_LINE).format_map(words), ids("SV"), year)
    if row["SHO"] >= 3:
        yield Sentence(choose(SHUTOUTS_LINE).format_map(words), ids("SHO"), year)


def _pitching_words(row: dict) -> dict:
    return {
        "year": row["yearID"],
        "w": row["W"],
        "l": row["L"],
        "era": earned_run_average(row["ER"], row["IPouts"]) if row["IPouts"] else None,
        "an_era": an_average(earned_run_average(row["ER"], row["IPouts"]))
        if row["IPouts"]
        else None,
        "innings": innings(row["IPouts"]),
        "games": counted(row["G"], "game"),
        "so": plural(row["SO"], "batter"),
        "strikeouts": plural(row["SO"], "strikeout"),
        "sv": plural(row["SV"], "game"),
        "saves": plural(row["SV"], "save"),
        "sho": counted(row["SHO"], "shutout"),
        "cg": counted(row["CG"], "complete game"),
    }


def leading_sentences(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> Iterator[Sentence]:
    """What a man led his league in that season."""
    by_league = defaultdict(list)
    for league, stat, shared in archive.led.get((player.id, year), ()):
        if league != "ML" and stat not in ("AVG", "ERA") and not shared:
            by_league[league].append(stat)
        elif stat == "AVG":
            yield Sentence(
                f"<S> won the {LEAGUES[league]} batting title <t>.",
                (f"leader:{year}:{league}:AVG",),
                year,
            )
        elif stat == "ERA":
            yield Sentence(
                f"<P> earned run average was the lowest in {with_the(league)} <t>.",
                (f"leader:{year}:{league}:ERA",),
                year,
            )
        elif league != "ML":
            yield Sentence(
                f"<S> shared the {LEAGUES[league]} lead in {STAT_WORDS[stat]} <t>.",
                (f"leader:{year}:{league}:{stat}",),
                year,
            )
    for league, stats in by_league.items():
        things = join_names([STAT_WORDS[stat] for stat in stats])
        line = choose(LED_LINE[:2] if len(stats) > 1 else LED_LINE)
        yield Sentence(
            line.format(league=LEAGUES[league], things=things),
            tuple(f"leader:{year}:{league}:{stat}" for stat in stats),
            year,
        )


HIGH_LINE = {
    "HR": (
        "<P> {value} home runs <t> were the most of <p> career.",
        "No other season brought <o> as many home runs as {year}.",
    ),
    "W": (
        "<P> {value} wins <t> were the most of <p> career.",
        "<S> never won more games in a season than in {year}.",
    ),
    "SO": (
        "<P> {value} strikeouts <t> were the most of <p> career.",
        "<S> never struck out more in a season than in {year}.",
    ),
    "H": (
        "<P> {value} hits <t> were the most of <p> career.",
        "<S> never had more hits in a season than in {year}.",
    ),
}


def high_sentences(
    archive: Archive, player: Player, bat: dict | None, pitch: dict | None, choose: Chooser
) -> Iterator[Sentence]:
    """That a season's figure was the best of the career, where it was clearly so."""
    for row, history, stats, statement_id in (
        (bat, archive.batting, (("HR", 15), ("H", 150)), batting_id),
        (pitch, archive.pitching, (("W", 12), ("SO", 120)), pitching_id),
    ):
        for stat, minimum in stats:
            if (
                row is None
                or row[stat] < minimum
                or len(history[player.id]) < 4
                or choose.one_in(2)
            ):
                continue
            if all(other[stat] < row[stat] for other in history[player.id] if other is not row):
                year = row["yearID"]
                states = (
                    statement_id(player.id, "high", stat),
                    statement_id(player.id, year, stat),
                    statement_id(player.id, "high-year", stat),
                )
                yield Sentence(
                    choose(HIGH_LINE[stat]).format(value=row[stat], year=year), states, year
                )


PENNANT_LINE = (
    "The {nickname} won the pennant <t>.",
    "<T> the {nickname} were {league} champions.",
    "The {league} pennant <t> went to the {nickname}.",
)


def pennant_sentence(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """That his club won the pennant, for a man who was with it all year."""
    clubs = player.clubs[year]
    row = archive.club(clubs[-1], year)
    if len(clubs) > 1 or row["LgWin"] != "Y" or choose.one_in(3):
        return []
    line = choose(PENNANT_LINE).format(nickname=row["nickname"], league=LEAGUES[row["lgID"]])
    return [
        Sentence(
            line,
            (
                f"pennant:{year}:{row['lgID']}",
                *club_ids(archive.tables, player.id, year, clubs[-1]),
            ),
            year,
        )
    ]


def season_sentences(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """A season of a career: at the plate, on the mound, or both, and what he led the league in."""
    bat = next((row for row in archive.batting.get(player.id, ()) if row["yearID"] == year), None)
    pitch = next(
        (row for row in archive.pitching.get(player.id, ()) if row["yearID"] == year), None
    )
    sentences = []
    pitches = pitch is not None and (
        pitch["IPouts"] >= 90
        or player.position_by_year.get(year) == "pitcher"
        or player.position == "pitcher"
    )
    if pitches:
        sentences += pitching_sentences(player, pitch, choose)
    if bat is not None and (not pitches or bat["AB"] >= 150):
        sentences += batting_sentences(player, bat, choose)
    sentences += leading_sentences(archive, player, year, choose)
    sentences += high_sentences(archive, player, bat, pitch if pitches else None, choose)
    sentences += pennant_sentence(archive, player, year, choose)
    return sentences


# -------------------------------------------------------------------------------------------------------------------- careers

BORN = (
    "<S> was born {given}on {date}, in {town}.",
    "A native of {town}, <s> was born {given}on {date}.",
    "<P> birthplace was {town}, and <p> date of birth {date}.",
    "<S> was born {given}in {town}, on {date}.",
)
BORN_SHORT = ("<S> was born in {town}.", "<S> came from {town}.")
BUILD = (
    "<S> stood {tall} tall and weighed {weight} pounds.",
    "<S> was listed at {tall} and {weight} pounds.",
    "The record books give <p> height as {tall} and <p> weight as {weight} pounds.",
)
SAME_SIDE = (
    "<S> batted and threw {throws}.",
    "<S> both batted and threw {throws}.",
    "<S> did everything {throws}, at bat and in the field.",
)
SIDES = (
    "<S> batted {bats} and threw {throws}.",
    "<S> threw {throws} and batted {bats}.",
    "<S> threw {throws} but batted {bats}.",
)
SPAN = (
    "<S> was {position} who played in the major leagues from {first} to {last}.",
    "{Position}, <s> spent {count} in the major leagues between {first} and {last}.",
    "<S> played {count} in the major leagues, from {first} to {last}, mostly as {position}.",
    "Between {first} and {last} <s> played {count} in the big leagues as {position}.",
)
SPAN_ONE = (
    "<S> was {position} whose only major league season was {first}.",
    "<S> played in the major leagues in {first} alone, as {position}.",
    "{Position}, <s> spent a single season, {first}, in the major leagues.",
    "The whole of <p> major league career, as {position}, fell in {first}.",
)
SPAN_ACTIVE = (
    "<S> is {position} who reached the major leagues in {first}.",
    "{Position}, <s> has been in the major leagues since {first}.",
    "<S> made the major leagues in {first} and has been mostly {position}.",
)
ALL_CLUBS = (
    "<S> played for {clubs}.",
    "<P> clubs were {clubs}.",
    "<S> saw service with {clubs}.",
    "Over the years <s> wore the uniforms of {clubs}.",
)
FIRST_CLUB = (
    "<S> broke in with the {team} {when}.",
    "<P> first big-league club was the {team}, which <s> joined {when}.",
    "<S> made <p> debut with the {team} {when}.",
    "It was with the {team} {when} that <s> reached the majors.",
    "<P> first major league game, {when}, was for the {team}.",
)
NEXT_CLUB = (
    "<T> <s> joined the {team}.",
    "<T> <s> moved to the {team}.",
    "<T> <s> played for the {team}.",
    "By {year} <s> was a member of the {team}.",
)
STILL_CLUB = ("<T> <s> remained with the {team}.", "<T> <s> was still with the {team}.")
RENAMED_CLUB = (
    "<T> the club became the {team}, and <s> stayed with it.",
    "<T> <p> club took the name of {team}.",
)
BACK_CLUB = (
    "<T> <s> was back with the {team}.",
    "<T> <s> returned to the {team}.",
)
SPLIT_CLUBS = (
    "<T> <s> played for {clubs}.",
    "<T> <s> divided the season between {clubs}.",
    "<T> <s> began with the {first} and ended with the {last}.",
)
STAYED = (
    "<S> belonged to the {nickname} from {first} through {last}.",
    "<S> stayed with the {nickname} through {last}.",
    "<P> years with the {nickname} ran from {first} through {last}.",
)
LATER_YEARS = (
    "<S> was still with the {nickname} in {year}.",
    "<T> <s> was again with the {nickname}.",
    "<T> <s> remained a member of the {nickname}.",
)
ONLY_CLUB = (
    "<P> club was the {team}.",
    "<S> played for the {team}.",
    "The {team} were <p> only club.",
    "<S> wore the uniform of the {team}.",
)


def careers(archive: Archive) -> Iterator[Draft]:
    """Every player's career, the best known first."""
    for player in archive.tables.by_fame:
        choose = Chooser("career", player.id)
        paragraphs = [
            career_opening(archive, player, choose),
            *career_seasons(archive, player, choose),
        ]
        paragraphs += [honours(archive, player, choose), career_end(archive, player, choose)]
        if len(player.seasons) <= 2:
            paragraphs = [sum(paragraphs, [])]
        yield Draft(player.name, "career", person(player), paragraphs)


def person(player: Player) -> Subject:
    return Subject(player.name, player.last, "he", "his", "him")


def career_opening(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    span = career_span(player, choose)
    birth = birth_sentence(player, choose)
    clubs = clubs_sentence(archive, player, choose)
    build = build_sentences(player, choose)
    orders = (
        (span, birth, build, clubs),
        (birth, span, clubs, build),
        (span, clubs, birth, build),
        (birth, build, span, clubs),
    )
    return [
        sentence for part in orders[choose(range(4))] for sentence in part
    ] + positions_sentence(player, choose)


def career_span(player: Player, choose: Chooser) -> list[Sentence]:
    first, last = player.seasons[0], player.seasons[-1]
    position = with_indefinite_article(player.position) if player.position else "a player"
    states = (f"position:{player.id}", f"debut:{player.id}:year", f"final:{player.id}:year")
    lines = SPAN_ACTIVE if player.is_active else SPAN if first != last else SPAN_ONE
    words = {
        "position": position,
        "Position": position[0].upper() + position[1:],
        "first": first,
        "last": last,
        "count": counted(len(player.seasons), "season"),
    }
    return [Sentence(choose(lines).format_map(words), states[:2] if player.is_active else states)]


def birth_sentence(player: Player, choose: Chooser) -> list[Sentence]:
    town, date = town_in_words(player.birth), date_in_words(player.birth)
    place = tuple(f"born:{player.id}:{what}" for what in ("city", "state", "country"))
    if town is None:
        return []
    if date is None or " " not in date:
        return [Sentence(choose(BORN_SHORT).format(town=town), place)]
    when = (f"born:{player.id}:date", f"born:{player.id}:year")
    line = choose(BORN)
    if choose.one_in(3) or player.given is None or "{given}" not in line:
        return [Sentence(line.format(given="", date=date, town=town), (*when, *place))]
    given = f"{player.given} {player.last} "
    return [
        Sentence(
            line.format(given=given, date=date, town=town), (*when, *place, f"name:{player.id}")
        )
    ]


def build_sentences(player: Player, choose: Chooser) -> list[Sentence]:
    found = []
    if player.bats and player.throws:
        bats = "from both sides of the plate" if player.bats == "both" else f"{player.bats}-handed"
        lines = (
            SAME_SIDE
            if player.bats == player.throws
            else SIDES
            if player.bats != "both"
            else SIDES[:2]
        )
        found.append(
            Sentence(
                choose(lines).format(bats=bats, throws=f"{player.throws}-handed"),
                (f"bats:{player.id}", f"throws:{player.id}"),
            )
        )
    if player.height and player.weight:
        tall = height_in_words(player.height)
        found.append(
            Sentence(
                choose(BUILD).format(tall=tall, weight=player.weight), (f"height:{player.id}",)
            )
        )
    if player.college:
        line = choose(
            (
                "<S> attended {college}.",
                "<S> went to college at {college}.",
                "{college} was <p> college.",
            )
        )
        college = with_article(player.college)
        text = line.format(
            college=college if not line.startswith("{") else college[0].upper() + college[1:]
        )
        found.append(Sentence(text, (f"college:{player.id}",)))
    return found


GAMES_AT = (
    "<S> played {places}.",
    "By position, <s> played {places}.",
    "<S> appeared in {places}.",
)
PLACES = {
    "pitcher": "on the mound", "catcher": "behind the plate", "first baseman": "at first base", "second baseman": "at second base",
    "third baseman": "at third base", "shortstop": "at shortstop", "outfielder": "in the outfield", "designated hitter": "as designated hitter",
}  # fmt: skip


def positions_sentence(player: Player, choose: Chooser) -> list[Sentence]:
    """How many games at each position, for a man of several."""
    games = sorted(
        ((count, position) for position, count in player.games_at.items() if count >= 5),
        reverse=True,
    )[:4]
    if len(games) < 2:
        return []
    parts = [
        f"{count:,} {'game ' if count == 1 else 'games ' if index == 0 else ''}{PLACES[position]}"
        for index, (count, position) in enumerate(games)
    ]
    through = f" through {LAST_SEASON}" if player.is_active else ""
    return [
        Sentence(
            choose(GAMES_AT).format(places=join_names(parts)).removesuffix(".") + f"{through}.",
            (f"position:{player.id}",),
        )
    ]


def clubs_sentence(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    names, states = [], []
    for year in player.seasons:
        for team in player.clubs[year]:
            row = archive.club(team, year)
            if f"the {row['name']}" not in names:
                names.append(f"the {row['name']}")
            states += club_ids(archive.tables, player.id, year, team)
    if len(names) < 2:
        return []
    states = [state for state in dict.fromkeys(states) if state.startswith("club:")]
    states += [
        f"franchises:{player.id}",
        f"mainclub:{player.id}",
        f"debut:{player.id}:team",
        f"final:{player.id}:team",
    ]
    return [Sentence(choose(ALL_CLUBS).format(clubs=join_names(names)), tuple(states))]


def career_seasons(archive: Archive, player: Player, choose: Chooser) -> list[list[Sentence]]:
    """The seasons in order, a paragraph for each stay with a club, long stays in several."""
    paragraphs, paragraph, seen = [], [], []
    for stay in stays(player):
        paragraph = stay_opening(archive, player, stay, seen, choose)
        seen += [(club, stay[0][-1]) for club in stay[1]]
        told = 0
        for year in stay[0]:
            sentences = [
                sentence._replace(states=(*sentence.states, *ends_of_career(player, year)))
                for sentence in season_sentences(archive, player, year, choose)
            ]
            if told >= 7 and len(paragraph) >= 7:
                paragraphs.append(paragraph)
                nickname = archive.club(stay[1][-1], year)["nickname"]
                ids = club_ids(archive.tables, player.id, year, stay[1][-1])
                paragraph, told = [], 0
                if choose.one_in(4):
                    paragraph.append(
                        Sentence(
                            choose(LATER_YEARS).format(nickname=nickname, year=year), ids, year
                        )
                    )
            paragraph += sentences
            told += len(sentences)
        if len(paragraph) <= 3 and paragraphs and len(paragraphs[-1]) <= 5:
            paragraphs[-1] += paragraph
        else:
            paragraphs.append(paragraph)
    return paragraphs


def ends_of_career(player: Player, year: int) -> tuple[str, ...]:
    """In a career told season by season the first tells when it began, the last when it ended."""
    first = (f"debut:{player.id}:year",) if year == player.seasons[0] else ()
    return (
        (*first, f"final:{player.id}:year")
        if year == player.seasons[-1] and not player.is_active
        else first
    )


def stays(player: Player) -> list[tuple[list[int], list[str]]]:
    """([years], [clubs]) for each unbroken stay; a season with several clubs is one of its own."""
    found = []
    for year in player.seasons:
        clubs = player.clubs[year]
        if found and len(clubs) == 1 and found[-1][1] == clubs:
            found[-1][0].append(year)
        else:
            found.append(([year], clubs))
    return found


def stay_opening(
    archive: Archive,
    player: Player,
    stay: tuple[list[int], list[str]],
    seen: list[tuple[str, int]],
    choose: Chooser,
) -> list[Sentence]:
    """How he came to the club. `seen` are the clubs he had been with, each with his last year there."""
    years, clubs = stay
    first, last = years[0], years[-1]
    ids = tuple(
        dict.fromkeys(
            state for club in clubs for state in club_ids(archive.tables, player.id, first, club)
        )
    )
    ids += ends_of_career(player, last)
    names = [f"the {archive.tables.team_name(club, first)}" for club in dict.fromkeys(clubs)]
    team = names[-1].removeprefix("the ")
    sentences = []
    if len(names) > 1:
        line = choose(SPLIT_CLUBS if len(names) == 2 else SPLIT_CLUBS[:2])
        text = line.format(clubs=join_names(names), first=names[0].removeprefix("the "), last=team)
        debut = (f"debut:{player.id}:year", f"debut:{player.id}:team") if not seen else ()
        sentences.append(
            Sentence(
                text.replace("divided the season between", "divided the season among")
                if len(names) > 2
                else text,
                (*ids, *debut),
                first,
            )
        )
    elif len(player.seasons) == 1:
        sentences.append(Sentence(choose(ONLY_CLUB).format(team=team), ids, first))
    elif not seen:
        text = choose(FIRST_CLUB).format(team=team, when=_first_day(player, first))
        sentences.append(
            Sentence(text, (f"debut:{player.id}:year", f"debut:{player.id}:team", *ids), first)
        )
    else:
        before, until = seen[-1]
        franchise = archive.tables.franchise_of(clubs[-1], first)
        if clubs[-1] == before:
            lines = STILL_CLUB
        elif franchise == archive.tables.franchise_of(before, until):
            lines = RENAMED_CLUB
            ids += (
                f"successor:{franchise}:{archive.tables.team_name(before, until)}",
                f"name:{franchise}:{team}:first",
            )
        else:
            lines = BACK_CLUB if clubs[-1] in {club for club, _ in seen} else NEXT_CLUB
        sentences.append(Sentence(choose(lines).format(team=team, year=first), ids, first))
    if len(years) >= 4 and len(years) == last - first + 1:
        nickname = archive.club(clubs[-1], first)["nickname"]
        states = [
            state
            for year in years
            for state in club_ids(archive.tables, player.id, year, clubs[-1])
        ]
        if first == player.seasons[0]:
            states.append(f"debut:{player.id}:year")
        if last == player.seasons[-1] and not player.is_active:
            states.append(f"final:{player.id}:year")
        sentences.append(
            Sentence(
                choose(STAYED).format(nickname=nickname, first=first, last=last),
                tuple(dict.fromkeys(states)),
                ELSEWHEN,
            )
        )
    return sentences


def _first_day(player: Player, year: int) -> str:
    """'on April 15, 1947', or 'in 1947' where the day is not known"""
    debut_year, month, day = player.debut
    return (
        f"on {MONTHS[month]} {day}, {year}"
        if debut_year == year and month and day
        else f"in {year}"
    )


AWARD_LINE = (
    "<S> won {prize} {years}.",
    "<S> was given {prize} {years}.",
    "{prize} was <p> {years}.",
)
ALL_STAR_LINE = (
    "<S> was an All-Star in {count}: {years}.",
    "<S> was chosen for the All-Star team in {count}, {years}.",
    "<P> All-Star selections came in {count}: {years}.",
)
SERIES_LINE = (
    "<S> played in the World Series {years}.",
    "<S> reached the World Series {years}.",
    "<S> appeared in World Series play {years}.",
)


def honours(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """Awards, All-Star teams, World Series."""
    sentences = []
    by_award = defaultdict(list)
    for row in archive.awards.get(player.id, ()):
        by_award[row["awardID"]].append(row)
    for award, given in by_award.items():
        code, prize = AWARD_WORDS[award]
        years = list(dict.fromkeys(row["yearID"] for row in given))
        states = (
            *dict.fromkeys(award_statement(row) for row in given),
            f"awards:{player.id}:{code}",
        )
        leagues = {row["lgID"] for row in given}
        league = (
            f"{LEAGUES[leagues.pop()]} "
            if len(leagues) == 1 and code not in ("WSMVP", "ASGMVP") and "ML" not in leagues
            else ""
        )
        line = choose(AWARD_LINE)
        article = "The" if line.startswith("{") else "the"
        sentences.append(
            Sentence(line.format(prize=f"{article} {league}{prize}", years=in_years(years)), states)
        )
    if player.all_star_years:
        count = counted(len(player.all_star_years), "season")
        states = (f"allstar:{player.id}:count", f"allstar:{player.id}:first")
        sentences.append(
            Sentence(
                choose(ALL_STAR_LINE).format(
                    count=count, years=years_in_words(player.all_star_years)
                ),
                states,
            )
        )
    sentences += series_sentences(archive, player, choose)
    return sentences


def series_sentences(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    years = archive.series_years.get(player.id, [])
    if not years:
        return []
    pennants, won, clubs = [], [], []
    for year in years:
        series = archive.series[year, "WS"]
        team = next(
            row["teamID"] for row in archive.series_batting[year] if row["playerID"] == player.id
        )
        league = series["lgIDwinner"] if team == series["teamIDwinner"] else series["lgIDloser"]
        pennants.append(f"pennant:{year}:{league}")
        clubs += club_ids(archive.tables, player.id, year, team)
        if team == series["teamIDwinner"]:
            won.append((year, f"worldseries:{year}:winner", pennants[-1]))
    sentences = [
        Sentence(
            choose(SERIES_LINE).format(years=in_years(years)), (*pennants, *dict.fromkeys(clubs))
        )
    ]
    if won:
        line = choose(
            ("<S> was on the winning side {years}.", "<P> team won the championship {years}.")
        )
        sentences.append(
            Sentence(
                line.format(years=in_years([year for year, _, _ in won])),
                tuple(state for _, *states in won for state in states),
            )
        )
    games = [
        row
        for year in years
        for row in archive.series_batting[year]
        if row["playerID"] == player.id
    ]
    at_bats = sum(row["AB"] for row in games)
    if at_bats >= 20 and player.position != "pitcher":
        hits, home_runs = sum(row["H"] for row in games), sum(row["HR"] for row in games)
        line = choose(
            (
                "In {g} World Series games <s> batted {avg} with {hr}.",
                "<P> World Series average was {avg} in {g} games, with {hr}.",
            )
        )
        words = {
            "g": sum(row["G"] for row in games),
            "avg": batting_average(hits, at_bats),
            "hr": plural(home_runs, "home run") if home_runs else "no home runs",
        }
        states = (
            tuple(f"worldseries:{year}:{player.id}:HR" for year in years) if len(years) == 1 else ()
        )
        sentences.append(Sentence(line.format_map(words), states))
    return sentences


CAREER_BATTING_LINE = (
    "<S> batted {avg} for <p> career.",
    "<P> career batting average was {avg}.",
    "<S> finished with a lifetime average of {avg}.",
)
CAREER_POWER_LINE = (
    "In all <s> hit {hr} and drove in {rbi}.",
    "<P> career totals came to {hr} and {rbi} batted in.",
    "<S> hit {hr} in the majors and drove in {rbi}.",
)
CAREER_HITS_LINE = (
    "In {games} <s> had {h} and scored {r}.",
    "<S> collected {h} in {games} and scored {r}.",
    "<S> played {games}, with {h} and {r} scored.",
)
CAREER_STEALS_LINE = (
    "<S> stole {sb} in all.",
    "<P> stolen bases came to {sb_count}.",
    "<S> had {steals} for <p> career.",
)
CAREER_PITCHING_LINE = (
    "<P> career record was {w}-{l}.",
    "In all <s> won {w} and lost {l}.",
    "<S> finished with {wins} and {losses}.",
)
CAREER_ERA_LINE = (
    "<P> earned run average over {innings} was {era}.",
    "In {innings} <s> had an earned run average of {era}.",
    "<S> allowed {era} earned runs per nine innings for <p> career.",
)
CAREER_STRIKEOUTS_LINE = (
    "<S> struck out {so} in the major leagues.",
    "<P> career strikeouts numbered {so_count}.",
    "All told, <s> struck out {so}.",
)
CAREER_SAVES_LINE = (
    "<S> saved {sv}.",
    "<S> had {saves} for <p> career.",
    "In all <s> was credited with {saves}.",
)
LAST_GAME = (
    "<P> last major league games came in {year} with the {team}.",
    "<S> played <p> final season in {year} with the {team}.",
    "<P> career ended in {year}, when <s> was with the {team}.",
)
ELECTED = (
    "<S> was elected to the Hall of Fame in {year}.",
    "<S> entered the Hall of Fame in {year}.",
    "The Hall of Fame made <o> a member in {year}.",
)
DIED = (
    "<S> died on {date}, in {town}.",
    "<S> died in {town}, on {date}.",
    "<P> death came on {date}, in {town}.",
)


def career_end(archive: Archive, player: Player, choose: Chooser) -> list[Sentence]:
    """Totals, the last game, the Hall of Fame, death."""
    sentences = [*career_totals(archive, player, choose)] if len(player.seasons) > 1 else []
    if not player.is_active and len(player.seasons) > 1:
        year = player.seasons[-1]
        team = player.clubs[year][-1]
        states = (
            f"final:{player.id}:year",
            f"final:{player.id}:team",
            *club_ids(archive.tables, player.id, year, team),
        )
        sentences.append(
            Sentence(
                choose(LAST_GAME).format(year=year, team=archive.tables.team_name(team, year)),
                states,
            )
        )
    if player.hall is not None:
        sentences.append(
            Sentence(choose(ELECTED).format(year=player.hall.year), (f"hall:{player.id}:year",))
        )
        if player.hall.votes and player.hall.ballots and player.hall.voters == "BBWAA":
            share = f"{100 * player.hall.votes / player.hall.ballots:.1f}".removesuffix(".0")
            text = f"The baseball writers gave <o> {share} percent of their votes."
            sentences.append(
                Sentence(text, (f"hall:{player.id}:share", f"hall:{player.id}:voters"))
            )
    date, town = date_in_words(player.death), town_in_words(player.death)
    if date and " " in date and town:
        sentences.append(
            Sentence(choose(DIED).format(date=date, town=town), (f"died:{player.id}:year",))
        )
    return sentences


def career_totals(archive: Archive, player: Player, choose: Chooser) -> Iterator[Sentence]:
    bat, pitch = archive.career_batting.get(player.id), archive.career_pitching.get(player.id)
    through = f" through {LAST_SEASON}" if player.is_active else ""

    def told(lines, words, *ids):
        return Sentence(choose(lines).format_map(words).removesuffix(".") + f"{through}.", ids)

    if pitch and pitch["IPouts"] >= 90:
        words = _pitching_words({**pitch, "yearID": 0})
        words |= {
            "wins": plural(pitch["W"], "win"),
            "losses": plural(pitch["L"], "loss", "losses"),
            "so_count": f"{pitch['SO']:,}",
        }
        yield told(
            CAREER_PITCHING_LINE,
            words,
            pitching_id(player.id, "career", "W"),
            pitching_id(player.id, "career", "L"),
        )
        yield told(CAREER_ERA_LINE, words, pitching_id(player.id, "career", "ERA"))
        if pitch["SO"] >= 40:
            yield told(CAREER_STRIKEOUTS_LINE, words, pitching_id(player.id, "career", "SO"))
        if pitch["SV"] >= 5:
            yield told(CAREER_SAVES_LINE, words, pitching_id(player.id, "career", "SV"))
    if bat and bat["AB"] >= 100 and (player.position != "pitcher" or bat["AB"] >= 1500):
        words = _batting_words({**bat, "yearID": 0})
        yield told(CAREER_BATTING_LINE, words, batting_id(player.id, "career", "AVG"))
        if bat["RBI"] is not None:
            power = {**words, "rbi": words["runs"]}
            yield told(
                CAREER_POWER_LINE,
                power,
                batting_id(player.id, "career", "HR"),
                batting_id(player.id, "career", "RBI"),
            )
        yield told(
            CAREER_HITS_LINE,
            words,
            *(batting_id(player.id, "career", stat) for stat in ("G", "H", "R")),
        )
        if (bat["SB"] or 0) >= 30:
            yield told(CAREER_STEALS_LINE, words, batting_id(player.id, "career", "SB"))


# --------------------------------------------------------------------------------------------------------------- team seasons

TEAM_RESULT = (
    "<S> finished {place} in {group} with a record of {w}-{l}.",
    "<S> won {wins} and lost {l}, good for {place} place in {group}.",
    "With {w} wins and {losses}, <s> finished {place} in {group}.",
    "<S> took {place} place in {group}, winning {wins} and losing {l}.",
    "A record of {w}-{l} put <o> in {place} place in {group}.",
)
AHEAD = (
    "<S> finished {gap} ahead of the {other}.",
    "The {other} came in second, {gap} behind.",
    "<P> lead over the {other} was {gap} at the end.",
)
BEHIND = (
    "<S> finished {gap} behind the {other}.",
    "The {other} won, with <o> {gap} back.",
    "That left <o> {gap} behind the first-place {other}.",
)
CHANGE_UP = ("<P> win total rose by {wins} from {year}.", "<S> won {more} than in {year}.")
CHANGE_DOWN = ("<P> win total fell by {wins} from {year}.", "<S> won {fewer} than in {year}.")
MANAGED = (
    "{manager} was the manager.",
    "<P> manager was {manager}.",
    "{manager} managed the team.",
    "The man in charge was {manager}.",
)
MANAGED_IN_TURN = (
    "{managers} managed the team in turn.",
    "The managers, one after the other, were {managers}.",
)
HOME = (
    "<S> played <p> home games at {park}.",
    "<P> home was {park}.",
    "Home games were played at {park}.",
    "The home park was {park}.",
)
CROWDS = (
    "Attendance for the season came to {fans}.",
    "<S> drew {fans} fans at home.",
    "A total of {fans} people came to the home games.",
)
SCORING = (
    "<S> scored {r} runs and allowed {ra}.",
    "Over the season <s> crossed the plate {r} times and let in {ra} runs.",
    "<P> batters scored {r} runs; <p> pitchers gave up {ra}.",
)
TEAM_LEADS = {
    "R": (
        "No club in {league} scored more runs.",
        "It was the highest-scoring attack in {league}.",
    ),
    "HR": (
        "<S> led {league} in home runs with {value}.",
        "No club in {league} hit more home runs than <p> {value}.",
    ),
    "attendance": (
        "No other club in {league} drew as many fans.",
        "It was the best attendance in {league}.",
    ),
    "W": ("No team in {league} won more games.",),
    "L": ("No team in {league} lost more games.",),
}
HITTER = (
    "{name} hit {avg} <t> with {hr} and drove in {runs}.",
    "{name} played {games} <t>, batting {avg} with {hr}.",
    "{name} had {h} and {hr} <t> and batted {avg}.",
    "{name} batted {avg} <t>, scored {r} and drove in {runs}.",
    "From {name} <t> came {hr}, {rbi} and an average of {avg}.",
    "{name} finished <t> at {avg} with {hr} and {rbi}.",
    "{name} drove in {runs} <t> and batted {avg}.",
    "In {games} <t>, {name} hit {avg} and scored {r}.",
    "{name} contributed {hr} and {rbi} <t> while hitting {avg}.",
    "With {h} <t>, {name} batted {avg} and drove in {runs}.",
)
HITTER_AT_POSITION = (
    "{name}, the {position}, batted {avg} <t> with {hr} and {rbi}.",
    "The {position}, {name}, hit {avg} in {games} <t> with {hr} and {rbi}.",
    "The {position} was {name}, who hit {avg} <t> with {hr} and {rbi}.",
    "The {position} <t>, {name}, had {h} and drove in {runs} for an average of {avg}.",
    "As {position}, {name} played {games} <t> and batted {avg} with {hr}.",
)
HITTER_NO_RBI = (
    "{name} batted {avg} in {games} <t>.",
    "{name} hit {avg} <t> and scored {r}.",
    "{name} had {h} <t> for an average of {avg}.",
)
STARTER = (
    "{name} went {w}-{l} <t> with an earned run average of {era}.",
    "{name} won {w} and lost {l} <t>, with {an_era} ERA over {innings}.",
    "{name} was {w}-{l} <t> with {strikeouts} and an ERA of {era}.",
    "{name} pitched {innings} <t> and finished at {w}-{l} with an ERA of {era}.",
    "{name} had a record of {w}-{l} <t> and struck out {so}.",
    "In {innings} <t>, {name} won {w}, lost {l} and allowed {era} earned runs per nine innings.",
    "{name} struck out {so} <t> on the way to a record of {w}-{l}.",
)
RELIEVER = (
    "{name} saved {sv} in {games} <t>.",
    "Out of the bullpen <t>, {name} had {saves} and an ERA of {era}.",
    "{name} pitched in {games} <t> and was credited with {saves}.",
)
SINGLE_POSITIONS = {
    "catcher",
    "first baseman",
    "second baseman",
    "third baseman",
    "shortstop",
    "designated hitter",
}
BENCH = (
    "{names} also saw action <t>.",
    "Others who played for the club <t> were {names}.",
    "The rest of the bench <t> included {names}.",
    "{names} filled in as well <t>.",
)
OTHER_PITCHERS = (
    "{names} also pitched <t>.",
    "Others on the pitching staff <t> were {names}.",
    "Innings <t> also went to {names}.",
)
NEWCOMERS = (
    "New to the club <t> were {names}.",
    "Among the newcomers <t> were {names}.",
    "Arrivals <t> included {names}.",
)
ROOKIES = (
    "{names} made {their} major league {debuts} <t>.",
    "{names} played in the majors for the first time <t>.",
    "First-year men <t> included {names}.",
)


def team_seasons(archive: Archive) -> Iterator[Draft]:
    """Every team's every season, champions first."""
    teams = archive.tables.teams.values()
    for row in sorted(
        teams,
        key=lambda row: (
            row["lgID"] == "NA",
            row["WSWin"] != "Y",
            row["LgWin"] != "Y",
            crc32(f"{row['teamID']}{row['yearID']}".encode()),
        ),
    ):
        choose = Chooser("team", row["teamID"], row["yearID"])
        subject = Subject(
            f"the {row['yearID']} {row['name']}", f"the {row['nickname']}", "they", "their", "them"
        )
        hitters, pitchers = _regulars(archive, row), _staff(archive, row)
        paragraphs = [
            team_result(archive, row, choose),
            team_hitters(archive, row, hitters, choose),
            team_pitchers(archive, row, pitchers, choose),
            team_honours(archive, row, choose),
            team_newcomers(archive, row, choose),
            team_postseason(archive, row, choose),
        ]
        if choose.one_in(3):
            paragraphs[1], paragraphs[2] = paragraphs[2], paragraphs[1]
        yield Draft(f"{row['yearID']} {row['name']}", "team", subject, paragraphs)


def games_behind(first: dict, other: dict) -> float:
    return ((first["W"] - other["W"]) + (other["L"] - first["L"])) / 2


def place_in_words(number: int) -> str:
    """place_in_words(3) -> 'third'; place_in_words(22) -> '22nd'"""
    if number < len(ORDINALS):
        return ORDINALS[number]
    return f"{number}{'th' if number % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def season_words(row: dict) -> dict:
    """The words that sentences about a team's season are filled in with."""
    return {
        "team": row["name"],
        "name": row["name"],
        "nickname": row["nickname"],
        "year": row["yearID"],
        "league": LEAGUES[row["lgID"]],
        "group": standing_group(row),
        "place": place_in_words(row["Rank"]),
        "w": row["W"],
        "l": row["L"],
        "wins": plural(row["W"], "game"),
        "victories": plural(row["W"], "win"),
        "losses": plural(row["L"], "loss", "losses"),
    }


def gap_in_words(gap: float) -> str:
    """gap_in_words(2.5) -> '2 1/2 games'; gap_in_words(0.5) -> 'half a game'"""
    if gap == 0.5:
        return "half a game"
    whole = int(gap)
    return counted(whole, "game") if gap == whole else f"{whole} 1/2 games"


def team_result(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """Record, place, manager, park, runs."""
    team, year = row["teamID"], row["yearID"]
    sentences = [
        Sentence(
            choose(TEAM_RESULT).format_map(season_words(row)),
            (team_id(team, year, "W"), team_id(team, year, "L"), *finish_ids(row)),
        )
    ]
    sentences += _margin(archive, row, choose)
    rest = [
        *_manager_sentence(archive, row, choose),
        *_home(row, choose),
        *_scoring(archive, row, choose),
        *_team_figures(row, choose),
    ]
    return sentences + rest + _change(archive, row, choose)


def _margin(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """How far ahead of the next team, or behind the first, of its own division; not for 1981, a season of two halves."""
    group = [
        other
        for other in archive.standings[row["yearID"], row["lgID"]]
        if other["divID"] == row["divID"]
    ]
    others = [other for other in group if other is not row]
    if row["yearID"] == 1981 or not others or (row["Rank"] == 1) != (group[0] is row):
        return []
    other = others[0] if row["Rank"] == 1 else group[0]
    gap = games_behind(row, other) if row["Rank"] == 1 else games_behind(other, row)
    if gap <= 0:
        return []
    lines = AHEAD if row["Rank"] == 1 else BEHIND
    states = (*finish_ids(row), *finish_ids(other))
    return [
        Sentence(
            choose(lines).format(gap=gap_in_words(gap), other=other["name"]), states, None, True
        )
    ]


def _manager_sentence(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    names = [
        archive.players[player].name
        for player in archive.tables.managers_of.get((row["teamID"], row["yearID"]), [])
    ]
    if not names:
        return []
    text = (
        choose(MANAGED).format(manager=names[0])
        if len(names) == 1
        else choose(MANAGED_IN_TURN).format(managers=join_names(names))
    )
    states = [team_id(row["teamID"], row["yearID"], "manager")]
    if row["WSWin"] == "Y":
        states.append(f"worldseries:{row['yearID']}:manager")
    return [Sentence(text, tuple(states), None, True)]


def _home(row: dict, choose: Chooser) -> list[Sentence]:
    found = []
    if row["parks"]:
        parks = join_names([at_park(park) for park in dict.fromkeys(row["parks"])])
        found.append(
            Sentence(
                choose(HOME if len(row["parks"]) == 1 else HOME[:1]).format(park=parks),
                (team_id(row["teamID"], row["yearID"], "park"),),
            )
        )
    if (row["attendance"] or 0) > 0 and row["yearID"] != 2020:
        found.append(
            Sentence(
                choose(CROWDS).format(fans=f"{row['attendance']:,}"),
                (team_id(row["teamID"], row["yearID"], "attendance"),),
            )
        )
    return found


def _scoring(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    year, league = row["yearID"], row["lgID"]
    found = [
        Sentence(
            choose(SCORING).format(r=row["R"], ra=row["RA"]), (team_id(row["teamID"], year, "R"),)
        )
    ]
    group = archive.standings[year, league]
    for column, lines in TEAM_LEADS.items():
        if any(other[column] is None for other in group) or (
            column == "attendance" and (year == 2020 or year < 1901)
        ):
            continue
        if all(other[column] < row[column] for other in group if other is not row):
            states = [f"teamleader:{league}:{year}:{column}"]
            if column in ("W", "L"):
                states += finish_ids(row)
            found.append(
                Sentence(
                    choose(lines).format(league=with_the(league), value=row[column]), tuple(states)
                )
            )
    return found


TEAM_BATTING = (
    "As a team <s> batted {avg} with {hr}.",
    "The team batting average was {avg}.",
    "<P> batting average as a team was {avg}, and <s> hit {hr}.",
)
TEAM_PITCHING = (
    "The pitching staff had an earned run average of {era} with {sho}.",
    "The staff's ERA was {era}.",
    "<P> pitchers had {an_era} ERA and struck out {so} batters.",
)
TEAM_FIELDING = ("In the field <s> made {e} errors.", "<P> fielders made {e} errors.")


def _team_figures(row: dict, choose: Chooser) -> list[Sentence]:
    """Batting, pitching and fielding of the whole team."""
    era = earned_run_average(row["ER"], row["IPouts"])
    words = {
        "avg": batting_average(row["H"], row["AB"]),
        "hr": plural(row["HR"], "home run") if row["HR"] else "no home runs",
        "era": era,
        "an_era": an_average(era),
        "sho": counted(row["SHO"], "shutout"),
        "so": f"{row['SOA']:,}",
        "e": row["E"],
    }
    states = (team_id(row["teamID"], row["yearID"], "HR"),)
    found = [
        Sentence(choose(TEAM_BATTING).format_map(words), states),
        Sentence(choose(TEAM_PITCHING).format_map(words)),
    ]
    return (
        [*found, Sentence(choose(TEAM_FIELDING).format_map(words))] if choose.one_in(2) else found
    )


def _change(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """More or fewer wins than the year before, between two seasons of about the same length."""
    year = row["yearID"]
    before = next(
        (
            other
            for other in archive.tables.franchises[row["franchID"]]
            if other["yearID"] == year - 1
        ),
        None,
    )
    if before is None or before["name"] != row["name"] or abs(row["G"] - before["G"]) > 8:
        return []
    difference = row["W"] - before["W"]
    if abs(difference) < 8:
        return []
    count = small_number(abs(difference))
    more = (
        counted(abs(difference), "more game", "more games")
        if difference > 0
        else counted(abs(difference), "fewer game", "fewer games")
    )
    text = choose(CHANGE_UP if difference > 0 else CHANGE_DOWN).format(
        wins=count, more=more, fewer=more, year=year - 1
    )
    return [
        Sentence(
            text,
            (team_id(row["teamID"], year, "W"), team_id(before["teamID"], year - 1, "W")),
            ELSEWHEN,
        )
    ]


def _regulars(archive: Archive, row: dict) -> list[dict]:
    hitters = archive.club_batting.get((row["teamID"], row["yearID"]), [])
    return sorted(
        (hitter for hitter in hitters if hitter["AB"] >= 20),
        key=lambda hitter: (-hitter["AB"], hitter["playerID"]),
    )


def _staff(archive: Archive, row: dict) -> list[dict]:
    pitchers = archive.club_pitching.get((row["teamID"], row["yearID"]), [])
    return sorted(
        (pitcher for pitcher in pitchers if pitcher["IPouts"] >= 3),
        key=lambda pitcher: (-pitcher["IPouts"], pitcher["playerID"]),
    )


def _figures(
    archive: Archive, player: str, year: int, statement_id, *stats: str
) -> tuple[str, ...]:
    """The ids of a man's figures, if the club's figures are those of his whole year."""
    return (
        tuple(statement_id(player, year, stat) for stat in stats)
        if archive.is_whole_season(player, year)
        else ()
    )


def team_hitters(
    archive: Archive, row: dict, hitters: list[dict], choose: Chooser
) -> list[Sentence]:
    year, team = row["yearID"], row["teamID"]
    regulars = [
        hitter
        for hitter in hitters
        if archive.players[hitter["playerID"]].position_by_year.get(year) != "pitcher"
    ]
    sentences, filled = [], set()
    for hitter in regulars[:9]:
        player = archive.players[hitter["playerID"]]
        position = player.position_by_year.get(year)
        states = [
            *club_ids(archive.tables, player.id, year, team),
            *_figures(archive, player.id, year, batting_id, "AVG", "HR", "RBI", "H", "R"),
        ]
        if hitter["RBI"] is None:
            line = choose(HITTER_NO_RBI)
        elif position in SINGLE_POSITIONS and position not in filled and not choose.one_in(3):
            line = choose(HITTER_AT_POSITION)
            filled.add(position)
            if position == player.position:
                states.append(f"position:{player.id}")
        else:
            line = choose(HITTER)
        words = {**_batting_words(hitter), "name": player.name, "position": position}
        sentences.append(Sentence(line.format_map(words), tuple(states), year, True))
    rest = regulars[9:16]
    if rest:
        names = [archive.players[hitter["playerID"]].name for hitter in rest]
        states = tuple(
            state
            for hitter in rest
            for state in club_ids(archive.tables, hitter["playerID"], year, team)
        )
        sentences.append(
            Sentence(choose(BENCH).format(names=join_names(names)), states, year, True)
        )
    return sentences


def team_pitchers(
    archive: Archive, row: dict, pitchers: list[dict], choose: Chooser
) -> list[Sentence]:
    year, team = row["yearID"], row["teamID"]
    sentences = []
    told = [pitcher for pitcher in pitchers if pitcher["SV"] >= 10 and pitcher["GS"] < 10][:2]
    starters = [
        pitcher for pitcher in pitchers if pitcher not in told and pitcher["W"] + pitcher["L"] >= 3
    ][:6]
    for pitcher, lines, stats in [
        (pitcher, STARTER, ("W", "L", "ERA", "SO")) for pitcher in starters
    ] + [(pitcher, RELIEVER, ("SV", "ERA")) for pitcher in told]:
        player = archive.players[pitcher["playerID"]]
        states = (
            *club_ids(archive.tables, player.id, year, team),
            *_figures(archive, player.id, year, pitching_id, *stats),
        )
        words = {**_pitching_words(pitcher), "name": player.name}
        sentences.append(Sentence(choose(lines).format_map(words), states, year, True))
    rest = [pitcher for pitcher in pitchers if pitcher not in told and pitcher not in starters][:6]
    if rest:
        names = [archive.players[pitcher["playerID"]].name for pitcher in rest]
        states = tuple(
            state
            for pitcher in rest
            for state in club_ids(archive.tables, pitcher["playerID"], year, team)
        )
        sentences.append(
            Sentence(choose(OTHER_PITCHERS).format(names=join_names(names)), states, year, True)
        )
    return sentences


TEAM_LEADER = (
    "{name} led the team <t> with {figures}.",
    "{name} had the most {things} on the team <t>, with {values}.",
    "The club leader in {things} <t> was {name} with {values}.",
    "With {figures} {name} led the club <t>.",
)
FIGURE_WORDS = {"HR": "home run", "RBI": "run batted in", "SB": "stolen base", "W": "win"}


def team_honours(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """Who led the team, who led the league, who won awards, who was an All-Star."""
    year, team = row["yearID"], row["teamID"]
    sentences = []
    roster = archive.club_batting.get((team, year), [])
    for player, led in _club_leaders(archive, row, roster).items():
        figures = [
            f"{value} runs batted in" if stat == "RBI" else plural(value, FIGURE_WORDS[stat])
            for stat, value in led
        ]
        states = [*club_ids(archive.tables, player, year, team)]
        for stat, _ in led:
            states += [
                f"teamleader:{team}:{year}:{stat}",
                *_figures(archive, player, year, pitching_id if stat == "W" else batting_id, stat),
            ]
        words = {
            "name": archive.players[player].name,
            "things": join_names([STAT_WORDS[stat] for stat, _ in led]),
            "figures": join_names(figures),
            "values": join_names([str(value) for _, value in led]),
        }
        sentences.append(Sentence(choose(TEAM_LEADER).format_map(words), tuple(states), year, True))
    members = [
        archive.players[member["playerID"]]
        for member in roster
        if archive.is_whole_season(member["playerID"], year)
    ]
    for player in members:
        sentences += _league_honours(archive, row, player)
    all_stars = [player for player in members if year in player.all_star_years]
    if all_stars:
        names = join_names([player.name for player in all_stars])
        states = tuple(
            state
            for player in all_stars
            for state in club_ids(archive.tables, player.id, year, team)
        )
        states += tuple(
            f"allstar:{player.id}:first" for player in all_stars if player.all_star_years[0] == year
        )
        text = f"{names} {'was an All-Star' if len(all_stars) == 1 else 'were All-Stars'} <t>."
        sentences.append(Sentence(text, states, year, True))
    return sentences


def _club_leaders(
    archive: Archive, row: dict, roster: list[dict]
) -> dict[str, list[tuple[str, int]]]:
    """player -> the statistics in which he alone led the club, with their values"""
    staff = archive.club_pitching.get((row["teamID"], row["yearID"]), [])
    found = defaultdict(list)
    for group, stat in ((roster, "HR"), (roster, "RBI"), (roster, "SB"), (staff, "W")):
        best = sorted(
            (member for member in group if member[stat] is not None),
            key=lambda member, stat=stat: -member[stat],
        )
        if len(best) >= 2 and best[0][stat] > best[1][stat] >= 1:
            found[best[0]["playerID"]].append((stat, best[0][stat]))
    return found


def _league_honours(archive: Archive, row: dict, player: Player) -> Iterator[Sentence]:
    year, team = row["yearID"], row["teamID"]
    club = club_ids(archive.tables, player.id, year, team)
    led = [
        (league, stat)
        for league, stat, shared in archive.led.get((player.id, year), ())
        if league != "ML" and not shared
    ]
    if led:
        things = join_names([STAT_WORDS[stat] for _, stat in led])
        states = (*(f"leader:{year}:{league}:{stat}" for league, stat in led), *club)
        yield Sentence(
            f"{player.name} led {with_the(led[0][0])} in {things} <t>.", states, year, True
        )
    given = [award for award in archive.awards.get(player.id, ()) if award["yearID"] == year]
    if given:
        prizes = join_names([f"the {AWARD_WORDS[award['awardID']][1]}" for award in given])
        yield Sentence(
            f"{player.name} won {prizes} <t>.",
            (
                *dict.fromkeys(
                    state for award in given for state in award_statements(archive, award)
                ),
                *club,
            ),
            year,
            True,
        )


def team_newcomers(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    """Those who had played elsewhere the year before, and those who had played nowhere."""
    year, team = row["yearID"], row["teamID"]
    came, rookies, came_states, rookie_states = [], [], [], []
    for member in sorted(
        archive.club_batting.get((team, year), []),
        key=lambda member: -archive.players[member["playerID"]].fame,
    ):
        player = archive.players[member["playerID"]]
        if player.seasons[0] == year and player.clubs[year][0] == team:
            rookies.append(player.name)
            rookie_states += [
                f"debut:{player.id}:year",
                f"debut:{player.id}:team",
                *club_ids(archive.tables, player.id, year, team),
            ]
        elif (
            year - 1 in player.clubs
            and len(set(player.clubs[year - 1])) == 1
            and member["G"] >= 15
            and player.clubs[year][0] == team
        ):
            before = player.clubs[year - 1][0]
            if archive.tables.franchise_of(before, year - 1) != row["franchID"]:
                came.append(
                    f"{player.name}, who had been with the {archive.tables.team_name(before, year - 1)}"
                )
                came_states += [
                    *club_ids(archive.tables, player.id, year - 1, before),
                    *club_ids(archive.tables, player.id, year, team),
                ]
    sentences = []
    if came:
        came = came[:4]
        names = (
            came[0]
            if len(came) == 1
            else ", and ".join(came)
            if len(came) == 2
            else "; ".join(came[:-1]) + f"; and {came[-1]}"
        )
        line = choose(NEWCOMERS)
        line = line.replace("were {", "was {") if len(came) == 1 else line
        sentences.append(
            Sentence(line.format(names=names), tuple(came_states[: 4 * len(came)]), year, True)
        )
    if rookies and year > 1876:
        their = "his" if len(rookies) == 1 else "their"
        debuts = "debut" if len(rookies) == 1 else "debuts"
        text = choose(ROOKIES).format(names=join_names(rookies[:5]), their=their, debuts=debuts)
        sentences.append(Sentence(text, tuple(rookie_states[:20]), year, True))
    return sentences


SERIES_WON = (
    "<S> beat the {other} in {series}, {result}.",
    "In {series} <s> defeated the {other} by {result}.",
)
SERIES_LOST = (
    "<S> lost {series} to the {other}, {result}.",
    "In {series} <s> fell to the {other} by {result}.",
)
SERIES_NAMES = {
    "WS": "the World Series",
    "LCS": "the {league} Championship Series",
    "DS": "the {league} Division Series",
    "WC": "the {league} Wild Card round",
}


def series_in_words(series: dict) -> str | None:
    """'the World Series', 'the American League Division Series'; None for the oddities of 1892 and 1981"""
    name = series["round"]
    if name == "WS":
        return (
            SERIES_NAMES["WS"]
            if series["yearID"] >= 1903
            else "the championship series against the rival league"
        )
    kind = next(
        (kind for kind in ("LCS", "DS", "WC") if name[1:4] == kind or name[2:4] == kind), None
    )
    return (
        SERIES_NAMES[kind].format(league=LEAGUES[name[:2]])
        if kind and name[:2] in LEAGUES
        else None
    )


def games_in_words(series: dict) -> str:
    """'four games to two', 'one game to none'"""
    wins, losses = (
        in_words(series["wins"]),
        in_words(series["losses"]) if series["losses"] else "none",
    )
    return f"{wins} {'game' if series['wins'] == 1 else 'games'} to {losses}"


def series_length_ids(series: dict) -> tuple[str, ...]:
    return (f"worldseries:{series['yearID']}:games",) if series["round"] == "WS" else ()


def team_postseason(archive: Archive, row: dict, choose: Chooser) -> list[Sentence]:
    order = {"WC": 0, "DS": 1, "LCS": 2, "WS": 3}
    found = archive.series_of_team[row["teamID"], row["yearID"]]
    sentences = []
    for series in sorted(
        found,
        key=lambda series: next(
            (rank for kind, rank in order.items() if kind in series["round"]), 0
        ),
    ):
        name = series_in_words(series)
        if name is None or series["wins"] == series["losses"]:
            continue
        won = series["teamIDwinner"] == row["teamID"]
        other = archive.tables.team_name(
            series["teamIDloser" if won else "teamIDwinner"], row["yearID"]
        )
        text = choose(SERIES_WON if won else SERIES_LOST).format(
            other=other, series=name, result=games_in_words(series)
        )
        sentences.append(
            Sentence(text, (*series_ids(series), *series_length_ids(series)), None, True)
        )
    return sentences


# ------------------------------------------------------------------------------------------------------------ seasons, close up

CLOSE_UP_BATTING = (
    "<S> batted {avg} in {games} <t>, with {h} in {ab} at-bats.",
    "<S> came to bat {ab} times <t> and had {h}, an average of {avg}.",
    "In {games} <t>, <s> hit {avg}.",
    "<P> batting average <t> was {avg}, on {h} in {games}.",
)
CLOSE_UP_POWER = (
    "<S> hit {hr} and drove in {runs} <t>.",
    "<S> had {hr} and {rbi} <t>.",
    "<T> <s> drove in {runs} and hit {hr}.",
    "<S> finished <t> with {hr} and {rbi}.",
)
CLOSE_UP_HITS = (
    "Of <p> hits <t>, {doubles_n} were doubles and {triples_n} triples.",
    "<P> extra-base hits <t> included {doubles} and {triples}.",
    "<S> added {doubles} and {triples} <t>.",
)
CLOSE_UP_RUNS = (
    "<S> scored {r} and walked {bb_times} <t>.",
    "<S> drew {bb} <t> and came around to score {r_times}.",
    "<P> {bb} <t> helped <o> score {r}.",
)
CLOSE_UP_STEALS = (
    "<S> stole {sb} <t>.",
    "On the bases <t>, <s> had {steals}.",
    "<S> also stole {sb} <t>.",
)
CLOSE_UP_RECORD = (
    "<S> won {w} and lost {l} <t>.",
    "<P> record <t> was {w}-{l}.",
    "<S> went {w}-{l} in {games} <t>.",
)
CLOSE_UP_ERA = (
    "<P> earned run average <t> was {era}.",
    "<S> allowed {era} earned runs per nine innings <t>.",
    "Over {innings} <t>, <p> ERA came to {era}.",
)
CLOSE_UP_STRIKEOUTS = (
    "<S> struck out {so} and walked {walked} <t>.",
    "<P> work <t> brought {strikeouts} and {walks}.",
    "<S> fanned {so} in {innings} <t>.",
)
CLOSE_UP_COMPLETE = (
    "<S> completed {cg_n} of <p> {starts} <t>, {sho} among them.",
    "Of <p> {starts} <t>, {cg_n} were complete games.",
)
CLOSE_UP_SAVES = ("<S> saved {sv} <t>.", "<S> was credited with {saves} <t>.")
CLOSE_UP_CLUB = (
    "<T> <s> played for the {team}, who finished {place} in {group}.",
    "<S> spent the {year} season with the {team}, who finished {place} in {group}.",
    "<P> club in {year}, the {team}, ended up {place} in {group}.",
)
CLUB_RECORD = ("The {nickname} won {w} and lost {l} <t>.", "The club's record <t> was {w}-{l}.")
CLUB_MANAGER = ("{manager} managed the {nickname} <t>.", "<P> manager <t> was {manager}.")
RANKED = (
    "<S> ranked {place} in {league} in {things} <t>, behind {leader}.",
    "Only {leader} had more {things} in {league} <t>.",
)
AGE_LINE = ("<S> turned {age} in {year}.", "It was <p> {count} season in the majors.")


def close_ups(archive: Archive) -> Iterator[Draft]:
    """Single seasons of well-known players, told at length, the best known first."""
    seasons = []
    for player in archive.tables.by_fame[:4200]:
        for row in archive.batting.get(player.id, ()):
            if row["AB"] >= 300 and row["RBI"] is not None and row["yearID"] >= 1886:
                seasons.append(
                    (player.fame * (row["HR"] + row["RBI"] + row["R"]), player, row, None)
                )
        for row in archive.pitching.get(player.id, ()):
            if row["IPouts"] >= 3 * 100 or row["SV"] >= 15:
                seasons.append(
                    (
                        player.fame * (8 * row["W"] + row["SO"] / 3 + 3 * row["SV"]),
                        player,
                        None,
                        row,
                    )
                )
    seasons.sort(key=lambda season: (-season[0], season[1].id, (season[2] or season[3])["yearID"]))
    for _, player, bat, pitch in seasons:
        row = bat or pitch
        year = row["yearID"]
        choose = Chooser("close-up", player.id, year, "bat" if bat else "pitch")
        told = (
            _close_up_of_batter(archive, player, bat, choose)
            if bat
            else _close_up_of_pitcher(archive, player, pitch, choose)
        )
        opening = _close_up_opening(archive, player, year, choose)
        closing = [
            *leading_sentences(archive, player, year, choose),
            *_close_up_honours(archive, player, year),
            *_teammates(archive, player, year, choose),
        ]
        yield Draft(
            f"{player.name} in {year}",
            "player season",
            person(player),
            [[*opening, *told], closing],
        )


TEAMMATES = (
    "Among <p> teammates <t> were {names}.",
    "<P> teammates <t> included {names}.",
    "<S> shared the clubhouse <t> with {names}.",
)


def _teammates(archive: Archive, player: Player, year: int, choose: Chooser) -> list[Sentence]:
    clubs = player.clubs[year]
    if len(clubs) > 1:
        return []
    names = [
        other
        for other in archive.best_of_team[clubs[0], year]
        if other is not player and not choose.one_in(3)
    ][:4]
    if len(names) < 2:
        return []
    states = tuple(
        state
        for other in (player, *names)
        for state in club_ids(archive.tables, other.id, year, clubs[0])
    )
    return [
        Sentence(
            choose(TEAMMATES).format(names=join_names([other.name for other in names])),
            states,
            year,
            True,
        )
    ]


def _close_up_opening(
    archive: Archive, player: Player, year: int, choose: Chooser
) -> list[Sentence]:
    """The club, how it did, and how far into his career he was."""
    clubs = list(dict.fromkeys(player.clubs[year]))
    states = tuple(
        state for club in clubs for state in club_ids(archive.tables, player.id, year, club)
    )
    found = []
    if len(clubs) == 1:
        row = archive.club(clubs[0], year)
        words = season_words(row)
        found.append(
            Sentence(choose(CLOSE_UP_CLUB).format_map(words), (*states, *finish_ids(row)), year)
        )
        if not choose.one_in(4):
            found.append(
                Sentence(
                    choose(CLUB_RECORD).format_map(words),
                    (*states, team_id(clubs[0], year, "W"), team_id(clubs[0], year, "L")),
                    year,
                    True,
                )
            )
        managers = archive.tables.managers_of.get((clubs[0], year), [])
        if len(managers) == 1 and managers[0] != player.id:
            text = choose(CLUB_MANAGER).format(manager=archive.players[managers[0]].name, **words)
            found.append(Sentence(text, (*states, team_id(clubs[0], year, "manager")), year, True))
    else:
        names = join_names([f"the {archive.tables.team_name(club, year)}" for club in clubs])
        found.append(Sentence(f"<T> <s> played for {names}.", states, year))
    if not choose.one_in(4):
        count = place_in_words(player.seasons.index(year) + 1)
        age = year - player.birth["year"] if player.birth["year"] else None
        line = AGE_LINE[0] if age and choose.one_in(2) else AGE_LINE[1]
        states = (f"debut:{player.id}:year",) if "{count}" in line else (f"born:{player.id}:year",)
        found.append(Sentence(line.format(age=age, count=count, year=year), states, year))
    return found


def _close_up_of_batter(
    archive: Archive, player: Player, row: dict, choose: Chooser
) -> list[Sentence]:
    year = row["yearID"]
    words = _batting_words(row)
    words |= {
        "doubles_n": row["2B"] or "none",
        "triples_n": row["3B"] or "none",
        "bb_times": plural(row["BB"], "time"),
    }

    def told(lines, *stats):
        return Sentence(
            choose(lines).format_map(words),
            tuple(batting_id(player.id, year, stat) for stat in stats),
            year,
        )

    found = [told(CLOSE_UP_BATTING, "AVG", "H"), told(CLOSE_UP_POWER, "HR", "RBI")]
    found += _compared_with_before(
        archive.batting[player.id], player, year, "HR", "home run", batting_id, choose
    )
    found += [told(CLOSE_UP_HITS, "2B", "3B"), told(CLOSE_UP_RUNS, "R", "BB")]
    if row["SB"]:
        found.append(told(CLOSE_UP_STEALS, "SB"))
    return found + _ranked(
        archive, player, year, archive.batting_order, ("HR", "RBI", "H", "SB"), choose
    )


def _close_up_of_pitcher(
    archive: Archive, player: Player, row: dict, choose: Chooser
) -> list[Sentence]:
    year = row["yearID"]
    words = _pitching_words(row)
    words |= {
        "starts": counted(row["GS"], "start"),
        "cg_n": row["CG"],
        "walked": row["BB"],
        "walks": plural(row["BB"], "walk"),
    }

    def told(lines, *stats):
        return Sentence(
            choose(lines).format_map(words),
            tuple(pitching_id(player.id, year, stat) for stat in stats),
            year,
        )

    found = [
        told(CLOSE_UP_RECORD, "W", "L"),
        told(CLOSE_UP_ERA, "ERA"),
        told(CLOSE_UP_STRIKEOUTS, "SO"),
    ]
    if row["SV"] >= 5:
        found.append(told(CLOSE_UP_SAVES, "SV"))
    if row["CG"] >= 3 and row["SHO"] >= 1:
        found.append(told(CLOSE_UP_COMPLETE, "SHO"))
    found += _compared_with_before(
        archive.pitching[player.id], player, year, "W", "win", pitching_id, choose
    )
    return found + _ranked(archive, player, year, archive.pitching_order, ("W", "SO", "SV"), choose)


def _compared_with_before(
    history: list[dict],
    player: Player,
    year: int,
    stat: str,
    noun: str,
    statement_id,
    choose: Chooser,
) -> list[Sentence]:
    row = next(row for row in history if row["yearID"] == year)
    before = next((row for row in history if row["yearID"] == year - 1), None)
    if (
        before is None
        or before[stat] is None
        or max(row[stat], before[stat]) < 10
        or row[stat] == before[stat]
        or choose.one_in(2)
    ):
        return []
    difference = abs(row[stat] - before[stat])
    words = {
        "old": plural(before[stat], noun) if before[stat] else f"no {noun}s",
        "more": f"{small_number(difference)} more",
        "fewer": f"{small_number(difference)} fewer",
    }
    if choose.one_in(3):
        return [
            Sentence(
                f"In {year - 1} <s> had had {words['old']}.",
                (statement_id(player.id, year - 1, stat),),
                ELSEWHEN,
            )
        ]
    text = f"<P> {plural(row[stat], noun)} <t> were {words['more' if row[stat] > before[stat] else 'fewer']} than <s> had in {year - 1}."
    return [
        Sentence(
            text,
            (statement_id(player.id, year, stat), statement_id(player.id, year - 1, stat)),
            year,
        )
    ]


def _ranked(
    archive: Archive, player: Player, year: int, order: dict, stats: tuple, choose: Chooser
) -> list[Sentence]:
    """That he was second in something, and to whom, where both places were clear."""
    found = []
    for stat in stats:
        for league in ("AL", "NL"):
            top = order.get((year, league, stat), ())
            if (
                len(top) >= 3
                and top[1][1] == player.id
                and top[0][0] > top[1][0] > top[2][0]
                and (year, league, stat) in archive.tables.leaders
            ):
                leader = archive.players[top[0][1]].name
                text = choose(RANKED).format(
                    place="second", league=with_the(league), things=STAT_WORDS[stat], leader=leader
                )
                found.append(Sentence(text, (f"leader:{year}:{league}:{stat}",), year, True))
    return found


def _close_up_honours(archive: Archive, player: Player, year: int) -> list[Sentence]:
    found = []
    given = [award for award in archive.awards.get(player.id, ()) if award["yearID"] == year]
    if given:
        prizes = join_names([f"the {AWARD_WORDS[award['awardID']][1]}" for award in given])
        states = tuple(
            dict.fromkeys(state for award in given for state in award_statements(archive, award))
        )
        found.append(Sentence(f"<S> won {prizes} <t>.", states, year))
    if year in player.all_star_years:
        first = player.all_star_years[0] == year
        states = (f"allstar:{player.id}:first",) if first else ()
        found.append(
            Sentence(
                f"<S> was an All-Star{' for the first time' if first else ''} <t>.", states, year
            )
        )
    return found


# ------------------------------------------------------------------------------------------------------------ leagues by year

NOBODY = Subject(
    "the season", "the season", "it", "its", "it"
)  # documents that name everyone each time

RACE = (
    "The {team} won the {league} pennant <t> with {w} victories and {l} defeats.",
    "The {league} pennant <t> went to the {team}, who won {w} and lost {l}.",
    "<T> the {team} were champions of the {league} with a record of {w}-{l}.",
)
DIVISION_RACE = (
    "The {team} finished first in {group} <t> at {w}-{l}.",
    "First place in {group} <t> belonged to the {team}, who won {w} and lost {l}.",
    "In {group} the {team} came out ahead <t> with a record of {w}-{l}.",
)
CHASE = (
    "The {team} were {place} at {w}-{l}, {gap} behind.",
    "Next came the {team}, {w}-{l}, {gap} back.",
    "The {team} took {place} place with {wins}, {gap} off the pace.",
    "{Place} were the {team}, who won {w} and lost {l}.",
)
LAST_PLACE = (
    "At the bottom were the {team}, who won {w} and lost {l}.",
    "The {team} finished last at {w}-{l}.",
    "Last place fell to the {team}, with {losses}.",
)
LEADER_LINES = {
    "AVG": (
        "{name} of the {team} won the batting title <t> with an average of {value}.",
        "The batting champion <t> was {name} of the {team}, at {value}.",
        "{name} of the {team} led all hitters <t> at {value}.",
    ),
    "HR": (
        "{name} of the {team} hit the most home runs <t>, {value}.",
        "The home run leader <t> was {name} of the {team} with {value}.",
        "No one hit more home runs <t> than {name} of the {team}, who had {value}.",
    ),
    "RBI": ("{name} of the {team} drove in the most runs <t>, {value}.", "{name} of the {team} led <t> in runs batted in with {value}."),
    "H": ("{name} of the {team} had the most hits <t>, {value}.", "The leader in hits <t> was {name} of the {team} with {value}."),
    "R": ("{name} of the {team} scored the most runs <t>, {value}.", "{name} of the {team} led <t> in runs scored with {value}."),
    "2B": ("{name} of the {team} hit the most doubles <t>, {value}.", "The leader in doubles <t> was {name} of the {team} with {value}."),
    "3B": ("{name} of the {team} hit the most triples <t>, {value}.", "{name} of the {team} led <t> in triples with {value}."),
    "SB": ("{name} of the {team} stole the most bases <t>, {value}.", "The top base stealer <t> was {name} of the {team} with {value}."),
    "BB": ("{name} of the {team} drew the most walks <t>, {value}.",),
    "W": ("{name} of the {team} won the most games <t>, {value}.", "The biggest winner among the pitchers <t> was {name} of the {team} with {value} victories."),
    "ERA": ("{name} of the {team} had the lowest earned run average <t>, {value}.", "The best earned run average <t>, {value}, belonged to {name} of the {team}."),
    "SO": ("{name} of the {team} struck out the most batters <t>, {value}.", "The strikeout leader <t> was {name} of the {team} with {value}."),
    "SV": ("{name} of the {team} saved the most games <t>, {value}.", "{name} of the {team} led <t> in saves with {value}."),
    "SHO": ("{name} of the {team} threw the most shutouts <t>, {value}.",),
}  # fmt: skip
TIED_LINE = "{names} tied for the lead in {things} <t> with {value} each."
AWARD_OF_YEAR = (
    "{names} won the {prize} <t>.",
    "The {prize} <t> went to {names}.",
    "{names} took the {prize} <t>.",
)


def leagues(archive: Archive) -> Iterator[Draft]:
    """Each league's each season, the latest of the two great leagues first."""
    keys = sorted(archive.standings, key=lambda key: (key[1] not in ("AL", "NL"), -key[0], key[1]))
    for year, league in keys:
        choose = Chooser("league", year, league)
        paragraphs = [
            *pennant_race(archive, year, league, choose),
            league_leaders(
                archive,
                year,
                league,
                ("AVG", "HR", "RBI", "H", "R", "2B", "3B", "SB", "BB"),
                choose,
            ),
            league_leaders(archive, year, league, ("W", "ERA", "SO", "SV", "SHO"), choose),
            league_awards(archive, year, league, choose),
            league_figures(archive, year, league, choose),
            league_playoffs(archive, year, league, choose),
        ]
        yield Draft(f"{year} {LEAGUES[league]} season", "season", NOBODY, paragraphs)


def pennant_race(
    archive: Archive, year: int, league: str, choose: Chooser
) -> Iterator[list[Sentence]]:
    """A paragraph for the league, or one for each of its divisions."""
    standings = archive.standings[year, league]
    for division in sorted(
        {row["divID"] for row in standings}, key=lambda division: division or ""
    ):
        group = [row for row in standings if row["divID"] == division]
        first = group[0]
        if (
            year == 1981 or first["Rank"] != 1
        ):  # 1981 was played in two halves, each with its own winners
            continue
        lines = RACE if division is None and first["LgWin"] == "Y" else DIVISION_RACE
        record = (team_id(first["teamID"], year, "W"), team_id(first["teamID"], year, "L"))
        record += (
            (f"teamleader:{league}:{year}:W",)
            if all(first["W"] >= row["W"] for row in standings)
            else ()
        )
        sentences = [
            Sentence(
                choose(lines).format_map(season_words(first)), (*record, *finish_ids(first)), year
            )
        ]
        for place, row in enumerate(group[1:], start=2):
            last = place == len(group) and place > 3
            gap = games_behind(first, row)
            words = {
                "team": row["name"],
                "place": place_in_words(place),
                "Place": place_in_words(place).capitalize(),
                "w": row["W"],
                "l": row["L"],
            }
            words |= {
                "wins": plural(row["W"], "victory", "victories"),
                "losses": plural(row["L"], "loss", "losses"),
                "gap": gap_in_words(gap) if gap > 0 else "not a game",
            }
            if row["Rank"] != place:
                break  # clubs that tied for a place
            states = (
                team_id(row["teamID"], year, "W"),
                team_id(row["teamID"], year, "L"),
                *finish_ids(row),
                *finish_ids(first),
            )
            states += (
                (f"teamleader:{league}:{year}:L",)
                if all(row["L"] >= other["L"] for other in standings)
                else ()
            )
            sentences.append(
                Sentence(choose(LAST_PLACE if last else CHASE).format_map(words), states, year)
            )
        yield sentences


def league_leaders(
    archive: Archive, year: int, league: str, stats: tuple[str, ...], choose: Chooser
) -> list[Sentence]:
    sentences = []
    for stat in stats:
        leader = archive.tables.leaders.get((year, league, stat))
        if leader is None or len(leader.players) > 3:
            continue
        statement_id = pitching_id if stat in ("W", "ERA", "SO", "SV", "SHO") else batting_id
        states = [f"leader:{year}:{league}:{stat}", f"leading:{year}:{league}:{stat}"]
        states += [statement_id(player, year, stat) for player in leader.players]
        people = [archive.players[player] for player in leader.players]
        if len(people) > 1:
            text = TIED_LINE.format(
                names=join_names([person.name for person in people]),
                things=STAT_WORDS[stat],
                value=leader.value,
            )
        else:
            clubs = [
                club for club in people[0].clubs[year] if archive.club(club, year)["lgID"] == league
            ]
            states += club_ids(archive.tables, people[0].id, year, clubs[-1])
            text = choose(LEADER_LINES[stat]).format(
                name=people[0].name,
                team=archive.tables.team_name(clubs[-1], year),
                value=leader.value,
            )
        sentences.append(Sentence(text, tuple(states), year))
        if stat in ("HR", "RBI", "H", "SB", "W", "SO", "SV"):
            sentences += runners_up(archive, year, league, stat, states, choose)
    return sentences


RUNNERS_UP = {
    2: (
        "Next came {second} with {n2} and {third} with {n3}.",
        "{second} was second with {n2}, {third} third with {n3}.",
        "Behind were {second} ({n2}) and {third} ({n3}).",
    ),
    1: ("Next came {second} with {n2}.", "{second} was second with {n2}."),
}


def runners_up(
    archive: Archive, year: int, league: str, stat: str, of_leader: list[str], choose: Chooser
) -> list[Sentence]:
    """Second and third behind a leader, as far as their places are clear. It goes where the sentence on the leader goes."""
    pitching = stat in ("W", "SO", "SV")
    top = (archive.pitching_order if pitching else archive.batting_order).get(
        (year, league, stat), ()
    )
    if len(top) < 4 or top[0][0] == top[1][0] or top[1][0] == top[2][0]:
        return []
    count = 2 if top[2][0] > top[3][0] else 1
    words = {
        "second": archive.players[top[1][1]].name,
        "n2": top[1][0],
        "third": archive.players[top[2][1]].name,
        "n3": top[2][0],
    }
    states = list(of_leader)
    for value, player in top[1 : count + 1]:
        if (
            len(
                set(
                    archive.club(club, year)["lgID"] for club in archive.players[player].clubs[year]
                )
            )
            == 1
        ):
            states.append((pitching_id if pitching else batting_id)(player, year, stat))
    return [Sentence(choose(RUNNERS_UP[count]).format_map(words), tuple(states), year)]


def league_awards(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    by_award = defaultdict(list)
    for row in archive.awards_of_year.get(year, ()):
        if row["lgID"] == league and row["awardID"] not in (
            "World Series MVP",
            "All-Star Game MVP",
        ):
            by_award[row["awardID"], award_statement(row)].append(
                archive.players[row["playerID"]].name
            )
    sentences, gloves = [], defaultdict(list)
    for (award, statement), names in by_award.items():
        if award in ("Gold Glove", "Silver Slugger"):
            gloves[award].append((names, statement))
        else:
            text = choose(AWARD_OF_YEAR).format(
                names=join_names(names), prize=f"{LEAGUES[league]} {AWARD_WORDS[award][1]}"
            )
            sentences.append(Sentence(text, (statement,), year))
    for award, given in gloves.items():
        names = [name for group, _ in given for name in group]
        prizes = "Gold Gloves" if award == "Gold Glove" else "Silver Slugger awards"
        text = choose(("{prizes} <t> went to {names}.", "{names} won {prizes} <t>.")).format(
            prizes=prizes, names=join_names(names)
        )
        sentences.append(Sentence(text, tuple(statement for _, statement in given), year))
    chosen = archive.managers_of_the_year.get((year, league))
    if chosen:
        names = join_names([archive.players[player].name for player in chosen])
        sentences.append(
            Sentence(
                f"{names} won the {LEAGUES[league]} Manager of the Year award <t>.",
                (award_id("MANAGER", year, league),),
                year,
            )
        )
    return sentences


def league_figures(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    """Runs, home runs and crowds of the clubs."""
    group = archive.standings[year, league]
    sentences = []
    for column, line in (
        ("R", "The {team} scored the most runs <t>, {value}."),
        ("HR", "The {team} hit the most home runs of any club <t>, {value}."),
        ("attendance", "The {team} drew the biggest crowds <t>, {value} over the season."),
    ):
        if any(row[column] is None for row in group) or (
            column == "attendance" and (year == 2020 or year < 1901)
        ):
            continue
        best = sorted(group, key=lambda row, column=column: -row[column])
        if len(best) > 1 and best[0][column] > best[1][column]:
            states = (
                f"teamleader:{league}:{year}:{column}",
                team_id(best[0]["teamID"], year, column),
            )
            sentences.append(
                Sentence(
                    line.format(team=best[0]["name"], value=f"{best[0][column]:,}"), states, year
                )
            )
    runs, games = sum(row["R"] for row in group), sum(row["G"] for row in group)
    text = choose(
        (
            "Teams scored {rate} runs a game on the average <t>.",
            "The league's clubs averaged {rate} runs a game <t>.",
        )
    )
    sentences.append(Sentence(text.format(rate=f"{runs / games:.2f}"), (), year))
    home_runs = sum(row["HR"] for row in group)
    sentences.append(
        Sentence(f"Altogether the league's batters hit {home_runs:,} home runs <t>.", (), year)
    )
    return sentences


def league_playoffs(archive: Archive, year: int, league: str, choose: Chooser) -> list[Sentence]:
    sentences = []
    for series in archive.series_of_year.get(year, ()):
        name = series_in_words(series)
        if name is not None and series["round"][:2] == league:
            sentences.append(series_result(archive, series, name, choose))
    series = archive.series.get((year, "WS"))
    if (
        series is not None
        and league in (series["lgIDwinner"], series["lgIDloser"])
        and year >= 1903
    ):
        sentences.append(series_result(archive, series, "the World Series", choose))
    return sentences


SERIES_RESULT = (
    "The {winner} beat the {loser} in {series} <t>, {result}.",
    "In {series} <t> the {winner} defeated the {loser}, {result}.",
    "The {winner} won {series} from the {loser} <t>, {result}.",
)


def series_result(archive: Archive, series: dict, name: str, choose: Chooser) -> Sentence:
    year = series["yearID"]
    winner, loser = (
        archive.tables.team_name(series["teamIDwinner"], year),
        archive.tables.team_name(series["teamIDloser"], year),
    )
    text = choose(SERIES_RESULT).format(
        winner=winner, loser=loser, series=name, result=games_in_words(series)
    )
    return Sentence(text, (*series_ids(series), *series_length_ids(series)), year)


# ------------------------------------------------------------------------------------------------------------ baseball by year


def years(archive: Archive) -> Iterator[Draft]:
    """Baseball year by year: pennants and World Series, who came and who went, the Hall of Fame."""
    debuts, finals = defaultdict(list), defaultdict(list)
    for player in archive.tables.by_fame:
        debuts[player.seasons[0]].append(player)
        if not player.is_active:
            finals[player.seasons[-1]].append(player)
    elected = defaultdict(list)
    for player in sorted(archive.players.values(), key=lambda player: (-player.fame, player.id)):
        if player.hall is not None:
            elected[player.hall.year].append(player)
    for year in range(LAST_SEASON, 1870, -1):
        choose = Chooser("year", year)
        paragraphs = [
            _year_in_short(archive, year, choose),
            _best_of_both(archive, year, choose),
            _debuts_and_farewells(archive, year, debuts[year], finals[year], choose),
            _elections(year, elected[year], choose),
        ]
        yield Draft(f"Baseball in {year}", "year", NOBODY, paragraphs)


def _year_in_short(archive: Archive, year: int, choose: Chooser) -> list[Sentence]:
    sentences = []
    for league in ("AL", "NL", "AA", "UA", "PL", "FL"):
        team = archive.tables.pennants.get((year, league))
        if team is not None:
            row = archive.club(team, year)
            line = choose(
                (
                    "The {team} won the {league} pennant <t>.",
                    "The {league} pennant <t> went to the {team}.",
                    "<T> the {team} won the pennant in the {league}.",
                )
            )
            sentences.append(
                Sentence(
                    line.format(team=row["name"], league=LEAGUES[league]),
                    (f"pennant:{year}:{league}",),
                    year,
                )
            )
    series = archive.series.get((year, "WS"))
    if series is not None and year >= 1903:
        sentences.append(series_result(archive, series, "the World Series", choose))
    elif year > 1903:
        sentences.append(
            Sentence("There was no World Series <t>.", (f"worldseries:{year}:winner",), year)
        )
    best = max(
        (
            row
            for (teams_year, _), group in archive.standings.items()
            if teams_year == year
            for row in group
        ),
        key=lambda row: (row["W"], row["teamID"]),
    )
    text = f"No club won more games <t> than the {best['name']}, who had {plural(best['W'], 'victory', 'victories')}."
    sentences.append(
        Sentence(
            text,
            (
                team_id(best["teamID"], year, "W"),
                f"teamleader:{best['lgID']}:{year}:W",
                *finish_ids(best),
            ),
            year,
        )
    )
    return sentences


LED_BOTH = (
    "{name} led the major leagues in {things} <t> with {value}.",
    "Nobody in either league had more {things} <t> than {name}, who had {value}.",
    "The major league leader in {things} <t> was {name} with {value}.",
)
CAME_UP = (
    "{name} played his first major league games <t>, for the {team}.",
    "{name} made his major league debut <t> with the {team}.",
    "<T> {name} came up with the {team}.",
)
WENT_OUT = (
    "{name} played for the last time <t>, with the {team}.",
    "{name} ended his career <t> with the {team}.",
    "<T> {name} made his last major league appearances, for the {team}.",
)


def _best_of_both(archive: Archive, year: int, choose: Chooser) -> list[Sentence]:
    """Leaders of the major leagues taken together."""
    sentences = []
    for stat in ("HR", "RBI", "SB", "W", "SO"):
        leader = archive.tables.leaders.get((year, "ML", stat))
        if leader is None or len(leader.players) > 1:
            continue
        player = archive.players[leader.players[0]]
        statement_id = pitching_id if stat in ("W", "SO") else batting_id
        states = (
            f"leader:{year}:ML:{stat}",
            f"leading:{year}:ML:{stat}",
            statement_id(player.id, year, stat),
        )
        text = choose(LED_BOTH).format(
            name=player.name, things=STAT_WORDS[stat], value=leader.value
        )
        sentences.append(Sentence(text, states, year))
    for award in (
        "Most Valuable Player",
        "Cy Young Award",
        "World Series MVP",
        "All-Star Game MVP",
    ):
        by_statement = defaultdict(list)
        for row in archive.awards_of_year.get(year, ()):
            if row["awardID"] == award:
                by_statement[award_statement(row)].append(
                    (archive.players[row["playerID"]].name, row["lgID"])
                )
        for statement, given in by_statement.items():
            league = (
                f"{LEAGUES[given[0][1]]} "
                if given[0][1] != "ML" and award != "All-Star Game MVP"
                else ""
            )
            text = choose(AWARD_OF_YEAR).format(
                names=join_names([name for name, _ in given]),
                prize=f"{league}{AWARD_WORDS[award][1]}",
            )
            sentences.append(Sentence(text, (statement,), year))
    return sentences


def _debuts_and_farewells(
    archive: Archive, year: int, debuts: list[Player], finals: list[Player], choose: Chooser
) -> list[Sentence]:
    sentences = []
    for player in debuts[:5]:
        team = archive.tables.team_name(player.clubs[year][0], year)
        text = choose(CAME_UP).format(name=player.name, team=team)
        states = (
            f"debut:{player.id}:year",
            f"debut:{player.id}:team",
            *club_ids(archive.tables, player.id, year, player.clubs[year][0]),
        )
        sentences.append(Sentence(text, states, year))
    for player in finals[:5]:
        team = archive.tables.team_name(player.clubs[year][-1], year)
        text = choose(WENT_OUT).format(name=player.name, team=team)
        states = (
            f"final:{player.id}:year",
            f"final:{player.id}:team",
            *club_ids(archive.tables, player.id, year, player.clubs[year][-1]),
        )
        sentences.append(Sentence(text, states, year))
    return sentences


def _elections(year: int, elected: list[Player], choose: Chooser) -> list[Sentence]:
    if not elected:
        return []
    line = choose(
        (
            "{names} entered the Hall of Fame <t>.",
            "The Hall of Fame took in {names} <t>.",
            "New members of the Hall of Fame <t> included {names}.",
        )
    )
    elected = elected[:8]
    text = line.format(names=join_names([player.name for player in elected]))
    return [Sentence(text, tuple(f"hall:{player.id}:year" for player in elected), year)]


# --------------------------------------------------------------------------------------------------------------- World Series

SERIES_HITTER = (
    "{name} of the {nickname} batted {avg} with {h}.",
    "{name} had {h} in {ab} at-bats for the {nickname}.",
    "For the {nickname}, {name} hit {avg} and drove in {runs}.",
    "{name} hit {avg} for the {nickname} in {games}.",
)
SERIES_SLUGGER = (
    "{name} of the {nickname} batted {avg} with {hr}.",
    "{name} hit {hr} for the {nickname} and drove in {runs}.",
    "For the {nickname}, {name} had {h}, including {hr}.",
    "{name} hit {avg} with {hr} in {games} for the {nickname}.",
)
SERIES_WINNER = (
    "{name} won {wins} for the {nickname}, pitching {innings}.",
    "The {nickname} got {victories} from {name}, who struck out {so}.",
    "{name} of the {nickname} won {wins} and gave up {runs} in {innings}.",
)
SERIES_PITCHER = (
    "{name} pitched {innings} for the {nickname} and struck out {so}.",
    "In {innings} for the {nickname}, {name} gave up {runs}.",
    "{name} of the {nickname} worked {innings} without a victory and struck out {so}.",
)


def world_series(archive: Archive) -> Iterator[Draft]:
    for year in range(LAST_SEASON, 1902, -1):
        series = archive.series.get((year, "WS"))
        if series is None:
            continue
        choose = Chooser("series", year)
        subject = Subject(f"the {year} World Series", "the Series", "it", "its", "it")
        paragraphs = [
            _series_story(archive, series, choose),
            _series_batters(archive, series, choose),
            _series_pitchers(archive, series, choose),
        ]
        yield Draft(f"{year} World Series", "world series", subject, paragraphs)


def _series_story(archive: Archive, series: dict, choose: Chooser) -> list[Sentence]:
    year = series["yearID"]
    winner, loser = (
        archive.club(series["teamIDwinner"], year),
        archive.club(series["teamIDloser"], year),
    )
    won, lost = f"worldseries:{year}:winner", f"worldseries:{year}:loser"
    pennants = {
        winner["teamID"]: f"pennant:{year}:{winner['lgID']}",
        loser["teamID"]: f"pennant:{year}:{loser['lgID']}",
    }
    sentences = [
        Sentence(
            f"<S> brought together the {winner['name']} and the {loser['name']}.",
            tuple(pennants.values()),
            year,
        )
    ]
    if choose.one_in(2):
        sentences[0] = Sentence(
            f"In <o> the {winner['name']} met the {loser['name']}.".replace("<o>", "<s>"),
            tuple(pennants.values()),
            year,
        )
    for row in (winner, loser):
        line = choose(
            (
                "The {nickname} had won {w} games and lost {l} in the {league}.",
                "In the {league} the {nickname} had gone {w}-{l}.",
            )
        )
        states = (
            team_id(row["teamID"], year, "W"),
            team_id(row["teamID"], year, "L"),
            pennants[row["teamID"]],
        )
        sentences.append(
            Sentence(
                line.format(
                    nickname=row["nickname"], w=row["W"], l=row["L"], league=LEAGUES[row["lgID"]]
                ),
                states,
                year,
            )
        )
    games = in_words(series["games"])
    line = choose(
        (
            "The {winner} won it in {games} games.",
            "The {winner} took the championship in {games} games.",
            "It went {games} games, and the {winner} won.",
        )
    )
    sentences.append(
        Sentence(
            line.format(winner=winner["nickname"], games=games),
            (won, lost, f"worldseries:{year}:games"),
            year,
        )
    )
    if series["ties"]:
        sentences.append(
            Sentence("One of the games was a tie.", (f"worldseries:{year}:games",), year)
        )
    for row, what in ((winner, "winners"), (loser, "losers")):
        managers = archive.tables.managers_of.get((row["teamID"], year), [])
        if len(managers) == 1:
            line = choose(
                (
                    "{manager} managed the {nickname}.",
                    "The manager of the {nickname} was {manager}.",
                )
            )
            text = line.format(manager=archive.players[managers[0]].name, nickname=row["nickname"])
            states = (
                team_id(row["teamID"], year, "manager"),
                pennants[row["teamID"]],
                *((f"worldseries:{year}:manager",) if what == "winners" else ()),
            )
            sentences.append(Sentence(text, states, year))
    given = [
        archive.players[row["playerID"]].name
        for row in archive.awards_of_year.get(year, ())
        if row["awardID"] == "World Series MVP"
    ]
    if given:
        text = f"{join_names(given)} {'was' if len(given) == 1 else 'were'} named most valuable {'player' if len(given) == 1 else 'players'} of the Series."
        sentences.append(Sentence(text, (award_id("WSMVP", year, "ML"),), year))
    return sentences


def _series_batters(archive: Archive, series: dict, choose: Chooser) -> list[Sentence]:
    year = series["yearID"]
    batters = [row for row in archive.series_batting[year] if row["AB"] >= 8]
    sentences = []
    for row in sorted(
        batters, key=lambda row: (-(row["H"] + 2 * row["HR"] + row["RBI"]), row["playerID"])
    )[:10]:
        player, club = archive.players[row["playerID"]], archive.club(row["teamID"], year)
        words = {**_batting_words({**row}), "name": player.name, "nickname": club["nickname"]}
        states = (
            *club_ids(archive.tables, player.id, year, row["teamID"]),
            f"pennant:{year}:{club['lgID']}",
        )
        if row["HR"]:
            states += (f"worldseries:{year}:{player.id}:HR",)
        sentences.append(
            Sentence(
                choose(SERIES_SLUGGER if row["HR"] else SERIES_HITTER).format_map(words),
                states,
                year,
            )
        )
    return sentences


def _series_pitchers(archive: Archive, series: dict, choose: Chooser) -> list[Sentence]:
    year = series["yearID"]
    sentences = []
    for row in sorted(
        archive.series_pitching[year], key=lambda row: (-row["W"], -row["IPouts"], row["playerID"])
    )[:8]:
        player, club = archive.players[row["playerID"]], archive.club(row["teamID"], year)
        if not row["W"] and row["IPouts"] < 9:
            continue
        states = (
            *club_ids(archive.tables, player.id, year, row["teamID"]),
            f"pennant:{year}:{club['lgID']}",
            f"worldseries:{year}:{player.id}:W",
        )
        words = {
            "name": player.name,
            "nickname": club["nickname"],
            "wins": counted(row["W"], "game"),
            "victories": counted(row["W"], "victory", "victories"),
            "innings": innings(row["IPouts"]),
            "so": counted(row["SO"], "batter"),
            "runs": counted(row["ER"], "earned run") if row["ER"] else "no earned runs",
        }
        sentences.append(
            Sentence(
                choose(SERIES_WINNER if row["W"] else SERIES_PITCHER).format_map(words),
                states,
                year,
            )
        )
    return sentences


# ------------------------------------------------------------------------------------------------------------------- managers

MANAGED_SEASON = (
    "<T> <p> {team} won {w} and lost {l}, finishing {place}.",
    "<T> <s> managed the {team} to {place} place with a record of {w}-{l}.",
    "Under <o>, the {team} went {w}-{l} <t> and finished {place}.",
    "The {team} finished {place} <t> under <o>, at {w}-{l}.",
    "<T> the {team} won {wins} for <o> and ended up {place}.",
)
MANAGED_PART = (
    "<T> <s> managed the {team} for {games}, winning {w} and losing {l}.",
    "<S> was in charge of the {team} for {games} <t>.",
    "<S> managed the {team} for part of the season <t>.",
)
MANAGER_TOTALS = (
    "As a manager <s> won {w} games and lost {l}.",
    "<P> teams won {w} games and lost {l}.",
    "In all <s> managed {w} victories and {l} defeats.",
)


def managers(archive: Archive) -> Iterator[Draft]:
    """Every manager of fifty games or more, by games won."""
    totals = {
        player: (sum(row["W"] for row in group), sum(row["L"] for row in group))
        for player, group in archive.managed.items()
    }
    for identity in sorted(totals, key=lambda player: (-totals[player][0], player)):
        player, (won, lost) = archive.players[identity], totals[identity]
        if won + lost < 50:
            continue
        choose = Chooser("manager", identity)
        group = archive.managed[identity]
        first, last = group[0]["yearID"], group[-1]["yearID"]
        span = f"from {first} to {last}" if first != last else f"in {first}"
        through = f" through {LAST_SEASON}" if last >= LAST_SEASON - 1 else ""
        opening = [
            Sentence(f"<S> managed in the major leagues {span}.", (f"managing:{identity}:first",))
        ]
        if not any((row["teamID"], row["yearID"]) in archive.tables.acting for row in group):
            text = (
                choose(MANAGER_TOTALS).format(w=f"{won:,}", l=f"{lost:,}").removesuffix(".")
                + f"{through}."
            )
            opening.append(Sentence(text, (f"managing:{identity}:career:W",)))
        opening += birth_sentence(player, choose)
        paragraphs = [opening, *_managed_seasons(archive, identity, group, choose)]
        if player.hall is not None and player.hall.category == "Manager":
            paragraphs.append(
                [
                    Sentence(
                        choose(ELECTED).format(year=player.hall.year), (f"hall:{identity}:year",)
                    )
                ]
            )
        yield Draft(f"{player.name}, manager", "manager", person(player), paragraphs)


def _managed_seasons(
    archive: Archive, identity: str, group: list[dict], choose: Chooser
) -> Iterator[list[Sentence]]:
    paragraph: list[Sentence] = []
    for season in group:
        team, year = season["teamID"], season["yearID"]
        row = archive.club(team, year)
        whole = archive.tables.managers_of[team, year] == [identity]
        words = season_words(row) | {"games": counted(season["G"], "game")}
        if not whole:
            words |= {"w": season["W"], "l": season["L"]}
        states = [team_id(team, year, "manager")]
        if whole:
            states += [team_id(team, year, "W"), team_id(team, year, "L"), *finish_ids(row)]
        paragraph.append(
            Sentence(
                choose(MANAGED_SEASON if whole else MANAGED_PART).format_map(words),
                tuple(states),
                year,
            )
        )
        if season is group[0]:
            paragraph[-1] = paragraph[-1]._replace(states=(*states, f"managing:{identity}:first"))
        if whole and row["LgWin"] == "Y":
            paragraph.append(_pennant_of_manager(row, choose))
        if len(paragraph) >= 7:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _pennant_of_manager(row: dict, choose: Chooser) -> Sentence:
    year, team = row["yearID"], row["teamID"]
    states = [f"pennant:{year}:{row['lgID']}", team_id(team, year, "manager")]
    if row["WSWin"] == "Y" and year >= 1903:
        states += [f"worldseries:{year}:winner", f"worldseries:{year}:manager"]
        return Sentence(
            choose(
                ("The {n} won the World Series <t>.", "<T> the {n} were world champions.")
            ).format(n=row["nickname"]),
            tuple(states),
            year,
        )
    return Sentence(
        choose(("The {n} won the pennant <t>.", "<T> the {n} took the pennant.")).format(
            n=row["nickname"]
        ),
        tuple(states),
        year,
    )


# ----------------------------------------------------------------------------------------------------------------- franchises


def histories(archive: Archive) -> Iterator[Draft]:
    """Each franchise's history: its names and its best and worst years, then one document for each decade."""
    franchises = sorted(
        (item for item in archive.tables.franchises.items() if len(item[1]) >= 3),
        key=lambda item: (-len(item[1]), item[0]),
    )
    for franchise, teams in franchises:
        choose = Chooser("history", franchise)
        subject = Subject(
            f"the {teams[-1]['name']}", f"the {teams[-1]['nickname']}", "they", "their", "them"
        )
        paragraphs = [
            _names_story(franchise, teams, choose),
            *_titles_story(archive, franchise, teams),
            _extremes(teams, choose),
        ]
        yield Draft(f"History of the {teams[-1]['name']}", "history", subject, paragraphs)
    for franchise, teams in franchises:
        for decade in range(LAST_SEASON // 10 * 10, 1869, -10):
            group = [row for row in teams if decade <= row["yearID"] < decade + 10]
            if len(group) >= 3:
                yield _decade(archive, franchise, group, decade)


NAME_NOW = (
    "The name has been {name} since {start}.",
    "Since {start} the club has played as the {name}.",
)
NAME_THEN = (
    "The club played as the {name} {span}.",
    "{Span} the club was called the {name}.",
    "The name {span} was {name}.",
)


def _names_story(franchise: str, teams: list[dict], choose: Chooser) -> list[Sentence]:
    runs = names_of(teams)
    alive = teams[-1]["yearID"] == LAST_SEASON
    sentences = []
    for index, (row, start, end) in enumerate(runs):
        ids = (f"name:{franchise}:{row['name']}:first", f"name:{franchise}:{row['name']}:last")
        every_year = (
            tuple(f"name:{franchise}:{year}" for year in range(start, end + 1))
            if row["name"] != teams[-1]["name"]
            else ()
        )
        successor = (
            (f"successor:{franchise}:{row['name']}",) if row["name"] != teams[-1]["name"] else ()
        )
        span = f"in {start}" if start == end else f"from {start} through {end}"
        if index == len(runs) - 1 and alive:
            text = choose(NAME_NOW) if len(runs) > 1 else "The {name} began play in {start}."
            ids = ids[:1]
        else:
            text = choose(NAME_THEN) if len(runs) > 1 else "The {name} played {span}."
        sentences.append(
            Sentence(
                text.format(
                    name=row["name"], span=span, Span=span[0].upper() + span[1:], start=start
                ),
                (*ids, *every_year, *successor),
                ELSEWHEN,
            )
        )
    return sentences


def old_name_ids(franchise: str, row: dict, current: dict) -> tuple[str, ...]:
    """What it states to show a franchise under a name that is not its last."""
    if row["name"] == current["name"]:
        return ()
    return f"name:{franchise}:{row['yearID']}", f"successor:{franchise}:{row['name']}"


def _titles_story(archive: Archive, franchise: str, teams: list[dict]) -> Iterator[list[Sentence]]:
    """A sentence for each pennant, so that one that may not be told takes no other with it."""
    choose = Chooser("titles", franchise)
    paragraph: list[Sentence] = []
    for row in teams:
        year = row["yearID"]
        series = archive.series.get((year, "WS"))
        if row["LgWin"] == "Y":
            line = choose(
                (
                    "The {name} won the {league} pennant <t>.",
                    "<T> the {name} were {league} champions.",
                    "The {name} took the {league} flag <t>.",
                )
            )
            states = (f"pennant:{year}:{row['lgID']}", *old_name_ids(franchise, row, teams[-1]))
            paragraph.append(Sentence(line.format_map(season_words(row)), states, year))
        if (
            series is not None
            and year >= 1903
            and row["teamID"] in (series["teamIDwinner"], series["teamIDloser"])
        ):
            result = series_result(archive, series, "the World Series", choose)
            paragraph.append(
                result._replace(states=(*result.states, *old_name_ids(franchise, row, teams[-1])))
            )
        if len(paragraph) >= 8:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _extremes(teams: list[dict], choose: Chooser) -> list[Sentence]:
    long = [row for row in teams if row["W"] + row["L"] >= 100]
    if len(long) < 5:
        return []
    most, fewest = (
        max(long, key=lambda row: (row["W"], row["yearID"])),
        min(long, key=lambda row: (row["W"], row["yearID"])),
    )
    sentences = []
    for row, lines in (
        (
            most,
            (
                "The most games the franchise has won in a season are {w}, in {year}.",
                "The best season by wins was {year}, with {w}.",
            ),
        ),
        (
            fewest,
            (
                "The fewest, over a season of a hundred games or more, are {w}, in {year}.",
                "The leanest full season was {year}, with {w} wins.",
            ),
        ),
    ):
        states = (team_id(row["teamID"], row["yearID"], "W"),)
        sentences.append(
            Sentence(choose(lines).format(w=row["W"], year=row["yearID"]), states, ELSEWHEN)
        )
    crowds = [row for row in teams if row["attendance"]]
    if len(crowds) >= 10:
        best = max(crowds, key=lambda row: row["attendance"])
        text = f"The biggest season's attendance, {best['attendance']:,}, came in {best['yearID']}."
        sentences.append(
            Sentence(text, (team_id(best["teamID"], best["yearID"], "attendance"),), ELSEWHEN)
        )
    return sentences


DECADE_SEASON = (
    "<T> the {name} finished {place} with {victories}.",
    "The {name} won {w} and lost {l} <t>, for {place} place.",
    "<T> the {name} went {w}-{l} and were {place}.",
    "A record of {w}-{l} left the {name} {place} <t>.",
    "The {name} came in {place} <t> with {w} wins and {losses}.",
)


DECADE_LEADER = (
    "No one had more {nouns} for the club over the decade than {name}, with {value}.",
    "{name} had the most {nouns} for the club in the decade, {value}.",
    "The decade's club leader in {nouns} was {name} with {value}.",
)


def _decade(archive: Archive, franchise: str, group: list[dict], decade: int) -> Draft:
    choose = Chooser("decade", franchise, decade)
    last = group[-1]
    won, lost = sum(row["W"] for row in group), sum(row["L"] for row in group)
    subject = Subject(f"the {last['name']}", f"the {last['nickname']}", "they", "their", "them")
    opening = [Sentence(f"In the {decade}s <s> won {won:,} games and lost {lost:,}.", ())]
    sums = defaultdict(lambda: defaultdict(int))
    for row in group:
        for member in archive.club_batting.get((row["teamID"], row["yearID"]), ()):
            for stat in ("HR", "H"):
                sums[stat][member["playerID"]] += member[stat]
        for member in archive.club_pitching.get((row["teamID"], row["yearID"]), ()):
            sums["W"][member["playerID"]] += member["W"]
    for stat, noun in (("H", "hit"), ("HR", "home run"), ("W", "win")):
        best = sorted(sums[stat].items(), key=lambda item: (-item[1], item[0]))
        if len(best) > 1 and best[0][1] > best[1][1]:
            player = archive.players[best[0][0]]
            text = choose(DECADE_LEADER).format(
                nouns=noun + "s", name=player.name, value=f"{best[0][1]:,}"
            )
            opening.append(Sentence(text, (f"club:{player.id}:{franchise}",), None, True))
    paragraphs = [opening, []]
    for row in group:
        named = old_name_ids(franchise, row, last)
        paragraphs[-1] += [
            sentence._replace(states=(*sentence.states, *named))
            for sentence in _season_of_decade(archive, row, choose)
        ]
        if len(paragraphs[-1]) >= 8:
            paragraphs.append([])
    return Draft(f"The {last['name']} in the {decade}s", "history", subject, paragraphs)


def _season_of_decade(archive: Archive, row: dict, choose: Chooser) -> Iterator[Sentence]:
    year, team = row["yearID"], row["teamID"]
    words = season_words(row)
    yield Sentence(
        choose(DECADE_SEASON).format_map(words),
        (team_id(team, year, "W"), team_id(team, year, "L"), *finish_ids(row)),
        year,
    )
    managers = archive.tables.managers_of.get((team, year), [])
    if len(managers) == 1 and choose.one_in(2):
        text = choose(("{manager} was the manager <t>.", "{manager} managed the club <t>.")).format(
            manager=archive.players[managers[0]].name
        )
        yield Sentence(text, (team_id(team, year, "manager"),), year)
    for player, led in list(
        _club_leaders(archive, row, archive.club_batting.get((team, year), [])).items()
    )[:2]:
        figures = [
            f"{value} runs batted in" if stat == "RBI" else plural(value, FIGURE_WORDS[stat])
            for stat, value in led
        ]
        states = [*club_ids(archive.tables, player, year, team)]
        for stat, _ in led:
            states += [
                f"teamleader:{team}:{year}:{stat}",
                *_figures(archive, player, year, pitching_id if stat == "W" else batting_id, stat),
            ]
        yield Sentence(
            f"{archive.players[player].name} led the club <t> with {join_names(figures)}.",
            tuple(states),
            year,
            True,
        )
    series = archive.series.get((year, "WS"))
    if (
        series is not None
        and year >= 1903
        and team in (series["teamIDwinner"], series["teamIDloser"])
    ):
        yield series_result(archive, series, "the World Series", choose)


# ------------------------------------------------------------------------------------------------------------------- ballparks


def ballparks(archive: Archive) -> Iterator[Draft]:
    """The parks in which a hundred or more games were played, the busiest first."""
    by_park = defaultdict(list)
    for row in rows(
        archive.tables.home_games.drop(columns=["spanfirst", "spanlast"]).sort_values("yearkey")
    ):
        if (row["teamkey"], row["yearkey"]) in archive.tables.teams:
            by_park[row["parkkey"]].append(row)
    for key, group in sorted(
        by_park.items(), key=lambda item: (-sum(row["games"] for row in item[1]), item[0])
    ):
        games = sum(row["games"] for row in group)
        park = archive.tables.parks.get(key)
        if games < 100 or park is None:
            continue
        choose = Chooser("park", key)
        name = park["parkname"]
        subject = Subject(at_park(name), "the park", "it", "its", "it")
        place = (
            f"{park['city']}, {US_STATES[park['state']].removeprefix('the ')}"
            if park["state"] in US_STATES
            else park["city"]
        )
        first, last = group[0]["yearkey"], group[-1]["yearkey"]
        ends = f"from {first} to {last}" if last < LAST_SEASON else f"since {first}"
        opening = [
            Sentence(
                f"<S> is in {place}." if last == LAST_SEASON else f"<S> was a ballpark in {place}."
            ),
            Sentence(
                f"Major league teams {'played' if last < LAST_SEASON else 'have played'} {games:,} games there {ends}."
            ),
        ]
        if park["parkalias"]:
            others = [
                park_name(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", alias))
                for alias in re.split("; ?", park["parkalias"])
            ]
            opening.append(Sentence(f"<S> has also been called {join_names(others)}."))
        yield Draft(name, "ballpark", subject, [opening, *_park_years(archive, group, choose)])


PARK_SEASON = (
    "<T> the {team} played {games} there and finished {place}.",
    "The {team}, who finished {place} <t>, played {games} there.",
    "The {team} were at home there <t> for {games} and came in {place}.",
    "<T> it was the home of the {team}, who ended up {place}.",
)
PARK_CROWD = (
    "Over the season {fans} people came to see the {team} there <t>.",
    "The {team} drew {fans} fans to the park <t>.",
    "<T> the crowds for the {team} added up to {fans}.",
)


def _park_years(archive: Archive, group: list[dict], choose: Chooser) -> Iterator[list[Sentence]]:
    """The clubs that had their home there; of the seasons the first, those of pennants, those of the biggest crowds, and some others."""
    homes = [season for season in group if season["games"] >= 40]
    by_club = defaultdict(list)
    for season in homes:
        row = archive.club(season["teamkey"], season["yearkey"])
        by_club[row["name"]].append(row)
    paragraph = []
    for name, seasons in by_club.items():
        ids = tuple(team_id(row["teamID"], row["yearID"], "park") for row in seasons)
        line = choose(
            (
                "<S> was the home of the {team} {years}.",
                "The {team} had <p> field as their own {years}.",
                "The {team} played their home games there {years}.",
            )
        )
        paragraph.append(
            Sentence(
                line.replace("<p> field", "<o>").format(
                    team=name, years=in_years([row["yearID"] for row in seasons])
                ),
                ids,
                ELSEWHEN,
            )
        )
    crowds = sorted((season["attendance"] or 0 for season in homes), reverse=True)[:5]
    for index, season in enumerate(homes):
        row = archive.club(season["teamkey"], season["yearkey"])
        if (
            index
            and row["LgWin"] != "Y"
            and season["attendance"] not in crowds
            and not choose.one_in(4)
        ):
            continue
        paragraph += _park_season(archive, season, row, season["attendance"] in crowds, choose)
        if len(paragraph) >= 8:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _park_season(
    archive: Archive, season: dict, row: dict, is_crowded: bool, choose: Chooser
) -> Iterator[Sentence]:
    year, park = row["yearID"], team_id(row["teamID"], row["yearID"], "park")
    words = {
        "team": row["name"],
        "games": counted(season["games"], "game"),
        "place": place_in_words(row["Rank"]),
        "fans": f"{season['attendance'] or 0:,}",
    }
    yield Sentence(choose(PARK_SEASON).format_map(words), (park, *finish_ids(row)), year)
    if is_crowded and season["attendance"]:
        yield Sentence(
            choose(PARK_CROWD).format_map(words),
            (park, team_id(row["teamID"], year, "attendance")),
            year,
        )
    series = archive.series.get((year, "WS"))
    if (
        series is not None
        and year >= 1903
        and row["teamID"] in (series["teamIDwinner"], series["teamIDloser"])
    ):
        yield series_result(archive, series, "the World Series", choose)


# ----------------------------------------------------------------------------------------------------- awards and playoffs by year

AWARD_DETAIL = (
    "{name} of the {team} won the {prize} <t>.",
    "The {prize} <t> went to {name} of the {team}.",
    "<T> {name} of the {team} was given the {prize}.",
)
WINNER_BATTED = (
    "{last} had batted {avg} with {hr} and {rbi}.",
    "{last} earned it with {hr}, {rbi} and an average of {avg}.",
    "The winner's figures were {avg}, {hr} and {rbi}.",
)
WINNER_PITCHED = (
    "{last} had gone {w}-{l} with an ERA of {era}.",
    "{last} earned it with a record of {w}-{l} and an ERA of {era}.",
    "The winner's record was {w}-{l}, with {strikeouts}.",
)


def awards(archive: Archive) -> Iterator[Draft]:
    """The awards of each year, with what the winners had done."""
    for year in sorted(archive.awards_of_year, reverse=True):
        choose = Chooser("awards", year)
        paragraphs = [[], [], []]
        for row in archive.awards_of_year[year]:
            player = archive.players[row["playerID"]]
            if year not in player.clubs:
                continue
            code, prize = AWARD_WORDS[row["awardID"]]
            league = (
                f"{LEAGUES[row['lgID']]} "
                if row["lgID"] in ("AL", "NL") and code != "ASGMVP"
                else ""
            )
            place = (
                f" for {GLOVE_PLACES[row['notes']]}"
                if code in ("GG", "SS") and row["notes"] in GLOVE_PLACES
                else ""
            )
            team = player.clubs[year][-1]
            text = choose(AWARD_DETAIL).format(
                name=player.name,
                team=archive.tables.team_name(team, year),
                prize=f"{league}{prize}{place}",
            )
            states = (
                *award_statements(archive, row),
                *club_ids(archive.tables, player.id, year, team),
            )
            paragraph = paragraphs[{"GG": 1, "SS": 2}.get(code, 0)]
            paragraph.append(Sentence(text, states, year, True))
            if code in ("MVP", "CYA", "ROY"):
                paragraph += _what_the_winner_did(archive, player, year, states, choose)
        yield Draft(f"Baseball awards of {year}", "awards", NOBODY, paragraphs)


GLOVE_PLACES = {
    "P": "pitchers", "C": "catchers", "1B": "first basemen", "2B": "second basemen", "3B": "third basemen", "SS": "shortstops",
    "OF": "outfielders", "LF": "left fielders", "CF": "center fielders", "RF": "right fielders", "DH": "designated hitters",
}  # fmt: skip


def _what_the_winner_did(
    archive: Archive, player: Player, year: int, of_award: tuple[str, ...], choose: Chooser
) -> list[Sentence]:
    if player.position_by_year.get(year) == "pitcher":
        row = next(row for row in archive.pitching[player.id] if row["yearID"] == year)
        text = choose(WINNER_PITCHED).format(last=player.last, **_pitching_words(row))
        return [
            Sentence(
                text,
                (
                    *of_award,
                    *(pitching_id(player.id, year, stat) for stat in ("W", "L", "ERA", "SO")),
                ),
                year,
                True,
            )
        ]
    row = next(row for row in archive.batting[player.id] if row["yearID"] == year)
    text = choose(WINNER_BATTED).format(last=player.last, **_batting_words(row))
    return [
        Sentence(
            text,
            (*of_award, *(batting_id(player.id, year, stat) for stat in ("AVG", "HR", "RBI"))),
            year,
            True,
        )
    ]


ROUND_ORDER = {
    "WC": 0,
    "DS": 1,
    "CS": 2,
    "": 3,
}  # by the letters after the league's; the World Series has no league


SERIES_AWARDS = (
    ("ALCS MVP", "American League Championship Series", "LCS"),
    ("NLCS MVP", "National League Championship Series", "LCS"),
    ("World Series MVP", "World Series", "WS"),
)
CAME_WITH = (
    "The {nickname} had won {w} games in the regular season.",
    "The {nickname} had finished the season at {w}-{l}.",
    "In the regular season the {nickname} had gone {w}-{l}.",
)


def playoffs(archive: Archive) -> Iterator[Draft]:
    """Each postseason since the leagues were divided, round by round."""
    for year in range(LAST_SEASON, 1968, -1):
        choose = Chooser("playoffs", year)
        rounds = {"WC": [], "DS": [], "LCS": [], "WS": []}
        introduced: set[str] = set()
        for series in sorted(
            archive.series_of_year.get(year, ()),
            key=lambda series: ROUND_ORDER.get(series["round"][2:4], 0),
        ):
            name = series_in_words(series)
            kind = next((kind for kind in rounds if name and kind in series["round"]), None)
            if kind is not None:
                rounds[kind].append(series_result(archive, series, name, choose))
                rounds[kind] += _entrants(archive, series, introduced, choose)
        for award, event, kind in SERIES_AWARDS:
            given = [row for row in archive.awards_of_year.get(year, ()) if row["awardID"] == award]
            if given:
                names = join_names([archive.players[row["playerID"]].name for row in given])
                rounds[kind].append(
                    Sentence(
                        f"{names} won the {event} Most Valuable Player award <t>.",
                        (award_statement(given[0]),),
                        year,
                    )
                )
        if any(rounds.values()):
            yield Draft(f"{year} postseason", "postseason", NOBODY, list(rounds.values()))


def _entrants(
    archive: Archive, series: dict, introduced: set[str], choose: Chooser
) -> Iterator[Sentence]:
    """With what record the two sides had come, in the first round of each."""
    year = series["yearID"]
    for side in ("teamIDwinner", "teamIDloser"):
        if series[side] in introduced:
            continue
        introduced.add(series[side])
        row = archive.club(series[side], year)
        states = (team_id(row["teamID"], year, "W"), team_id(row["teamID"], year, "L"))
        yield Sentence(choose(CAME_WITH).format_map(season_words(row)), states, year)


# ------------------------------------------------------------------------------------------------------------- where they came from

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


# How many documents of each kind in a turn; well-known players stand in most.
SHARES = (
    (years, 1),
    (world_series, 1),
    (leagues, 2),
    (awards, 1),
    (playoffs, 1),
    (team_seasons, 8),
    (careers, 40),
    (close_ups, 40),
    (histories, 2),
    (managers, 2),
    (ballparks, 1),
    (birthplaces, 1),
)
