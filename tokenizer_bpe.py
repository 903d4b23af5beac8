"""Byte-pair encoding, written by hand: the textbook algorithm, a fast one, and the command.

    python tokenizer_bpe.py train --input sample/fineweb_edu.jsonl --vocab-size 2048
    python tokenizer_bpe.py train --input a.parquet b.txt --vocab-size 50257 --out data/tokenizer
    python tokenizer_bpe.py show "How many strikes make an out?" --tokenizer data/tokenizer

Byte-pair encoding (Sennrich et al. 2016; on bytes: GPT-2 paper, section 2.2) starts from the 256
bytes. Again and again it joins the most frequent pair of neighbouring tokens into a new token:

    "low lower lowest" ▶ l o w · ␣ l o w e r · ␣ l o w e s t   ▶ (l, o) occurs 3 times: "lo"
                       ▶ lo w · ␣ lo w e r · ␣ lo w e s t      ▶ (lo, w) occurs 3 times: "low"

The text is first split into pieces (words, numbers, punctuation), which no token crosses, and each
different piece is counted (text/pieces.py). Then `textbook_merges` and `learn_merges` find the
same merges: the first is short, the second thousands of times as fast on a large text.
text/tokenizer.py encodes with the result.
"""

import argparse
import heapq
import os
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from text.pieces import count_pieces as count_pieces  # for callers of train_tokenizer
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
    """The first `wanted` merges: count all pairs, join the most frequent one, repeat.

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
    """How often each pair of neighbours occurs, overlapping ones included, in counted words.

    [([1, 2, 3, 1, 2], 1)] -> {(1, 2): 2, (2, 3): 1, (3, 1): 1};  [([1, 1, 1], 5)] -> {(1, 1): 10}
    """
    counts: Counter[Pair] = Counter()
    for word, count in words:
        for pair in zip(word, word[1:]):
            counts[pair] += count
    return counts


def _join_pair(word: list[int], pair: Pair, token: int) -> None:
    """Replace the pair by the token, in place and from left to right.

    With pair (1, 2) and token 4: [1, 2, 3, 1, 2] -> [4, 3, 4].  With (1, 1): [1, 1, 1] -> [4, 1].
    """
    i = 0
    while i < len(word) - 1:
        if (word[i], word[i + 1]) == pair:
            word[i : i + 2] = [token]
        i += 1


# ---- The fast algorithm ----
#
# It rests on four ideas, shown here with the pieces {"abc": 3, "ab": 6}:
#
# 1. One row. All different pieces are laid out in one array of tokens, with separators (|) between
#    them, beside an array of their counts. A merge is a few NumPy operations on it.
#
#        place    0  1  2  3  4  5  6  7
#        token    |  a  b  c  |  a  b  |
#        weight   0  3  3  3  0  6  6  0
#
# 2. Places are listed once. A token is only made in its own merge, so all places of a pair are
#    known when the younger of its two tokens is made. From then on the pair can only lose places.
#
#        (a, b): places 1 and 5, count 3 + 6 = 9;  (b, c): place 2, count 3
#        joining (a, b) into X gives  |  X  .  c  |  X  .  |  and the new pair (X, c): place 1
#
# 3. Counts are corrected late. Since a pair only loses places, its count in a heap may be too
#    high, but never too low. So only the top of the heap is checked against the row. If its count
#    is right, it is the most frequent pair; otherwise it goes back with its true count.
#
#        after the merge the heap has (b, c): 3 and (X, c): 3. (b, c) is on top, but place 2 is
#        lost, so it is dropped; then (X, c) is on top, and 3 is right
#
# 4. Rare pairs wait. Most pairs are too rare ever to be joined. A pair enters the heap only when
#    the top of the heap has become as rare.
#
#        with a cutoff of 6 only (a, b) is in the heap; (b, c) enters when the cutoff falls to 3

SEPARATOR = -1  # a token between two pieces
JOINED = -2  # a place whose token was joined to its left neighbour

# Inside, a pair is one number that sorts as the pair does: first * 2^32 + second.
SHIFT = 32
SECOND = (1 << SHIFT) - 1  # a mask


def learn_merges(pieces: dict[str, int], wanted: int, progress: bool = False) -> list[Pair]:
    """The merges of `textbook_merges`, found in a small fraction of its time.

    Two different merges never make the same bytes: a token's bytes, on their own, are always joined
    in the same order, so only one last pair can make them. Therefore encoding by the rank of the
    joined bytes (tiktoken) is the same as encoding by the rank of the pair (GPT-2's encoder).
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
            pair, places = most_frequent
            token = 256 + len(merges)
            places = row.join(places, pair, token)
            merges.append(pair)
            queue.add(row.pairs_ending_in(token, places))
            queue.add(row.pairs_beginning_with(token, places))
            bar.update()
    return merges


class _PairGroup(NamedTuple):
    """Different pairs, as numbers, with their counts and their places in the row.

    The places of pairs[i] are places[starts[i] : starts[i + 1]], in ascending order.
    """

    pairs: np.ndarray
    counts: np.ndarray
    starts: np.ndarray
    places: np.ndarray


class _TokenRow:
    """Idea 1: all different pieces as one row of tokens, which shrinks as tokens are joined.

    Each place has its token, the weight of its piece, and the next and previous places in use.
    """

    def __init__(self, pieces: dict[str, int]):
        encoded = [piece.encode("utf-8") for piece in pieces]
        lengths = np.array([len(piece) for piece in encoded], dtype=np.int64)
        counts = np.array(list(pieces.values()), dtype=np.int64)
        size = int(lengths.sum()) + len(encoded) + 1
        piece_of_byte = np.repeat(np.arange(len(encoded)), lengths)
        places = np.arange(lengths.sum()) + piece_of_byte + 1
        self.tokens = np.full(size, SEPARATOR, dtype=np.int64)
        self.tokens[places] = _byte_ids(b"".join(encoded))
        self.weights = np.zeros(size, dtype=np.int64)
        self.weights[places] = counts[piece_of_byte]
        self.following = np.arange(1, size + 1)
        self.previous = np.arange(-1, size - 1)

    def all_pairs(self) -> _PairGroup | None:
        """All pairs of neighbours, while every token is a byte."""
        places = np.flatnonzero((self.tokens[:-1] >= 0) & (self.tokens[1:] >= 0))
        return self._group(places, self.tokens[places], self.tokens[places + 1])

    def pairs_ending_in(self, token: int, places: np.ndarray) -> _PairGroup | None:
        """The pairs of each place's token, `token`, with its left neighbour.

        Two of the token side by side are left to `pairs_beginning_with`.
        """
        places = self.previous[places]
        firsts = self.tokens[places]
        kept = (firsts >= 0) & (firsts != token)
        return self._group(places[kept], firsts[kept], token)

    def pairs_beginning_with(self, token: int, places: np.ndarray) -> _PairGroup | None:
        """The pairs of each place's token, `token`, with its right neighbour."""
        seconds = self.tokens[self.following[places]]
        kept = seconds >= 0
        return self._group(places[kept], token, seconds[kept])

    def _group(
        self, places: np.ndarray, firsts: np.ndarray | int, seconds: np.ndarray | int
    ) -> _PairGroup | None:
        """Group the places by their pairs. None if there are no places."""
        if not len(places):
            return None
        pairs = np.asarray(firsts << SHIFT | seconds)
        order = np.argsort(pairs, kind="stable")
        places, pairs = places[order], pairs[order]
        starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1]))
        counts = np.add.reduceat(self.weights[places], starts)
        return _PairGroup(pairs[starts], counts, np.append(starts, len(places)), places)

    def still_there(self, places: np.ndarray, pair: Pair) -> np.ndarray:
        """Those of the places that still hold the pair."""
        first, second = pair
        held = self.tokens[places] == first
        held &= self.tokens[self.following[places]] == second
        return places[held]

    def join(self, places: np.ndarray, pair: Pair, token: int) -> np.ndarray:
        """Replace the pair by the token at these places; return the token's places."""
        if pair[0] == pair[1]:
            places = self._every_second_in_runs(places)
        joined = self.following[places]
        after = self.following[joined]
        self.tokens[places] = token
        self.tokens[joined] = JOINED
        self.following[places] = after
        self.previous[after] = places
        return places

    def _every_second_in_runs(self, places: np.ndarray) -> np.ndarray:
        """Where to join a pair of equal tokens: in a run of them the first, third, … place.

        "aaaa" has the pair (a, a) at places 1, 2, 3 -> 1, 3
        """
        begins_run = np.append(True, self.following[places[:-1]] != places[1:])
        run_starts = np.maximum.accumulate(np.where(begins_run, np.arange(len(places)), 0))
        return places[(np.arange(len(places)) - run_starts) % 2 == 0]


class _PairQueue:
    """Ideas 2 to 4: finds the most frequent pair in the row, time after time."""

    def __init__(self, row: _TokenRow, largest_count: int):
        self.row = row
        self.heap: list[tuple[int, int]] = []  # (-count, pair); the count may be too high
        self.places: dict[int, np.ndarray] = {}  # of the pairs in the heap
        self.groups: list[_PairGroup] = []  # all pairs, for those that wait
        self.cutoff = 2 * largest_count  # pairs with a lower count wait

    def add(self, group: _PairGroup | None) -> None:
        if group is not None:
            self._enter(group, self.cutoff, np.inf)
            self.groups.append(group)

    def _enter(self, group: _PairGroup, low: int, high: float) -> None:
        """Put the pairs of the group whose counts are from `low` to below `high` into the heap."""
        chosen = np.flatnonzero((group.counts >= low) & (group.counts < high))
        for index in chosen.tolist():
            pair = int(group.pairs[index])
            self.places[pair] = group.places[group.starts[index] : group.starts[index + 1]]
            heapq.heappush(self.heap, (-int(group.counts[index]), pair))

    def _lower_cutoff(self) -> None:
        """Let waiting pairs enter until none of them can be more frequent than the top."""
        while self.cutoff > 1 and (not self.heap or -self.heap[0][0] < self.cutoff):
            lower = self.cutoff // 2
            for group in self.groups:
                self._enter(group, lower, self.cutoff)
            self.cutoff = lower

    def pop(self) -> tuple[Pair, np.ndarray] | None:
        """Remove the most frequent pair; return it and its places. None if no pairs are left."""
        while True:
            self._lower_cutoff()
            if not self.heap:
                return None
            negative_count, number = heapq.heappop(self.heap)
            pair = (number >> SHIFT, number & SECOND)
            places = self.row.still_there(self.places.pop(number), pair)
            true_count = int(self.row.weights[places].sum())
            if true_count == -negative_count:
                return pair, places
            if true_count:
                self.places[number] = places
                heapq.heappush(self.heap, (-true_count, number))


# ---- From counted pieces to a tokenizer, and the command ----


def train_tokenizer(
    pieces: dict[str, int], vocab_size: int, name: str = "bpe", progress: bool = False
) -> Tokenizer:
    """A tokenizer of exactly `vocab_size` tokens: 256 bytes, the merges, <|endoftext|>.

    It depends on the counts of the pieces, not on their order. Raises ValueError if `vocab_size` is
    too small, or too large for the number of pairs in the text.
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
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(run=run_train)
    add = parser.add_argument
    add(
        "--input",
        nargs="+",
        required=True,
        metavar="FILE",
        help='.txt, .jsonl or .parquet; the latter two with a "text", or with the "prompt" and '
        '"answers" of Nectar, in each row',
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
        help="processes that split the text and count its words",
    )


def _add_show_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "show",
        help="show how a text is cut into tokens",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(run=run_show)
    parser.add_argument("text", help="the text")
    parser.add_argument(
        "--tokenizer", default="data/tokenizer", metavar="gpt2|FOLDER", help="whose tokens"
    )


def run_train(args: argparse.Namespace) -> None:
    problems = ["--workers must be 1 or more"] if args.workers < 1 else []
    problems += _vocabulary_problems(args.vocab_size)
    problems += missing_files(args.input)
    check_problems(problems)
    claim_folder(args.out)
    pieces = count_pieces_in_files(args.input, args.workers)
    words = f"{pieces.total():,} words, {len(pieces):,} different ones"
    print(f"{words}, in {len(args.input)} file(s)")
    name = Path(args.out).name
    tokenizer = train_tokenizer(pieces, args.vocab_size, name, progress=sys.stderr.isatty())
    tokenizer.save(args.out)
    longest = max(tokenizer.vocab, key=lambda token: (len(token), token))
    longest_text = longest.decode("utf-8", errors="replace")
    print(f"{args.out}: {tokenizer.vocab_size:,} tokens, the longest {longest_text!r}")


def run_show(args: argparse.Namespace) -> None:
    tokenizer = load_tokenizer(args.tokenizer)
    ids = tokenizer.encode(args.text)
    for id in ids:
        print(f"{id:6d}  {tokenizer.decode([id])!r}")
    print(f"{len(args.text.encode())} bytes, {len(ids)} tokens")


def _vocabulary_problems(vocab_size: int) -> list[str]:
    if vocab_size >= SMALLEST_VOCABULARY:
        return []
    holds = f"a vocabulary holds the 256 bytes and {END_OF_TEXT}"
    return [f"{holds}: --vocab-size must be {SMALLEST_VOCABULARY} or more, not {vocab_size}"]


if __name__ == "__main__":
    main()
