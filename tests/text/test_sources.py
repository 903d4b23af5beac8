import gzip
import json
import lzma

import pytest

from text import sources
from text.sources import HubDataset, open_source, remembered

ROWS = [{"text": f"document {number} é⚾", "id": number} for number in range(1234)]


def write(folder, ending):
    path = folder / f"rows{ending}"
    if ending == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path, row_group_size=300)
        return path
    content = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    if ending.endswith(".zst"):
        import zstandard

        content = zstandard.compress(content)
    path.write_bytes({".gz": gzip.compress, ".xz": lzma.compress}.get(path.suffix, bytes)(content))
    return path


@pytest.mark.parametrize("ending", sources.FILE_ENDINGS)
def test_local_files_of_every_kind_give_the_same_rows_from_any_position(tmp_path, ending):
    source = open_source([str(write(tmp_path, ending))] * 2, columns=["text"])
    batches = list(source.batches())
    everything = [row["text"] for rows, _ in batches for row in rows]
    assert everything == [row["text"] for row in ROWS] * 2
    seen = 0
    for rows, position in batches:
        seen += len(rows)
        rest = source.batches(json.loads(json.dumps(position)))
        assert [row["text"] for rows, _ in rest for row in rows] == everything[seen:]


@pytest.mark.parametrize("content, expected", [(b'{"text": "a"}\n{"txt": "b"}\n', 'line 2: there is no "text"'), (b'{"text": "a"}\n[1]\n', "line 2: not a JSON object"),
                                               (b'{"text": "a"}\n{"text"', "line 2: not a JSON object"), (b"\xff\xfe\n", "UTF-8")])  # fmt: skip
def test_a_broken_line_is_named(tmp_path, content, expected):
    (tmp_path / "rows.jsonl").write_bytes(content)
    with pytest.raises(ValueError, match=expected):
        list(open_source([str(tmp_path / "rows.jsonl")], columns=["text"]).batches())


@pytest.mark.parametrize("ending", [".parquet", ".jsonl.gz", ".jsonl.xz", ".jsonl.zst"])
def test_a_truncated_file_is_refused_with_its_name(tmp_path, ending):
    path = write(tmp_path, ending)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="rows"):
        list(open_source([str(path)], columns=["text"]).batches())


def test_what_is_neither_a_data_set_nor_a_file_is_refused(tmp_path):
    for words in (["a.jsonl"], ["nothing"], ["a/b", "c/d"], [str(tmp_path)], ["a/b/c"]):
        with pytest.raises(ValueError, match="a source is|there is no file"):
            open_source(words)


def test_a_parquet_file_without_the_column_is_refused(tmp_path):
    with pytest.raises(ValueError, match='no column "prompt"; its columns are text, id'):
        list(open_source([str(write(tmp_path, ".parquet"))], columns=["prompt"]).batches())


class FlakyNetwork:
    """Plays the reading process: serves rows from a position, and fails after a few batches each time."""

    def __init__(self, failures, is_hopeless=False):
        self.failures, self.is_hopeless, self.positions = failures, is_hopeless, []

    def __call__(self, position):
        self.positions.append(position)
        start = position or 0
        for sent in range(start, 20):
            if self.failures and sent == start + 3:
                self.failures -= 1
                yield "error", "503 Server Error", self.is_hopeless
                return
            yield "rows", [{"text": str(sent)}], sent + 1
        yield ("end",)


@pytest.fixture
def waits(monkeypatch):
    waited = []
    monkeypatch.setattr(sources.time, "sleep", waited.append)
    return waited


def test_reading_goes_on_where_the_network_failed(monkeypatch, waits):
    network = FlakyNetwork(failures=4)
    monkeypatch.setattr(HubDataset, "_messages", lambda self, position: network(position))
    rows = [row["text"] for rows, _ in HubDataset("a/b", None, ["text"]).batches() for row in rows]
    assert rows == [str(number) for number in range(20)]
    assert network.positions == [None, 3, 6, 9, 12]
    assert waits == [1, 1, 1, 1]  # each time something had arrived in between


def test_waits_grow_while_nothing_arrives_and_then_one_sentence_ends_it(monkeypatch, waits):
    monkeypatch.setattr(
        HubDataset,
        "_messages",
        lambda self, position: (message for message in [("error", "connection refused", False)]),
    )
    with pytest.raises(
        ValueError, match="a/b could not be read .connection refused.*run the same command again"
    ):
        list(HubDataset("a/b", None, ["text"]).batches())
    assert waits == [1, 2, 4, 8, 16, 32, 64]


def test_what_cannot_be_mended_by_waiting_is_not_waited_for(monkeypatch, waits):
    monkeypatch.setattr(
        HubDataset,
        "_messages",
        lambda self, position: (message for message in [("error", "404 Not Found", True)]),
    )
    with pytest.raises(ValueError, match="404"):
        list(HubDataset("a/b", None, ["text"]).batches())
    assert waits == []


def test_a_reading_process_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(sources, "SILENCE_LIMIT_SECONDS", 0.1)
    monkeypatch.setattr(sources, "ATTEMPTS", 1)
    with pytest.raises(ValueError, match="nothing arrived for 0.1 seconds"):
        list(HubDataset("a/b", None, ["text"]).batches())  # 0.1 s is not enough to start a process


def test_what_was_kept_of_a_source_is_remembered_wherever_reading_stopped(tmp_path):
    source, path, asked = (
        open_source([str(write(tmp_path, ".parquet"))]),
        tmp_path / "rows.part",
        [],
    )

    def keep(row):
        asked.append(row["id"])
        return row["text"] if row["id"] % 3 == 0 else None

    def everything(settings):
        pairs = list(remembered(source, keep, path, settings))
        return sum(number for number, _ in pairs), [text for _, kept in pairs for text in kept]

    expected = len(ROWS), [row["text"] for row in ROWS if row["id"] % 3 == 0]
    assert everything({"of": 1}) == expected
    whole = path.read_bytes()
    for size in [*range(0, len(whole), len(whole) // 50), len(whole)]:
        path.write_bytes(whole[:size])
        asked.clear()
        assert everything({"of": 1}) == expected and path.read_bytes() == whole
    assert asked == []  # nothing was read again in the end
    assert everything({"of": 2}) == expected and len(asked) == len(
        ROWS
    )  # other settings begin anew
