import json
import random
from collections import Counter

import pytest
import regex

import tokenizer_bpe
from tests.support.scripts import SAMPLE, run_script
from text.tokenizer import BYTE_ORDER, END_OF_TEXT, SPLIT, load_tokenizer
from tokenizer_bpe import count_pieces, count_pieces_in_files, learn_merges, train_tokenizer

TEXTS = [
    "", "a", " ", "\n", "Hello, world!", "It's the batter's 3rd at-bat; they'll walk him.", "  two  spaces\n\n\n and\ttabs \t \n", "don't DON'T 'twas",
    "ein Läufer auf der zweiten Base", "王貞治 hit 868 home runs", "⚾️👨‍👩‍👧 zwölf", "x" * 3000, " " * 500 + "end", "1234567890" * 20, END_OF_TEXT + "ordinary" + END_OF_TEXT,
    "\x00\x01\x7f\x80\xa0\u2028\ufeff\U0010ffff", "a\u0301 e\u0301", "trailing space ", "\r\n\r\nwindows\r\n",
]  # fmt: skip


def random_texts(number, seed=0):
    """Strings over all of Unicode, and over white space and a few letters."""
    generator = random.Random(seed)
    for _ in range(number):
        if generator.random() < 0.5:
            yield "".join(
                chr(
                    generator.choice(
                        [
                            generator.randrange(0x80),
                            generator.randrange(0xD800),
                            generator.randrange(0xE000, 0x110000),
                        ]
                    )
                )
                for _ in range(generator.randrange(60))
            )
        else:
            yield "".join(
                generator.choice("  \n\t\r\u00a0\u3000ab'1.")
                for _ in range(generator.randrange(60))
            )


def textbook_merges(pieces, wanted):
    """Byte-pair encoding as the textbook has it: count all pairs, join the most frequent, again."""
    position = {byte: id for id, byte in enumerate(BYTE_ORDER)}
    words = [
        ([position[byte] for byte in piece.encode()], count) for piece, count in pieces.items()
    ]
    merges = []
    for token in range(256, 256 + wanted):
        counts = Counter()
        for word, count in words:
            for pair in zip(word, word[1:]):
                counts[pair] += count
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        for word, _ in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = [token]
                i += 1
    return merges


def sample_texts(number=None):
    return [json.loads(line)["text"] for line in SAMPLE.open(encoding="utf-8")][:number]


def test_gpt2_encodes_as_openai_published_it():
    gpt2 = load_tokenizer("gpt2")
    assert (gpt2.vocab_size, gpt2.end_of_text) == (50257, 50256)
    assert gpt2.encode("Hello world") == [15496, 995]
    assert gpt2.encode("hello world") == [31373, 995]
    assert gpt2.encode(END_OF_TEXT) == [27, 91, 437, 1659, 5239, 91, 29]
    assert gpt2.merges_sha256 == tokenizer_bpe.GPT2_SHA256["vocab.bpe"]


def test_a_damaged_gpt2_vocabulary_is_not_used(monkeypatch):
    monkeypatch.setitem(tokenizer_bpe.GPT2_SHA256, "vocab.bpe", "0" * 64)
    with pytest.raises(ValueError, match="not the file OpenAI published"):
        load_tokenizer("gpt2")


@pytest.mark.parametrize("name", ["gpt2", "ours"])
def test_encodings_equal_those_of_transformers_from_the_same_two_files(name, tokenizer, tmp_path):
    import transformers

    ours = load_tokenizer("gpt2") if name == "gpt2" else tokenizer
    ours.save(tmp_path)
    (tmp_path / "tokenizer_config.json").unlink()
    reference = transformers.GPT2Tokenizer.from_pretrained(tmp_path, split_special_tokens=True)
    for text in [*TEXTS, *random_texts(300), *sample_texts(60)]:
        assert ours.encode(text) == reference.encode(text), text


@pytest.mark.parametrize("name", ["gpt2", "ours"])
def test_every_text_comes_back_exactly_and_never_holds_the_control_token(name, tokenizer):
    ours = load_tokenizer("gpt2") if name == "gpt2" else tokenizer
    for text in [*TEXTS, *random_texts(500, seed=1)]:
        ids = ours.encode(text)
        assert ours.decode(ids) == text
        assert ours.end_of_text not in ids
        assert ours.encode_array(text).tolist() == ids


def test_a_saved_tokenizer_loads_as_the_same_one(tokenizer, tokenizer_folder):
    loaded = load_tokenizer(tokenizer_folder)
    assert (loaded.vocab, loaded.merges, loaded.end_of_text, loaded.merges_sha256) == (
        tokenizer.vocab,
        tokenizer.merges,
        tokenizer.end_of_text,
        tokenizer.merges_sha256,
    )


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
    for _ in range(60):
        pieces = {
            "".join(
                generator.choice("abc") for _ in range(generator.randrange(1, 12))
            ): generator.randrange(1, 5)
            for _ in range(12)
        }
        assert learn_merges(pieces, 60) == textbook_merges(pieces, 60)


def test_merges_are_those_of_hugging_faces_trainer():
    import tokenizers

    texts = sample_texts()
    reference = tokenizers.Tokenizer(tokenizers.models.BPE())
    reference.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    reference.train_from_iterator(
        texts,
        tokenizers.trainers.BpeTrainer(
            vocab_size=1500, initial_alphabet=alphabet, show_progress=False
        ),
    )
    expected = [tuple(pair) for pair in json.loads(reference.to_str())["model"]["merges"]]
    ours = train_tokenizer(count_pieces(texts), 1501).merges_text().split("\n")[1:-1]
    assert [tuple(line.split(" ")) for line in ours] == expected


def test_training_is_the_same_for_any_order_of_the_pieces_and_any_number_of_workers(
    tmp_path, monkeypatch
):
    path = tmp_path / "text.jsonl"
    path.write_text(
        SAMPLE.read_text(encoding="utf-8") * 14, encoding="utf-8"
    )  # over the size from which processes are started
    alone, together = (
        count_pieces_in_files([path], workers=1),
        count_pieces_in_files([path], workers=2),
    )
    assert alone == together
    shuffled = dict(random.Random(0).sample(sorted(alone.items()), len(alone)))
    assert train_tokenizer(alone, 400).merges == train_tokenizer(shuffled, 400).merges


def test_no_two_tokens_have_the_same_bytes(tokenizer):
    assert len(set(tokenizer.vocab)) == len(tokenizer.vocab) == tokenizer.vocab_size - 1
    assert sorted(tokenizer.vocab.values()) == list(range(tokenizer.vocab_size - 1))


def test_cutting_at_spaces_first_gives_the_pieces_of_the_regular_expression():
    for text in [*TEXTS, *random_texts(2000, seed=2)]:
        assert count_pieces([text]) == Counter(regex.findall(SPLIT, text)), repr(text)


def test_a_text_file_cut_into_blocks_gives_the_pieces_of_the_whole(tmp_path):
    text = "\n".join(sample_texts(40)) + "\n \n\u00a0\nx"
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    blocks = list(tokenizer_bpe._read_blocks(path, 10_000))
    assert len(blocks) > 3 and len(list(tokenizer_bpe._cut(text, 5_000))) > 6
    assert sum(map(tokenizer_bpe._count_block, blocks), Counter()) == Counter(
        regex.findall(SPLIT, text)
    )
    assert count_pieces(tokenizer_bpe._cut(text, 5_000)) == Counter(regex.findall(SPLIT, text))


def test_too_little_text_and_too_small_a_vocabulary_are_refused():
    with pytest.raises(ValueError, match="choose --vocab-size 259 or less"):
        train_tokenizer({"abc": 1}, 1000)
    with pytest.raises(ValueError, match="257 or more"):
        train_tokenizer({"abc": 1}, 256)


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"a": 0}', '{"<|endoftext|>": 0}', '{"<|endoftext|>": "x"}']
)
def test_a_damaged_vocabulary_is_refused_with_its_name(tokenizer, tmp_path, content):
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


def test_the_command_line_trains_shows_and_explains(tmp_path):
    status, output = run_script(
        "tokenizer_bpe.py",
        "train",
        "--input",
        SAMPLE,
        "--vocab-size",
        300,
        "--out",
        tmp_path / "bpe",
    )
    assert status == 0 and "300 tokens" in output
    assert run_script("tokenizer_bpe.py", "show", "the batter", "--tokenizer", tmp_path / "bpe")[
        1
    ].endswith("tokens\n")
    (tmp_path / "bad.jsonl").write_text('{"text": "fine"}\n{"text": 3}\n')
    status, output = run_script(
        "tokenizer_bpe.py", "train", "--input", tmp_path / "bad.jsonl", "--out", tmp_path / "never"
    )
    assert (status, "line 2" in output, "Traceback" in output) == (2, True, False)
    status, output = run_script("tokenizer_bpe.py", "train", "--input", tmp_path / "missing.txt")
    assert (status, "missing.txt" in output, "Traceback" in output) == (2, True, False)


def test_rows_of_nectar_count_as_their_prompt_and_answers(tmp_path):
    row = {
        "prompt": "\n\nHuman: Why?\n\nAssistant: ",
        "answers": [{"answer": "Because.", "rank": 1}, {"answer": "Why not?", "rank": 2}],
    }
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    assert count_pieces_in_files([tmp_path / "rows.jsonl"]) == count_pieces(
        [row["prompt"], "Because.", "Why not?"]
    )


def test_what_json_can_hold_and_tiktoken_not_is_encoded_all_the_same(tokenizer, tmp_path):
    half = json.loads('"bad \\ud83d here"')
    assert (
        tokenizer.decode(tokenizer.encode(half))
        == tokenizer.decode(tokenizer.encode_array(half).tolist())
        == "bad \N{REPLACEMENT CHARACTER} here"
    )
    blank = "a" + " " * 1_500_000 + "b"
    assert tokenizer.decode(tokenizer.encode(blank)) == blank and tokenizer.encode_array(
        blank
    ).tolist() == tokenizer.encode(blank)
    (tmp_path / "text.jsonl").write_text(json.dumps({"text": half + blank}))
    assert count_pieces_in_files([tmp_path / "text.jsonl"]).total() > 3
