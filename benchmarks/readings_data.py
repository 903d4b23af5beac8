"""The data of one cell of benchmarks/readings.py: questions about lives, and portraits to read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from baseball.dataset import FACTS, LICENCE, Dataset, describe_parts, shares_of_readings
from baseball.facts import facts
from baseball.facts.fact import Fact
from baseball.held_out import held_out_shared, pick_nowhere, states_of, withheld_statements
from baseball.lahman import Tables, load_tables
from baseball.only_in_prose import ProseReader, pick_only_in_prose
from baseball.other_tests import OtherTests
from baseball.parts import add_prose, choose_kinds
from baseball.prose.portraits import portraits
from baseball.question_files import write_questions
from text.examples import save_conversations
from text.tokenizer import Tokenizer
from tools.messages import check_problems

GROUPS = ("held_out_phrasings", "only_in_prose", "nowhere")
MOST_VERSIONS = 5  # that a portrait has wordings for


@dataclass(frozen=True)
class DataPlan:
    """What a cell's data tells, and in how many wordings."""

    facts: int  # the best-known facts of the kinds; 0: all
    phrasings: int  # of each fact that are trained on
    people: int  # with portraits; 0: none
    versions: int  # of a portrait
    pronouns: bool  # in portraits, in place of most names
    seed: int


@cache
def all_tables() -> Tables:
    """The database, read once."""
    return load_tables()


@cache
def table_facts() -> tuple[Fact, ...]:
    """The facts of the tables, in the order of fame; the knowledge has questions of two sorts."""
    return tuple(fact for fact in facts(all_tables()) if not fact.own_question_count)


@dataclass(frozen=True)
class DataSettings:
    """What the data of all cells has in common."""

    kinds: tuple[str, ...]  # of facts
    held_out_people: float  # share of the people whose lives are only in portraits
    asked_facts: int  # only this many of the best-known facts are asked; 0: all
    max_test_questions: int  # in each group


def check_plans(plans: Iterable[DataPlan], kinds: Sequence[str]) -> None:
    """Raise ValueError if the tables lack a kind, or have too little for a plan."""
    known = choose_kinds(table_facts(), kinds)
    fewest = min(known, key=lambda fact: len(fact.questions))
    most_phrasings = len(fewest.questions) - 1  # one of them is held out
    problems = set()
    for plan in plans:
        if not 0 <= plan.facts <= len(known):
            problems.add(f"--facts {plan.facts}: there are 0 to {len(known):,} of these kinds")
        if not 1 <= plan.phrasings <= most_phrasings:
            problems.add(
                f"--phrasings {plan.phrasings}: a fact of the kind {fewest.kind} has 1 to "
                f"{most_phrasings}, besides the one that is asked afterwards"
            )
        if plan.people < 0:
            problems.add(f"--people {plan.people}: give 0 or more")
        if plan.people and not 1 <= plan.versions <= MOST_VERSIONS:
            problems.add(f"--versions {plan.versions}: give 1 to {MOST_VERSIONS}")
    check_problems(sorted(problems))


def write_data(
    plan: DataPlan,
    readings: Mapping[str, float],
    settings: DataSettings,
    tokenizer: Tokenizer,
    folder: Path,
) -> None:
    """Write the folder that finetune.py reads, and a question file for each of `GROUPS`.

    `readings` says how often a fact and a person are to be read, by the name of their part.
    """
    known = choose_kinds(table_facts(), settings.kinds)[: plan.facts or None]
    nowhere = pick_nowhere(known, plan.seed)
    dataset = Dataset(tokenizer, val_fraction=0, seed=plan.seed)
    only_in_prose: list[Fact] = []
    if plan.people:
        hidden = states_of(nowhere).__contains__
        reader = ProseReader(known)
        written = portraits(all_tables(), known, hidden, plan.versions, plan.people, plan.pronouns)
        add_prose(dataset, written, reader, max_tokens=0)
        share = settings.held_out_people
        only_in_prose = pick_only_in_prose(reader, known, nowhere, share, plan.seed)
    withheld = withheld_statements(nowhere, only_in_prose)
    trained = [fact for fact in known if withheld.isdisjoint(fact.states)]
    for fact in trained:
        phrasings = list(islice(trained_phrasings(fact, plan.seed), plan.phrasings))
        for question in phrasings:
            dataset.add_conversation("train", FACTS, question, fact.answer)
        dataset.versions[FACTS].append(len(phrasings))

    best_known = known[: settings.asked_facts or None]
    asked = [fact for fact in best_known if withheld.isdisjoint(fact.states)]
    for name, group in zip(GROUPS, (asked, only_in_prose, nowhere), strict=True):
        path = folder / f"{name}.jsonl"
        path.unlink(missing_ok=True)
        if group:
            write_questions(path, group, OtherTests([]), settings.max_test_questions, plan.seed)
    parts = describe_parts(dataset, shares_of_readings(dataset, readings))
    source = [f"Lahman baseball database {all_tables().covers()}"]
    meta = {"source": source, "licence": LICENCE, "parts": parts}
    save_conversations(folder, dataset.kept, meta, tokenizer)


def trained_phrasings(fact: Fact, seed: int) -> Iterator[str]:
    """The questions of a fact, without the one that is asked afterwards, in turns by fact.

    They begin after the one left out, so that a few of them are others for other facts.
    """
    left_out = held_out_shared(fact, seed)
    yield from (*fact.questions[left_out + 1 :], *fact.questions[:left_out])
