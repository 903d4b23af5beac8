"""Numbers, dates and names in English, for facts and prose."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# ---------------------------------------------------------------------------- numbers in words

SMALL_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth"),
)


def in_words(number: int) -> str:
    """A number from 0 to 99: in_words(61) -> 'sixty-one'"""
    if number < 20:
        return SMALL_NUMBERS[number]
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]}-{SMALL_NUMBERS[ones]}" if ones else TENS[tens]


def small_number(number: int) -> str:
    """A number in words if it is below 10: small_number(9) -> 'nine'; small_number(12) -> '12'"""
    return in_words(number) if number < 10 else str(number)


def number_forms(number: int) -> tuple[str, ...]:
    """Accepted: number_forms(60) -> ('60', 'sixty'); number_forms(4256) -> ('4,256', '4256')"""
    if number >= 1000:
        return f"{number:,}", str(number)
    if number < 100:
        return str(number), in_words(number)
    return (str(number),)


def place_in_words(number: int) -> str:
    """place_in_words(3) -> 'third'; place_in_words(22) -> '22nd'"""
    if number < len(ORDINALS):
        return ORDINALS[number]
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """plural(1, "home run") -> '1 home run'; plural(1200, "hit") -> '1,200 hits'"""
    return f"{count:,} {_form(count, noun, nouns)}"


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """`plural` with small numbers in words: counted(9, "season") -> 'nine seasons'"""
    if count >= 10:
        return plural(count, noun, nouns)
    return f"{in_words(count)} {_form(count, noun, nouns)}"


def _form(count: int, noun: str, nouns: str | None) -> str:
    """The singular `noun` for 1, otherwise its plural: `nouns`, or `noun` with an "s"."""
    if count == 1:
        return noun
    return nouns or f"{noun}s"


# ---------------------------------------------------------------------------- baseball figures


def batting_average(hits: int, at_bats: int) -> str:
    """Hits per at-bat to three places, halves rounded up: batting_average(185, 456) -> '.406'"""
    thousandths = (2000 * hits + at_bats) // (2 * at_bats)
    return "1.000" if thousandths == 1000 else f".{thousandths:03d}"


def earned_run_average(earned_runs: int, outs: int) -> str:
    """Earned runs in nine innings (27 outs): earned_run_average(38, 914) -> '1.12'"""
    hundredths = (5400 * earned_runs + outs) // (2 * outs)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def innings(outs: int) -> str:
    """Outs as innings of three outs each: innings(751) -> '250 1/3 innings'"""
    if outs == 3:
        return "1 inning"
    whole, thirds = divmod(outs, 3)
    fraction = ("", " 1/3", " 2/3")[thirds]
    return f"{whole:,}{fraction} innings"


def gap_in_words(gap: float) -> str:
    """Games behind: gap_in_words(2.5) -> '2 1/2 games'; gap_in_words(0.5) -> 'half a game'"""
    if gap == 0.5:
        return "half a game"
    whole = int(gap)
    return counted(whole, "game") if gap == whole else f"{whole} 1/2 games"


def height_in_words(inches: int) -> str:
    """height_in_words(74) -> '6 feet 2 inches'"""
    feet, rest = divmod(inches, 12)
    return f"{feet} feet {plural(rest, 'inch', 'inches')}" if rest else f"{feet} feet"


def in_dollars(amount: int) -> tuple[str, tuple[str, ...]]:
    """The amount in dollars, and all accepted ways to write it.

    in_dollars(22_000_000) -> ('$22 million', ('$22 million', '22 million'))
    in_dollars(1_150_500) -> ('$1,150,500', ('$1,150,500', '1,150,500', '1150500'))
    """
    if amount % 100_000 == 0 and amount >= 1_000_000:
        words = f"{amount / 1e6:g} million"
        return f"${words}", (f"${words}", words)
    return f"${amount:,}", (f"${amount:,}", f"{amount:,}", str(amount))


# ------------------------------------------------------------------------------ names, articles

LEAGUES = {
    "NL": "National League",
    "AL": "American League",
    "AA": "American Association",
    "UA": "Union Association",
    "PL": "Players' League",
    "FL": "Federal League",
    "NA": "National Association",
    "ML": "major leagues",
}
DIVISIONS = {"E": "East", "C": "Central", "W": "West"}
PARKS_WITH_ARTICLE = ("Grounds", "Coliseum", "Astrodome", "Kingdome", "Metrodome", "Fans")


def possessive(name: str) -> str:
    """possessive("Babe Ruth") -> "Babe Ruth's"; possessive("the Yankees") -> "the Yankees'" """
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def without_double_period(sentence: str) -> str:
    """The sentence with one period where a name ends in one: "Jr.." -> "Jr."."""
    if ".." not in sentence:
        return sentence
    return re.sub(r"\b(Jr|Sr)\.\.", r"\1.", sentence)


def join_names(names: Sequence[str]) -> str:
    """join_names(["A", "B", "C"]) -> 'A, B and C'"""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def with_the(league: str) -> str:
    """with_the("AL") -> 'the American League'"""
    return f"the {LEAGUES[league]}"


def standing_group(league: str, division: str | None) -> str:
    """standing_group("AL", "E") -> 'the American League East'; without division: the league"""
    return f"{with_the(league)} {DIVISIONS[division]}" if division else with_the(league)


def at_park(park: str) -> str:
    """at_park("Polo Grounds") -> 'the Polo Grounds'; at_park("Fenway Park") -> 'Fenway Park'"""
    if park.endswith(PARKS_WITH_ARTICLE):
        return f"the {park}"
    return park.replace("The Ballpark", "the Ballpark")


def with_article(school: str) -> str:
    """with_article("University of Texas") -> 'the University of Texas'"""
    return f"the {school}" if school.startswith(("University of", "College of")) else school


def with_indefinite_article(words: str) -> str:
    """with_indefinite_article("outfielder") -> 'an outfielder'"""
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def an_average(average: str) -> str:
    """an_average("8.10") -> 'an 8.10'; an_average("2.45") -> 'a 2.45'"""
    return f"an {average}" if average.startswith(("8", "11.", "18.")) else f"a {average}"


# ------------------------------------------------------------------------------ dates and years

MONTHS = (
    *("", "January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def date_in_words(event: Mapping[str, Any]) -> str | None:
    """'February 6, 1895' from year, month and day; the year alone if the day is not known."""
    if event["year"] and event["month"] and event["day"]:
        return f"{MONTHS[event['month']]} {event['day']}, {event['year']}"
    return str(event["year"]) if event["year"] else None


def town_in_words(event: Mapping[str, Any]) -> str | None:
    """'Baltimore, Maryland' or 'Santo Domingo, Dominican Republic', from city, state, country."""
    has_states = event["country"] in ("the United States", "Canada")
    area = event["state"] if has_states else event["country"]
    if not event["city"] or not area:
        return None
    city, area = str(event["city"]), area.removeprefix("the ")
    return city if city == area else f"{city}, {area}"


def runs_of_years(years: Sequence[int]) -> list[tuple[int, int]]:
    """(first, last) of each unbroken run: [1955, 1957, 1958] -> [(1955, 1955), (1957, 1958)]"""
    runs: list[tuple[int, int]] = []
    for year in years:
        if runs and runs[-1][1] == year - 1:
            runs[-1] = runs[-1][0], year
        else:
            runs.append((year, year))
    return runs


def years_in_words(years: Sequence[int]) -> str:
    """years_in_words([1955, 1957, 1958, 1959]) -> '1955 and 1957-59'"""
    words = []
    for first, last in runs_of_years(years):
        if last < first + 2:
            words += [str(year) for year in range(first, last + 1)]
        elif first // 100 == last // 100:
            words.append(f"{first}-{last % 100:02d}")
        else:
            words.append(f"{first}-{last}")
    return join_names(words)


def in_years(years: Sequence[int]) -> str:
    """in_years([1955, 1957, 1958, 1959]) -> 'in 1955 and from 1957 through 1959'"""
    words: list[str] = []
    follows_in = False  # in "in 1955 and 1957", the second year needs no "in"
    for first, last in runs_of_years(years):
        if last >= first + 2:
            words.append(f"from {first} through {last}")
            follows_in = False
            continue
        for year in range(first, last + 1):
            words.append(str(year) if follows_in else f"in {year}")
            follows_in = True
    return join_names(words)
