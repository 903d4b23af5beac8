"""Examples to fine-tune on: conversations in a data folder, and pools of them to draw from.

A folder of conversations has four arrays for each split, such as `train_ids.npy`:

    ids, mask    the tokens of all conversations in one row, and their masks
    offsets      where each conversation starts in that row, and where the last one ends
    parts        the part that each conversation belongs to, as an index into meta.json's "parts"

In training, each part is a `Pool`. A folder of token shards can be a pool too: each window counts
as a conversation of which every token is learned.
"""

import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from text.conversation import TokenizedConversation, trim
from text.data_folder import PREPARE_AGAIN, check_tokenizer, load_array, read_meta, token_dtype
from text.dialogue import BrokenConversation
from text.shards import TokenShards, count_windows, fit_context, read_window
from text.tokenizer import Tokenizer
from tools.files import read_json, remove_file, replace_file
from tools.messages import damaged

ARRAYS = ("ids", "mask", "offsets", "parts")
# What becomes of conversations that are longer than the context.
TRIMMED = "lost their oldest turns"
CUT = "plain texts cut into pieces"
# Names of parts appear in terminals and in loss.csv.
PART_NAME = re.compile(r"[\w .+-]{1,100}")
UNSAFE_IN_NAMES = re.compile(r"[^\w .+-]")

# ---- writing ----


def _as_arrays(
    conversations: Sequence[TokenizedConversation],
    parts: Sequence[int],
    token_type: type[np.uint16] | type[np.uint32],
) -> dict[str, np.ndarray]:
    """The arrays of one split; `parts` has the index of each conversation's part."""
    empty = [np.zeros(0)]  # np.concatenate needs at least one array
    ids = np.concatenate([conversation.ids for conversation in conversations] or empty)
    mask = np.concatenate([conversation.mask for conversation in conversations] or empty)
    lengths = [len(conversation) for conversation in conversations]
    return {
        "ids": ids.astype(token_type),
        "mask": mask.astype(np.uint8),
        "offsets": np.cumsum([0, *lengths], dtype=np.int64),
        "parts": np.array(parts, dtype=np.uint8),
    }


def check_replaceable(folder: Path | str) -> None:
    """Raise ValueError if the folder holds token shards, which conversations would replace."""
    is_unfinished = (Path(folder) / "progress.json").exists()
    try:
        meta = read_json(Path(folder) / "meta.json")
    except (OSError, ValueError):
        meta = {}
    if is_unfinished or (isinstance(meta, dict) and "splits" in meta):
        raise ValueError(f"{folder} holds token shards; choose another --out, or delete it first")


def save_conversations(
    folder: Path | str,
    conversations: dict[str, list[tuple[TokenizedConversation, str]]],
    meta: dict,
    tokenizer: Tokenizer,
) -> None:
    """Write a data folder. Each split is a list of pairs: a conversation, the name of its part.

    `meta` goes into `meta.json`; its "parts" must name all parts.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    # meta.json is absent until the end, so that after a crash it never describes other arrays.
    remove_file(folder / "meta.json")
    part_names = list(meta["parts"])
    for split, pairs in conversations.items():
        of_split = [conversation for conversation, _ in pairs]
        parts = [part_names.index(part) for _, part in pairs]
        for name, array in _as_arrays(of_split, parts, token_dtype(tokenizer)).items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            replace_file(folder / f"{split}_{name}.npy", content.getvalue())
    meta = {**meta, "tokenizer": tokenizer.identity()}
    replace_file(folder / "meta.json", json.dumps(meta, indent=2) + "\n")


# ---- reading ----


def _find_problem(arrays: dict[str, np.ndarray], parts: int, vocab_size: int) -> str:
    """Why the arrays of a split cannot be right, or "" if they can."""
    for name, array in arrays.items():
        if array.ndim != 1 or array.dtype.kind not in "iu":
            return f"{name} is not a row of whole numbers"
    ids, offsets = arrays["ids"], arrays["offsets"]
    if len(offsets) == 0 or offsets[0] != 0 or (np.diff(offsets) <= 0).any():
        return "offsets do not start at 0 and grow"
    if not len(ids) == len(arrays["mask"]) == offsets[-1]:
        return "ids and mask do not end at the last offset"
    if len(arrays["parts"]) != len(offsets) - 1:
        return "parts does not have one value for each conversation"
    limits = {"ids": vocab_size, "mask": 2, "parts": max(1, parts)}
    for name, limit in limits.items():
        if arrays[name].min(initial=0) < 0 or arrays[name].max(initial=0) >= limit:
            return f"{name} has a value that is not in 0 to {limit - 1}"
    return ""


def _read_conversations(
    folder: Path, split: str, parts: int, vocab_size: int
) -> Iterator[tuple[TokenizedConversation, int]]:
    """Yield each conversation of a split, with the index of its part.

    Raises ValueError if an array is missing or corrupt.
    """
    arrays = {name: load_array(folder / f"{split}_{name}.npy") for name in ARRAYS}
    problem = _find_problem(arrays, parts, vocab_size)
    if problem:
        raise damaged(folder, f"in its {split} conversations, {problem}", PREPARE_AGAIN)
    ids, mask, offsets = arrays["ids"], arrays["mask"], arrays["offsets"]
    for start, end, part in zip(offsets[:-1], offsets[1:], arrays["parts"]):
        yield TokenizedConversation(ids[start:end].astype(np.int64), mask[start:end]), int(part)


# ---- pools ----


class Conversations(Protocol):
    """What a pool draws from: a list, or an object that makes conversations on demand."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> TokenizedConversation: ...


class WindowConversations:
    """Token shards as conversations: windows of `context` + 1 tokens, all of them learned.

    Shards with fewer tokens are a single, shorter window; without two tokens there is none.
    """

    def __init__(self, shards: TokenShards, context: int):
        self.shards = shards
        self.context = fit_context(shards, context)
        self.windows = count_windows(shards, self.context) if self.context else 0

    def __len__(self) -> int:
        return self.windows

    def __getitem__(self, number: int, /) -> TokenizedConversation:
        ids = read_window(self.shards, number, self.context)
        return TokenizedConversation(ids, np.ones_like(ids))


@dataclass
class Pool:
    """Conversations to draw from, and their share of a batch's target tokens.

    `is_replay` says that they are earlier data, replayed beside the new data. If `subject` is a
    word such as "fact", each fact is told in `versions` conversations on average.
    """

    name: str
    share: float
    conversations: Conversations
    mean_targets: float  # target tokens of a conversation, on average
    is_replay: bool = False
    subject: str = ""
    versions: float = 1.0

    @property
    def longest(self) -> int:
        """The length of its longest conversation, in tokens."""
        if isinstance(self.conversations, WindowConversations):
            return self.conversations.context + 1
        numbers = range(len(self.conversations))
        return max(len(self.conversations[number]) for number in numbers)

    @property
    def has_dialogue(self) -> bool:
        """Whether in some conversations a human speaks, whose words are not learned."""
        if isinstance(self.conversations, WindowConversations):
            return False
        numbers = range(len(self.conversations))
        return any(not self.conversations[number].mask.all() for number in numbers)


def safe_name(folder: Path) -> str:
    """The folder's own name, made fit for the name of a pool."""
    return UNSAFE_IN_NAMES.sub("_", folder.absolute().name)


def _shard_pools(folder: Path, split: str, tokenizer: Tokenizer, context: int) -> list[Pool]:
    """A pool of the windows of token shards; no pool if there is no window."""
    name = safe_name(folder)
    windows = WindowConversations(TokenShards(folder, split, tokenizer), context)
    return [Pool(name, 1.0, windows, mean_targets=windows.context)] if len(windows) else []


class Part(NamedTuple):
    """What meta.json says of a part; see `Pool`."""

    share: float | None = None
    subject: str = ""
    versions: float = 1.0


def _read_part(name: str, description: dict | None) -> Part:
    """A part from its entry in meta.json. Raises ValueError if the entry is invalid."""
    description = description or {}
    share, subject = description.get("share"), description.get("subject", "")
    versions = float(description.get("versions", 1))
    if share is not None:
        share = float(share)
    numbers = (versions,) if share is None else (share, versions)
    names = (name, subject) if subject else (name,)
    if not all(map(PART_NAME.fullmatch, names)) or not all(0 < each < math.inf for each in numbers):
        raise ValueError("a part has an invalid name, share or number of versions")
    return Part(share, subject, versions)


def _read_parts(folder: Path, meta: dict) -> dict[str, Part]:
    """The parts in meta.json by their names. Raises ValueError if one is invalid."""
    try:
        return {name: _read_part(name, entry) for name, entry in meta["parts"].items()}
    except (AttributeError, TypeError, ValueError, OverflowError) as problem:
        raise damaged(folder / "meta.json", problem, PREPARE_AGAIN) from None


def _fit(
    conversation: TokenizedConversation, end_of_text: int, context: int, too_long: dict[str, int]
) -> list[TokenizedConversation]:
    """Trim a conversation to the context; if it is longer, count in `too_long` what became of it.

    Returns it in one piece, in several if it is plain text, or in none if it is left out.
    """
    pieces = [conversation]
    if len(conversation) > context:
        outcome = CUT if conversation.mask.all() else TRIMMED
        try:
            pieces = trim(conversation, end_of_text, context)
        except BrokenConversation as reason:
            pieces, outcome = [], f"left out ({reason})"
        too_long[outcome] = too_long.get(outcome, 0) + 1
    return [piece for piece in pieces if piece.target_count]


def pools_of_parts(
    by_part: Mapping[str, list[TokenizedConversation]], parts: Mapping[str, Part]
) -> list[Pool]:
    """A pool for each part that has targets.

    If a part has no share, all shares are in proportion to the parts' target tokens.
    """
    all_counts = {
        name: sum(conversation.target_count for conversation in conversations)
        for name, conversations in by_part.items()
    }
    target_counts = {name: count for name, count in all_counts.items() if count}
    shares = [parts[name].share for name in target_counts]
    weights = [share for share in shares if share is not None]
    if len(weights) < len(shares):
        weights = list(target_counts.values())
    total = sum(weights)
    return [
        Pool(
            name,
            weight / total,
            by_part[name],
            mean_targets=target_counts[name] / len(by_part[name]),
            subject=parts[name].subject,
            versions=parts[name].versions,
        )
        for name, weight in zip(target_counts, weights)
    ]


def part_names(folder: Path | str) -> list[str]:
    """The names of a folder's parts, whichever of them a split has."""
    folder = Path(folder)
    meta = read_meta(folder, made_by=("prepare_nectar.py", "prepare_baseball.py"))
    return list(_read_parts(folder, meta)) if "parts" in meta else [safe_name(folder)]


def read_pools(
    folder: Path | str, split: str, tokenizer: Tokenizer, context: int, too_long: dict[str, int]
) -> list[Pool]:
    """One pool for each part of a folder of conversations, or one for a folder of token shards.

    Conversations are trimmed to the context; `too_long` counts those longer than that, by what
    became of them. Shares are those in meta.json, or in proportion to the parts' target tokens if
    it does not have them all. The validation split may be empty; then there is no pool.

    Raises ValueError if the folder is missing, corrupt, made with another tokenizer, or without
    anything to train on.
    """
    folder = Path(folder)
    meta = read_meta(folder, made_by=("prepare_nectar.py", "prepare_baseball.py"))
    check_tokenizer(folder, meta, tokenizer)
    if "parts" not in meta:
        pools = _shard_pools(folder, split, tokenizer, context)
    else:
        pools = _conversation_pools(folder, split, meta, tokenizer, context, too_long)
    if not pools and split == "train":
        raise ValueError(
            f"{folder} has nothing to train on that fits a context of {context}; prepare more"
        )
    return pools


def _conversation_pools(
    folder: Path,
    split: str,
    meta: dict,
    tokenizer: Tokenizer,
    context: int,
    too_long: dict[str, int],
) -> list[Pool]:
    """A pool for each part of a folder of conversations that has targets."""
    parts = _read_parts(folder, meta)
    names = list(parts)
    by_part: dict[str, list[TokenizedConversation]] = {name: [] for name in names}
    for conversation, number in _read_conversations(
        folder, split, len(names), tokenizer.vocab_size
    ):
        by_part[names[number]] += _fit(conversation, tokenizer.end_of_text, context, too_long)
    return pools_of_parts(by_part, parts)
