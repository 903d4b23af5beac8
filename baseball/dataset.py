"""The folder of conversations that prepare_baseball.py writes."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from baseball.lahman import Tables
from baseball.settings import DIRECT, FORMS, Settings
from text.batches import MixedBatches
from text.conversation import (
    STORED_TOKENS,
    TokenizedConversation,
    tokenize_conversation,
    tokenize_text,
)
from text.data_folder import choose_split, token_dtype
from text.examples import Part, pools_of_parts, save_conversations
from text.readings import describe_readings
from text.sources import licence_of
from text.tokenizer import Tokenizer
from tools.files import remove_file
from tools.messages import align_columns

FACTS = "facts"  # direct questions; each other form of question is a part of its own
KNOWLEDGE = "knowledge"  # direct questions about knowledge entries
DIRECT_PARTS = (FACTS, KNOWLEDGE)
PORTRAITS = "portraits"
PROSE = "prose"
TEXT_PARTS = (PORTRAITS, PROSE, "articles")
PARTS = (*DIRECT_PARTS, *FORMS, *TEXT_PARTS)
KNOWLEDGE_SOURCE = "baseball/knowledge, written for this project"
LICENCE = (
    "facts and prose: CC BY-SA 3.0, made from the Lahman baseball database of Sean Lahman, "
    "CC BY-SA 3.0; those of baseball/knowledge: MIT"
)
# Readings are printed for this run: finetune.py's batch, and a round number of steps.
BATCH_SIZE = STEPS = 1000
STORED_SETTINGS = (
    "seed",
    "val_fraction",
    "kinds",
    "max_questions",
    "max_prose_tokens",
    "prose_versions",
    "portraits",
    "held_out_people",
    "max_article_tokens",
    "forms",
    "knowledge_readings",
)


# What the conversations of a part are about, where several tell the same: a fact in several
# phrasings, a person or a document in several versions.
SUBJECTS = {FACTS: "fact", KNOWLEDGE: "fact", PORTRAITS: "person", PROSE: "document"}


class Dataset:
    """The conversations collected so far.

    `kept` maps each split to (conversation, part) pairs; `left_out` counts the items left out, by
    reason. `train_targets` has the target tokens of each part of the training split. `versions`
    has, for each part in `SUBJECTS`, the number of training conversations (or texts) about each
    subject.
    """

    def __init__(self, tokenizer: Tokenizer, val_fraction: float, seed: int):
        self.tokenizer = tokenizer
        self.val_fraction = val_fraction
        self.seed = seed
        self.kept: dict[str, list[tuple[TokenizedConversation, str]]] = {"train": [], "val": []}
        self.left_out: Counter[str] = Counter()
        self.train_targets: Counter[str] = Counter()
        self.versions: dict[str, list[int]] = {part: [] for part in SUBJECTS}
        self._token_dtype = token_dtype(tokenizer)

    def add_conversation(self, split: str, part: str, *messages: str) -> int:
        """Add a conversation: a question, its answer, and so on. Returns its target tokens."""
        conversation = tokenize_conversation(list(messages), self.tokenizer, STORED_TOKENS)
        self._add(split, part, conversation)
        return conversation.target_count

    def add_text(self, part: str, text: str, original: str | None = None) -> tuple[str, int]:
        """Add a text in pieces, all to the same split, which a hash of the text decides.

        A version of another text goes where that goes, its `original`. Returns the split and the
        number of tokens in the text.
        """
        split = choose_split(original or text, self.val_fraction, self.seed)
        pieces = tokenize_text(text, self.tokenizer, STORED_TOKENS)
        for piece in pieces:
            self._add(split, part, piece)
        return split, sum(len(piece) for piece in pieces)

    def _add(self, split: str, part: str, conversation: TokenizedConversation) -> None:
        """Store small integer types, because memory holds half a million conversations at once."""
        ids = conversation.ids.astype(self._token_dtype)
        mask = conversation.mask.astype("uint8")
        self.kept[split].append((TokenizedConversation(ids, mask), part))
        if split == "train":
            self.train_targets[part] += conversation.target_count


def save(dataset: Dataset, counts: dict[str, Any], tables: Tables, settings: Settings) -> None:
    """Write the conversations and meta.json, then delete the article journal.

    The shares of the parts that have training data are scaled to sum to 1.
    """
    parts = describe_parts(dataset, shares_of_parts(dataset, settings))
    source, licence = [f"Lahman baseball database {tables.covers()}", KNOWLEDGE_SOURCE], LICENCE
    if "articles" in parts:
        source += settings.articles
        licence += f"; articles: {licence_of(settings.articles)}"
    meta = {
        "source": source,
        "licence": licence,
        "lahman": tables.origin,
        "last_season": tables.last_season,
        **({"articles_config": settings.articles_config} if "articles" in parts else {}),
        **{name: getattr(settings, name) for name in STORED_SETTINGS},
        "parts": parts,
        **counts,
        "left_out": dict(dataset.left_out),
    }
    save_conversations(settings.out, dataset.kept, meta, dataset.tokenizer)
    remove_file(settings.article_journal)


def describe_parts(dataset: Dataset, shares: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """What meta.json says of the parts that have these shares of the target tokens.

    {"facts": {"share": 0.4, "subject": "fact", "subjects": 1000, "versions": 5.1}, ...}
    """
    parts: dict[str, dict[str, Any]] = {}
    for part, share in shares.items():
        parts[part] = {"share": share}
        versions = dataset.versions.get(part)
        if versions:
            mean = sum(versions) / len(versions)
            parts[part] |= {
                "subject": SUBJECTS[part],
                "subjects": len(versions),
                "versions": mean,
            }
    return parts


def shares_of_parts(dataset: Dataset, settings: Settings) -> dict[str, float]:
    """The share of each part that has training data, in the order of `PARTS`; together 1.

    The share of the facts is divided among the forms of question, and that of the direct questions
    so that a knowledge entry is read `settings.knowledge_readings` times as often as a fact of the
    tables, on average.
    """
    filled = dataset.train_targets.keys()
    shares = dict(settings.shares)
    of_forms = {form: settings.forms.get(form, 0) for form in FORMS if form in filled}
    readings = {FACTS: 1.0, KNOWLEDGE: settings.knowledge_readings}
    for part, share in shares_of_readings(dataset, readings).items():
        of_forms[part] = settings.forms[DIRECT] * share
    of_facts = shares.pop(FACTS, 0)
    for form, share in of_forms.items():
        shares[form] = of_facts * share / sum(of_forms.values())
    shares = {part: shares[part] for part in PARTS if part in filled and part in shares}
    total = sum(shares.values())
    return {part: share / total for part, share in shares.items()}


def shares_of_readings(dataset: Dataset, readings: Mapping[str, float]) -> dict[str, float]:
    """How the target tokens of these parts are divided when each subject is read so often.

    `readings` says how often, by the part: {"facts": 1.0, "knowledge": 2.0}. Parts without training
    data have no share; the shares of the others sum to 1.
    """
    tokens = {}
    for part, times in readings.items():
        versions = dataset.versions[part]
        if part in dataset.train_targets:
            targets = dataset.train_targets[part]
            tokens[part] = times * targets / (sum(versions) / len(versions))
    total = sum(tokens.values())
    return {part: count / total for part, count in tokens.items()}


def describe(dataset: Dataset, settings: Settings) -> list[str]:
    """The lines of a table with the conversations, tokens and targets of each part and split.

    The share is that of the part's target tokens in fine-tuning.

    A piece of prose or of an article (at most `STORED_TOKENS` tokens) counts as a conversation.
    """
    shares = shares_of_parts(dataset, settings)
    rows = [["", "conversations", "tokens", "targets", "share"]]
    for part in PARTS:
        for split, pairs in dataset.kept.items():
            conversations = [conversation for conversation, name in pairs if name == part]
            tokens = sum(len(conversation) for conversation in conversations)
            targets = sum(conversation.target_count for conversation in conversations)
            counts = (len(conversations), tokens, targets)
            share = f"{shares[part]:.1%}" if split == "train" and part in shares else ""
            if conversations:
                rows.append([f"{part} {split}", *(f"{count:,}" for count in counts), share])
    return align_columns(rows)


def expected_readings(dataset: Dataset, settings: Settings) -> list[str]:
    """Lines that say how often fine-tuning reads the conversations of each part."""
    by_part: dict[str, list[TokenizedConversation]] = defaultdict(list)
    for conversation, part in dataset.kept["train"]:
        by_part[part].append(conversation)
    described = describe_parts(dataset, shares_of_parts(dataset, settings))
    parts = {
        name: Part(part["share"], part.get("subject", ""), part.get("versions", 1.0))
        for name, part in described.items()
    }
    pools = pools_of_parts({name: by_part[name] for name in parts}, parts)
    batches = MixedBatches(pools, BATCH_SIZE, micro_tokens=0, seed=0)
    heading = f"{STEPS:,} steps of {BATCH_SIZE:,} conversations, without --replay:"
    return [heading, *describe_readings(batches, STEPS)]
