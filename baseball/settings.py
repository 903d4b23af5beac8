"""What prepare_baseball.py was asked to prepare."""

from dataclasses import dataclass
from pathlib import Path

NO_ARTICLES = ["none"]


@dataclass(frozen=True)
class Settings:
    """The command line of prepare_baseball.py, checked. A limit of 0 means all."""

    articles: list[str]  # a data set on the hub, files, or ["none"]
    articles_config: str
    tokenizer: str
    out: Path
    kinds: list[str]  # of fact; [] means all
    max_questions: int
    max_prose_tokens: int
    max_article_tokens: int
    max_test_questions: int  # in each file
    shares: dict[str, float]  # part -> its share of the target tokens, not normalised
    val_fraction: float
    seed: int

    @property
    def article_journal(self) -> Path:
        """The file that records the articles found so far."""
        return self.out / "articles.part"
