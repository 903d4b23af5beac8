"""The tokenizers: OpenAI's `gpt2`, and byte-pair encodings of our own, trained here.

    python tokenizer_bpe.py train --input sample/fineweb_edu.jsonl --vocab-size 2048 --out data/tokenizer
    python tokenizer_bpe.py train --input part1.txt part2.txt --vocab-size 50257 --out data/tokenizer --workers 8
    python tokenizer_bpe.py show "How many strikes make an out?" --tokenizer data/tokenizer

Byte-pair encoding (Sennrich et al. 2016; on bytes: GPT-2 paper, section 2.2) starts from the 256 bytes and again and again
joins the most frequent pair of neighbouring tokens into a new one:

    "low lower lowest"  ▶  l o w · ␣ l o w e r · ␣ l o w e s t   ▶ (l, o) is seen 3 times: a new token "lo"
                        ▶  lo w · ␣ lo w e r · ␣ lo w e s t      ▶ (lo, w) is seen 3 times: a new token "low", …

A tokenizer is two files, GPT-2's own: `vocab.json` (token ▶ id) and `merges.txt` (the pairs, in the order learned); a third
has its name. Encoding is done by tiktoken's core, whatever the vocabulary.
"""

import argparse
import heapq
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import regex
from tqdm import tqdm

from text.tokenizer import BYTE_ORDER, END_OF_TEXT, SPLIT, Tokenizer, _encodable, load_tokenizer
from tools.command_line import run_script
from tools.files import claim_folder, parse_json
from tools.workers import map_in_processes


def count_pieces(texts) -> Counter:
    """How often each piece of GPT-2's split stands in the texts: ["to be"] -> {"to": 1, " be": 1}.

    A piece can only begin with a space, never go on past one, so cutting at the spaces first gives the same pieces, and the
    regular expression then runs once for each different chunk and not once for each word of the text. The exception is a
    space between two other white-space characters; texts with one of those take the direct way.
    """
    find_pieces = regex.compile(SPLIT).findall
    inside_white_space = regex.compile(r" (?<=\s )(?:\s|$)").search
    pieces, chunks = Counter(), Counter()
    for text in texts:
        if inside_white_space(text):
            pieces.update(find_pieces(text))
        else:
            first, *others = text.split(" ")
            pieces.update(find_pieces(first))
            chunks.update(others)
    for chunk, count in chunks.items():
        if chunk.isalpha():
            pieces[" " + chunk] += count
        else:
            for piece in find_pieces(" " + chunk):
                pieces[piece] += count
    return pieces


def count_pieces_in_files(paths, workers: int = 1) -> Counter:
    """`count_pieces` over .txt files (one document each) and .jsonl files (a document a line, under "text", or a row of Nectar)."""
    if missing := [path for path in paths if not os.path.isfile(path)]:
        raise ValueError(f"there is no file {missing[0]}")
    total_bytes = sum(os.path.getsize(path) for path in paths)
    block_bytes = min(
        64 << 20, max(1 << 20, total_bytes // (2 * workers))
    )  # large blocks repeat fewer words
    blocks = (block for path in paths for block in _read_blocks(Path(path), block_bytes))
    if workers == 1 or total_bytes < 4 << 20:  # starting processes costs more than it saves
        return sum(map(_count_block, blocks), Counter())
    total = Counter()
    for pieces, _ in map_in_processes(_count_block, ((block, None) for block in blocks), workers):
        total.update(pieces)
    return total


def _read_blocks(path: Path, block_bytes: int):
    """Yield (path, number of the first line, about `block_bytes` of whole lines)."""
    with open(path, "rb") as file:
        line_number, lines, size = 1, [], 0
        for line in file:
            if size >= block_bytes and (
                path.suffix == ".jsonl"
                or _can_cut(lines[-1][-2:].decode("latin-1"), line[:1].decode("latin-1"))
            ):
                yield path, line_number - len(lines), b"".join(lines)
                lines, size = [], 0
            lines.append(line)
            size += len(line)
            line_number += 1
        yield path, line_number - len(lines), b"".join(lines)


def _can_cut(before: str, after: str) -> bool:
    """No piece reaches across a single newline between two visible ASCII characters. (In UTF-8 a byte over 127 may be white space.)"""
    return before[-1:] == "\n" and "!" <= before[-2:-1] <= "~" and "!" <= after[:1] <= "~"


def _cut(text: str, size: int = 1 << 16):
    """Yield the text in parts of at least `size` characters, cut only where no piece reaches across."""
    start = 0
    while start < len(text):
        end = start + size
        while 0 < end < len(text) and not _can_cut(text[end - 2 : end], text[end : end + 1]):
            end = text.find("\n", end) + 1
        end = end or len(text)
        yield text[start:end]
        start = end


def _count_block(block) -> Counter:
    path, line_number, content = block
    if path.suffix != ".jsonl":
        try:
            return count_pieces(_cut(content.decode("utf-8")))
        except UnicodeDecodeError as problem:
            raise ValueError(f"{path} is not UTF-8 text ({problem.reason})") from None
    texts = []
    for number, line in enumerate(content.split(b"\n"), line_number):
        if line.strip():
            try:
                texts += [part for text in _texts_of(parse_json(line)) for part in _encodable(text)]
            except (ValueError, KeyError, TypeError):
                raise ValueError(
                    f'{path}, line {number}: not a JSON object with a string under "text", nor with "prompt" and "answers"'
                ) from None
    return count_pieces(texts)


def _texts_of(row: dict) -> list[str]:
    """A document's text, or the texts of a row of Nectar."""
    texts = (
        [row["text"]]
        if "text" in row
        else [row["prompt"], *(answer["answer"] for answer in row["answers"])]
    )
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("not a string")
    return texts


SEPARATOR, JOINED = (
    -1,
    -2,
)  # in the row of tokens: between two pieces; a place whose token was joined to its left neighbour


def learn_merges(
    pieces: dict[str, int], wanted: int, progress: bool = False
) -> list[tuple[int, int]]:
    """The first `wanted` merges as pairs of token ids (bytes are 0 to 255 in GPT-2's order, merge k makes token 256 + k).

    At each step the pair of neighbours that is seen most often, overlapping ones included; of equals the one of smaller ids.
    Gives fewer where everything is joined.

    The textbook algorithm counts all pairs anew for each merge. This one rests on one observation: *the places of a pair
    are all known at the moment its younger token is made*, since tokens are only made in their own merge. From then on a
    pair can only lose places. So each pair gets the list of its places once; its count can only be too high, never too low;
    and the top of a heap, checked against the row of tokens and put back with its true count where it was too high, is
    the most frequent pair. Each merge is a few NumPy operations over the places of one pair.

    Two different pairs never make the same bytes: a token's bytes, on their own, are always joined in the same order, so
    only one last pair can make them. Therefore no merge finds its token already there, and encoding by the rank of the
    joined bytes (tiktoken) is the same as encoding by the rank of the pair (GPT-2's own encoder).
    """
    row = _TokenRow(pieces)
    places, heap = {}, []
    # Most pairs are rare, and never come up. Those under `cutoff` wait in `rare`, grouped as they were made.
    cutoff, rare = max(pieces.values(), default=1) * 2, []

    def enter(group, low, high):
        firsts, seconds, counts, starts, where = group
        for index in np.flatnonzero((counts >= low) & (counts < high)).tolist():
            pair = int(firsts[index]), int(seconds[index])
            places[pair] = where[starts[index] : starts[index + 1]]
            heapq.heappush(heap, (-int(counts[index]), *pair))

    def add(group):
        if group is not None:
            enter(group, cutoff, np.inf)
            rare.append(group)

    add(row.group_all_pairs())
    merges = []
    with tqdm(total=wanted, unit=" merges", disable=not progress) as bar:
        while len(merges) < wanted:
            while cutoff > 1 and (not heap or -heap[0][0] < cutoff):
                for group in rare:
                    enter(group, max(1, cutoff // 2), cutoff)
                cutoff = max(1, cutoff // 2)
            if not heap:
                break
            count, first, second = heapq.heappop(heap)
            where = row.still_there(places.pop((first, second)), first, second)
            true_count = int(row.weight[where].sum())
            if true_count < -count:
                if true_count:
                    places[first, second] = where
                    heapq.heappush(heap, (-true_count, first, second))
                continue
            token = 256 + len(merges)
            where = row.join(where, first, second, token)
            merges.append((first, second))
            add(row.group_pairs_ending_in(token, where))
            add(row.group_pairs_beginning_with(token, where))
            bar.update()
    return merges


class _TokenRow:
    """All different pieces, laid out as one row of tokens with separators between, that shrinks as tokens are joined.

    For each place: its token, the next and the previous living place, and how often its piece stands in the text.
    """

    def __init__(self, pieces: dict[str, int]):
        encoded = [piece.encode("utf-8") for piece in pieces]
        lengths = np.array([len(piece) for piece in encoded], dtype=np.int64)
        byte_to_id = np.empty(256, dtype=np.int64)
        byte_to_id[BYTE_ORDER] = np.arange(256)
        number_of_piece = np.repeat(np.arange(len(encoded)), lengths)
        place = np.arange(lengths.sum()) + number_of_piece + 1
        size = int(lengths.sum()) + len(encoded) + 1
        self.tokens = np.full(size, SEPARATOR, dtype=np.int64)
        self.tokens[place] = byte_to_id[np.frombuffer(b"".join(encoded), dtype=np.uint8)]
        self.weight = np.zeros(size, dtype=np.int64)
        self.weight[place] = np.array(list(pieces.values()), dtype=np.int64)[number_of_piece]
        self.following = np.arange(1, size + 1)
        self.previous = np.arange(-1, size - 1)

    def still_there(self, where, first, second):
        """Those of the places that still hold the pair."""
        held = self.tokens[where] == first
        held &= self.tokens[self.following[where]] == second
        return where[held]

    def join(self, where, first, second, token):
        """Put `token` where the pair was, from left to right (of "aaa" the first two are joined); return its places."""
        if first == second:
            begins_run = np.append(True, self.following[where[:-1]] != where[1:])
            run_start = np.maximum.accumulate(np.where(begins_run, np.arange(len(where)), 0))
            where = where[(np.arange(len(where)) - run_start) % 2 == 0]
        joined = self.following[where]
        after = self.following[joined]
        self.tokens[where] = token
        self.tokens[joined] = JOINED
        self.following[where] = after
        self.previous[after] = where
        return where

    def group_all_pairs(self):
        where = np.flatnonzero((self.tokens[:-1] >= 0) & (self.tokens[1:] >= 0))
        return self._group(
            where,
            self.tokens[where] * 256 + self.tokens[where + 1],
            lambda key: (key // 256, key % 256),
        )

    def group_pairs_ending_in(self, token, where):
        where = self.previous[where]
        others = self.tokens[where]
        kept = (others >= 0) & (
            others != token
        )  # two of the new token side by side are counted in the other direction
        return self._group(where[kept], others[kept], lambda key: (key, np.full_like(key, token)))

    def group_pairs_beginning_with(self, token, where):
        others = self.tokens[self.following[where]]
        kept = others >= 0
        return self._group(where[kept], others[kept], lambda key: (np.full_like(key, token), key))

    def _group(self, where, keys, pair_of_key):
        """(first ids, second ids, counts, starts, places) of each different key; the places of one key in ascending order."""
        if not len(where):
            return None
        order = np.argsort(keys, kind="stable")
        where, keys = where[order], keys[order]
        starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        counts = np.add.reduceat(self.weight[where], starts)
        return *pair_of_key(keys[starts]), counts, np.append(starts, len(where)), where


def train_tokenizer(
    pieces: dict[str, int], vocab_size: int, name: str = "bpe", progress: bool = False
) -> Tokenizer:
    """A tokenizer of exactly `vocab_size` tokens (256 bytes, the merges, <|endoftext|>) from counted pieces.

    The same counts give the same tokenizer, whatever their order. Raises ValueError where the text has too few pairs.
    """
    if vocab_size < 257:
        raise ValueError(smallest_vocabulary(vocab_size))
    wanted = vocab_size - 257
    pairs = learn_merges(dict(sorted(pieces.items())), wanted, progress)
    if len(pairs) < wanted:
        raise ValueError(
            f"the text has only {len(pairs):,} pairs to merge: choose --vocab-size {len(pairs) + 257} or less, or more text"
        )
    tokens = [bytes([byte]) for byte in BYTE_ORDER]
    merges = []
    for first, second in pairs:
        merges.append((tokens[first], tokens[second]))
        tokens.append(tokens[first] + tokens[second])
    return Tokenizer(name, {token: id for id, token in enumerate(tokens)}, merges, vocab_size - 1)


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="tokenizer_bpe.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train",
        help="learn a vocabulary from text",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    train.add_argument(
        "--input",
        nargs="+",
        required=True,
        metavar="FILE",
        help='.txt files, or .jsonl files with a "text", or Nectar\'s "prompt" and "answers", on each line',
    )
    train.add_argument(
        "--vocab-size",
        type=int,
        default=4096,
        metavar="N",
        help="number of tokens, <|endoftext|> included",
    )
    train.add_argument(
        "--out",
        default="data/tokenizer",
        metavar="FOLDER",
        help="where vocab.json and merges.txt go",
    )
    train.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="processes that read and split the text",
    )
    show = commands.add_parser(
        "show",
        help="show how a text is cut into tokens",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    show.add_argument("text", help="the text")
    show.add_argument(
        "--tokenizer", default="data/tokenizer", metavar="gpt2|FOLDER", help="whose tokens"
    )
    args = parser.parse_args(argv)
    run_script(
        parser,
        lambda: run_train(args) if args.command == "train" else run_show(args),
        "stopped; nothing was written",
    )


def check(args) -> None:
    """Raise ValueError with everything that is wrong with the settings."""
    problems = ["--workers must be 1 or more"] if args.workers < 1 else []
    problems += [smallest_vocabulary(args.vocab_size)] if args.vocab_size < 257 else []
    problems += [f"there is no file {path}" for path in args.input if not os.path.isfile(path)]
    if problems:
        raise ValueError("; ".join(problems))


def smallest_vocabulary(asked: int) -> str:
    return f"a vocabulary holds the 256 bytes and {END_OF_TEXT}: --vocab-size must be 257 or more, not {asked}"


def run_train(args):
    check(args)
    claim_folder(args.out)
    pieces = count_pieces_in_files(args.input, args.workers)
    print(f"{pieces.total():,} words, {len(pieces):,} different ones, in {len(args.input)} file(s)")
    tokenizer = train_tokenizer(
        pieces, args.vocab_size, Path(args.out).name, progress=sys.stderr.isatty()
    )
    tokenizer.save(args.out)
    longest = max(tokenizer.vocab, key=lambda token: (len(token), token)).decode(
        "utf-8", errors="replace"
    )
    print(f"{args.out}: {tokenizer.vocab_size:,} tokens, the longest {longest!r}")


def run_show(args):
    tokenizer = load_tokenizer(args.tokenizer)
    ids = tokenizer.encode(args.text)
    for id in ids:
        print(f"{id:6d}  {tokenizer.decode([id])!r}")
    print(f"{len(args.text.encode())} bytes, {len(ids)} tokens")


if __name__ == "__main__":
    main()
