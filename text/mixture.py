"""Several data folders mixed for fine-tuning: new data, and earlier data replayed with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from text.batches import MicroBatch, MixedBatches, Transform, conversation_shares, pack
from text.conversation import TokenizedConversation
from text.corpus import Processes
from text.examples import Conversations, Pool, part_names, read_pools, safe_name
from text.tokenizer import Tokenizer


@dataclass(frozen=True)
class Mixture:
    """The pools of all folders, with their shares of the whole.

    `too_long` counts the conversations that were longer than the context, by what became of them.
    """

    pools: list[Pool]
    too_long: dict[str, int]

    @property
    def identity(self) -> dict[str, list]:
        """Each pool's number of conversations and share; a resumed run must find the same."""
        return {pool.name: [len(pool.conversations), round(pool.share, 6)] for pool in self.pools}

    @property
    def split_names(self) -> list[str]:
        """The pools' names in loss.csv: "val", or "val/PART" for each of several.

        A pool that is replayed is never simply "val".
        """
        if len(self.pools) == 1 and self.new_indices:
            return ["val"]
        return [f"val/{pool.name}" for pool in self.pools]

    @property
    def split_shares(self) -> dict[str, float]:
        """The weight of each split in the mean loss "val"; empty if there is only one split."""
        if len(self.pools) == 1:
            return {}
        return {name: pool.share for name, pool in zip(self.split_names, self.pools)}

    @property
    def has_dialogue(self) -> bool:
        """Whether there are conversations with a human in them, not only plain text."""
        return any(pool.has_dialogue for pool in self.pools)

    @property
    def longest(self) -> int:
        """The inputs of the longest conversation, in tokens."""
        return max(pool.longest - 1 for pool in self.pools)

    @property
    def new_indices(self) -> list[int]:
        """The indices of the pools of new data, which are not replayed."""
        return [number for number, pool in enumerate(self.pools) if not pool.is_replay]

    def make_batches(
        self,
        batch_size: int,
        micro_tokens: int,
        seed: int,
        processes: Processes,
        transforms: Sequence[Transform] = (),
        free_padding: int = 0,
    ) -> MixedBatches:
        """This process's share of the training batches, to which `transforms` are applied."""
        return MixedBatches(
            self.pools,
            batch_size,
            micro_tokens,
            seed,
            processes.rank,
            processes.world_size,
            transforms,
            free_padding,
        )

    def steps_for(self, epochs: float, batch_size: int) -> int:
        """How many steps it takes to read the new conversations `epochs` times.

        That is an average over the parts, which may differ.
        """
        conversations = sum(len(self.pools[number].conversations) for number in self.new_indices)
        shares = conversation_shares(self.pools)
        drawn_per_step = batch_size * sum(shares[number] for number in self.new_indices)
        return max(1, round(epochs * conversations / drawn_per_step))


def mix(
    folder: str,
    replays: list[tuple[str, float]],
    split: str,
    tokenizer: Tokenizer,
    context: int,
) -> Mixture:
    """Read a split of a folder, and the same split of each folder to replay.

    `replays` has pairs: a folder, and its fraction of the target tokens. `folder` gets the rest.
    A folder without validation data adds nothing to the split "val"; then the others share its
    fraction. If parts of several folders have the same name, each is called after its folder:
    "nectar" of data/chats becomes "chats_nectar".

    Raises ValueError if a folder is missing, corrupt, or made with another tokenizer, if the
    fractions leave nothing for `folder`, or if two pools have the same name even so.
    """
    remaining = 1 - sum(fraction for _, fraction in replays)
    if remaining <= 0:
        raise ValueError("--replay: the fractions must leave something for --data")
    too_long: dict[str, int] = {}
    pools = []
    folders = []  # of each pool
    absent = 0.0  # the fractions of folders without data in this split
    for source, fraction in [(folder, remaining), *replays]:
        is_replay = source != folder
        found = read_pools(source, split, tokenizer, context, too_long)
        absent += 0 if found else fraction
        for pool in found:
            pools.append(replace(pool, share=pool.share * fraction, is_replay=is_replay))
            folders.append(source)
    if absent:
        pools = [replace(pool, share=pool.share / (1 - absent)) for pool in pools]
    sources = [folder, *(source for source, _ in replays)]
    counts = Counter(name for source in sources for name in part_names(source))
    return Mixture(_with_distinct_names(pools, folders, counts), too_long)


def _with_distinct_names(
    pools: list[Pool], folders: list[str], counts: Mapping[str, int]
) -> list[Pool]:
    """The pools; those whose part occurs in several folders are called after their folders.

    `counts` says in how many; it is the same for both splits, also where one has no such pool.
    """
    renamed = []
    for pool, folder in zip(pools, folders):
        if counts[pool.name] > 1:
            pool = replace(pool, name=f"{safe_name(Path(folder))}_{pool.name}")
        renamed.append(pool)
    names = [pool.name for pool in renamed]
    if len(set(names)) < len(names):
        repeated = max(names, key=names.count)
        raise ValueError(
            f"--data and --replay both have a part named {repeated}; the log could not tell them "
            "apart: name each folder once, and let the folders have different names"
        )
    return renamed


def pack_validation(
    mixture: Mixture, tokens: int, micro_tokens: int, free_padding: int = 0
) -> dict[str, list[MicroBatch]]:
    """The first conversations of each pool, about `tokens` tokens, packed, by split name."""
    return {
        name: pack(first_tokens(pool.conversations, tokens), micro_tokens, free_padding)
        for name, pool in zip(mixture.split_names, mixture.pools)
    }


def first_tokens(conversations: Conversations, tokens: int) -> list[TokenizedConversation]:
    """The first conversations, until they have `tokens` tokens: the same at every evaluation."""
    chosen = []
    total = 0
    for number in range(len(conversations)):
        if total >= tokens:
            break
        chosen.append(conversations[number])
        total += len(conversations[number])
    return chosen
