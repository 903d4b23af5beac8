"""Stand-ins for prepared data: shards in memory, and random conversations."""

import numpy as np

from text.conversation import TokenizedConversation
from text.examples import Pool


class CountingShards:
    """Stands in for TokenShards: token i of the row is i."""

    folder, split = "memory", "train"

    def __init__(self, tokens):
        self.tokens = tokens

    def __len__(self):
        return self.tokens

    def read(self, start, stop):
        return np.arange(start, stop)


def random_conversations(number, seed=0, longest=200, vocab_size=100):
    """Conversations of 5 to `longest` - 1 tokens; all tokens after a random point are learned."""
    random = np.random.default_rng(seed)
    conversations = []
    for length in random.integers(5, longest, number):
        mask = np.zeros(length, dtype=np.uint8)
        mask[random.integers(1, length) :] = 1
        ids = random.integers(0, vocab_size, length)
        conversations.append(TokenizedConversation(ids, mask))
    return conversations


def as_pool(name, share, conversations):
    """A pool of these conversations, with their mean number of targets."""
    targets = [conversation.mask[1:].sum() for conversation in conversations]
    return Pool(name, share, conversations, np.mean(targets))


def file_contents(folder, pattern="*"):
    """The bytes of each file in a folder, by file name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob(pattern))}
