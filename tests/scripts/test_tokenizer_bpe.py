"""Training a byte-pair encoding, and the command that does it."""

import json
import random

import pyarrow
import pyarrow.parquet
import pytest

from tests.support.hard_texts import sample_texts
from tests.support.scripts import SAMPLE, run_script
from text.tokenizer import BYTE_ORDER, load_tokenizer
from tokenizer_bpe import (
    count_pieces,
    count_pieces_in_files,
    learn_merges,
    textbook_merges,
    train_tokenizer,
)

# ---- Merges ----


def joined_bytes(merges):
    """The bytes of the token that each merge makes."""
    tokens = [bytes([byte]) for byte in BYTE_ORDER]
    tokens += [b""] * len(merges)
    for number, (first, second) in enumerate(merges):
        tokens[256 + number] = tokens[first] + tokens[second]
    return tokens[256:]


@pytest.mark.parametrize("algorithm", [textbook_merges, learn_merges])
def test_merges_are_those_found_by_hand(algorithm):
    pieces = {"low": 1, " lower": 2, " lowest": 1}
    # (l, o) and (o, w) occur 4 times; l has the smaller id. (␣, low) and (low, e) occur 3 times; a
    # space has a smaller id than a new token.
    expected = [b"lo", b"low", b" low", b" lowe", b" lower"]
    assert joined_bytes(algorithm(pieces, 5)) == expected
    # "aaaaa" becomes aa aa a, then aa aaa, then one token; then no pairs are left.
    assert joined_bytes(algorithm({"aaaaa": 1}, 9)) == [b"aa", b"aaa", b"aaaaa"]
    assert algorithm({"a": 7, "": 1}, 9) == []


@pytest.mark.parametrize(
    "text",
    [
        "low lower lowest " * 3,
        "aaaa aaaaa aaaaaaa aa",
        "abababab babab ab",
        "\n".join(sample_texts(12)),
    ],
)
def test_merges_are_those_of_the_textbook_algorithm(text):
    pieces = count_pieces([text])
    assert learn_merges(pieces, 150) == textbook_merges(pieces, 150)


def test_merges_are_those_of_the_textbook_algorithm_on_random_words_full_of_ties():
    generator = random.Random(0)

    def random_word():
        return "".join(generator.choice("abc") for _ in range(generator.randrange(1, 12)))

    for _ in range(60):
        pieces = {random_word(): generator.randrange(1, 5) for _ in range(12)}
        assert learn_merges(pieces, 60) == textbook_merges(pieces, 60)


def test_merges_are_those_of_hugging_faces_trainer():
    import tokenizers

    texts = sample_texts()
    reference = tokenizers.Tokenizer(tokenizers.models.BPE())
    byte_level = tokenizers.pre_tokenizers.ByteLevel
    reference.pre_tokenizer = byte_level(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=1500, initial_alphabet=byte_level.alphabet(), show_progress=False
    )
    reference.train_from_iterator(texts, trainer)
    expected = [tuple(pair) for pair in json.loads(reference.to_str())["model"]["merges"]]
    ours = train_tokenizer(count_pieces(texts), 1501).merges_text().split("\n")[1:-1]
    assert [tuple(line.split(" ")) for line in ours] == expected


def test_training_is_the_same_for_any_order_of_the_pieces():
    pieces = count_pieces_in_files([SAMPLE])
    shuffled = dict(random.Random(0).sample(sorted(pieces.items()), len(pieces)))
    assert train_tokenizer(pieces, 400).merges == train_tokenizer(shuffled, 400).merges


def test_too_little_text_and_too_small_a_vocabulary_are_refused():
    with pytest.raises(ValueError, match="choose --vocab-size 259 or less"):
        train_tokenizer({"abc": 1}, 1000)
    with pytest.raises(ValueError, match="257 or more"):
        train_tokenizer({"abc": 1}, 256)


# ---- The command ----


def train(*inputs, out, vocab_size=300):
    flags = ["--vocab-size", vocab_size, "--out", out]
    return run_script("tokenizer_bpe.py", "train", "--input", *inputs, *flags)


def test_the_command_trains_a_tokenizer_and_shows_tokens(tmp_path):
    status, output = train(SAMPLE, out=tmp_path / "bpe")
    assert status == 0 and "300 tokens" in output
    show = ["show", "the batter", "--tokenizer", tmp_path / "bpe"]
    status, output = run_script("tokenizer_bpe.py", *show)
    assert status == 0 and output.endswith("tokens\n")


def test_the_command_reads_parquet_and_makes_the_same_tokenizer(tmp_path):
    table = pyarrow.table({"text": sample_texts()})
    pyarrow.parquet.write_table(table, tmp_path / "text.parquet")
    for path, folder in ((tmp_path / "text.parquet", "a"), (SAMPLE, "b")):
        status, output = train(path, out=tmp_path / folder)
        assert status == 0, output
    a, b = load_tokenizer(tmp_path / "a"), load_tokenizer(tmp_path / "b")
    assert a.merges_sha256 == b.merges_sha256


def test_the_command_names_the_line_that_is_not_text(tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"text": "fine"}\n{"text": 3}\n')
    status, output = train(tmp_path / "bad.jsonl", out=tmp_path / "never")
    assert (status, "line 2" in output, "Traceback" in output) == (2, True, False)


def test_the_command_names_a_file_that_is_missing(tmp_path):
    status, output = train(tmp_path / "missing.txt", out=tmp_path / "never")
    assert (status, "missing.txt" in output, "Traceback" in output) == (2, True, False)
