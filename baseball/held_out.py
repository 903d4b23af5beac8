"""Which questions are held out of training, and what asking them afterwards shows.

    phrasings       the fact is trained on, but      has the model learned the fact,
                    never in these words             or only a sentence?
    own words       a knowledge entry, in            does it recognise a question that
                    a question written for it alone  has no familiar frame?
    only in prose   the prose tells the fact, but    can the model answer from what
                    no question asks for it          it has read?
    nowhere         no question asks for the fact,   what does the model guess,
                    and no prose tells it            or know already?

A fact gives away statements (`Fact.states`), of which the first is the one it asks for. Two facts
that share a statement may answer each other ("How many home runs did Babe Ruth hit in 1927?" and
"Who led the American League in home runs in 1927?"), so holding one out takes others out too:

    only in prose   no fact in training shares a statement with it
    nowhere         the same, and the prose omits all of its statements

A knowledge entry states everything that its text mentions, and holding out any of these statements
takes the whole entry out of training. So facts that share a statement with another entry, and
people whom entries mention, are held out only if there are too few others. Both groups are
therefore about less well-known subjects than the rest.

A question in another form (`baseball/forms`) gives away what its facts give away, so it is made of
trained facts only. Its wrong candidates may be anything: being one of three gives no value away.

A hash of the seed and the fact's first question decides whether it is held out, so the held-out
facts are spread over players, years and kinds. The facts told only in prose are chosen by person
(`only_in_prose.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest

from baseball import statements
from baseball.drawing import draw
from baseball.facts.fact import Fact
from evaluation.answers import Question

# The share that `pick` takes: of all facts for "nowhere", of the knowledge entries for "only in
# prose", where the people held out come on top (`only_in_prose.py`).
SHARE = 0.03
MIN_FACTS = 50  # the fewest to pick, but at most an eighth of `fact_count`
COMMON_KIND = 20  # a kind with this many candidates left gets at least one


def random_number(fact: Fact, purpose: str, seed: int) -> int:
    """64 pseudo-random bits that depend only on the fact's question, the purpose and the seed."""
    return draw(seed, f"{purpose} {fact.questions[0]}")


def pick(
    candidates: Iterable[Fact],
    purpose: str,
    seed: int,
    fact_count: int,
    last: Collection[Fact] = (),
) -> list[Fact]:
    """A random sample of the candidates. Its size is `SHARE` of `fact_count` facts.

    It has at least one fact of every kind that is common among the candidates. Those in `last` are
    taken only if there are too few others.
    """
    shuffled = sorted(candidates, key=lambda fact: random_number(fact, purpose, seed))
    first = [fact for fact in shuffled if fact not in last]
    size = max(round(SHARE * fact_count), min(MIN_FACTS, fact_count // 8))
    picked, rest = first[:size], first[size:]
    picked_kinds = {fact.kind for fact in picked}
    for kind, facts in _by_kind(rest).items():
        if kind not in picked_kinds and len(facts) >= COMMON_KIND:
            picked.append(facts[0])
    missing = max(0, size - len(picked))
    return picked + [fact for fact in shuffled if fact in last][:missing]


def pick_nowhere(facts: Sequence[Fact], seed: int) -> list[Fact]:
    """The facts that neither a question in training nor the prose may tell."""
    return pick(facts, "nowhere", seed, len(facts), last=sharing_with_entries(facts))


def sharing_with_entries(facts: Sequence[Fact]) -> set[Fact]:
    """The facts that share a statement with another one that is a knowledge entry."""
    entry_counts = Counter(state for fact in facts if is_entry(fact) for state in set(fact.states))
    sharing = set()
    for fact in facts:
        itself = 1 if is_entry(fact) else 0
        if any(entry_counts[state] > itself for state in fact.states):
            sharing.add(fact)
    return sharing


def is_entry(fact: Fact) -> bool:
    """Whether the fact asks for what a knowledge entry says."""
    return statements.family(fact.states[0]) == statements.KNOWLEDGE


def _by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.kind].append(fact)
    return groups


def states_of(facts: Iterable[Fact]) -> set[str]:
    """All statements that the facts give away."""
    return {state for fact in facts for state in fact.states}


def withheld_statements(nowhere: Iterable[Fact], only_in_prose: Iterable[Fact]) -> set[str]:
    """The statements that no question in training may give away, in whatever form it asks."""
    return states_of(nowhere) | states_of(only_in_prose)


def held_out_shared(fact: Fact, seed: int) -> int:
    """The index of the shared phrasing that the fact is never trained on.

    It differs from fact to fact, so that every phrasing is trained on with other facts.
    """
    own = fact.own_question_count
    return own + random_number(fact, "phrasing", seed) % (len(fact.questions) - own)


def held_out_own(fact: Fact, seed: int) -> int | None:
    """The index of the fact's own question that is never trained on; None if it has none."""
    if not fact.own_question_count:
        return None
    return random_number(fact, "own words", seed) % fact.own_question_count


def held_out_indices(fact: Fact, seed: int) -> tuple[int, ...]:
    """The indices of the fact's questions that are never trained on."""
    shared, own = held_out_shared(fact, seed), held_out_own(fact, seed)
    return (shared,) if own is None else (shared, own)


def as_question(fact: Fact, seed: int) -> Question:
    """The fact as a test question: in its held-out phrasing, with its kind as the topic."""
    return _asked(fact, held_out_shared(fact, seed))


def in_own_words(fact: Fact, seed: int) -> Question:
    """The same in the held-out one of its own questions. Raises ValueError if it has none."""
    index = held_out_own(fact, seed)
    if index is None:
        raise ValueError(f"{fact.questions[0]!r} has no questions of its own")
    return _asked(fact, index)


def _asked(fact: Fact, index: int) -> Question:
    return Question(fact.kind, fact.questions[index], fact.answer, fact.accepted)


def fair_mix(facts: Iterable[Fact], seed: int) -> list[Fact]:
    """All facts in an order in which the kinds take turns, so that any prefix is a fair sample."""
    shuffled = sorted(facts, key=lambda fact: random_number(fact, "mix", seed))
    turns = zip_longest(*_by_kind(shuffled).values())
    return [fact for turn in turns for fact in turn if fact is not None]
