"""tokenizer.json: GPT-2's form is read, every other is refused with what differs and a remedy."""

import json

import pytest
import tokenizers
import transformers
from tokenizers.processors import TemplateProcessing

from tests.support.hard_texts import EDGE_CASES, random_texts, sample_texts
from text.tokenizer import END_OF_TEXT, load_tokenizer

TEXTS = [*EDGE_CASES, *random_texts(200), *sample_texts(20)]


def save_with_transformers(tokenizer, folder):
    """The tokenizer as `transformers` saves it again; returns what it encodes with."""
    tokenizer.save(folder / "ours")
    reference = transformers.AutoTokenizer.from_pretrained(folder / "ours")
    reference.save_pretrained(folder / "theirs")
    assert not (folder / "theirs" / "vocab.json").exists()
    return reference


def train_with_tokenizers(path):
    """A byte-level BPE that `tokenizers` trained; its <|endoftext|> is token 0."""
    theirs = tokenizers.ByteLevelBPETokenizer()
    theirs.train_from_iterator(sample_texts(200), 600, special_tokens=[END_OF_TEXT])
    theirs.save(str(path))
    return theirs


# ---- read ----


@pytest.mark.parametrize("name", ["gpt2", "ours"])
def test_a_tokenizer_saved_by_transformers_encodes_as_it_does_there(tokenizer, tmp_path, name):
    ours = load_tokenizer("gpt2") if name == "gpt2" else tokenizer
    reference = save_with_transformers(ours, tmp_path)
    loaded = load_tokenizer(tmp_path / "theirs")
    for text in TEXTS:
        assert loaded.encode(text) == reference.encode(text), text
    assert loaded.identity() == ours.identity()
    assert loaded.end_of_text == reference.eos_token_id


def test_a_tokenizer_trained_by_the_tokenizers_library_encodes_as_it_does_there(tmp_path):
    theirs = train_with_tokenizers(tmp_path / "tokenizer.json")
    loaded = load_tokenizer(tmp_path)
    assert (loaded.vocab_size, loaded.end_of_text) == (600, 0)
    for text in TEXTS:
        if END_OF_TEXT not in text:  # theirs reads it as the control token
            assert loaded.encode(text) == theirs.encode(text).ids, text


def as_strings(content):
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]


def without_model_type(content):
    del content["model"]["type"]


def with_truncation_and_padding(content):
    content["truncation"] = {"max_length": 8, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = {"strategy": "BatchLongest", "pad_id": 511, "pad_token": END_OF_TEXT}


def with_byte_level_post_processor(content):
    content["post_processor"] = content["pre_tokenizer"] | {"trim_offsets": False}


def with_empty_normalizer(content):
    content["normalizer"] = {"type": "Sequence", "normalizers": []}


def change(folder, edit):
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "edit",
    [
        as_strings,
        without_model_type,
        with_truncation_and_padding,
        with_byte_level_post_processor,
        with_empty_normalizer,
    ],
)
def test_other_spellings_of_the_same_tokenizer_are_read(tokenizer, tmp_path, edit):
    save_with_transformers(tokenizer, tmp_path)
    change(tmp_path / "theirs", edit)
    loaded = load_tokenizer(tmp_path / "theirs")
    assert loaded.identity() == tokenizer.identity()
    assert all(loaded.encode(text) == tokenizer.encode(text) for text in TEXTS)


def test_the_two_files_of_gpt2_are_read_before_tokenizer_json(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    assert load_tokenizer(tmp_path).identity() == tokenizer.identity()


# ---- refused: tokenizers that these libraries make ----


def train_another(model, trainer, pre_tokenizer=None, **parts):
    """A small tokenizer of another kind."""
    other = tokenizers.Tokenizer(model)
    if pre_tokenizer:
        other.pre_tokenizer = pre_tokenizer
    for name, part in parts.items():
        setattr(other, name, part)
    other.train_from_iterator(sample_texts(20), trainer)
    return other


def bpe_trainer(**options):
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    special = [END_OF_TEXT]
    options = {"initial_alphabet": alphabet, "special_tokens": special, **options}
    return tokenizers.trainers.BpeTrainer(vocab_size=400, show_progress=False, **options)


def byte_level(**options):
    return tokenizers.pre_tokenizers.ByteLevel(**{"add_prefix_space": False, **options})


def word_pieces():
    trainer = tokenizers.trainers.WordPieceTrainer(vocab_size=300, show_progress=False)
    model = tokenizers.models.WordPiece(unk_token="[UNK]")
    return train_another(model, trainer, tokenizers.pre_tokenizers.Whitespace())


def unigrams():
    trainer = tokenizers.trainers.UnigramTrainer(vocab_size=300, show_progress=False)
    return train_another(tokenizers.models.Unigram(), trainer)


def byte_bpe(trainer=None, pre_tokenizer=None, model=None, **parts):
    return train_another(
        model or tokenizers.models.BPE(),
        trainer or bpe_trainer(),
        pre_tokenizer or byte_level(),
        **parts,
    )


def llama_split():
    pattern = tokenizers.Regex(r"\p{L}+|\p{N}{1,3}|[^\p{L}\p{N}]+")
    split = tokenizers.pre_tokenizers.Split(pattern, "isolated")
    steps = [split, byte_level(use_regex=False)]
    return byte_bpe(pre_tokenizer=tokenizers.pre_tokenizers.Sequence(steps))


def with_pad():
    other = byte_bpe()
    other.add_special_tokens(["[PAD]"])
    other.add_tokens(["Cooperstown"])
    return other


def with_start_token():
    tokens = [(END_OF_TEXT, 0)]
    processor = TemplateProcessing(single=f"{END_OF_TEXT} $A", special_tokens=tokens)
    return byte_bpe(post_processor=processor)


OTHER_KINDS = {
    "word pieces": (word_pieces, "WordPiece model, not BPE"),
    "unigrams": (unigrams, "Unigram model, not BPE"),
    "split at spaces": (
        lambda: byte_bpe(pre_tokenizer=tokenizers.pre_tokenizers.Whitespace()),
        "pre_tokenizer Whitespace",
    ),
    "another regular expression": (llama_split, "pre_tokenizer Sequence of Split, ByteLevel"),
    "no split": (lambda: byte_bpe(pre_tokenizer=byte_level(use_regex=False)), "use_regex is false"),
    "a space in front": (
        lambda: byte_bpe(pre_tokenizer=byte_level(add_prefix_space=True)),
        "puts a space before every text.*add_prefix_space=False",
    ),
    "lower case": (
        lambda: byte_bpe(normalizer=tokenizers.normalizers.Lowercase()),
        "changes the text first .normalizer Lowercase",
    ),
    "ends of words": (
        lambda: byte_bpe(
            model=tokenizers.models.BPE(end_of_word_suffix="</w>"),
            trainer=bpe_trainer(end_of_word_suffix="</w>"),
        ),
        "end_of_word_suffix",
    ),
    "byte fallback": (
        lambda: byte_bpe(model=tokenizers.models.BPE(byte_fallback=True)),
        "falls back to bytes",
    ),
    "dropout": (
        lambda: byte_bpe(model=tokenizers.models.BPE(dropout=0.1)),
        "leaves out merges at random.*set its dropout to null",
    ),
    "a start token": (with_start_token, r"adds <\|endoftext\|> to every text.*remove its post_pro"),
    "more added tokens": (with_pad, r"other added tokens than .*: \[PAD\], Cooperstown"),
    "no end of text": (
        lambda: byte_bpe(trainer=bpe_trainer(special_tokens=["</s>"])),
        r"no <\|endoftext\|>",
    ),
    "missing bytes": (
        lambda: byte_bpe(trainer=bpe_trainer(initial_alphabet=[])),
        "some of the 256 bytes are not tokens",
    ),
}


@pytest.mark.parametrize("name", OTHER_KINDS)
def test_a_tokenizer_of_another_kind_is_refused_with_what_differs(tmp_path, name):
    make, sentence = OTHER_KINDS[name]
    path = tmp_path / "tokenizer.json"
    make().save(str(path))
    with pytest.raises(ValueError, match=sentence) as refusal:
        load_tokenizer(tmp_path)
    assert str(refusal.value).startswith(f"{path} holds a tokenizer that is not in GPT-2's form: ")
    assert "; " in str(refusal.value)
    assert "tokenizer_bpe.py" not in str(refusal.value)


# ---- refused: damage ----


def cut_merges(content):
    del content["model"]["merges"][100:]


def swap_merges(content):
    merges = content["model"]["merges"]
    merges[50], merges[51] = merges[51], merges[50]


def repeat_merge(content):
    content["model"]["merges"].append(content["model"]["merges"][-1])


def skip_an_id(content):
    content["model"]["vocab"]["a"] = 10_000


@pytest.mark.parametrize(
    "edit, sentence",
    [
        (cut_merges, "100 merges, but 255 tokens besides the bytes"),
        (swap_merges, "not in the order of its tokens' ids"),
        (repeat_merge, "two of its merges make the same token"),
        (skip_an_id, "ids are not exactly 0 to 511"),
        (lambda content: content.pop("model"), "is corrupt .not a tokenizer: KeyError"),
        (lambda content: content["model"].update(merges=[["a"]]), "is corrupt"),
        (lambda content: content.update(pre_tokenizer="ByteLevel"), "is corrupt"),
        (lambda content: content.update(added_tokens=[7]), "is corrupt"),
    ],
)
def test_a_damaged_tokenizer_json_is_refused_in_a_sentence(tokenizer, tmp_path, edit, sentence):
    save_with_transformers(tokenizer, tmp_path)
    change(tmp_path / "theirs", edit)
    with pytest.raises(ValueError, match=f"theirs/tokenizer.json .*{sentence}"):
        load_tokenizer(tmp_path / "theirs")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_tokenizer_json_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ValueError, match="tokenizer.json is corrupt"):
        load_tokenizer(tmp_path)


# ---- nothing there ----


def test_a_folder_without_a_model_is_told_how_to_make_a_tokenizer(tmp_path):
    with pytest.raises(ValueError, match="vocab.json is missing.*tokenizer_bpe.py train"):
        load_tokenizer(tmp_path)


def test_a_model_without_its_tokenizer_is_not_told_to_make_another_one(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="holds no tokenizer.*the model's own tokenizer") as error:
        load_tokenizer(tmp_path)
    assert "tokenizer_bpe.py" not in str(error.value)
