"""Tokenizing documents in worker processes, one batch at a time."""

import functools
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from text.data_folder import is_for_validation, token_dtype
from text.tokenizer import Tokenizer, load_tokenizer
from tools.workers import map_in_processes

Batches = Iterable[tuple[list[dict], Any]]  # rows of a source, and the position after them


@dataclass(frozen=True)
class TokenizedDocuments:
    """A batch of documents as tokens; iterating yields pairs (tokens, whether for validation).

    `ids` has the tokens of all documents in one array, because a single array travels quickly
    between processes; `lengths` has the number of tokens of each. A document ends with
    <|endoftext|>, but an empty one has no tokens at all. `text_bytes` is the size of all texts in
    UTF-8, in bytes.
    """

    ids: np.ndarray
    lengths: list[int]
    are_for_validation: list[bool]
    text_bytes: int

    def __iter__(self) -> Iterator[tuple[np.ndarray, bool]]:
        ends = np.cumsum(self.lengths).tolist()
        for length, end, is_validation in zip(self.lengths, ends, self.are_for_validation):
            yield self.ids[end - length : end], is_validation


@functools.cache
def _tokenizer_of_this_process(source: str) -> Tokenizer:
    return load_tokenizer(source)


def tokenize_rows(
    rows: list[dict], tokenizer_source: str, val_fraction: float, seed: int
) -> TokenizedDocuments:
    """Tokenize the "text" of each row, and decide by its hash whether it is for validation."""
    tokenizer = _tokenizer_of_this_process(tokenizer_source)
    end_of_text = np.array([tokenizer.end_of_text], dtype=np.uint32)
    pieces = [end_of_text[:0]]
    lengths, are_for_validation = [], []
    text_bytes = 0
    for row in rows:
        text = row["text"] or ""
        encoded = text.encode("utf-8", errors="surrogatepass")
        text_bytes += len(encoded)
        document = [tokenizer.encode_array(text), end_of_text] if text else []
        pieces += document
        lengths.append(sum(map(len, document)))
        are_for_validation.append(is_for_validation(encoded, val_fraction, seed))
    ids = np.concatenate(pieces).astype(token_dtype(tokenizer))
    return TokenizedDocuments(ids, lengths, are_for_validation, text_bytes)


def check_texts(batches: Batches, name: str) -> Generator[tuple[list[dict], Any], None, None]:
    """Yield the batches unchanged. Raises ValueError if a row's "text" is not text.

    `name` is the name of the source in the message. A null is accepted as an empty text.
    """
    for rows, position in batches:
        for row in rows:
            text = row["text"]
            if text is not None and not isinstance(text, str):
                raise ValueError(f'{name}: a row\'s "text" is not text but {str(text)[:50]}')
        yield rows, position


def tokenize_batches(
    batches: Batches, workers: int, tokenizer_source: str, val_fraction: float, seed: int
) -> Iterator[tuple[TokenizedDocuments, Any]]:
    """Yield TokenizedDocuments for the rows of each batch, with the batch's position, in order.

    Only a few batches are in progress at a time. Raises ValueError if a worker process dies.
    """
    tokenize = functools.partial(
        tokenize_rows, tokenizer_source=tokenizer_source, val_fraction=val_fraction, seed=seed
    )
    yield from map_in_processes(tokenize, batches, workers)
