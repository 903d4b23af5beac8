"""The steps of prepare_baseball.py, from the Lahman tables to the folder of conversations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from baseball.dataset import TEXT_PARTS, Dataset, describe, expected_readings, save
from baseball.facts import facts
from baseball.facts.fact import Fact
from baseball.forms.build import source_of
from baseball.forms.item import Exchange
from baseball.held_out import (
    as_question,
    in_own_words,
    pick_nowhere,
    states_of,
    withheld_statements,
)
from baseball.lahman import Tables, load_tables
from baseball.only_in_prose import ProseReader, pick_only_in_prose
from baseball.other_tests import OtherTests
from baseball.parts import (
    add_articles,
    add_facts,
    add_forms,
    add_prose,
    choose_kinds,
    take_first_facts,
)
from baseball.prose import documents
from baseball.prose.document import Document
from baseball.prose.portraits import portraits
from baseball.question_files import write_exchanges, write_questions
from baseball.settings import DIRECT, FORMS, NO_ARTICLES, Settings
from text.examples import check_replaceable
from text.hub import HubDataset
from text.local_files import LocalFiles
from text.sources import open_source
from text.splits import unvalidated_parts
from text.tokenizer import load_tokenizer
from tools.files import claim_folder

OWN_WORDS = "held_out_own_words"  # the file that asks for entries in questions of their own
Groups = dict[str, Sequence[Fact]]  # name of a question file -> the facts that it may ask about
FormTests = dict[str, list[Exchange]]  # form -> its test questions


@dataclass(frozen=True)
class Division:
    """The facts by how training tells them. One that would give away a held-out one is left out."""

    nowhere: Sequence[Fact]  # neither questions nor prose tell them
    only_in_prose: Sequence[Fact]  # the prose tells them, and no question asks for them
    trained: Sequence[Fact]  # questions ask for them

    def groups(self) -> Groups:
        """The facts that each question file may ask about."""
        return {
            "held_out_phrasings": self.trained,
            OWN_WORDS: [fact for fact in self.trained if fact.own_question_count],
            "only_in_prose": self.only_in_prose,
            "nowhere": self.nowhere,
        }


def prepare_data(settings: Settings, root: Path) -> None:
    """Write the data folder and the question files.

    `root` is the project's folder, which holds the question files of other tests. Raises ValueError
    if a setting does not fit the data or a source cannot be read.
    """
    check_replaceable(settings.out)
    tokenizer = load_tokenizer(settings.tokenizer)
    source = _open_articles(settings)
    tables = _read_tables(settings)
    # Report a wrong --kinds now: the articles may take hours.
    all_facts = list(facts(tables))
    known = take_first_facts(choose_kinds(all_facts, settings.kinds), settings.max_questions)
    other_tests = OtherTests.read(root).with_shared_questions(known)
    claim_folder(settings.out)

    dataset = Dataset(tokenizer, settings.val_fraction, settings.seed)
    if source is not None:  # articles first, because the network may fail
        add_articles(dataset, source, other_tests, settings)
    division = _add_prose_and_facts(dataset, tables, known, other_tests, settings)
    form_tests = _add_other_forms(dataset, tables, all_facts, division, other_tests, settings)

    groups = division.groups()
    question_counts = _write_question_files(groups, other_tests, settings)
    form_counts = _write_form_files(form_tests, settings)
    held_out = {
        name: {"facts": len(groups[name]), "questions": count}
        for name, count in question_counts.items()
    }
    counts = {"facts": len(known), "held_out": held_out, "asked_in_forms": form_counts}
    save(dataset, counts, tables, settings)
    _print_summary(dataset, groups, {**question_counts, **form_counts}, settings)


def _open_articles(settings: Settings) -> LocalFiles | HubDataset | None:
    """The source of the articles; None for --articles none."""
    if settings.articles == NO_ARTICLES:
        return None
    return open_source(settings.articles, settings.articles_config)


def _read_tables(settings: Settings) -> Tables:
    """The Lahman tables; prints what they cover and what they lack."""
    print("reading the Lahman database", flush=True)
    tables = load_tables(settings.lahman)
    print("\n".join([f"facts and prose are about {tables.covers()}", *tables.notes]), flush=True)
    return tables


def _add_prose_and_facts(
    dataset: Dataset,
    tables: Tables,
    known: Sequence[Fact],
    other_tests: OtherTests,
    settings: Settings,
) -> Division:
    """Add the prose, choose what only the prose tells, and add direct questions about the rest."""
    seed = settings.seed
    nowhere = pick_nowhere(known, seed)
    reader = ProseReader(known)
    prose = _all_prose(tables, known, nowhere, settings)
    add_prose(dataset, prose, reader, settings.max_prose_tokens)
    only_in_prose = pick_only_in_prose(reader, known, nowhere, settings.held_out_people, seed)
    trained = add_facts(dataset, known, nowhere, only_in_prose, other_tests)
    return Division(nowhere, only_in_prose, trained)


def _all_prose(
    tables: Tables, known: Sequence[Fact], nowhere: Sequence[Fact], settings: Settings
) -> Iterator[tuple[Document, ...]]:
    """The portraits, then the other documents, each in its versions."""
    hidden = states_of(nowhere).__contains__
    versions = settings.prose_versions
    return chain(
        portraits(tables, known, hidden, versions, settings.portraits),
        documents(tables, hidden, versions),
    )


def _add_other_forms(
    dataset: Dataset,
    tables: Tables,
    all_facts: Sequence[Fact],
    division: Division,
    other_tests: OtherTests,
    settings: Settings,
) -> FormTests:
    """Add questions in the other forms of the settings; return the tests of each form."""
    if set(settings.forms) == {DIRECT}:
        return {}
    source = source_of(division.trained, all_facts, tables, settings.seed)
    withheld = withheld_statements(division.nowhere, division.only_in_prose)
    return add_forms(dataset, source, withheld, other_tests, settings.forms)


def _write_question_files(
    groups: Groups, other_tests: OtherTests, settings: Settings
) -> dict[str, int]:
    """Write a question file for each group; return how many questions each file has."""
    limit, seed = settings.max_test_questions, settings.seed
    counts = {}
    for name, group in groups.items():
        path = settings.out / f"{name}.jsonl"
        make_question = in_own_words if name == OWN_WORDS else as_question
        count = write_questions(path, group, other_tests, limit, seed, make_question)
        if count:
            counts[name] = count
    return counts


def _write_form_files(tests: FormTests, settings: Settings) -> dict[str, int]:
    """Write a question file for each form; return how many questions each file has.

    Files that an earlier run has left for other forms are deleted.
    """
    counts = {}
    for form in FORMS:
        path = settings.out / f"form_{form}.jsonl"
        count = write_exchanges(path, tests.get(form, ()), settings.max_test_questions)
        if count:
            counts[path.stem] = count
    return counts


def _print_summary(
    dataset: Dataset, groups: Groups, question_counts: dict[str, int], settings: Settings
) -> None:
    print("\n".join(describe(dataset, settings)))
    print("\n".join(expected_readings(dataset, settings)))
    files = []
    for name, count in question_counts.items():
        facts_of_group = f" (of {len(groups[name]):,} facts)" if name in groups else ""
        files.append(f"{count:,} in {name}.jsonl{facts_of_group}")
    print(f"questions to ask afterwards: {', '.join(files)}")
    left_out = [f"{reason} ({count:,})" for reason, count in dataset.left_out.most_common()]
    print(f"left out: {', '.join(left_out) or 'nothing'}")
    parts = unvalidated_parts(dataset.kept, TEXT_PARTS) if settings.val_fraction else []
    if parts:
        print(
            f"warning: there is no validation data for {' and '.join(parts)}, because the hash of "
            "the texts chose none; to get some, give a larger --val-fraction or another --seed"
        )
    out = settings.out
    print(
        f"{out} is ready: python finetune.py --model runs/general --data {out} --out runs/baseball"
    )
