"""Adds the parts to the data set: facts in every form, prose and articles."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing
from typing import Any

from tqdm import tqdm

from baseball.articles import is_about_baseball
from baseball.dataset import DIRECT_PARTS, FACTS, KNOWLEDGE, PORTRAITS, PROSE, Dataset
from baseball.facts.fact import Fact
from baseball.forms.build import exchanges_to_ask, training_exchanges
from baseball.forms.item import Exchange
from baseball.forms.source import FormSource
from baseball.held_out import held_out_indices, random_number, withheld_statements
from baseball.only_in_prose import ProseReader
from baseball.other_tests import OtherTests
from baseball.prose.document import Document
from baseball.prose.portraits import KIND as PORTRAIT
from baseball.settings import DIRECT, FORMS, Settings
from text.hub import HubDataset
from text.local_files import LocalFiles
from text.sources import filter_with_journal

APPENDIX = re.compile(r"\n(?:See also|Notes|References|Further reading|External links)\.?[ \t]*\n")
VALIDATION_EXCHANGES = 1000  # of each form
# A form has at least this many, even if fewer make up its share: they differ in wordings and wrong
# candidates, and fine-tuning draws by shares, not by numbers.
FEWEST_EXCHANGES = 1000
Shares = Mapping[str, float]
PROGRESS_BAR: dict[str, Any] = {"unit_scale": True, "disable": None, "dynamic_ncols": True}

# Reasons for leaving something out, as they are written to meta.json with their counts.
GIVES_AWAY = "questions that would give away a held-out fact"
ASKED_ELSEWHERE = "questions that another test asks"
ARTICLE_ASKS = "articles that ask what another test asks"
NOT_BASEBALL = "articles that are not about baseball"


# ------------------------------------------------------------------------------------- facts


def choose_kinds(facts: Sequence[Fact], kinds: Sequence[str]) -> list[Fact]:
    """The facts of these kinds, or all if `kinds` is empty.

    Raises ValueError if a kind has no facts.
    """
    known = {fact.kind for fact in facts}
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise ValueError(
            f"--kinds: no facts of the kind {', '.join(unknown)}. "
            f"There are: {', '.join(sorted(known))}"
        )
    return [fact for fact in facts if not kinds or fact.kind in kinds]


def take_first_facts(facts: Sequence[Fact], max_questions: int) -> list[Fact]:
    """The first facts, with at most `max_questions` questions in total; 0 takes all facts.

    A fact is taken with all of its questions. Raises ValueError if not even one fact fits.
    """
    chosen, questions = [], 0
    for fact in facts:
        questions += len(fact.questions)
        if max_questions and questions > max_questions:
            break
        chosen.append(fact)
    if not chosen:
        raise ValueError(
            f"--max-questions {max_questions} is too few for a single fact with all its phrasings; "
            f"give {questions} or more"
        )
    return chosen


def add_facts(
    dataset: Dataset,
    facts: Sequence[Fact],
    nowhere: Sequence[Fact],
    only_in_prose: Sequence[Fact],
    other_tests: OtherTests,
) -> list[Fact]:
    """Add the questions of every fact that gives away nothing that is held out.

    The held-out phrasings of each fact go to validation only. Returns the facts added. Raises
    ValueError if there are none.
    """
    held_out = {*nowhere, *only_in_prose}
    withheld = withheld_statements(nowhere, only_in_prose)
    trained, validation = [], []
    for fact in tqdm(facts, unit=" facts", **PROGRESS_BAR):
        if fact in held_out:
            continue
        if not withheld.isdisjoint(fact.states):
            dataset.left_out[GIVES_AWAY] += len(fact.questions)
            continue
        trained.append(fact)
        held_out_questions = _add_fact(dataset, fact, other_tests)
        validation += [(fact, question) for question in held_out_questions]
    if not trained:
        raise ValueError("--max-questions leaves no facts to train on; give more")
    # finetune.py evaluates on the first conversations, so they should be a fair sample.
    validation.sort(key=lambda pair: random_number(pair[0], pair[1], dataset.seed))
    for fact, question in validation:
        dataset.add_conversation("val", part_of(fact), question, fact.answer)
    return trained


def _add_fact(dataset: Dataset, fact: Fact, other_tests: OtherTests) -> list[str]:
    """Add the questions to train on. Returns those that are held out for validation."""
    part, held_out = part_of(fact), held_out_indices(fact, dataset.seed)
    validation, versions = [], 0
    for index, question in enumerate(fact.questions):
        if other_tests.ask(question, fact.answer):
            dataset.left_out[ASKED_ELSEWHERE] += 1
        elif index in held_out:
            validation.append(question)
        else:
            dataset.add_conversation("train", part, question, fact.answer)
            versions += 1
    dataset.versions[part].append(versions)
    return validation


def part_of(fact: Fact) -> str:
    """The part that the fact's direct questions belong to."""
    return KNOWLEDGE if fact.own_question_count else FACTS


# ------------------------------------------------------------------------- other forms of question


def add_forms(
    dataset: Dataset,
    source: FormSource,
    withheld: Set[str],
    other_tests: OtherTests,
    forms: Shares,
) -> dict[str, list[Exchange]]:
    """Add exchanges of each form until it has its share of the target tokens, or no more are left.

    The direct questions, which are in the data set already, have the share of `DIRECT`. Returns
    the test exchanges of each form, in held-out wordings; some of them are the validation data.
    """
    direct = sum(dataset.train_targets[part] for part in DIRECT_PARTS)
    tests = {}
    for form in FORMS:
        budget = direct * forms.get(form, 0) / forms[DIRECT]
        if budget:
            trained = _add_form(dataset, source, form, budget, withheld, other_tests)
            tests[form] = [
                exchange
                for exchange in exchanges_to_ask(source, form, trained)
                if not _is_asked_elsewhere(exchange, other_tests)
            ]
            for exchange in tests[form][:VALIDATION_EXCHANGES]:
                dataset.add_conversation("val", form, *exchange.messages)
    return tests


def _add_form(
    dataset: Dataset,
    source: FormSource,
    form: str,
    budget: float,
    withheld: Set[str],
    other_tests: OtherTests,
) -> set[tuple[str, ...]]:
    """Add exchanges of a form up to `budget` target tokens, and `FEWEST_EXCHANGES` at least.

    Returns the statements of each exchange added, which tell what was asked in this form.
    """
    targets = count = 0
    trained = set()
    bar = tqdm(training_exchanges(source, form), unit=f" {form}", **PROGRESS_BAR)
    for exchange in bar:
        if targets >= budget and count >= FEWEST_EXCHANGES:
            break
        if not withheld.isdisjoint(exchange.states):
            dataset.left_out[GIVES_AWAY] += 1
        elif _is_asked_elsewhere(exchange, other_tests):
            dataset.left_out[ASKED_ELSEWHERE] += 1
        else:
            targets += dataset.add_conversation("train", form, *exchange.messages)
            count += 1
            trained.add(exchange.states)
    return trained


def _is_asked_elsewhere(exchange: Exchange, other_tests: OtherTests) -> bool:
    questions, answers = exchange.messages[::2], exchange.messages[1::2]
    return any(map(other_tests.ask, questions, answers))


# ------------------------------------------------------------------------------------- prose


def add_prose(
    dataset: Dataset,
    documents: Iterable[Sequence[Document]],
    reader: ProseReader,
    max_tokens: int,
) -> None:
    """Add documents in all their versions until they reach `max_tokens` tokens; 0 takes all.

    `reader` reads the documents of the training split.
    """
    tokens = 0
    with tqdm(unit=" tokens", total=max_tokens or None, **PROGRESS_BAR) as bar:
        for versions in documents:
            if max_tokens and tokens >= max_tokens:
                break
            part = PORTRAITS if versions[0].kind == PORTRAIT else PROSE
            for document in versions:
                split, size = dataset.add_text(part, document.text, versions[0].text)
                tokens += size
                bar.update(size)
            if split == "train":
                reader.read(versions)
                dataset.versions[part].append(len(versions))


# ---------------------------------------------------------------------------------- articles


def add_articles(
    dataset: Dataset,
    source: LocalFiles | HubDataset,
    other_tests: OtherTests,
    settings: Settings,
) -> None:
    """Add the articles that are about baseball, until they reach `max_article_tokens` tokens.

    A journal records the articles as they are found, so that a rerun after a network failure
    continues from there.
    """
    found = tokens = 0
    made_with = {"articles": settings.articles, "config": settings.articles_config}
    batches = filter_with_journal(
        source,
        lambda row: _baseball_text(row, source.name),
        settings.article_journal,
        made_with,
    )
    with tqdm(unit=" articles", **PROGRESS_BAR) as bar, closing(batches):
        for row_count, texts in batches:
            bar.total = source.rows
            dataset.left_out[NOT_BASEBALL] += row_count - len(texts)
            for text in texts:
                if other_tests.are_in(text):
                    dataset.left_out[ARTICLE_ASKS] += 1
                    continue
                _, size = dataset.add_text("articles", text)
                found += 1
                tokens += size
                if settings.max_article_tokens and tokens >= settings.max_article_tokens:
                    return
            bar.update(row_count)
            progress = f"{found:,} about baseball, {tokens / 1e6:,.1f} M tokens"
            bar.set_postfix_str(progress, refresh=False)
    if not found:
        print(f"{source.name} has no articles about baseball")


def _baseball_text(row: dict[str, Any], source_name: str) -> str | None:
    """The text of an article if it is about baseball. Raises ValueError if the row has no text."""
    if not isinstance(row.get("text"), str):
        columns = ", ".join(row)
        raise ValueError(f'{source_name} has no text in a column "text"; its columns are {columns}')
    title = row.get("title")
    if not isinstance(title, str):
        title = ""
    text = without_appendix(row["text"])
    return text if is_about_baseball(title, text) else None


def without_appendix(text: str) -> str:
    """A Wikipedia article without its references, links and categories.

    In a plain-text dump, only their headings and a few stray names are left.
    """
    return APPENDIX.split(text, maxsplit=1)[0].rstrip()
