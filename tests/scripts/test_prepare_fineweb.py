import json
import signal
import time

import numpy as np
import pytest

import prepare_fineweb
from tests.support.scripts import SAMPLE, run_script, start_script
from text.shards import is_for_validation
from text.tokenizer import load_tokenizer

DOCUMENTS = [json.loads(line)["text"] for line in SAMPLE.open(encoding="utf-8")]


def prepare(out, tokenizer_folder, *more, source=SAMPLE):
    prepare_fineweb.main(["--source", str(source), "--tokenizer", str(tokenizer_folder), "--out", str(out), "--val-fraction", "0.08",
                          "--shard-tokens", "20000", "--workers", "1", *map(str, more)])  # fmt: skip


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def documents_in(folder, split, tokenizer):
    tokens = np.concatenate(
        [np.load(path) for path in sorted(folder.glob(f"{split}_*.npy"))]
    ).tolist()
    assert tokens[-1] == tokenizer.end_of_text
    documents, start = [], 0
    for end, token in enumerate(tokens):
        if token == tokenizer.end_of_text:
            documents.append(tokenizer.decode(tokens[start:end]))
            start = end + 1
    return documents


@pytest.fixture(scope="module")
def whole(tokenizer_folder, tmp_path_factory):
    """What an undisturbed run writes."""
    folder = tmp_path_factory.mktemp("whole")
    prepare(folder, tokenizer_folder)
    return folder


def test_every_document_is_there_once_in_order_on_one_side(whole, tokenizer_folder):
    tokenizer = load_tokenizer(tokenizer_folder)
    train, val = documents_in(whole, "train", tokenizer), documents_in(whole, "val", tokenizer)
    assert len(train) + len(val) == len(DOCUMENTS)
    chosen = set(val)
    assert train == [text for text in DOCUMENTS if text not in chosen] and val == [
        text for text in DOCUMENTS if text in chosen
    ]
    assert 0.03 < len(val) / len(DOCUMENTS) < 0.14  # 0.08 within three standard errors


def test_meta_json_says_what_the_folder_holds(whole, tokenizer_folder):
    meta, tokenizer = (
        json.loads((whole / "meta.json").read_text()),
        load_tokenizer(tokenizer_folder),
    )
    assert meta["tokenizer"] == {
        "name": tokenizer.name,
        "vocab_size": 512,
        "merges_sha256": tokenizer.merges_sha256,
    }
    assert {"source", "licence", "seed", "val_fraction"} <= meta.keys()
    for shards in meta["splits"].values():
        for shard in shards:
            tokens = np.load(whole / shard["file"])
            assert (
                len(tokens) == shard["tokens"] <= 20_000
                and (tokens == 511).sum() == shard["documents"]
            )


def test_the_split_depends_on_the_text_alone():
    sides = [is_for_validation(text.encode(), 0.3, 0) for text in DOCUMENTS]
    assert sides == [is_for_validation(text.encode(), 0.3, 0) for text in DOCUMENTS]
    assert sides != [is_for_validation(text.encode(), 0.3, 1) for text in DOCUMENTS]
    larger = [is_for_validation(text.encode(), 0.5, 0) for text in DOCUMENTS]
    assert all(b for a, b in zip(sides, larger) if a)


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_writes_the_same_bytes(
    whole, tokenizer_folder, tmp_path, workers, monkeypatch
):
    monkeypatch.setattr("text.sources.ROWS_A_BATCH", 20)
    prepare(tmp_path, tokenizer_folder, "--workers", workers)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize("batches_before_the_crash", [0, 1, 4, 7, 13])
def test_a_run_that_crashes_anywhere_goes_on_to_the_same_bytes(
    whole, tokenizer_folder, tmp_path, monkeypatch, batches_before_the_crash
):
    monkeypatch.setattr("text.sources.ROWS_A_BATCH", 20)
    monkeypatch.setattr(prepare_fineweb, "COMMIT_EVERY_TOKENS", 15_000)
    tokenize, left = prepare_fineweb.tokenize_rows, [batches_before_the_crash]

    def crash(*arguments, **settings):
        left[0] -= 1
        if left[0] < 0:
            raise MemoryError
        return tokenize(*arguments, **settings)

    with monkeypatch.context() as patch:
        patch.setattr(prepare_fineweb, "tokenize_rows", crash)
        with pytest.raises(MemoryError):
            prepare(tmp_path, tokenizer_folder)
    assert not (tmp_path / "meta.json").exists()
    prepare(tmp_path, tokenizer_folder)
    assert contents(tmp_path) == contents(whole)


def test_a_killed_run_goes_on_to_the_same_bytes(tokenizer_folder, tmp_path):
    source = tmp_path / "large.jsonl"
    with source.open("w") as file:
        for copy in range(60):
            for text in DOCUMENTS:
                file.write(json.dumps({"text": f"{copy} {text}"}) + "\n")
    settings = [
        "--source",
        source,
        "--tokenizer",
        tokenizer_folder,
        "--workers",
        2,
        "--shard-tokens",
        300_000,
    ]
    killed = start_script("prepare_fineweb.py", *settings, "--out", tmp_path / "killed")
    for _ in range(600):
        if (tmp_path / "killed" / "train_00001.npy").exists():
            break
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (tmp_path / "killed" / "meta.json").exists()
    for folder in ("killed", "whole"):
        status, output = run_script("prepare_fineweb.py", *settings, "--out", tmp_path / folder)
        assert status == 0, output
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_max_tokens_and_val_tokens_are_kept_and_unused_validation_text_is_never_trained_on(
    whole, tokenizer_folder, tmp_path
):
    tokenizer = load_tokenizer(tokenizer_folder)
    prepare(tmp_path / "few", tokenizer_folder, "--max-tokens", 50_000)
    tokens = sum(len(np.load(path)) for path in (tmp_path / "few").glob("*.npy"))
    assert 45_000 < tokens <= 50_000
    prepare(tmp_path / "val", tokenizer_folder, "--val-tokens", 3_000)
    kept = documents_in(tmp_path / "val", "val", tokenizer)
    assert 3_000 <= sum(len(tokenizer.encode(text)) + 1 for text in kept) < 5_000
    assert documents_in(tmp_path / "val", "train", tokenizer) == documents_in(
        whole, "train", tokenizer
    )
    assert (
        json.loads((tmp_path / "val" / "meta.json").read_text())["counts"][
            "validation documents over --val-tokens"
        ]
        > 0
    )


def test_empty_documents_are_counted_not_written(tokenizer_folder, tmp_path):
    source = tmp_path / "some.jsonl"
    source.write_text(
        "".join(
            json.dumps({"text": text}) + "\n" for text in ["", None, "one", "two <|endoftext|>"]
        )
    )
    prepare(tmp_path / "out", tokenizer_folder, "--val-fraction", 0, source=source)
    assert documents_in(tmp_path / "out", "train", load_tokenizer(tokenizer_folder)) == [
        "one",
        "two <|endoftext|>",
    ]
    assert json.loads((tmp_path / "out" / "meta.json").read_text())["counts"] == {
        "empty documents": 2,
        "documents": 4,
    }


def test_a_finished_folder_is_left_alone_and_other_settings_are_refused(
    whole, tokenizer_folder, capsys
):
    before = contents(whole)
    prepare(whole, tokenizer_folder)
    assert "complete already" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        prepare(whole, tokenizer_folder, "--seed", 1)
    assert stopped.value.code == 2 and "seed: 0, now 1" in capsys.readouterr().err
    assert contents(whole) == before


def test_all_wrong_settings_are_named_at_once(capsys):
    with pytest.raises(SystemExit) as stopped:
        prepare_fineweb.main(["--val-fraction", "1.5", "--workers", "0", "--shard-tokens", "0"])
    message = capsys.readouterr().err
    assert stopped.value.code == 2 and all(
        flag in message for flag in ("--val-fraction", "--workers", "--shard-tokens")
    )


def test_a_source_without_text_is_refused(tokenizer_folder, tmp_path, capsys):
    (tmp_path / "none.jsonl").write_text("")
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path / "out", tokenizer_folder, source=tmp_path / "none.jsonl")
    assert stopped.value.code == 2 and "no text" in capsys.readouterr().err
