"""The steps of prepare_baseball.py, from the Lahman tables to the folder of conversations."""

from pathlib import Path

from baseball.dataset import PARTS, Collection, describe, save
from baseball.facts import facts
from baseball.facts.fact import Fact
from baseball.held_out import ProseReader, pick, states_of
from baseball.lahman import load_tables
from baseball.parts import add_articles, add_facts, add_prose, choose_kinds, take_first_facts
from baseball.prose import documents
from baseball.question_files import read_other_tests, write_questions
from baseball.settings import NO_ARTICLES, Settings
from text.hub import HubDataset
from text.local_files import LocalFiles
from text.sources import open_source
from text.splits import unvalidated_parts
from text.tokenizer import load_tokenizer
from tools.files import claim_folder

Groups = dict[str, list[Fact]]  # name of a question file -> the facts that it may ask about


def prepare_data(settings: Settings, root: Path) -> None:
    """Write the data folder and the question files.

    `root` is the project's folder, which holds the question files of other tests. Raises ValueError
    if a setting does not fit the data or a source cannot be read.
    """
    tokenizer = load_tokenizer(settings.tokenizer)
    source = _open_articles(settings)
    print("reading the Lahman database", flush=True)
    tables = load_tables()
    # Report a wrong --kinds now: the articles may take hours.
    known = choose_kinds(list(facts(tables)), settings.kinds)
    known = take_first_facts(known, settings.max_questions)
    other_tests = read_other_tests(root)
    claim_folder(settings.out)

    collection = Collection(tokenizer, settings.val_fraction, settings.seed)
    if source is not None:  # articles first, because the network may fail
        add_articles(collection, source, other_tests, settings)
    nowhere = pick(known, "nowhere", settings.seed, len(known))
    reader = ProseReader(known)
    prose = documents(tables, hidden=states_of(nowhere).__contains__)
    add_prose(collection, prose, reader, settings.max_prose_tokens)
    only_in_prose = pick(reader.told, "only in prose", settings.seed, len(known))
    trained = add_facts(collection, known, nowhere, only_in_prose, other_tests)

    groups = {"held_out_phrasings": trained, "only_in_prose": only_in_prose, "nowhere": nowhere}
    asked = _write_question_files(groups, other_tests, settings)
    held_out = {
        name: {"facts": len(group), "questions": asked[name]} for name, group in groups.items()
    }
    save(collection, {"facts": len(known), "held_out": held_out}, settings)
    _print_summary(collection, groups, asked, settings)


def _open_articles(settings: Settings) -> LocalFiles | HubDataset | None:
    """The source of the articles; None for --articles none."""
    if settings.articles == NO_ARTICLES:
        return None
    return open_source(settings.articles, settings.articles_config)


def _write_question_files(
    groups: Groups, other_tests: set[str], settings: Settings
) -> dict[str, int]:
    """Write a question file for each group; return how many questions each file has."""
    limit, seed = settings.max_test_questions, settings.seed
    return {
        name: write_questions(settings.out / f"{name}.jsonl", group, other_tests, limit, seed)
        for name, group in groups.items()
    }


def _print_summary(
    collection: Collection, groups: Groups, asked: dict[str, int], settings: Settings
) -> None:
    print("\n".join(describe(collection)))
    files = [
        f"{count:,} in {name}.jsonl (of {len(groups[name]):,} facts)"
        for name, count in asked.items()
    ]
    print(f"questions to ask afterwards: {', '.join(files)}")
    left_out = [f"{reason} ({count:,})" for reason, count in collection.left_out.most_common()]
    print(f"left out: {', '.join(left_out) or 'nothing'}")
    parts = unvalidated_parts(collection.kept, PARTS) if settings.val_fraction else []
    if parts:
        print(
            f"warning: nothing of {' and '.join(parts)} is for validation, since the hash of the "
            "texts chose none; for that, give a larger --val-fraction or another --seed"
        )
    out = settings.out
    print(
        f"{out} is ready: python finetune.py --model runs/general --data {out} --out runs/baseball"
    )
