"""Which documents are about baseball: a rule that reads a title and a text, for Wikipedia articles and web pages.

    is_about_baseball("Wrigley Field", "Wrigley Field is a ballpark in Chicago. Baseball has been played there by the Cubs …")  -> True
    is_about_baseball("", "Our town has two churches, a college and a baseball field …")                                        -> False

A document is about baseball where baseball is its main subject: players, managers, umpires, officials, writers and announcers known
first for it; teams, leagues, seasons, games, awards, records, rules, equipment; ballparks; films, books and songs mainly about it.
Not enough: a school, city, stadium or athlete with baseball among other things, several sports' coaches, softball alone, cricket,
rounders. Baseball's own forms (tee-ball, vintage base ball) and what it shares with softball on equal terms are about it.

The rule counts words. Baseball's own name is 3 points, a word of the game ("shortstop", "home run") or an unmistakable team
("Yankees") 1 point. The opening counts six times, because it says what a text is about. Then three numbers must be large enough:

    points    in the text                                                                   at least 5
    density   points per 1,000 characters, the opening counted six times                    at least 4
    ratio     points for each word of another sport, the opening counted six times          at least 4

    "Ray Doe was a pitcher. He played baseball for the Yankees." -> 1 + 3 + 1 = 5 points in 58 characters, which count as 600:
    density 1000 x (5 + 5 x 5) / (600 + 5 x 600) = 8.3; no other sport: about baseball

A title that says "(baseball)" or "(pitcher)" settles it. A title that names another sport, softball mentioned more often than
baseball, or a page that lists what a name may refer to settles it the other way. How well the rule does: EXPERIMENTS.md.
"""

import re
from typing import NamedTuple

MIN_POINTS = 5
MIN_DENSITY = 4.0
MIN_RATIO = 4.0
OPENING = 600  # characters: about the first paragraph of an article
OPENING_EXTRA = 5  # times the opening is counted again

# Nothing is about baseball without one of these. Most texts end here, thirty times faster than their words could be counted.
# "World Series" is not among them: poker, darts and motor racing have theirs.
SIGNS = ("aseball", "ASEBALL", "ase ball", "ase Ball", "MLB", " inning")

# Caps, hats and bats are worn and swung far from any diamond.
NAMES = re.compile(r"\bbase[- ]?ball(?!s? (?:cap|hat|bat)s?\b)|\bmlb\b")

WORDS = re.compile(
    r"""\b(?:
        (?:first|second|third)[ ]base(?:m[ae]n)? | shortstops? | (?:in|out)field(?:er)?s? | (?:left|right|center)[ ]field(?:er)?s?
      | pitch(?:er|ers|ing|ed) | catchers? | batting | batters? | hitters? | sluggers? | pinch[- ]hit\w* | umpires? | ballplayers?
      | innings? | strike[ ]?outs? | struck[ ]out | home[ ]runs? | homers? | homered | no-hitters? | stolen[ ]bases? | double[- ]?plays?
      | earned[ ]run | rbis? | runs[ ]batted[ ]in | home[ ]plate | bullpens? | dugouts? | ballparks? | spring[ ]training
      | (?:major|minor)[- ]league(?:r?s)?(?![ ]soccer) | (?:national|american|negro)[ ]leagues? | little[ ]league | world[ ]series
      | yankees | red[ ]sox | white[ ]sox | dodgers | phillies | mets | orioles | cubs | astros | blue[ ]jays
      | detroit[ ]tigers | cincinnati[ ]reds | pittsburgh[ ]pirates | cleveland[ ]indians | minnesota[ ]twins | texas[ ]rangers
      | seattle[ ]mariners | san[ ]diego[ ]padres | milwaukee[ ]brewers | montreal[ ]expos | (?:florida|miami)[ ]marlins
      | kansas[ ]city[ ]royals | washington[ ]senators
      | (?:boston|milwaukee|atlanta)[ ]braves | (?:philadelphia|kansas[ ]city|oakland)[ ]athletics | st\.?[ ]louis[ ](?:browns|cardinals)
    )\b""",
    re.VERBOSE,
)

OTHER_SPORTS = re.compile(
    r"""\b(?:
        football(?:er)?s? | basketball | soccer | hockey | rugby | lacrosse | volleyball | tennis | golf(?:er)?s? | cricket(?:er)?s? | wickets? | bowlers?
      | rounders | wrestl(?:ing|ers?) | boxing | boxers? | swimming | gymnastics | track[ ]and[ ]field | cycling | skiing | skating
      | surfing | climbing | karate | darts | poker | nfl | nba | nhl | quarterbacks? | touchdowns?
    )\b""",
    re.VERBOSE,
)

BASEBALL_TITLE = re.compile(
    r"\([^)]*\b(?:baseball|mlb|pitcher|catcher|infielder|outfielder|shortstop|(?:first|second|third) baseman)\b"
)
NAME_PAGE = re.compile(r"\bmay (?:also )?refer to\b")


class Evidence(NamedTuple):
    """What the rule counted, as defined above."""

    points: int
    density: float
    ratio: float


def is_about_baseball(title: str, text: str) -> bool:
    """True where baseball is the main subject. `title` may be "", and may also stand at the beginning of `text`."""
    if not any(sign in text or sign in title for sign in SIGNS):
        return bool(BASEBALL_TITLE.search(title.lower()))
    title, text = title.lower(), text.lower()
    if BASEBALL_TITLE.search(title):
        return True
    if is_about_another_subject(title, text):
        return False
    points, density, ratio = weigh(title, text)
    return points >= MIN_POINTS and density >= MIN_DENSITY and ratio >= MIN_RATIO


def is_about_another_subject(title: str, text: str) -> bool:
    """True where something other than the points shows it; both in small letters."""
    names_another_sport = "baseball" not in title and (
        OTHER_SPORTS.search(title) or "softball" in title
    )
    return bool(
        names_another_sport
        or NAME_PAGE.search(text, 0, OPENING)
        or text.count("softball") > text.count("baseball")
    )


def weigh(title: str, text: str) -> Evidence:
    """Count the words of baseball and of other sports; `title` and `text` in small letters."""
    if not text.startswith(title):
        text = f"{title}\n{text}"
    opening = text[:OPENING]
    points = count_points(text)
    weighted = points + OPENING_EXTRA * count_points(opening)
    others = len(OTHER_SPORTS.findall(text)) + OPENING_EXTRA * len(OTHER_SPORTS.findall(opening))
    length = max(len(text), OPENING) + OPENING_EXTRA * OPENING
    return Evidence(points, 1000 * weighted / length, weighted / max(others, 1))


def count_points(text: str) -> int:
    return 3 * len(NAMES.findall(text)) + len(WORDS.findall(text))
