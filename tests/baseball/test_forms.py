"""The forms of question: what they give away, whom they fit, and how they are worded."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import islice

import pytest

import prepare_baseball
from baseball.forms.build import MAKERS, exchanges_to_ask, source_of, training_exchanges
from baseball.forms.from_facts import hints_of, item_of
from baseball.forms.item import Item, inside_sentence, number_in
from baseball.forms.rivals import Rivals
from baseball.forms.source import WORDINGS, FormSource
from baseball.held_out import pick, withheld_statements
from baseball.phrasings import load_wordings
from baseball.settings import DIRECT, FORMS
from baseball.toml_files import read_toml
from evaluation.answers import Question, is_right
from evaluation.normalise import normalise
from tests.support.from_lahman import all_facts, by_question, tables

FACTS = 2500  # the best known, of all kinds
EXCHANGES = 2500  # of each form
FIGURE = re.compile(
    r"(hit|stole|struck out|won) ([\d,]+) (home runs|bases|batters|games) in (\d{4})"
)
STATS = {"hit": "HR", "stole": "SB", "struck out": "SO", "won": "W"}


@cache
def known():
    return all_facts()[:FACTS]


@cache
def held_out():
    """(facts told nowhere, facts that are not asked): as in preparation, but without prose."""
    nowhere = pick(known(), "nowhere", 0, FACTS)
    rest = [fact for fact in known() if fact not in set(nowhere)]
    return nowhere, pick(rest, "only in prose", 0, FACTS)


@cache
def trained():
    nowhere, in_prose = held_out()
    withheld = withheld_statements(nowhere, in_prose)
    return [fact for fact in known() if withheld.isdisjoint(fact.states)]


@cache
def source():
    return source_of(trained(), all_facts(), tables(), seed=0)


@cache
def exchanges(form):
    return list(islice(training_exchanges(source(), form), EXCHANGES))


@cache
def asked_in(form):
    return exchanges_to_ask(source(), form, {exchange.states for exchange in exchanges(form)})


def all_exchanges():
    return [exchange for form in FORMS for exchange in (*exchanges(form), *asked_in(form))]


def question(exchange):
    return Question(exchange.kind, exchange.messages[-2], exchange.messages[-1], exchange.accepted)


# ----------------------------------------------------------------------------------- held-out facts


def test_no_form_carries_a_statement_that_is_held_out():
    withheld = withheld_statements(*held_out())
    for exchange in all_exchanges():
        assert withheld.isdisjoint(exchange.states), exchange


def test_no_form_tells_a_held_out_fact_in_words():
    """Brute force over texts, without the ids of statements.

    No answer, statement that is confirmed, or question with its answer says what is held out.
    """
    sentences = told_sentences()
    assert len(sentences) > 2000
    nowhere, in_prose = held_out()
    for fact in (*nowhere, *in_prose):
        item = item_of(fact, seed=0)
        claims = [fact.answer, item.claim_with(item.short) if item.claim else fact.answer]
        for claim in claims:
            assert normalise(claim) not in sentences, claim
        for hint in hints_of(fact, tables()):
            said = normalise(hint.text), normalise(hint.name), hint.year
            assert said not in clues_with_answers(), hint


def without_verdict(answer):
    """The fact that the answer to a true-or-false question opens with; other answers as they are.

    "Babe Ruth hit 60 home runs, so the claim is false." -> "Babe Ruth hit 60 home runs."
    """
    fact = re.sub(r", so the claim is (true|false)\.$", "", answer)
    return fact if fact.endswith(".") else f"{fact}."


@cache
def told_sentences():
    """Every sentence that an exchange tells as true, normalised."""
    found = set()
    for exchange in all_exchanges():
        for answer in exchange.messages[1::2]:
            found.add(normalise(without_verdict(answer)))
        if exchange.form == "true_false" and exchange.accepted[0] in ("yes", "true"):
            found.update(map(normalise, re.split(r"[:.?] |that ", exchange.messages[0])))
    return found


@cache
def clues_with_answers():
    """(statement, subject, the year if it is a club) of each question that contains one."""
    hints = defaultdict(list)
    for fact in known():
        for hint in hints_of(fact, tables()):
            hints[normalise(hint.name)].append((normalise(hint.text), hint.year))
    found = set()
    for exchange in (*exchanges("clues"), *exchanges("reverse")):
        asked, answer = map(normalise, exchange.messages)
        for name, texts in hints.items():
            if name in answer:
                said = [(text, year) for text, year in texts if text in asked and year in asked]
                found.update((text, name, year) for text, year in said)
    return found


def test_an_exchange_gives_away_what_its_facts_give_away():
    by_answer = defaultdict(list)
    for fact in trained():
        by_answer[fact.answer].append(set(fact.states))
    for form in ("reverse", "true_false", "choice", "fill_in", "follow_up"):
        for exchange in exchanges(form):
            for answer in exchange.messages[1::2]:
                facts = by_answer[without_verdict(answer)]
                assert any(states <= set(exchange.states) for states in facts), exchange


def test_questions_in_held_out_wordings_are_never_trained_on():
    for form in FORMS:
        asked = {tuple(map(normalise, exchange.messages[:-1])) for exchange in asked_in(form)}
        learned = {tuple(map(normalise, exchange.messages[:-1])) for exchange in exchanges(form)}
        assert len(asked) >= 30
        assert asked.isdisjoint(learned)


def test_no_form_contains_the_phrasing_that_is_held_out_of_a_fact():
    held = {normalise(item.test_question) for item in source().items}
    for exchange in all_exchanges():
        for message in exchange.messages[::2]:
            assert normalise(message) not in held
            first, _, _ = message.partition("?")
            assert normalise(first) not in held


# --------------------------------------------------------------------- answers that are right


def test_every_answer_is_accepted_for_its_question():
    for exchange in all_exchanges():
        assert is_right(exchange.messages[-1], question(exchange)), exchange


def test_the_reverse_of_a_figure_fits_one_player_in_the_tables():
    checked = 0
    for exchange in exchanges("reverse"):
        match = FIGURE.search(exchange.messages[0])
        if match is None or not exchange.kind.startswith("season"):
            continue
        did, count, _, year = match.groups()
        if exchange.accepted[0] != year:  # the player is asked for
            assert len(players_with(did, count, year)) == 1, exchange
            checked += 1
    assert checked > 50


def test_the_season_of_a_figure_is_asked_only_if_the_player_had_it_once():
    asked = [exchange.messages[0] for exchange in exchanges("reverse")]
    # Ruth hit 54 home runs in 1920 and in 1928, and 60 only in 1927.
    assert not any("Babe Ruth hit 54 home runs" in text for text in asked)
    assert any("Babe Ruth hit 60 home runs" in text for text in asked)


def players_with(did, count, year):
    """The ids of the players who had this figure in that season, such as ("hit", "60", "1927")."""
    frame = tables().pitching if STATS[did] in ("SO", "W") else tables().batting
    of_year = frame[frame["yearID"] == int(year)]
    return set(of_year[of_year[STATS[did]] == int(count.replace(",", ""))]["playerID"])


def test_clues_fit_nobody_else():
    """Clues about lives, debuts, last games, Hall of Fame and figures are looked up again."""
    people = tables().players.values()
    checks = {
        r"was born in (\d{4})": lambda p, year: p.birth["year"] == int(year),
        r"died in (\d{4})": lambda p, year: p.death["year"] == int(year),
        r"was born in the state of ([\w ]+?)(?=,| and|\.|\?| who|$)": (
            lambda p, state: p.birth["state"] == state
        ),
        r"threw (\w+)-handed": lambda p, hand: p.throws == hand,
        r"major league debut in (\d{4})": lambda p, year: p.seasons[:1] == [int(year)],
        r"last major league game in (\d{4})": lambda p, year: p.seasons[-1:] == [int(year)],
        r"entered the Hall of Fame in (\d{4})": (
            lambda p, year: p.hall is not None and p.hall.year == int(year)
        ),
    }
    clues_checked = sets_checked = 0
    for exchange in exchanges("clues")[:800]:
        text = exchange.messages[0]
        if exchange.kind != "player" or not re.search(r"\bplayer\b", text):
            continue
        named = exchange.messages[1].removeprefix("He was ").rstrip(".")
        fitting = list(people)
        clues_found = 0
        for pattern, is_true in checks.items():
            for value in re.findall(pattern, text):
                fitting = [player for player in fitting if is_true(player, value)]
                clues_found += 1
        for did, count, _, year in FIGURE.findall(text):
            had_it = players_with(did, count, year)
            fitting = [player for player in fitting if player.id in had_it]
            clues_found += 1
        assert named in {player.name.rstrip(".") for player in fitting}, exchange
        clues_checked += clues_found
        separators = len(re.findall(r", | and ", text))
        if clues_found > separators:  # n clues have n - 1 separators, so all of them were found
            assert len(fitting) == 1, exchange
            sets_checked += 1
    assert clues_checked > 20
    assert sets_checked > 0


def test_no_clue_contains_the_last_word_of_the_answer():
    for exchange in exchanges("clues"):
        names = normalise(exchange.messages[1]).split()[-1:]
        assert not set(names) & set(normalise(exchange.messages[0]).split()), exchange


# ----------------------------------------------------------------------------- wrong candidates


def test_false_statements_about_home_runs_are_false():
    by_name = defaultdict(list)
    for row in tables().batting.to_dict("records"):
        by_name[tables().players[row["playerID"]].name, row["yearID"]].append(row["HR"])
    checked = 0
    for exchange in exchanges("true_false"):
        match = re.search(r"hit (\d+) home runs in (\d{4})", exchange.messages[0])
        if match is None or exchange.kind != "season home runs":
            continue
        name = re.search(r"^(.+) hit \d+ home", exchange.messages[1])[1]
        assert f"{name} hit" in exchange.messages[0]
        is_true = float(match[1]) in by_name[name, int(match[2])]
        assert is_true == (exchange.accepted[0] in ("yes", "true")), exchange
        checked += 1
    assert checked > 10


def test_true_and_false_statements_are_balanced_and_each_fact_has_both():
    counts = Counter(
        exchange.accepted[0] in ("yes", "true") for exchange in exchanges("true_false")
    )
    assert abs(counts[True] - counts[False]) <= 0.02 * counts.total()
    by_fact = defaultdict(set)
    for exchange in islice(training_exchanges(few_items(), "true_false"), 3000):
        by_fact[exchange.states].add(exchange.accepted[0] in ("yes", "true"))
    assert all(len(truths) == 2 for truths in by_fact.values())


def test_a_false_statement_about_a_side_may_be_either_other_side():
    """If a left-handed batter were never called right-handed, the words would tell the verdict."""
    sides = r"left-handed|right-handed|switch hitter"
    claimed = set()
    batters = [item for item in source().items if item.kind == "batting side"]
    few = replace(source(), items=batters)
    for exchange in training_exchanges(few, "true_false"):
        right = re.search(sides, exchange.messages[1])[0]
        claimed.add((right, re.search(sides, exchange.messages[0])[0]))
    assert len(claimed) == 9


@cache
def few_items():
    return source_of(trained()[:300], known(), tables(), seed=0)


def test_the_right_candidate_is_at_every_place_and_of_every_size():
    places, ranks = Counter(), Counter()
    for exchange in exchanges("choice"):
        match = re.search(r"\(a\) (.+), \(b\) (.+), \(c\) (.+)", exchange.messages[0])
        if match is None:
            continue
        if exchange.kind == "height":  # "tall" is missing
            continue
        right = [is_right(f"It is {text}.", question(exchange)) for text in match.groups()]
        assert right.count(True) == 1, exchange
        places[right.index(True)] += 1
        if all(re.fullmatch(r"[\d,]+", text) for text in match.groups()):
            numbers = [int(text.replace(",", "")) for text in match.groups()]
            ranks[sorted(numbers).index(numbers[right.index(True)])] += 1
    for counts in (places, ranks):
        assert counts.total() > 100
        assert all(0.25 < count / counts.total() < 0.42 for count in counts.values()), counts


@pytest.mark.parametrize(
    ("short", "number"),
    [
        ("60 home runs", 60),
        ("February 6, 1895", 1895),
        ("three seasons", 3),
        (".406", 0.406),
        ("6 feet 2 inches", 74),
        ("6 feet 1 inch", 73),
        ("6 feet", 72),
        ("$950,000", 950_000),
        ("$22 million", 22_000_000),
        ("22-9", 22),
        ("Willie Mays", None),
    ],
)
def test_candidates_are_compared_by_the_value_of_the_short_answer(short, number):
    assert number_in(short) == number


@pytest.mark.parametrize(
    ("candidates", "shown"),
    [
        (("60 home runs", "54 home runs", "1 home run"), ["60", "54", "1"]),
        (("2 losses", "1 loss"), ["2", "1"]),
        (("one knee down", "both knees down"), ["one knee down", "both knees down"]),
        (("five runs", "a dozen"), ["five runs", "a dozen"]),
        (("Mets", "Cubs"), ["Mets", "Cubs"]),
    ],
)
def test_candidates_are_listed_without_their_unit_if_all_have_the_same(candidates, shown):
    item = replace(source().items[0], short=candidates[0], rivals=candidates[1:], claim="")
    assert [item.shown(short) for short in candidates] == shown


def test_the_sentences_to_choose_from_are_true_of_one_candidate_only():
    asked = asked_in("choice")
    clear = 0
    for exchange in asked:
        right = replace(question(exchange), choices=exchange.choices).right_choices
        clear += len(right) == 1
        assert len(set(exchange.choices)) == 3
        assert right and all(is_right(exchange.choices[one], question(exchange)) for one in right)
    assert clear > 0.98 * len(asked)  # the others are asked without choices


# ------------------------------------------------------------------------------------ follow-ups


def test_a_follow_up_needs_the_question_before_it():
    for exchange in exchanges("follow_up"):
        opening, _, short, _ = exchange.messages
        assert opening in by_trained_question()
        assert short not in by_question()
        name = by_answer()[exchange.messages[-1]].context.get("name", "?")
        if re.search(r"\b(he|his)\b", short, re.IGNORECASE):
            assert name not in short
        else:
            assert len(short.split()) <= 9, short


def test_a_follow_up_that_is_asked_is_not_answered_by_what_was_said_before():
    for exchange in asked_in("follow_up"):
        said = f" {normalise(' '.join(exchange.messages[:2]))} "
        assert not any(f" {normalise(form)} " in said for form in exchange.accepted), exchange


@pytest.mark.parametrize(
    ("sentence", "clause"),
    [
        ("The Cubs won.", "the Cubs won"),
        ("Ten runs are worth a win.", "ten runs are worth a win"),
        ("Ten Cent Beer Night was in 1974.", "Ten Cent Beer Night was in 1974"),
        ("Eight Men Out is a film.", "Eight Men Out is a film"),
        ("A League of Their Own is a film.", "A League of Their Own is a film"),
        ("A balk is called.", "a balk is called"),
        ("Field of Dreams is a film.", "Field of Dreams is a film"),
        ("Ruth hit 60 home runs.", "Ruth hit 60 home runs"),
        (
            "After a fly ball is caught, runners may go.",
            "after a fly ball is caught, runners may go",
        ),
        ("Runners stay.", "runners stay"),
        ("Babe Ruth won.", "Babe Ruth won"),
        ("Home Run Baker won.", "Home Run Baker won"),
        ("He was Ken Griffey Jr.", "he was Ken Griffey Jr."),
    ],
)
def test_a_sentence_inside_another_begins_small_unless_with_a_name(sentence, clause):
    assert inside_sentence(sentence, {"ten", "eight", "field", "home", "runners", "men"}) == clause


def test_the_common_words_are_those_of_the_questions_in_lower_case():
    assert {"home", "pitcher", "which"} <= source().common_words
    assert not {"ruth", "yankees", "s"} & source().common_words


@cache
def by_trained_question():
    return {text for item in source().items for text in item.questions}


@cache
def by_answer():
    return {item.answer: item for item in source().items}


def test_he_stands_for_the_person_of_the_question_before():
    for exchange in exchanges("follow_up"):
        if re.search(r"\b(he|his)\b", exchange.messages[2]):
            first, second = (by_answer()[answer] for answer in exchange.messages[1::2])
            assert first.person == second.person


# -------------------------------------------------------------------------------------- wordings


def test_every_form_has_five_wordings_to_train_on_and_fewer_than_half_as_many_to_ask():
    for form in FORMS:
        path = WORDINGS / f"{form}.toml"
        for name, wording in load_wordings(path, list(read_toml(path))).items():
            assert len(wording.trained) >= 5, (form, name)
            assert 1 <= len(wording.held_out) < len(wording.trained) / 2, (form, name)


def test_every_text_is_a_whole_sentence():
    for exchange in all_exchanges():
        for text in exchange.messages:
            assert not re.search(r"[{}]|  |\.\.| ,|\bNone\b|'s's", text), text
            assert re.search(r"[.?)\d]$|\(c\) .+$", text), text
            assert text[0].isupper() or text[0] in '_.0123456789"', text


def test_every_kind_of_fact_is_asked_in_other_forms():
    forms = defaultdict(set)
    for form in FORMS:
        for exchange in exchanges(form):
            forms[exchange.kind].add(form)
    counts = {fact.kind: len(forms[fact.kind]) for fact in trained()}
    assert min(counts.values()) >= 2, counts
    assert sum(count >= 4 for count in counts.values()) > 100


def test_the_share_of_the_vote_is_asked_in_reverse_if_nobody_else_had_it():
    elected = defaultdict(set)
    for player in tables().players.values():
        if player.hall and player.hall.votes and player.hall.ballots:
            elected[round(100 * player.hall.votes / player.hall.ballots, 1)].add(player.name)
    asked = [exchange for exchange in exchanges("reverse") if exchange.kind == "hall of fame vote"]
    assert len(asked) >= 10
    for exchange in asked:
        share = float(re.search(r"([\d.]+) percent", exchange.messages[0])[1])
        [name] = elected[share]
        assert name in exchange.messages[1]


def test_a_gap_fits_one_fact_only():
    gaps = defaultdict(set)
    for exchange in exchanges("fill_in"):
        texts = (strip_wording(exchange.messages[0], *around) for around in fill_in_wordings())
        gap = min(filter(None, texts), key=len)
        gaps[gap].add(exchange.messages[1])
    assert len(gaps) > 300
    assert all(len(answers) == 1 for answers in gaps.values())


def fill_in_wordings():
    """(what comes before the gap, what comes after it) in each wording."""
    texts = load_wordings(WORDINGS / "fill_in.toml", ["fill_in"])["fill_in"].trained
    return [text.split("{gap}") for text in texts]


def strip_wording(text, before, after):
    """The text without its wording; "" if it is in another one."""
    if not text.startswith(before) or not text.endswith(after):
        return ""
    return text.removeprefix(before).removesuffix(after)


# ---------------------------------------------------------------------------- anything else


def test_every_form_has_a_maker_wordings_and_a_default_share():
    assert tuple(MAKERS) == FORMS
    assert {path.stem for path in WORDINGS.glob("*.toml")} == set(FORMS)
    assert tuple(prepare_baseball.DEFAULT_FORMS) == (DIRECT, *FORMS)


def test_what_is_no_fact_can_be_asked_too():
    values = ("nine", "three", "four", "ten", "two", "five", "seven", "eight", "six", "twelve")
    items = [entry(f"thing {number}", value) for number, value in enumerate(values)]
    made = FormSource(items, [], Rivals(items, lambda kind: [], 0), frozenset(), 0)
    for form in ("true_false", "choice", "fill_in"):
        found = list(MAKERS[form](made, 0, False))
        assert len(found) == len(items)
        assert {exchange.states for exchange in found} == {item.states for item in items}
        assert all(is_right(exchange.messages[-1], question(exchange)) for exchange in found)


def entry(subject, value):
    return Item(
        kind="rules",
        questions=(f"How many parts has {subject}?",),
        test_question=f"Of how many parts is {subject} made?",
        answer=f"There are {value} parts in {subject}.",
        accepted=(value,),
        states=(f"rule:{subject}",),
        short=f"{value} parts",
        claim=f"There are {{blank}} in {subject}.",
    )


def test_another_seed_draws_other_exchanges_and_the_same_seed_the_same():
    other = source_of(trained()[:300], known(), tables(), seed=1)
    again = source_of(trained()[:300], known(), tables(), seed=0)
    for form in FORMS:
        first = [e.messages for e in islice(training_exchanges(few_items(), form), 200)]
        assert first == [e.messages for e in islice(training_exchanges(again, form), 200)]
        assert first != [e.messages for e in islice(training_exchanges(other, form), 200)]


@pytest.mark.parametrize("form", FORMS)
def test_the_exchanges_of_a_form_differ_from_each_other(form):
    messages = [exchange.messages for exchange in exchanges(form)]
    assert len(set(messages)) == len(messages) > 300
