import json
import shutil

import numpy as np
import pytest

from tests.support.text import CountingShards
from text.shards import TokenShards, read_windows


def all_tokens(data_folder, split):
    return np.concatenate([np.load(path) for path in sorted(data_folder.glob(f"{split}_*.npy"))])


def test_shards_are_plain_uint16_arrays_read_as_one_row(data_folder, tokenizer):
    paths = sorted(data_folder.glob("train_*.npy"))
    assert len(paths) > 3
    assert all(np.load(path).dtype == np.uint16 for path in paths)
    shards = TokenShards(data_folder, "train", tokenizer)
    expected = all_tokens(data_folder, "train")
    assert len(shards) == len(expected)
    generator = np.random.default_rng(0)
    random_starts = generator.integers(0, len(expected) - 70_000, 50)
    for start in [0, 29_000, *random_starts.tolist()]:
        for length in (1, 100, 70_000):
            tokens = shards.read(start, start + length)
            assert (tokens == expected[start : start + length]).all()


def test_the_token_between_two_windows_is_a_target_first_and_an_input_next():
    inputs, targets = read_windows(CountingShards(100), [0, 1], 4)
    assert inputs.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert targets.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_another_tokenizers_shards_are_refused(data_folder):
    from tokenizer_bpe import train_tokenizer

    other = train_tokenizer({"some": 3, " other": 2, " words": 2}, 262, "other")
    with pytest.raises(ValueError, match="made with another tokenizer"):
        TokenShards(data_folder, "train", other)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-100])


def pickle_objects(path):
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)


def replace_meta(path):
    tokenizer = json.loads(path.read_text())["tokenizer"]
    path.write_text(json.dumps({"splits": 3, "tokenizer": tokenizer}))


DAMAGES = {
    "missing": ("train_00001.npy", lambda path: path.unlink()),
    "short": ("train_00001.npy", cut_short),
    "not an array": ("train_00001.npy", lambda path: path.write_bytes(b"hello")),
    "pickled": ("train_00001.npy", pickle_objects),
    "no meta": ("meta.json", lambda path: path.unlink()),
    "broken meta": ("meta.json", lambda path: path.write_text("{")),
    "other meta": ("meta.json", replace_meta),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_corrupt_data_is_refused_with_the_file_and_the_remedy(
    data_folder, tokenizer, tmp_path, damage
):
    folder = shutil.copytree(data_folder, tmp_path / "copy")
    name, do_damage = DAMAGES[damage]
    do_damage(folder / name)
    with pytest.raises(ValueError, match=str(folder)) as refusal:
        TokenShards(folder, "train", tokenizer)
    message = str(refusal.value)
    if damage == "no meta":
        assert message.endswith(f"make it with: python prepare_fineweb.py --out {folder}")
    else:
        assert name in message
        assert "prepare the data again" in message or "prepare it again" in message
