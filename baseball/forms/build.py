"""Makes the source of all forms from facts, and draws exchanges from it, form by form."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import zip_longest

from baseball.drawing import shuffled
from baseball.facts.fact import Fact
from baseball.forms.census import Census
from baseball.forms.choice import choice
from baseball.forms.clues import clues
from baseball.forms.fill_in import fill_in, gap_of
from baseball.forms.follow_up import follow_up
from baseball.forms.from_facts import claim_item, hints_of, item_of
from baseball.forms.item import Exchange, Item
from baseball.forms.reverse import gives_itself_away, reverse
from baseball.forms.rivals import Rivals
from baseball.forms.source import FormSource, UsableHint
from baseball.forms.true_false import true_false
from baseball.lahman import Tables
from evaluation.normalise import normalise

# Takes the source, the number of the round, and whether it is for a test.
Maker = Callable[[FormSource, int, bool], Iterator[Exchange]]

# The maker of each form, in the order of `baseball.settings.FORMS`.
MAKERS: dict[str, Maker] = {
    "reverse": reverse,
    "clues": clues,
    "true_false": true_false,
    "choice": choice,
    "fill_in": fill_in,
    "follow_up": follow_up,
}
MOST_ROUNDS = 30  # for training: an item is asked at most this often in one form
TEST_ROUNDS = 5  # the same for tests
FEW_TESTS = 50  # another round of tests is asked while there are fewer questions than this
MOST_TESTS = 5000  # of each form


def source_of(
    trained: Sequence[Fact], all_facts: Iterable[Fact], tables: Tables, seed: int
) -> FormSource:
    """The source for the forms of the `trained` facts.

    `all_facts` decide, with the tables, what fits one subject only; they may be held out, since
    nothing of them is asked.
    """
    order = shuffled(trained, seed, "forms")
    items = [item_of(fact, seed) for fact in order]
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in all_facts:
        by_kind[fact.kind].append(fact)

    def all_items(kind: str) -> Iterator[Item]:
        return (item_of(fact, seed) for fact in by_kind[kind])

    census = Census(tables, by_kind)
    kinds = {item.kind for item in items}
    gaps = Counter(gap_of(claim_item(fact)) for kind in kinds for fact in by_kind[kind])
    return FormSource(
        items=items,
        hints=list(_usable_hints(order, items, census, tables)),
        rivals=Rivals(items, all_items, seed),
        ambiguous_gaps=frozenset(gap for gap, count in gaps.items() if count > 1),
        seed=seed,
    )


def _usable_hints(
    facts: Sequence[Fact], items: Sequence[Item], census: Census, tables: Tables
) -> Iterator[UsableHint]:
    """The hints that do not contain their answer, with the subjects that they fit."""
    for fact, item in zip(facts, items, strict=True):
        for hint in hints_of(fact, tables):
            fits = None if gives_itself_away(hint) else census.fits(fact, hint)
            if fits:
                yield UsableHint(hint, item, fits)


def training_exchanges(source: FormSource, form: str) -> Iterator[Exchange]:
    """The exchanges to train on, round after round, each differing from all before."""
    seen: set[tuple[str, ...]] = set()
    for number in range(MOST_ROUNDS):
        for exchange in MAKERS[form](source, number, False):
            if exchange.messages not in seen:
                seen.add(exchange.messages)
                yield exchange


def exchanges_to_ask(
    source: FormSource, form: str, trained: Set[tuple[str, ...]]
) -> list[Exchange]:
    """Exchanges in held-out wordings whose statements are `trained` in the same form.

    The kinds take turns, so that any number of them is a fair mix.
    """
    found: dict[tuple[str, ...], Exchange] = {}
    for number in range(TEST_ROUNDS):
        for exchange in MAKERS[form](source, number, True):
            if len(found) == MOST_TESTS:
                break
            if exchange.states in trained:
                asked = tuple(map(normalise, exchange.messages[:-1]))
                found.setdefault(asked, exchange)
        if len(found) >= FEW_TESTS:
            break
    by_kind: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in shuffled(list(found.values()), source.seed, "test", form):
        by_kind[exchange.kind].append(exchange)
    turns = zip_longest(*by_kind.values())
    return [exchange for turn in turns for exchange in turn if exchange is not None]
