"""Encoding and decoding with OpenAI's tokenizer and with one trained here, and loading both."""

import json

import pytest

from tests.support.hard_texts import EDGE_CASES, random_texts, sample_texts
from text import tokenizer as tokenizers
from text.tokenizer import END_OF_TEXT, Tokenizer, encodable_parts, load_tokenizer


@pytest.fixture(params=["gpt2", "ours"])
def each_tokenizer(request, tokenizer) -> Tokenizer:
    return load_tokenizer("gpt2") if request.param == "gpt2" else tokenizer


def test_gpt2_encodes_as_openai_published():
    gpt2 = load_tokenizer("gpt2")
    assert (gpt2.vocab_size, gpt2.end_of_text) == (50257, 50256)
    assert gpt2.encode("Hello world") == [15496, 995]
    assert gpt2.encode("hello world") == [31373, 995]
    assert gpt2.encode(END_OF_TEXT) == [27, 91, 437, 1659, 5239, 91, 29]
    assert gpt2.merges_sha256 == tokenizers.GPT2_SHA256["vocab.bpe"]


def test_encodings_equal_those_of_transformers_from_the_same_two_files(each_tokenizer, tmp_path):
    import transformers

    each_tokenizer.save(tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    reference = transformers.GPT2Tokenizer.from_pretrained(tmp_path, split_special_tokens=True)
    for text in [*EDGE_CASES, *random_texts(300), *sample_texts(60)]:
        assert each_tokenizer.encode(text) == reference.encode(text), text


def test_every_text_is_decoded_exactly_and_never_encodes_to_the_control_token(each_tokenizer):
    for text in [*EDGE_CASES, *random_texts(500, seed=1)]:
        ids = each_tokenizer.encode(text)
        assert each_tokenizer.decode(ids) == text
        assert each_tokenizer.end_of_text not in ids
        assert each_tokenizer.encode_array(text).tolist() == ids


def test_half_a_surrogate_pair_is_encoded_as_the_replacement_character(tokenizer):
    half = json.loads('"bad \\ud83d here"')
    expected = "bad \N{REPLACEMENT CHARACTER} here"
    assert tokenizer.decode(tokenizer.encode(half)) == expected
    assert tokenizer.decode(tokenizer.encode_array(half).tolist()) == expected


def test_no_text_has_fewer_tokens_than_the_lower_bound(each_tokenizer):
    longest = max(each_tokenizer.vocab, key=len).decode("utf-8", errors="replace")
    for text in [*EDGE_CASES, *random_texts(100, seed=2), longest * 50, "\ud83d" * 99]:
        assert each_tokenizer.fewest_tokens(text) <= len(each_tokenizer.encode(text))
    assert each_tokenizer.fewest_tokens(END_OF_TEXT * 3) <= 3
    assert each_tokenizer.fewest_tokens("so " * 100_000) > 1_000


def test_a_million_spaces_are_encoded(tokenizer):
    blank = "a" + " " * 1_500_000 + "b"
    ids = tokenizer.encode(blank)
    assert tokenizer.decode(ids) == blank
    assert tokenizer.encode_array(blank).tolist() == ids


def test_encodable_parts_cut_long_white_space_only():
    words = "word " * 100_000
    assert encodable_parts(words) == [words]
    assert encodable_parts("a" + "\n" * 150_000) == ["a" + "\n" * 100_000, "\n" * 50_000]
    assert encodable_parts("") == [""]


def test_no_two_tokens_have_the_same_bytes(tokenizer):
    assert len(set(tokenizer.vocab)) == len(tokenizer.vocab) == tokenizer.vocab_size - 1
    assert sorted(tokenizer.vocab.values()) == list(range(tokenizer.vocab_size - 1))


# ---- Loading ----


def test_a_saved_tokenizer_loads_as_the_same_one(tokenizer, tokenizer_folder):
    loaded = load_tokenizer(tokenizer_folder)
    assert loaded.vocab == tokenizer.vocab
    assert loaded.merges == tokenizer.merges
    assert loaded.end_of_text == tokenizer.end_of_text
    assert loaded.merges_sha256 == tokenizer.merges_sha256
    assert loaded.identity() == tokenizer.identity()


def test_a_folder_without_a_tokenizer_is_refused_with_the_command_that_makes_one(tmp_path):
    expected = f"{tmp_path} holds no tokenizer .* python tokenizer_bpe.py train --out {tmp_path}"
    with pytest.raises(ValueError, match=expected):
        load_tokenizer(tmp_path)


def test_a_corrupt_gpt2_vocabulary_is_not_used(monkeypatch):
    monkeypatch.setitem(tokenizers.GPT2_SHA256, "vocab.bpe", "0" * 64)
    with pytest.raises(ValueError, match="not the file OpenAI published"):
        load_tokenizer("gpt2")


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"a": 0}', '{"<|endoftext|>": 0}', '{"<|endoftext|>": "x"}']
)
def test_a_corrupt_vocabulary_is_refused_with_its_name(tokenizer, tmp_path, content):
    tokenizer.save(tmp_path)
    (tmp_path / "vocab.json").write_text(content)
    with pytest.raises(ValueError, match="vocab.json"):
        load_tokenizer(tmp_path)


def test_merges_out_of_order_are_refused(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    header, first, second, *rest = tokenizer.merges_text().split("\n")
    (tmp_path / "merges.txt").write_text("\n".join([header, second, first, *rest]))
    with pytest.raises(ValueError, match="merges.txt"):
        load_tokenizer(tmp_path)


def test_merges_that_do_not_belong_to_the_vocabulary_are_refused(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    lines = tokenizer.merges_text().split("\n")
    (tmp_path / "merges.txt").write_text("\n".join(lines[:100]))
    with pytest.raises(ValueError, match="merges.txt .*99 merges.* do not belong together"):
        load_tokenizer(tmp_path)
