import json
import signal
import time

import numpy as np
import pytest

import prepare_fineweb
from tests.support.rows import compress
from tests.support.scripts import SAMPLE, run_script, start_script
from tests.support.text import file_contents
from text import documents
from text.data_folder import is_for_validation
from text.tokenizer import load_tokenizer

DOCUMENTS = [json.loads(line)["text"] for line in SAMPLE.open(encoding="utf-8")]


def prepare(out, tokenizer_folder, *more, source=SAMPLE):
    paths = ["--source", source, "--tokenizer", tokenizer_folder, "--out", out]
    options = ["--val-fraction", 0.08, "--shard-tokens", 20_000, "--workers", 1]
    prepare_fineweb.main([str(argument) for argument in [*paths, *options, *more]])


def documents_in(folder, split, tokenizer):
    """The texts of all documents in the shards of a split."""
    arrays = [np.load(path) for path in sorted(folder.glob(f"{split}_*.npy"))]
    tokens = np.concatenate(arrays).tolist()
    assert tokens[-1] == tokenizer.end_of_text
    texts, start = [], 0
    for end, token in enumerate(tokens):
        if token == tokenizer.end_of_text:
            texts.append(tokenizer.decode(tokens[start:end]))
            start = end + 1
    return texts


def write_source(path, texts):
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


@pytest.fixture(scope="module")
def whole(tokenizer_folder, tmp_path_factory):
    """What an uninterrupted run writes."""
    folder = tmp_path_factory.mktemp("whole")
    prepare(folder, tokenizer_folder)
    return folder


def test_every_document_is_in_one_split_once_in_order(whole, tokenizer_folder):
    tokenizer = load_tokenizer(tokenizer_folder)
    train = documents_in(whole, "train", tokenizer)
    val = documents_in(whole, "val", tokenizer)
    assert len(train) + len(val) == len(DOCUMENTS)
    chosen = set(val)
    assert train == [text for text in DOCUMENTS if text not in chosen]
    assert val == [text for text in DOCUMENTS if text in chosen]
    assert 0.03 < len(val) / len(DOCUMENTS) < 0.14  # 0.08 within three standard errors


def test_meta_json_says_what_the_folder_holds(whole, tokenizer_folder):
    meta = json.loads((whole / "meta.json").read_text())
    tokenizer = load_tokenizer(tokenizer_folder)
    assert meta["tokenizer"] == {
        "name": tokenizer.name,
        "vocab_size": 512,
        "merges_sha256": tokenizer.merges_sha256,
    }
    assert {"source", "licence", "seed", "val_fraction"} <= meta.keys()
    for shards in meta["splits"].values():
        for shard in shards:
            tokens = np.load(whole / shard["file"])
            assert len(tokens) == shard["tokens"] <= 20_000
            assert (tokens == 511).sum() == shard["documents"]


def choose(val_fraction, seed):
    return [is_for_validation(text.encode(), val_fraction, seed) for text in DOCUMENTS]


def test_the_split_depends_on_the_text_alone():
    chosen = choose(0.3, seed=0)
    assert chosen == choose(0.3, seed=0)
    assert chosen != choose(0.3, seed=1)
    still_chosen = [later for now, later in zip(chosen, choose(0.5, seed=0)) if now]
    assert all(still_chosen)


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_writes_the_same_bytes(
    whole, tokenizer_folder, tmp_path, workers, monkeypatch
):
    monkeypatch.setattr("text.local_files.ROWS_PER_BATCH", 20)
    prepare(tmp_path, tokenizer_folder, "--workers", workers)
    assert file_contents(tmp_path) == file_contents(whole)


class Crash(Exception):
    """Something that no part of the project expects."""


class CrashingTokenizer:
    """Tokenizes the given number of batches, then runs out of memory."""

    def __init__(self, batches):
        self.batches_left = batches
        self.tokenize_rows = documents.tokenize_rows

    def __call__(self, *arguments, **settings):
        if self.batches_left == 0:
            raise Crash
        self.batches_left -= 1
        return self.tokenize_rows(*arguments, **settings)


@pytest.mark.parametrize("batches_before_the_crash", [0, 1, 4, 7, 13])
def test_a_run_that_crashes_anywhere_resumes_to_the_same_bytes(
    whole, tokenizer_folder, tmp_path, monkeypatch, batches_before_the_crash
):
    monkeypatch.setattr("text.local_files.ROWS_PER_BATCH", 20)
    monkeypatch.setattr(prepare_fineweb, "COMMIT_EVERY_TOKENS", 15_000)
    with monkeypatch.context() as patch:
        crashing = CrashingTokenizer(batches_before_the_crash)
        patch.setattr(documents, "tokenize_rows", crashing)
        with pytest.raises(Crash):
            prepare(tmp_path, tokenizer_folder)
    assert not (tmp_path / "meta.json").exists()
    prepare(tmp_path, tokenizer_folder)
    assert file_contents(tmp_path) == file_contents(whole)


def test_a_killed_run_resumes_to_the_same_bytes(tokenizer_folder, tmp_path):
    texts = [f"{copy} {text}" for copy in range(60) for text in DOCUMENTS]
    source = write_source(tmp_path / "large.jsonl", texts)
    settings = ["--source", source, "--tokenizer", tokenizer_folder]
    settings += ["--workers", 2, "--shard-tokens", 300_000]
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
    assert file_contents(tmp_path / "killed") == file_contents(tmp_path / "whole")


def test_max_tokens_is_nearly_reached_and_never_exceeded(tokenizer_folder, tmp_path):
    prepare(tmp_path, tokenizer_folder, "--max-tokens", 50_000)
    tokens = sum(len(np.load(path)) for path in tmp_path.glob("*.npy"))
    assert 45_000 < tokens <= 50_000


def test_validation_text_over_val_tokens_is_never_trained_on(whole, tokenizer_folder, tmp_path):
    tokenizer = load_tokenizer(tokenizer_folder)
    prepare(tmp_path, tokenizer_folder, "--val-tokens", 3_000)
    kept = documents_in(tmp_path, "val", tokenizer)
    assert 3_000 <= sum(len(tokenizer.encode(text)) + 1 for text in kept) < 5_000
    train = documents_in(tmp_path, "train", tokenizer)
    assert train == documents_in(whole, "train", tokenizer)
    counts = json.loads((tmp_path / "meta.json").read_text())["counts"]
    assert counts["validation documents over --val-tokens"] > 0


def test_empty_documents_are_counted_and_not_written(tokenizer_folder, tmp_path):
    texts = ["", None, "one", "two <|endoftext|>"]
    source, out = write_source(tmp_path / "some.jsonl", texts), tmp_path / "out"
    prepare(out, tokenizer_folder, "--val-fraction", 0, source=source)
    kept = documents_in(out, "train", load_tokenizer(tokenizer_folder))
    assert kept == ["one", "two <|endoftext|>"]
    counts = json.loads((out / "meta.json").read_text())["counts"]
    assert counts == {"empty documents": 2, "documents": 4}


def test_a_finished_folder_is_left_alone_and_other_settings_are_refused(
    whole, tokenizer_folder, capsys
):
    before = file_contents(whole)
    prepare(whole, tokenizer_folder)
    assert "already complete" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        prepare(whole, tokenizer_folder, "--seed", 1)
    assert stopped.value.code == 2
    assert "seed: 0, now 1" in capsys.readouterr().err
    assert file_contents(whole) == before


def test_all_wrong_settings_are_named_at_once(capsys):
    with pytest.raises(SystemExit) as stopped:
        prepare_fineweb.main(["--val-fraction", "1.5", "--workers", "0", "--shard-tokens", "0"])
    message = capsys.readouterr().err
    assert stopped.value.code == 2
    for flag in ("--val-fraction", "--workers", "--shard-tokens"):
        assert flag in message


def test_a_source_without_text_is_refused(tokenizer_folder, tmp_path, capsys):
    source = write_source(tmp_path / "none.jsonl", [])
    with pytest.raises(SystemExit) as stopped:
        prepare(tmp_path / "out", tokenizer_folder, source=source)
    assert stopped.value.code == 2
    assert "no text" in capsys.readouterr().err


# ---- text files ----


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Each document of the sample as a text file, some of them compressed or from Windows."""
    folder = tmp_path_factory.mktemp("books")
    paths = []
    for number, text in enumerate(DOCUMENTS[:60]):
        ending = ["", "", ".gz", ".xz", ".zst"][number % 5]
        content = text.encode("utf-16" if number % 5 == 1 else "utf-8")
        paths.append(folder / f"{number:03}.txt{ending}")
        paths[-1].write_bytes(compress(content, ending))
    return paths


def prepare_books(books, tokenizer_folder, out, workers=1):
    paths = ["--source", *books, "--tokenizer", tokenizer_folder, "--out", out]
    options = ["--val-fraction", 0.2, "--shard-tokens", 5_000, "--workers", workers]
    prepare_fineweb.main([str(argument) for argument in [*paths, *options]])


def test_text_files_give_the_shards_of_their_texts_for_any_number_of_workers(
    books, tokenizer_folder, tmp_path
):
    source = write_source(tmp_path / "same.jsonl", DOCUMENTS[:60])
    prepare_books([source], tokenizer_folder, tmp_path / "same")
    expected = file_contents(tmp_path / "same", "*.npy")
    assert len(expected) > 2
    for workers in (1, 2):
        prepare_books(books, tokenizer_folder, tmp_path / str(workers), workers)
        assert file_contents(tmp_path / str(workers), "*.npy") == expected


def test_text_files_resume_to_the_same_bytes(books, tokenizer_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(prepare_fineweb, "COMMIT_EVERY_TOKENS", 1_000)
    prepare_books(books, tokenizer_folder, tmp_path / "whole")
    hidden = books[40].rename(books[40].with_suffix(".hidden"))
    books[40].write_bytes(b"\xff")  # what it holds is refused, after others were committed
    with pytest.raises(SystemExit):
        prepare_books(books, tokenizer_folder, tmp_path / "resumed")
    assert json.loads((tmp_path / "resumed" / "progress.json").read_text())["position"]
    hidden.rename(books[40])
    prepare_books(books, tokenizer_folder, tmp_path / "resumed")
    assert file_contents(tmp_path / "resumed", "*.npy") == file_contents(
        tmp_path / "whole", "*.npy"
    )


# ---- the progress bar ----


class Bar:
    """A progress bar that records its estimates of the total."""

    def __init__(self, **options):
        self.n = 0
        self.totals = []

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def set_postfix_str(self, text, refresh):
        pass

    def update(self, size):
        self.n += size

    total = property(fset=lambda self, total: self.totals.append(total))


@pytest.fixture
def bars(monkeypatch):
    """The progress bars of the runs, one after the other."""
    made = []

    def make_bar(**options):
        made.append(Bar(**options))
        return made[-1]

    monkeypatch.setattr("tqdm.tqdm", make_bar)
    monkeypatch.setattr(prepare_fineweb, "COMMIT_EVERY_TOKENS", 1_000)
    return made


def estimates(sizes):
    """The sum of all sizes, estimated after each one from the mean of those before."""
    return [int(sum(sizes[:end]) / (end / len(sizes))) for end in range(1, len(sizes) + 1)]


def test_the_total_is_estimated_from_the_documents_of_this_process_to_the_end(
    books, tokenizer_folder, tmp_path, bars
):
    sizes = [len(text.encode()) for text in DOCUMENTS[:60]]
    prepare_books(books, tokenizer_folder, tmp_path / "whole")
    content = books[40].read_bytes()
    books[40].write_bytes(b"\xff")
    with pytest.raises(SystemExit):
        prepare_books(books, tokenizer_folder, tmp_path / "resumed")
    books[40].write_bytes(content)
    read = json.loads((tmp_path / "resumed" / "progress.json").read_text())["counts"]["documents"]
    assert 0 < read <= 40
    prepare_books(books, tokenizer_folder, tmp_path / "resumed")
    whole, _, resumed = bars
    assert whole.totals == estimates(sizes)
    assert whole.n == sum(sizes) == whole.totals[-1]
    assert resumed.totals == estimates(sizes[read:])


def test_the_total_is_estimated_from_the_tokens_of_max_tokens(
    tokenizer_folder, tmp_path, bars, monkeypatch
):
    monkeypatch.setattr("text.local_files.ROWS_PER_BATCH", 20)
    prepare(tmp_path, tokenizer_folder, "--max-tokens", 50_000)
    [bar] = bars
    assert len(bar.totals) > 3
    assert bar.totals == pytest.approx([bar.n] * len(bar.totals), rel=0.2)
