"""A folder of token shards opened for pretraining: both splits, and the validation batches."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from text.batches import MicroBatch, WindowBatches, unigram_loss, validation_micro_batches
from text.shards import TokenShards, count_windows, fit_context, read_meta
from text.tokenizer import Tokenizer, load_tokenizer

DEFAULT_EVAL_TOKENS = 1 << 20


class Processes(Protocol):
    """Which of how many processes this is; network.hardware.Hardware knows it."""

    @property
    def rank(self) -> int: ...

    @property
    def world_size(self) -> int: ...


@dataclass(frozen=True)
class Corpus:
    """The shards of both splits, their tokenizer, and the folder's meta.json."""

    meta: dict
    tokenizer: Tokenizer
    train: TokenShards
    val: TokenShards

    @property
    def identity(self) -> dict:
        """What run.json records about the data; a resumed run must find the same."""
        return {
            "source": self.meta.get("source"),
            "tokenizer": self.meta["tokenizer"],
            "tokens": len(self.train),
        }

    def window_tokens(self, context: int) -> int:
        """The tokens of the training split's whole windows."""
        return count_windows(self.train, context) * context

    def make_batches(
        self,
        context: int,
        batch_tokens: int,
        micro_tokens: int,
        seed: int,
        processes: Processes,
    ) -> WindowBatches:
        """This process's share of the training batches."""
        return WindowBatches(
            self.train,
            context,
            batch_tokens,
            micro_tokens,
            seed,
            processes.rank,
            processes.world_size,
        )

    @property
    def can_validate(self) -> bool:
        """Whether the validation split has a token to predict."""
        return fit_context(self.val, 1) > 0

    def default_eval_tokens(self, context: int) -> int:
        """2^20, or the tokens in all whole windows of the validation split if there are fewer."""
        context = fit_context(self.val, context)
        return min(DEFAULT_EVAL_TOKENS, count_windows(self.val, context) * context)

    def validation(self, context: int, tokens: int, micro_tokens: int) -> list[MicroBatch]:
        """The first `tokens` tokens of the validation split. Raises ValueError if it has fewer."""
        return validation_micro_batches(self.val, context, tokens, micro_tokens)

    def unigram_loss(self, micro_batches: list[MicroBatch]) -> float:
        """The loss, in nats, of guessing these targets by token frequency alone."""
        return unigram_loss(self.train, micro_batches, self.tokenizer.vocab_size)


def open_corpus(folder: Path | str) -> Corpus:
    """Open a data folder. Raises ValueError if it is missing, incomplete or corrupt."""
    meta = read_meta(folder)
    tokenizer = load_tokenizer(folder)
    train = TokenShards(folder, "train", tokenizer)
    val = TokenShards(folder, "val", tokenizer)
    return Corpus(meta, tokenizer, train, val)
