"""What the Lahman tables cannot confirm in the entries of this folder, for a reader to look up.

    python -m baseball.knowledge.check             # all topics
    python -m baseball.knowledge.check rules       # some topics

Four things are looked up in the text and the answer of each entry:

    names      two or more capitalised words: a person, a club, a ballpark of the tables
    years      a year beside a person: in his career, as a player or manager; without a person,
               beside the full name of a club: a season of the club
    clubs      a club beside a person: one that he played for or managed
    figures    a number of home runs, hits, wins, ... beside a person: one of his seasons or careers

Most of what is listed is right, but not in the tables ("Abner Doubleday", "World Series").
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from baseball.knowledge import Entry, entries
from baseball.knowledge.figures import Figures, names_in
from baseball.lahman import Tables, load_tables

YEAR = re.compile(r"\b(18[6-9]\d|19\d\d|20[0-2]\d)\b")
STATISTICS = {
    "home runs": "HR",
    "hits": "H",
    "wins": "W",
    "games won": "W",
    "strikeouts": "SO",
    "stolen bases": "SB",
    "runs batted in": "RBI",
    "saves": "SV",
    "shutouts": "SHO",
    "doubles": "2B",
    "triples": "3B",
    "walks": "BB",
    "games": "G",
}
FIGURE = re.compile(rf"\b(\d[\d,]*) (?:career |straight |consecutive )?({'|'.join(STATISTICS)})\b")


@dataclass
class Person:
    """What the tables say of everybody who has a name."""

    years: set[int] = field(default_factory=set)
    clubs: set[str] = field(default_factory=set)  # full names


class Known:
    """Names of people, clubs and ballparks in the tables, and what is known of the people."""

    def __init__(self, tables: Tables):
        self.people: dict[str, Person] = defaultdict(Person)
        names = {player.id: player.name for player in tables.players.values()}
        for player in tables.players.values():
            person = self.people[player.name]
            person.years.update(player.seasons)
            for year, teams in player.clubs.items():
                person.clubs.update(tables.team_name(team, year) for team in teams)
        for row in tables.managers.to_dict("records"):
            person = self.people[names[row["playerID"]]]
            person.years.add(row["yearID"])
            person.clubs.add(tables.team_name(row["teamID"], row["yearID"]))
        self.seasons_of_club: dict[str, set[int]] = defaultdict(set)
        for row in tables.teams.values():
            self.seasons_of_club[row["name"]].add(row["yearID"])
        parks = {row["parkname"] for row in tables.parks.values() if row.get("parkname")}
        self.names = {*self.people, *self.seasons_of_club, *parks}
        self.nicknames = {name.rsplit(" ", 1)[-1] for name in self.seasons_of_club}
        self.figures = Figures(tables, self.people)


def unconfirmed(entry: Entry, known: Known) -> Iterator[str]:
    """A line for each name, year, club and figure that the tables do not confirm."""
    text = f"{entry.text} {entry.answer}"
    people, clubs = {}, {}
    for name in names_in(text):
        if name in known.people:
            people[name] = known.people[name]
        elif name in known.seasons_of_club:
            clubs[name] = known.seasons_of_club[name]
        elif " " in name and name not in known.names:
            yield f"name: {name}"
    years = sorted({int(year) for year in YEAR.findall(text)})
    if not people:
        for year in years:
            if clubs and not any(year in seasons for seasons in clubs.values()):
                yield f"year: {year} is no season of {', '.join(clubs)}"
        return
    for year in years:
        if not any(year in person.years for person in people.values()):
            yield f"year: {year} is in no career of {', '.join(people)}"
    for nickname in sorted(known.nicknames):
        if re.search(rf"\b{re.escape(nickname)}\b", text):
            clubs_of_people = {club for person in people.values() for club in person.clubs}
            if not any(club.endswith(nickname) for club in clubs_of_people):
                yield f"club: {nickname}, of which {', '.join(people)} was no player or manager"
    for number, unit in dict.fromkeys(FIGURE.findall(text)):
        value = number.replace(",", "")
        if not any(known.figures.of(name, STATISTICS[unit], value) for name in people):
            yield f"figure: {number} {unit}"


def main(argv: list[str] | None = None) -> None:
    """Print what is unconfirmed, entry by entry, and how much of it there is."""
    parser = argparse.ArgumentParser(
        prog="python -m baseball.knowledge.check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help="topics to check (default: all)")
    topics = {topic.replace("_", " ") for topic in parser.parse_args(argv).topics}
    all_topics = {entry.topic for entry in entries()}
    unknown = topics - all_topics
    if unknown:
        parser.error(
            f"there is no topic {', '.join(sorted(unknown))}; "
            f"the topics are: {', '.join(sorted(all_topics))}"
        )
    chosen = [entry for entry in entries() if not topics or entry.topic in topics]
    known = Known(load_tables())
    listed = 0
    for entry in chosen:
        problems = list(unconfirmed(entry, known))
        if problems:
            listed += 1
            print(f"{entry.topic}: {entry.subject}: {entry.text} -> {entry.short}")
            print("".join(f"    {problem}\n" for problem in problems), end="")
    print(f"{len(chosen):,} entries, {listed:,} of them with something that is not in the tables")


if __name__ == "__main__":
    main()
