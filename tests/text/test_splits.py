"""Dividing few documents: by position, and the warning if validation is smaller than a window."""

import contextlib
import json
import pkgutil

import numpy as np
import pytest

import prepare_fineweb
import prepare_nectar
from tests.support.scripts import ROOT, SAMPLE
from tests.support.text import file_contents
from text.position_split import ShardRow
from text.shard_writer import ShardFolder
from text.splits import count_last, divide_by_position, validation_warnings

TEXTS = [json.loads(line)["text"] for line in SAMPLE.open(encoding="utf-8")]
NECTAR = ROOT / "sample" / "nectar.jsonl"
FIRST_ROW = 7
END = 9


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def prepare(tmp_path, tokenizer_folder, texts, *more, out="out"):
    source = write_rows(tmp_path / "texts.jsonl", [{"text": text} for text in texts])
    paths = ["--source", source, "--tokenizer", tokenizer_folder, "--out", tmp_path / out]
    prepare_fineweb.main([str(word) for word in [*paths, "--workers", 1, *more]])
    return tmp_path / out


def tokens_of(folder, split):
    arrays = [np.load(path) for path in sorted(folder.glob(f"{split}_*.npy"))]
    return np.concatenate(arrays).tolist() if arrays else []


# ---- where the cut is ----


def cut_at(arrays, val_tokens):
    """What training keeps of each shard, and the first token of validation."""
    cut = ShardRow([np.array(array) for array in arrays], END).find_cut(val_tokens)
    return cut.shard, cut.open_tokens, cut.open_documents, cut.val_start


@pytest.mark.parametrize(
    "val_tokens, expected",
    [
        (3, (0, 5, 1, 6)),  # inside the second document; one token makes room for its end
        (6, (0, 3, 1, 3)),  # exactly at a document
        (7, (0, 3, 1, 3)),  # one token before a document
        (5, (0, 3, 1, 4)),  # no document starts in the last five
    ],
)
def test_the_cut_is_at_a_document_if_one_starts_in_the_first_half(val_tokens, expected):
    assert cut_at([[0, 1, END, 2, 3, 4, 5, 6, END]], val_tokens) == expected


def test_the_cut_may_be_in_an_earlier_shard_or_between_two():
    shards = [[0, 1, END, 2, END], [3, 4, END]]
    assert cut_at(shards, 3) == (1, 0, 0, 5)
    assert cut_at(shards, 5) == (0, 3, 1, 3)


def test_the_documents_after_a_cut_are_whole_except_for_the_first():
    row = ShardRow([np.array([0, 1, 2, END]), np.array([3, END, 4, 5, END])], END)
    documents = [document.tolist() for document in row.documents_from(1)]
    assert documents == [[1, 2, END], [3, END], [4, 5, END]]


@pytest.mark.parametrize(
    "number, fraction, expected", [(5, 0.05, 1), (1, 0.5, 0), (2, 0.99, 1), (40, 0.1, 4), (9, 0, 0)]
)
def test_at_least_one_item_is_for_validation_and_never_all(number, fraction, expected):
    assert count_last(number, fraction) == expected


def test_the_last_items_are_for_validation():
    kept = {"train": list("abcdefghij"), "val": []}
    divide_by_position(kept, 0.2)
    assert kept == {"train": list("abcdefgh"), "val": ["i", "j"]}


# ---- prepare_fineweb.py ----


def test_one_book_is_cut_near_its_end(tmp_path, tokenizer, tokenizer_folder, capsys):
    book = "\n\n".join(TEXTS[:60])
    folder = prepare(tmp_path, tokenizer_folder, [book], "--split", "position")
    expected = tokenizer.encode(book) + [tokenizer.end_of_text]
    val_tokens = round(0.05 * len(expected))
    assert tokens_of(folder, "val") == expected[-val_tokens:]
    train = expected[: -val_tokens - 1] + [tokenizer.end_of_text]
    assert tokens_of(folder, "train") == train
    meta = json.loads((folder / "meta.json").read_text())
    assert meta["split"] == "position"
    assert [shards[0]["documents"] for shards in meta["splits"].values()] == [1, 1]
    assert "warning" not in capsys.readouterr().out


def test_several_documents_are_divided_between_two_of_them(tmp_path, tokenizer, tokenizer_folder):
    flags = ["--split", "position", "--val-fraction", 0.1, "--shard-tokens", 5000]
    folder = prepare(tmp_path, tokenizer_folder, TEXTS[:50], *flags)
    train, val = tokens_of(folder, "train"), tokens_of(folder, "val")
    whole = [token for text in TEXTS[:50] for token in [*tokenizer.encode(text), 511]]
    assert train + val == whole
    assert train[-1] == 511
    assert 0.05 <= len(val) / len(whole) <= 0.1
    limited = prepare(tmp_path, tokenizer_folder, TEXTS[:50], *flags, "--val-tokens", 600, out="b")
    assert tokens_of(limited, "train") + tokens_of(limited, "val") == whole
    assert 300 <= len(tokens_of(limited, "val")) <= 600


class Interruption:
    """Interrupts the given call of any of the functions that it wraps."""

    def __init__(self, calls_left):
        self.calls_left = calls_left

    def wrap(self, function):
        def count_down(*arguments, **more):
            self.calls_left -= 1
            if self.calls_left == 0:
                raise KeyboardInterrupt
            return function(*arguments, **more)

        return count_down


WRITING = [
    "text.shard_writer.replace_file",
    "text.shard_writer.os.replace",
    "text.shard_writer.os.truncate",
    "text.shard_writer.ShardWriter.add",
    "text.shard_writer.ShardWriter.close_shard",
]


@pytest.mark.parametrize("texts", [["\n\n".join(TEXTS[:20])], TEXTS[:12]])
def test_a_crash_anywhere_in_the_division_is_repaired_by_a_rerun(
    tmp_path, tokenizer_folder, monkeypatch, texts
):
    flags = ["--split", "position", "--val-fraction", 0.3, "--shard-tokens", 1500]
    whole = file_contents(prepare(tmp_path, tokenizer_folder, texts, *flags, out="whole"))
    divide = ShardFolder.divide_at_end
    for number in range(1, 40):
        interruption = Interruption(number)
        with monkeypatch.context() as patch:

            def divide_and_fail(*arguments, patch=patch, interruption=interruption):
                for name in WRITING:
                    patch.setattr(name, interruption.wrap(pkgutil.resolve_name(name)))
                divide(*arguments)

            patch.setattr(ShardFolder, "divide_at_end", divide_and_fail)
            with contextlib.suppress(SystemExit):
                prepare(tmp_path, tokenizer_folder, texts, *flags, out=str(number))
        if interruption.calls_left > 0:
            break
        folder = prepare(tmp_path, tokenizer_folder, texts, *flags, out=str(number))
        assert file_contents(folder) == whole, number
    assert 5 < number < 39


def test_any_number_of_workers_divides_alike(tmp_path, tokenizer_folder):
    flags = ["--split", "position", "--shard-tokens", 3000]
    one = prepare(tmp_path, tokenizer_folder, TEXTS[:40], *flags, out="one")
    two = prepare(tmp_path, tokenizer_folder, TEXTS[:40], *flags, "--workers", 2, out="two")
    assert file_contents(one) == file_contents(two)


def test_a_folder_divided_by_hash_is_not_taken_for_one_divided_by_position(
    tmp_path, tokenizer_folder, capsys
):
    flags = ["--val-fraction", 0.1]
    folder = prepare(tmp_path, tokenizer_folder, TEXTS[:40], *flags)
    assert "split" not in json.loads((folder / "meta.json").read_text())
    for first, second in [("hash", "position"), ("position", "hash")]:
        out = f"{first}"
        prepare(tmp_path, tokenizer_folder, TEXTS[:40], *flags, "--split", first, out=out)
        with pytest.raises(SystemExit):
            prepare(tmp_path, tokenizer_folder, TEXTS[:40], *flags, "--split", second, out=out)
        assert f"split: {first!r}, now {second!r}" in capsys.readouterr().err


# ---- messages ----


def test_a_hash_that_leaves_nothing_to_validate_on_is_reported(tmp_path, tokenizer_folder, capsys):
    prepare(tmp_path, tokenizer_folder, TEXTS[:1])
    output = capsys.readouterr().out
    assert "warning: only 0 tokens are for validation, less than one window of 256" in output
    assert "--split position takes the end of the data instead" in output


def test_a_hash_that_leaves_nothing_to_train_on_is_an_error_with_the_way_out(
    tmp_path, tokenizer_folder, capsys
):
    with pytest.raises(SystemExit) as end:
        prepare(tmp_path, tokenizer_folder, TEXTS[:1], "--val-fraction", 0.9999)
    assert end.value.code == 2
    assert "again with --split position and another --out" in capsys.readouterr().err


def test_a_position_that_leaves_too_little_asks_for_more(tmp_path, tokenizer_folder, capsys):
    prepare(tmp_path, tokenizer_folder, TEXTS[:2], "--split", "position")
    assert "give a larger --val-fraction, or more text" in capsys.readouterr().out


def test_nobody_is_warned_of_what_they_asked_for():
    assert validation_warnings(0, "hash", 0) == []
    assert validation_warnings(257, "hash", 0.1) == []
    assert len(validation_warnings(256, "hash", 0.1)) == 1


# ---- prepare_nectar.py ----


def prepare_conversations(tmp_path, tokenizer_folder, number, *more):
    """Prepare so many rows of the sample; the hash puts none of the first five in validation."""
    rows = [json.loads(line) for line in NECTAR.open(encoding="utf-8")]
    rows = rows[FIRST_ROW : FIRST_ROW + number]
    source = write_rows(tmp_path / "rows.jsonl", rows)
    paths = ["--source", source, "--tokenizer", tokenizer_folder, "--out", tmp_path / "out"]
    prepare_nectar.main([*map(str, paths), *more])
    return {
        split: len(np.load(tmp_path / "out" / f"{split}_parts.npy")) for split in ("train", "val")
    }


@pytest.mark.parametrize("number, expected", [(5, (4, 1)), (1, (1, 0)), (60, (57, 3))])
def test_the_last_conversations_are_for_validation(tmp_path, tokenizer_folder, number, expected):
    counts = prepare_conversations(tmp_path, tokenizer_folder, number, "--split", "position")
    assert (counts["train"], counts["val"]) == expected
    assert json.loads((tmp_path / "out" / "meta.json").read_text())["split"] == "position"


def test_five_conversations_are_said_to_have_no_validation(tmp_path, tokenizer_folder, capsys):
    counts = prepare_conversations(tmp_path, tokenizer_folder, 5)
    assert counts == {"train": 5, "val": 0}
    output = capsys.readouterr().out
    assert "warning: only 0 tokens are for validation" in output
    assert "--split position" in output


def test_conversations_that_are_all_for_validation_are_refused(tmp_path, tokenizer_folder, capsys):
    with pytest.raises(SystemExit) as end:
        prepare_conversations(tmp_path, tokenizer_folder, 1, "--val-fraction", "0.9999")
    assert end.value.code == 2
    assert "prepare them again with --split position" in capsys.readouterr().err
