"""Streaming from the hub over a failing network: with a fake reading process, then a fake hub."""

import json
import multiprocessing
import multiprocessing.forkserver
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest

import prepare_fineweb
import prepare_nectar
from tests.support.fake_hub import REPOSITORY, Hub, serve_hub
from tests.support.scripts import ROOT, SAMPLE, start_script
from tests.support.text import file_contents
from text.data_folder import read_meta
from text.hub import HubDataset

# ---- the messages of a reading process ----


class FlakyReader:
    """Sends rows from a position on, and fails after three batches the first `failures` times."""

    def __init__(self, failures):
        self.failures = failures
        self.positions = []

    def __call__(self, position):
        self.positions.append(position)
        start = position or 0
        for sent in range(start, 20):
            if self.failures and sent == start + 3:
                self.failures -= 1
                yield "error", "503 Server Error", False
                return
            yield "rows", [{"text": str(sent)}], sent + 1
        yield ("end",)


@pytest.fixture
def waits(monkeypatch):
    """The waits between attempts, in seconds; they are recorded, not waited."""
    waited = []
    monkeypatch.setattr("text.hub.time.sleep", waited.append)
    return waited


def read_all():
    dataset = HubDataset("a/b", None, ["text"])
    return [row["text"] for rows, _ in dataset.batches() for row in rows]


def read_from(monkeypatch, messages):
    """Make HubDataset receive what `messages(position)` yields."""
    monkeypatch.setattr(HubDataset, "_messages", lambda self, position: messages(position))


def test_reading_resumes_where_the_network_failed(monkeypatch, waits):
    reader = FlakyReader(failures=4)
    read_from(monkeypatch, reader)
    assert read_all() == [str(number) for number in range(20)]
    assert reader.positions == [None, 3, 6, 9, 12]
    assert waits == [1, 1, 1, 1]  # each time, rows had arrived in between


def refuse_connection(position):
    yield "error", "connection refused", False


def find_nothing(position):
    yield "error", "404 Not Found", True


def test_waits_grow_while_nothing_arrives_and_end_in_an_error(monkeypatch, waits):
    read_from(monkeypatch, refuse_connection)
    expected = "a/b could not be read .connection refused.*run the same command again"
    with pytest.raises(ValueError, match=expected):
        read_all()
    assert waits == [1, 2, 4, 8, 16, 32, 64]


def test_a_permanent_error_is_not_retried(monkeypatch, waits):
    read_from(monkeypatch, find_nothing)
    with pytest.raises(ValueError, match="404"):
        read_all()
    assert waits == []


def hang(*arguments):
    """Takes the place of the reading process, and sends nothing."""
    time.sleep(600)


def test_a_reading_process_that_hangs_is_killed(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr("text.hub._read_hub", hang)
    monkeypatch.setattr("text.hub.SILENCE_LIMIT_SECONDS", 0.1)
    monkeypatch.setattr("text.hub.ATTEMPTS", 1)
    with pytest.raises(ValueError, match="nothing arrived for 0.1 seconds"):
        read_all()


# ---- prepare_fineweb.py with a fake hub ----


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """The sample corpus four times; the data set consists of two such files."""
    import pyarrow
    import pyarrow.parquet

    texts = [json.loads(line)["text"] for line in SAMPLE.open(encoding="utf-8")]
    path = tmp_path_factory.mktemp("parquet") / "texts.parquet"
    table = pyarrow.table({"text": texts * 4})
    pyarrow.parquet.write_table(table, path, row_group_size=100, compression="none")
    return path


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A running hub, and the variables that reading processes inherit."""
    with serve_hub() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", address)
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("HF_HUB_DISABLE_XET", "1")
        patch.setenv("HF_HUB_OFFLINE", "0")
        patch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "2")
        yield


@pytest.fixture(scope="module")
def parent_of_readers(environment):
    """A process that waits only briefly, and has imported what takes readers seconds."""
    server = multiprocessing.forkserver.ForkServer()
    server.set_forkserver_preload(["datasets", "torch.utils.data"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT / "tests" / "support" / "short_waits"))
        server.ensure_running()
    return server


@pytest.fixture
def hub(parquet, parent_of_readers, monkeypatch):
    """The running hub with two files; its readers are forked, and nothing waits long."""
    connect = parent_of_readers.connect_to_new_process
    monkeypatch.setattr("multiprocessing.forkserver.connect_to_new_process", connect)
    forking = SimpleNamespace(get_context=lambda _: multiprocessing.get_context("forkserver"))
    monkeypatch.setattr("text.hub.multiprocessing", forking)
    monkeypatch.setattr("text.hub.time", SimpleNamespace(sleep=lambda _: None))
    content = parquet.read_bytes()
    files = {f"data/train-0000{number}-of-00002.parquet": content for number in range(2)}
    Hub.serve(files)
    return Hub


def arguments(source, tokenizer_folder, out):
    paths = ["--source", *source, "--tokenizer", tokenizer_folder, "--out", out]
    options = ["--config", "default", "--workers", "1", "--val-fraction", "0.1"]
    return [str(argument) for argument in [*paths, *options]]


def prepare(source, tokenizer_folder, out):
    prepare_fineweb.main(arguments(source, tokenizer_folder, out))


@pytest.fixture(scope="module")
def expected(parquet, tokenizer_folder, tmp_path_factory):
    """The shards of the same rows, prepared from local files."""
    folder = tmp_path_factory.mktemp("expected")
    prepare([parquet, parquet], tokenizer_folder, folder)
    return file_contents(folder, "*.npy")


@pytest.mark.parametrize("faults", [[], ["429", None, "drop", "half a body", "500"], ["hang"]])
def test_occasional_network_failures_cost_time_but_no_data(
    hub, expected, tokenizer_folder, tmp_path, faults
):
    hub.faults = list(faults)
    prepare([REPOSITORY], tokenizer_folder, tmp_path / "out")
    assert hub.downloads > 1
    assert not hub.faults
    assert file_contents(tmp_path / "out", "*.npy") == expected


@pytest.mark.parametrize("fault", ["500", "drop"])
def test_a_network_that_keeps_failing_ends_the_script_and_a_rerun_resumes(
    hub, expected, tokenizer_folder, tmp_path, capsys, monkeypatch, fault
):
    monkeypatch.setattr("text.hub.ATTEMPTS", 2)
    monkeypatch.setattr("text.hub.SILENCE_LIMIT_SECONDS", 60)
    monkeypatch.setattr("text.hub.SKIPPING_LIMIT_SECONDS", 60)
    monkeypatch.setattr(prepare_fineweb, "COMMIT_EVERY_TOKENS", 10_000)
    hub.faults = [None] * 4 + [fault] * 1000
    with pytest.raises(SystemExit) as stopped:
        prepare([REPOSITORY], tokenizer_folder, tmp_path / "out")
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert stopped.value.code == 2
    assert f"{REPOSITORY} could not be read" in message
    assert "run the same command again" in message
    assert json.loads((tmp_path / "out" / "progress.json").read_text())["position"], message
    hub.faults = []
    prepare([REPOSITORY], tokenizer_folder, tmp_path / "out")
    assert file_contents(tmp_path / "out", "*.npy") == expected


def test_a_data_set_that_does_not_exist_is_reported_at_once(
    hub, tokenizer_folder, tmp_path, capsys
):
    with pytest.raises(SystemExit) as stopped:
        prepare(["somebody/nothing"], tokenizer_folder, tmp_path / "out")
    assert stopped.value.code == 2
    assert "somebody/nothing could not be read" in capsys.readouterr().err


def test_ctrl_c_while_the_network_hangs_ends_the_script(hub, tokenizer_folder, tmp_path):
    hub.faults = [None, "hang", "hang", "hang"]
    process = start_script(
        "prepare_fineweb.py",
        *arguments([REPOSITORY], tokenizer_folder, tmp_path / "out"),
    )
    deadline = time.monotonic() + 60
    while len(hub.faults) > 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the script did not reach the hanging download"
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "run the same command again to resume" in output
    assert "Traceback" not in output


# ---- prepare_nectar.py with a fake hub ----


def serve_rows(hub, rows):
    """Make the hub's data set consist of these rows, as JSON lines."""
    hub.files = {"train.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}


def prepare_chats(tokenizer_folder, out):
    paths = ["--source", REPOSITORY, "--tokenizer", tokenizer_folder, "--out", out]
    prepare_nectar.main([str(argument) for argument in paths])


def test_the_form_of_conversations_on_the_hub_is_found_by_their_columns(
    hub, tokenizer_folder, tmp_path, capsys
):
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]
    serve_rows(hub, [{"id": str(number), "conversations": turns} for number in range(300)])
    prepare_chats(tokenizer_folder, tmp_path / "out")
    output = capsys.readouterr().out
    assert "reading conversations with from and value, as in ShareGPT" in output
    assert read_meta(tmp_path / "out")["dropped"] == {}
    assert len(np.load(tmp_path / "out" / "train_offsets.npy")) == 301


def test_unknown_columns_on_the_hub_are_a_sentence_at_once(hub, tokenizer_folder, tmp_path, capsys):
    serve_rows(hub, [{"title": "a", "body": "b"}])
    with pytest.raises(SystemExit):
        prepare_chats(tokenizer_folder, tmp_path / "out")
    error = capsys.readouterr().err
    assert f'{REPOSITORY}: the columns are "title", "body", which is not a known form' in error
