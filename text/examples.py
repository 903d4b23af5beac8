"""examples."""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from text.conversation import BrokenConversation, TokenizedConversation, trim
from text.shards import (
    TokenShards,
    _load_array,
    check_tokenizer,
    count_windows,
    read_meta,
    token_dtype,
)
from text.tokenizer import Tokenizer
from tools.files import replace_file


def save_conversations(
    folder,
    conversations: dict[str, list[tuple[TokenizedConversation, str]]],
    meta: dict,
    tokenizer: Tokenizer,
) -> None:
    """Write each split's (conversation, name of its part) pairs, the tokenizer, and last `meta.json`, whose "parts" names them."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    parts = list(meta["parts"])
    (folder / "meta.json").unlink(
        missing_ok=True
    )  # so that a crash never leaves one preparation's meta.json beside another's arrays
    for split, pairs in conversations.items():
        lengths = [len(conversation) for conversation, _ in pairs]
        nothing = [np.zeros(0)]
        arrays = {
            "ids": np.concatenate(
                [conversation.ids for conversation, _ in pairs] or nothing
            ).astype(token_dtype(tokenizer)),
            "mask": np.concatenate(
                [conversation.mask for conversation, _ in pairs] or nothing
            ).astype(np.uint8),
            "offsets": np.cumsum([0, *lengths], dtype=np.int64),
            "parts": np.array([parts.index(part) for _, part in pairs], dtype=np.uint8),
        }
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            replace_file(folder / f"{split}_{name}.npy", content.getvalue())
    identity = {
        "name": tokenizer.name,
        "vocab_size": tokenizer.vocab_size,
        "merges_sha256": tokenizer.merges_sha256,
    }
    replace_file(folder / "meta.json", json.dumps({**meta, "tokenizer": identity}, indent=2) + "\n")


@dataclass
class Pool:
    """Conversations to draw from, and the share of a batch's target tokens that they get; `mean_targets` is how many targets
    one of them has on average."""

    name: str
    share: float
    conversations: Sequence[TokenizedConversation]
    mean_targets: float
    is_replay: bool = False


def is_conversation_folder(folder) -> bool:
    return "parts" in read_meta(folder)


def read_pools(
    folder, split: str, tokenizer: Tokenizer, context: int, dropped: dict[str, int]
) -> list[Pool]:
    """One pool a part of a data folder: conversations trimmed to the context, or a folder of token shards as one pool.

    Shares are those of meta.json where it states them, otherwise the parts' own. `dropped` counts, by reason, what trimming cost.
    Raises ValueError where the folder is missing, damaged, empty, or of another tokenizer.
    """
    meta = read_meta(
        folder, "prepare_baseball.py" if "baseball" in Path(folder).name else "prepare_nectar.py"
    )
    check_tokenizer(folder, meta, tokenizer)
    if not is_conversation_folder(folder):
        shards = TokenShards(folder, split, tokenizer)
        return [
            Pool(
                re.sub(r"[^\w .+-]", "_", Path(folder).name),
                1.0,
                WindowConversations(shards, context),
                context,
            )
        ]
    asked_shares = _shares_of_parts(folder, meta)
    names = list(asked_shares)
    by_part = {part: [] for part in names}
    for conversation, number in _read_conversations(
        folder, split, len(names), tokenizer.vocab_size
    ):
        try:
            pieces = trim(conversation, tokenizer.end_of_text, context)
            shortened = len(conversation) > context
            dropped["trimmed to the context"] = dropped.get("trimmed to the context", 0) + shortened
            by_part[names[number]] += [piece for piece in pieces if piece.mask[1:].any()]
        except BrokenConversation as reason:
            dropped[str(reason)] = dropped.get(str(reason), 0) + 1
    targets = {
        part: sum(int(conversation.mask[1:].sum()) for conversation in conversations)
        for part, conversations in by_part.items()
    }
    shares = {part: asked_shares[part] for part in names if targets[part]}
    if not shares:
        raise ValueError(
            f"{folder} has no {split} conversations that fit a context of {context}; prepare more"
        )
    if None in shares.values():
        shares = {part: targets[part] for part in shares}
    total = sum(shares.values())
    return [
        Pool(part, share / total, by_part[part], targets[part] / len(by_part[part]))
        for part, share in shares.items()
    ]


def _shares_of_parts(folder, meta: dict) -> dict[str, float | None]:
    """The parts that meta.json names, with their shares where it states them. Raises ValueError where it is damaged."""
    try:
        shares = {part: (about or {}).get("share") for part, about in meta["parts"].items()}
        if not all(
            re.fullmatch(r"[\w .+-]{1,100}", part)
            and (share is None or 0 < float(share) < float("inf"))
            for part, share in shares.items()
        ):
            raise ValueError("a part's name or share")
        return {part: None if share is None else float(share) for part, share in shares.items()}
    except (AttributeError, TypeError, ValueError, OverflowError) as problem:
        raise ValueError(
            f"{folder}/meta.json is damaged ({problem}); prepare the data again"
        ) from None


def _read_conversations(folder, split: str, parts: int, vocab_size: int):
    """Yield (TokenizedConversation, number of its part)."""
    paths = {
        name: Path(folder) / f"{split}_{name}.npy" for name in ("ids", "mask", "offsets", "parts")
    }
    try:
        arrays = {name: _load_array(path) for name, path in paths.items()}
        ids, mask, offsets, numbers = arrays.values()
        if any(array.ndim != 1 or array.dtype.kind not in "iu" for array in arrays.values()):
            raise ValueError("arrays of whole numbers should be there")
        fits = (
            len(ids) == len(mask) == offsets[-1]
            and len(numbers) == len(offsets) - 1
            and (np.diff(offsets) > 0).all()
            and offsets[0] == 0
        )
        if not fits or not all(
            0 <= array.min(initial=0) and array.max(initial=0) < limit
            for array, limit in ((numbers, max(1, parts)), (ids, vocab_size), (mask, 2))
        ):
            raise ValueError("the arrays do not fit together")
    except (ValueError, IndexError, TypeError) as problem:
        raise ValueError(
            f"{folder}: the {split} conversations are missing or damaged ({problem}); prepare them again"
        ) from None
    for start, end, number in zip(offsets[:-1], offsets[1:], numbers):
        yield TokenizedConversation(ids[start:end].astype(np.int64), mask[start:end]), int(number)


class WindowConversations:
    """Token shards as a sequence of conversations: windows of context + 1 tokens, all of them learned."""

    def __init__(self, shards: TokenShards, context: int):
        self.shards, self.context, self.windows = shards, context, count_windows(shards, context)

    def __len__(self) -> int:
        return self.windows

    def __getitem__(self, number: int) -> TokenizedConversation:
        ids = self.shards.read(number * self.context, number * self.context + self.context + 1)
        return TokenizedConversation(ids, np.ones_like(ids))
