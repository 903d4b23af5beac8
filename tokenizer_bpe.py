"""Byte-pair encoding from scratch: the textbook algorithm, a fast one, and a command.

    python tokenizer_bpe.py train --input sample/fineweb_edu.jsonl --vocab-size 2048
    python tokenizer_bpe.py train --input a.parquet b.txt --vocab-size 50257 --out data/tokenizer
    python tokenizer_bpe.py show "How many strikes make an out?" --tokenizer data/tokenizer

Byte-pair encoding (Sennrich et al. 2016; on bytes: GPT-2 paper, section 2.2) starts from the 256
bytes and repeatedly joins the most frequent pair of neighbouring tokens into a new token:

    "low lower lowest" -> l o w | _ l o w e r | _ l o w e s t  -> (l, o) occurs 3 times: "lo"
                       -> lo w | _ lo w e r | _ lo w e s t     -> (lo, w) occurs 3 times: "low"

The text is first split into pieces (words, numbers, punctuation), which no token crosses, and each
distinct piece is counted (text/pieces.py). `textbook_merges` and `learn_merges` both find the
merges: the first is short; the second finds the same ones, and is thousands of times as fast on a
large text. text/tokenizer.py encodes with the result.
"""

import argparse
import heapq
import os
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from text.pieces import count_pieces as count_pieces  # re-exported for users of train_tokenizer
from text.pieces import count_pieces_in_files, missing_files
from text.tokenizer import BYTE_ORDER, END_OF_TEXT, Tokenizer, load_tokenizer
from tools.command_line import run_script
from tools.files import claim_folder
from tools.messages import check_problems

SMALLEST_VOCABULARY = 257  # the 256 bytes and <|endoftext|>

Pair = tuple[int, int]  # of token ids
ID_OF_BYTE = np.argsort(BYTE_ORDER)  # ids 0 to 255 are the bytes in GPT-2's order

# ---- The textbook algorithm ----


def textbook_merges(pieces: dict[str, int], wanted: int) -> list[Pair]:
    """Learn `wanted` merges from counted pieces: count all pairs, join the most frequent, repeat.

    Ids 0 to 255 are the bytes in GPT-2's order, and merge number k makes token 256 + k. Ties go to
    the smaller ids. Returns fewer merges if no pairs are left.
    """
    words = [(_byte_ids(piece.encode()).tolist(), count) for piece, count in pieces.items()]
    merges: list[Pair] = []
    for token in range(256, 256 + wanted):
        counts = _count_pairs(words)
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        for word, _ in words:
            _join_pair(word, best, token)
        merges.append(best)
    return merges


def _byte_ids(content: bytes) -> np.ndarray:
    return ID_OF_BYTE[np.frombuffer(content, dtype=np.uint8)]


def _count_pairs(words: list[tuple[list[int], int]]) -> Counter[Pair]:
    """How often each pair of neighbours occurs in counted words, overlapping pairs included.

    [([1, 2, 3, 1, 2], 1)] -> {(1, 2): 2, (2, 3): 1, (3, 1): 1};  [([1, 1, 1], 5)] -> {(1, 1): 10}
    """
    counts: Counter[Pair] = Counter()
    for word, count in words:
        for pair in zip(word, word[1:]):
            counts[pair] += count
    return counts


def _join_pair(word: list[int], pair: Pair, token: int) -> None:
    """Replace the pair with the token, in place and from left to right.

    With pair (1, 2) and token 4: [1, 2, 3, 1, 2] -> [4, 3, 4].  With (1, 1): [1, 1, 1] -> [4, 1].
    """
    i = 0
    while i < len(word) - 1:
        if (word[i], word[i + 1]) == pair:
            word[i : i + 2] = [token]
        i += 1


# ---- The fast algorithm ----
#
# It is based on four ideas, shown here with the pieces {"abc": 3, "ab": 6}:
#
# 1. One row. All distinct pieces are laid out in one array of tokens, with separators (|) between
#    them, beside an array of their counts. A merge is a few NumPy operations on it.
#
#        position 0  1  2  3  4  5  6  7
#        token    |  a  b  c  |  a  b  |
#        weight   0  3  3  3  0  6  6  0
#
# 2. Positions are listed once. A token is only made in its own merge, so all positions of a pair
#    are known when the newer of its tokens is made. From then on, it can only lose positions.
#
#        (a, b): positions 1 and 5, count 3 + 6 = 9;  (b, c): position 2, count 3
#        joining (a, b) into X gives  |  X  .  c  |  X  .  |  and the new pair (X, c): position 1
#
# 3. Counts are corrected late. Since a pair only loses positions, its count in a heap may be too
#    high, but never too low. So only the top of the heap is checked against the row. If its count
#    is right, it is the most frequent pair; otherwise it goes back with its true count.
#
#        after the merge the heap has (b, c): 3 and (X, c): 3. (b, c) is on top, but position 2 is
#        lost, so it is dropped; then (X, c) is on top, and 3 is right
#
# 4. Rare pairs wait. Most pairs are too rare ever to be joined. A pair enters the heap only once
#    the top of the heap has become about as rare.
#
#        with a cutoff of 6 only (a, b) is in the heap; (b, c) enters when the cutoff falls to 3

SEPARATOR = -1  # a token between two pieces
JOINED = -2  # at the position of a token that was joined to its left neighbour

# Internally, a pair is one number that sorts like the pair: first * 2^32 + second.
SHIFT = 32
SECOND = (1 << SHIFT) - 1  # a mask


def learn_merges(pieces: dict[str, int], wanted: int, progress: bool = False) -> list[Pair]:
    """Learn the same merges as `textbook_merges`, in a small fraction of the time.

    Two different merges never make the same bytes: a token's bytes, on their own, are always joined
    in the same order, so only one pair can be the last one joined. Therefore encoding by the rank
    of the joined bytes (tiktoken) is the same as by the rank of the pair (GPT-2's encoder).
    """
    from tqdm import tqdm  # here, because it takes 50 ms that --help need not wait for

    row = _TokenRow(pieces)
    queue = _PairQueue(row, largest_count=max(pieces.values(), default=1))
    queue.add(row.all_pairs())
    merges: list[Pair] = []
    with tqdm(total=wanted, unit=" merges", disable=not progress) as bar:
        while len(merges) < wanted:
            most_frequent = queue.pop()
            if most_frequent is None:
                break
            pair, positions = most_frequent
            token = 256 + len(merges)
            positions = row.join(positions, pair, token)
            merges.append(pair)
            queue.add(row.pairs_with(token, positions))
            bar.update()
    return merges


class _PairGroup(NamedTuple):
    """Distinct pairs, as numbers, with their counts and their positions in the row.

    The positions of pairs[i] are positions[starts[i] : starts[i + 1]], in ascending order.
    """

    pairs: np.ndarray
    counts: np.ndarray
    starts: np.ndarray
    positions: np.ndarray


class _TokenRow:
    """Idea 1: all distinct pieces as one row of tokens, which shrinks as tokens are joined.

    Each position has its token, the weight (count) of its piece, and the positions of the next and
    the previous token.
    """

    def __init__(self, pieces: dict[str, int]):
        encoded = [piece.encode("utf-8") for piece in pieces]
        lengths = np.array([len(piece) for piece in encoded], dtype=np.int64)
        counts = np.array(list(pieces.values()), dtype=np.int64)
        size = int(lengths.sum()) + len(encoded) + 1
        piece_of_byte = np.repeat(np.arange(len(encoded)), lengths)
        positions = np.arange(lengths.sum()) + piece_of_byte + 1
        self.tokens = np.full(size, SEPARATOR, dtype=np.int64)
        self.tokens[positions] = _byte_ids(b"".join(encoded))
        self.weights = np.zeros(size, dtype=np.int64)
        self.weights[positions] = counts[piece_of_byte]
        self.following = np.arange(1, size + 1)
        self.previous = np.arange(-1, size - 1)

    def all_pairs(self) -> _PairGroup | None:
        """All pairs of neighbours, while every token is a byte."""
        [positions] = ((self.tokens[:-1] >= 0) & (self.tokens[1:] >= 0)).nonzero()
        return self._group(positions, self.tokens[positions] << SHIFT | self.tokens[positions + 1])

    def pairs_with(self, token: int, positions: np.ndarray) -> _PairGroup | None:
        """The pairs of each position's token, `token`, with its left and its right neighbour.

        If the left neighbour is the same token, the pair is listed once, as that token's pair with
        its right neighbour.
        """
        before = self.previous.take(positions)
        firsts = self.tokens.take(before)
        seconds = self.tokens.take(self.following.take(positions))
        has_first = (firsts >= 0) & (firsts != token)
        has_second = seconds >= 0
        ending = firsts[has_first] << SHIFT | token
        beginning = token << SHIFT | seconds[has_second]
        return self._group(
            np.concatenate((before[has_first], positions[has_second])),
            np.concatenate((ending, beginning)),
        )

    def _group(self, positions: np.ndarray, pairs: np.ndarray) -> _PairGroup | None:
        """Group the positions by their pairs. None if there are no positions."""
        size = len(positions)
        if not size:
            return None
        order = pairs.argsort(kind="stable")
        positions, pairs = positions.take(order), pairs.take(order)
        is_boundary = np.ones(size + 1, dtype=bool)  # before the first, between two, after the last
        np.not_equal(pairs[1:], pairs[:-1], out=is_boundary[1:-1])
        [boundaries] = is_boundary.nonzero()
        starts = boundaries[:-1]
        counts = np.add.reduceat(self.weights.take(positions), starts)
        return _PairGroup(pairs.take(starts), counts, boundaries, positions)

    def count(self, positions: np.ndarray) -> int:
        """How often a pair at these positions occurs in the text."""
        return int(np.add.reduce(self.weights.take(positions)))

    def still_there(self, positions: np.ndarray, pair: Pair) -> np.ndarray:
        """Those of the positions that still hold the pair."""
        first, second = pair
        held = self.tokens.take(positions) == first
        held &= self.tokens.take(self.following.take(positions)) == second
        return positions[held]

    def join(self, positions: np.ndarray, pair: Pair, token: int) -> np.ndarray:
        """Replace the pair with the token at these positions; return the token's positions."""
        if pair[0] == pair[1]:
            positions = self._every_second_in_runs(positions)
        joined = self.following[positions]
        after = self.following[joined]
        self.tokens[positions] = token
        self.tokens[joined] = JOINED
        self.following[positions] = after
        self.previous[after] = positions
        return positions

    def _every_second_in_runs(self, positions: np.ndarray) -> np.ndarray:
        """Where to join a pair of equal tokens: the first, third, … position of each run.

        "aaaa" has the pair (a, a) at positions 1, 2, 3 -> 1, 3
        """
        begins_run = np.append(True, self.following[positions[:-1]] != positions[1:])
        run_starts = np.maximum.accumulate(np.where(begins_run, np.arange(len(positions)), 0))
        return positions[(np.arange(len(positions)) - run_starts) % 2 == 0]


class _PairQueue:
    """Ideas 2 to 4: a queue that always yields the most frequent pair in the row."""

    def __init__(self, row: _TokenRow, largest_count: int):
        self.row = row
        self.heap: list[tuple[int, int]] = []  # (-count, pair); the count may be too high
        self.positions: dict[int, np.ndarray] = {}  # of the pairs in the heap
        self.groups: list[_PairGroup] = []  # all pairs, including those that wait
        self.cutoff = 2 * largest_count  # pairs with a lower count wait

    def add(self, group: _PairGroup | None) -> None:
        """Add pairs, if there are any; those below the cutoff wait."""
        if group is not None:
            self._enter(group, group.counts >= self.cutoff)
            self.groups.append(group)

    def _enter(self, group: _PairGroup, is_chosen: np.ndarray) -> None:
        """Put the chosen pairs of a group into the heap."""
        [chosen] = is_chosen.nonzero()
        for index in chosen.tolist():
            pair = int(group.pairs[index])
            self.positions[pair] = group.positions[group.starts[index] : group.starts[index + 1]]
            heapq.heappush(self.heap, (-int(group.counts[index]), pair))

    def _lower_cutoff(self) -> None:
        """Let waiting pairs enter until none of them can be more frequent than the top."""
        while self.cutoff > 1 and (not self.heap or -self.heap[0][0] < self.cutoff):
            lower = self.cutoff // 2
            for group in self.groups:
                self._enter(group, (group.counts >= lower) & (group.counts < self.cutoff))
            self.cutoff = lower

    def pop(self) -> tuple[Pair, np.ndarray] | None:
        """Remove the most frequent pair; return it and its positions. None if no pairs are left."""
        while True:
            self._lower_cutoff()
            if not self.heap:
                return None
            negative_count, number = heapq.heappop(self.heap)
            pair = (number >> SHIFT, number & SECOND)
            positions = self.row.still_there(self.positions.pop(number), pair)
            true_count = self.row.count(positions)
            if true_count == -negative_count:
                return pair, positions
            if true_count:
                self.positions[number] = positions
                heapq.heappush(self.heap, (-true_count, number))


# ---- From counted pieces to a tokenizer, and the command ----


def train_tokenizer(
    pieces: dict[str, int], vocab_size: int, name: str = "bpe", progress: bool = False
) -> Tokenizer:
    """Train a tokenizer of exactly `vocab_size` tokens: 256 bytes, merges, and <|endoftext|>.

    `pieces` has the count of each piece, in any order. With `progress`, a bar is shown. Raises
    ValueError if `vocab_size` is too small, or too large for the number of pairs in the text.
    """
    check_problems(_vocabulary_problems(vocab_size))
    wanted = vocab_size - SMALLEST_VOCABULARY
    pairs = learn_merges(dict(sorted(pieces.items())), wanted, progress)
    if len(pairs) < wanted:
        largest = len(pairs) + SMALLEST_VOCABULARY
        raise ValueError(
            f"the text has only {len(pairs):,} pairs to merge; "
            f"choose --vocab-size {largest} or less, or more text"
        )
    tokens = [bytes([byte]) for byte in BYTE_ORDER]
    merges = []
    for first, second in pairs:
        merges.append((tokens[first], tokens[second]))
        tokens.append(tokens[first] + tokens[second])
    vocab = {token: id for id, token in enumerate(tokens)}
    return Tokenizer(name, vocab, merges, end_of_text=vocab_size - 1)


def main(argv: list[str] | None = None) -> None:
    """Run the command `train` or `show`."""
    parser = argparse.ArgumentParser(
        prog="tokenizer_bpe.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_train_command(commands)
    _add_show_command(commands)
    args = parser.parse_args(argv)
    run_script(parser, lambda: args.run(args), "stopped; nothing was written")


def _add_train_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "train",
        help="learn a vocabulary from text",
        description="Learn a vocabulary from text files, and write it to a tokenizer folder.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(run=run_train)
    add = parser.add_argument
    add(
        "--input",
        nargs="+",
        required=True,
        default=argparse.SUPPRESS,  # no "(default: None)" in the help
        metavar="FILE",
        help='.txt files, or .jsonl, .json and .parquet files whose rows have "text", or are '
        "conversations in one of the forms that prepare_nectar.py reads",
    )
    add(
        "--vocab-size",
        type=int,
        default=4096,
        metavar="N",
        help="number of tokens, including <|endoftext|>",
    )
    add("--out", default="data/tokenizer", metavar="FOLDER", help="where to write the tokenizer")
    add(
        "--workers",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="processes that split the text and count its words "
        "(default: one for each core, here %(default)s)",
    )


def _add_show_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "show",
        help="show how a text is split into tokens",
        description="Show how a text is split into tokens, one token a line.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(run=run_show)
    parser.add_argument("text", help="the text to split")
    parser.add_argument(
        "--tokenizer", default="data/tokenizer", metavar="gpt2|FOLDER", help="the tokenizer to use"
    )


def run_train(args: argparse.Namespace) -> None:
    """Train a tokenizer on files and save it. Raises ValueError if flags or files are invalid."""
    problems = ["--workers must be 1 or more"] if args.workers < 1 else []
    problems += _vocabulary_problems(args.vocab_size)
    problems += missing_files(args.input)
    check_problems(problems)
    claim_folder(args.out)
    pieces = count_pieces_in_files(args.input, args.workers)
    words = f"{pieces.total():,} words, {len(pieces):,} of them distinct"
    print(f"{words}, in {len(args.input)} file(s)")
    name = Path(args.out).name
    tokenizer = train_tokenizer(pieces, args.vocab_size, name, progress=sys.stderr.isatty())
    tokenizer.save(args.out)
    longest = max(tokenizer.vocab, key=lambda token: (len(token), token))
    longest_text = longest.decode("utf-8", errors="replace")
    print(f"{args.out}: {tokenizer.vocab_size:,} tokens, the longest {longest_text!r}")


def run_show(args: argparse.Namespace) -> None:
    """Print the tokens of a text, one per line, with their ids."""
    tokenizer = load_tokenizer(args.tokenizer)
    ids = tokenizer.encode(args.text)
    for id in ids:
        print(f"{id:6d}  {tokenizer.decode([id])!r}")
    print(f"{len(args.text.encode())} bytes, {len(ids)} tokens")


def _vocabulary_problems(vocab_size: int) -> list[str]:
    if vocab_size >= SMALLEST_VOCABULARY:
        return []
    reason = f"to hold the 256 bytes and {END_OF_TEXT}, not {vocab_size}"
    return [f"--vocab-size must be {SMALLEST_VOCABULARY} or more {reason}"]


if __name__ == "__main__":
    main()
