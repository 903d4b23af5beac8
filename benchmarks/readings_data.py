"""The data of one cell of benchmarks/readings.py: questions about lives, and portraits to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from baseball.dataset import FACTS, LICENCE, PORTRAITS, SUBJECTS, Dataset
from baseball.facts import facts
from baseball.facts.fact import Fact
from baseball.held_out import held_out_shared, pick, states_of, withheld_statements
from baseball.lahman import Tables, load_tables
from baseball.only_in_prose import ProseReader, pick_only_in_prose
from baseball.other_tests import OtherTests
from baseball.parts import add_prose, choose_kinds
from baseball.prose.portraits import portraits
from baseball.question_files import write_questions
from text.examples import save_conversations
from text.tokenizer import Tokenizer

GROUPS = ("held_out_phrasings", "only_in_prose", "nowhere")
SHARE = 0.5  # of the target tokens: questions; the other half is portraits, if there are any


@dataclass(frozen=True)
class DataPlan:
    """What a cell's data is made of. Cells that differ in readings or model share their data."""

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


def check_kinds(kinds: Sequence[str]) -> None:
    """Raise ValueError if the tables have no facts of a kind."""
    choose_kinds(table_facts(), kinds)


def write_data(
    plan: DataPlan,
    kinds: Sequence[str],
    held_out_people: float,
    max_test_questions: int,
    tokenizer: Tokenizer,
    folder: Path,
) -> None:
    """Write the folder that finetune.py reads, and a question file for each of `GROUPS`."""
    chosen = choose_kinds(table_facts(), kinds)
    known = list(islice(chosen, plan.facts or None))
    nowhere = pick(known, "nowhere", plan.seed, len(known))
    dataset = Dataset(tokenizer, val_fraction=0, seed=plan.seed)
    only_in_prose: list[Fact] = []
    if plan.people:
        hidden = states_of(nowhere).__contains__
        reader = ProseReader(known)
        written = portraits(all_tables(), known, hidden, plan.versions, plan.people, plan.pronouns)
        add_prose(dataset, written, reader, max_tokens=0)
        only_in_prose = pick_only_in_prose(reader, known, nowhere, held_out_people, plan.seed)
    withheld = withheld_statements(nowhere, only_in_prose)
    trained = [fact for fact in known if withheld.isdisjoint(fact.states)]
    for fact in trained:
        phrasings = list(islice(trained_phrasings(fact, plan.seed), plan.phrasings))
        for question in phrasings:
            dataset.add_conversation("train", FACTS, question, fact.answer)
        dataset.versions[FACTS].append(len(phrasings))

    for name, group in zip(GROUPS, (trained, only_in_prose, nowhere), strict=True):
        path = folder / f"{name}.jsonl"
        path.unlink(missing_ok=True)
        if group:
            write_questions(path, group, OtherTests([]), max_test_questions, plan.seed)
    source = [f"Lahman baseball database {all_tables().covers()}"]
    meta = {"source": source, "licence": LICENCE, "parts": _parts(dataset)}
    save_conversations(folder, dataset.kept, meta, tokenizer)


def trained_phrasings(fact: Fact, seed: int) -> Iterator[str]:
    """The questions of a fact, without the one that is asked afterwards, in turns by fact.

    They begin after the one left out, so that a few of them are others for other facts.
    """
    left_out = held_out_shared(fact, seed)
    yield from (*fact.questions[left_out + 1 :], *fact.questions[:left_out])


def _parts(dataset: Dataset) -> dict[str, dict]:
    """What meta.json says of the parts: equal shares, and the versions of what they tell."""
    parts = {}
    for part in (FACTS, PORTRAITS):
        versions = dataset.versions[part]
        if versions:
            mean = sum(versions) / len(versions)
            parts[part] = {"share": SHARE, "subject": SUBJECTS[part], "versions": mean}
    return parts
