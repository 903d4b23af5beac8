r"""Turn Nectar (Zhu et al. 2023), or other conversations, into tokenized conversations.

    python prepare_nectar.py                              # GPT-2's tokenizer, to data/nectar
    python prepare_nectar.py --tokenizer runs/pretrained  # the tokenizer of a model
    python prepare_nectar.py --source sample/nectar.jsonl --tokenizer data/tokenizer \
        --out data/sample-nectar

A row of Nectar is a prompt with ranked answers. It becomes a conversation with the best answer:

    {"prompt": "\n\nHuman: How many innings?\n\nAssistant: ", "turns": 1,
     "answers": [{"answer": "Nine.", "rank": 2.0}, {"answer": "Nine innings.", "rank": 1.0}]}

    -> \n\nHuman: How many innings?\n\nAssistant: Nine innings.<|endoftext|>

The rank may be a number or a string, such as "1". An answer whose rank is missing, negative, NaN,
infinite or no number is left out; of answers with the same best rank, the first is taken.

Conversations in other forms can be tuned on too. The columns show which form it is:

    {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
                  {"role": "assistant", "content": "Hello."}]}                  OpenAI
    {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]}
    {"instruction": "Add the numbers.", "input": "1 and 2", "output": "3"}      Alpaca
    {"prompt": "Hi", "response": "Hello."}    or prompt and completion, question and answer

    python prepare_nectar.py --source chats.jsonl more_chats.jsonl --out data/chats

The text of a system message, or of a column "system", goes before the first human message, and the
"input" of Alpaca follows its instruction, with a blank line between them. Consecutive messages of
one speaker are joined with a blank line. A human message at the end without an answer is left out.
Rows in which a tool or an unknown speaker has a turn are dropped, and so are rows with a system
message in the middle, an empty message, or one that is not text.

Only the assistant's words are learned. A conversation of more than 1,024 tokens loses its oldest
turns. The command prints how many rows it keeps, and why it drops the others. If it is interrupted,
run it again to resume.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from text.conversation_forms import ConversationReader
from text.dialogue import BrokenConversation
from text.splits import (
    POSITION_FRACTION,
    add_split_flag,
    divide_by_position,
    recorded_split,
    validation_warnings,
    with_val_fraction,
)
from text.turns import JOINED
from tools.command_line import run_script, split_problems
from tools.messages import align_columns, check_problems

if TYPE_CHECKING:
    from text.conversation import TokenizedConversation
    from text.hub import HubDataset
    from text.local_files import LocalFiles
    from text.tokenizer import Tokenizer

VAL_FRACTION = 0.02
PART = "nectar"  # the name of the only part


@dataclass(frozen=True)
class Settings:
    """The values of the flags; their help texts below say what each one means."""

    source: list[str]
    tokenizer: str
    out: str
    split: str
    val_fraction: float
    seed: int


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and prepare the conversations."""
    parser = argparse.ArgumentParser(
        prog="prepare_nectar.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser)
    settings = Settings(**with_val_fraction(parser.parse_args(argv), VAL_FRACTION))
    run_script(parser, lambda: prepare(settings), "stopped; run the same command again to resume")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add all flags."""
    add = parser.add_argument
    add(
        "--source",
        nargs="+",
        default=["berkeley-nest/Nectar"],
        metavar="HUB_ID|FILE",
        help="a data set on the hub, or .parquet and .jsonl or .json[.gz|.xz|.zst] files, in one "
        "of the forms above (default: berkeley-nest/Nectar)",
    )
    add(
        "--tokenizer",
        default="gpt2",
        metavar="gpt2|FOLDER",
        help="the tokenizer of the model to tune: gpt2, or a folder with a tokenizer, such as the "
        "model's run (default: gpt2)",
    )
    add(
        "--out",
        default="data/nectar",
        metavar="FOLDER",
        help="where the conversations go (default: data/nectar)",
    )
    add_split_flag(parser, "conversations")
    add(
        "--val-fraction",
        type=float,
        metavar="F",
        help="fraction of the conversations for validation, chosen by a hash of the prompt or by "
        f"position (default: {VAL_FRACTION}, or {POSITION_FRACTION} by position)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="another seed chooses other prompts for validation (default: 0)",
    )


@dataclass
class ConvertedRows:
    """The conversations kept for each split, and the number of rows dropped for each reason.

    Each kept conversation is paired with the name of its part. `trimmed` counts the conversations
    that lost their oldest turns. `joined` counts the rows in which consecutive messages of one
    speaker were joined; `dropped` also counts parts of rows, such as answers without a rank.
    """

    tokenize: Callable[[list[str]], TokenizedConversation]
    choose_split: Callable[[str], str]  # "train" or "val" for a prompt
    end_of_text: int
    kept: dict[str, list[tuple[TokenizedConversation, str]]] = field(
        default_factory=lambda: {"train": [], "val": []}
    )
    dropped: Counter[str] = field(default_factory=Counter)
    trimmed: int = 0
    joined: int = 0

    def add_entries(self, entries: list) -> None:
        """Add what `journal_entry` made of each row."""
        for prompt, messages, *counts in entries:
            for count in counts:
                self.joined += count.pop(JOINED, 0)
                self.dropped.update(count)
            if prompt is None:
                self.dropped[messages] += 1  # a reason takes the place of the messages
            else:
                self.add(prompt, messages)

    def add(self, prompt: str, messages: list[str]) -> None:
        """Tokenize the messages of a row and keep them, or count the row as dropped."""
        try:
            conversation = self.tokenize(messages)
        except BrokenConversation as reason:
            self.dropped[str(reason)] += 1
            return
        self.kept[self.choose_split(prompt)].append((conversation, PART))
        self.trimmed += self.count_turns(conversation) < len(messages) // 2

    def count_turns(self, conversation: TokenizedConversation) -> int:
        """How many exchanges a conversation has; each ends with <|endoftext|>."""
        return int((conversation.ids == self.end_of_text).sum())

    def table(self) -> list[str]:
        """The lines of a table: the conversations, turns, tokens and targets of each split."""
        rows = [["", "conversations", "turns", "tokens", "targets"]]
        for split, pairs in self.kept.items():
            conversations = [conversation for conversation, _ in pairs]
            counts = [
                len(conversations),
                sum(map(self.count_turns, conversations)),
                sum(map(len, conversations)),
                sum(conversation.target_count for conversation in conversations),
            ]
            rows.append([split, *(f"{count:,}" for count in counts)])
        return align_columns(rows)

    def list_dropped(self) -> str:
        """The reasons for which rows were dropped: "2 has no prompt, 1 has an empty message"."""
        return ", ".join(f"{number:,} {reason}" for reason, number in self.dropped.most_common())


def journal_entry(row: dict, reader: ConversationReader) -> list:
    """[prompt, messages], or [None, reason] if the row is not a usable conversation.

    If parts of the row were left out or joined, their counts follow: {"answer ranked NaN": 1}.
    """
    counts: Counter[str] = Counter()
    entry: list
    try:
        entry = [*reader.read(row, counts)]
    except BrokenConversation as reason:
        entry = [None, str(reason)]
    changes = {change: number for change, number in counts.items() if number}
    return [*entry, changes] if changes else entry


def prepare(settings: Settings) -> None:
    """Read the rows of the source, tokenize them, and write a folder of conversations.

    Raises ValueError if a setting, the source or the output folder is unusable.
    """
    check_problems(split_problems(settings))

    from tqdm import tqdm

    from text.conversation import STORED_TOKENS
    from text.examples import check_replaceable, save_conversations
    from text.sources import licence_of, open_source
    from text.tokenizer import load_tokenizer
    from tools.files import claim_folder, remove_file

    tokenizer = load_tokenizer(settings.tokenizer)
    reader = ConversationReader(announce=tqdm.write)
    source = open_source(settings.source, columns=reader)
    check_replaceable(settings.out)
    claim_folder(settings.out)
    journal = Path(settings.out) / "rows.part"
    converted = convert(source, reader, journal, settings, tokenizer)
    if not converted.kept["train"]:
        remove_file(journal)  # otherwise a rerun would not see what was corrected in the source
    check_conversations(converted, source.name)
    if settings.split == "position":
        divide_by_position(converted.kept, settings.val_fraction)
    meta = describe(settings, licence_of(settings.source), converted.dropped)
    save_conversations(settings.out, converted.kept, meta, tokenizer)
    remove_file(journal)
    report(settings, converted, STORED_TOKENS)


def convert(
    source: LocalFiles | HubDataset,
    reader: ConversationReader,
    journal: Path,
    settings: Settings,
    tokenizer: Tokenizer,
) -> ConvertedRows:
    """Read and tokenize all rows; the journal has those that were read before an interruption."""
    from tqdm import tqdm

    from text.conversation import STORED_TOKENS, tokenize_conversation
    from text.data_folder import choose_split
    from text.sources import filter_with_journal

    hash_fraction = settings.val_fraction if settings.split == "hash" else 0
    converted = ConvertedRows(
        partial(tokenize_conversation, tokenizer=tokenizer, limit=STORED_TOKENS),
        partial(choose_split, val_fraction=hash_fraction, seed=settings.seed),
        tokenizer.end_of_text,
    )
    select = partial(journal_entry, reader=reader)
    batches = filter_with_journal(source, select, journal, {"source": settings.source})
    with tqdm(unit=" prompts", unit_scale=True, disable=None, dynamic_ncols=True) as bar:
        for number_of_rows, entries in batches:
            bar.total = source.rows  # the hub sends it with the first rows
            converted.add_entries(entries)
            bar.update(number_of_rows)
    return converted


def check_conversations(converted: ConvertedRows, name: str) -> None:
    """Raise ValueError if no conversation is for training."""
    if converted.kept["train"]:
        return
    if converted.kept["val"]:
        raise ValueError(
            f"the hash puts all {len(converted.kept['val']):,} conversations of {name} into "
            "validation; prepare them again with --split position"
        )
    reasons = converted.list_dropped() or "it has no rows"
    raise ValueError(f"{name} holds no conversation to learn from ({reasons})")


def describe(settings: Settings, licence: str, dropped: Counter[str]) -> dict:
    """What `meta.json` records of the settings and the source."""
    return {
        "source": settings.source,
        "licence": licence,
        **recorded_split(settings.split),
        "val_fraction": settings.val_fraction,
        "seed": settings.seed,
        "parts": {PART: {}},
        "dropped": dict(dropped),
    }


def report(settings: Settings, converted: ConvertedRows, limit: int) -> None:
    """Print what was kept, why the other rows were dropped, and whether validation is too small."""
    for line in converted.table():
        print(line)
    dropped = converted.list_dropped() or "none"
    trimmed = f"{converted.trimmed:,} lost their oldest turns to fit {limit:,} tokens"
    print(f"{trimmed}; dropped: {dropped}")
    if converted.joined:
        print(f"{converted.joined:,} {JOINED}")
    tokens = sum(len(conversation) for conversation, _ in converted.kept["val"])
    for warning in validation_warnings(tokens, settings.split, settings.val_fraction):
        print(warning)
    print(f"{settings.out} is ready: python finetune.py --data {settings.out}")


if __name__ == "__main__":
    main()
