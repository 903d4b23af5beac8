import json

import numpy as np
import pytest

from tests.support.text import file_contents
from text.shard_writer import ShardFolder, ShardWriter

DOCUMENTS = [np.arange(start, start + 7 + start % 5) for start in range(0, 2000, 10)]
SHARD_TOKENS = 100


def start_writer(folder, committed=None):
    folder.mkdir(exist_ok=True)
    return ShardWriter(folder, "train", np.uint16, SHARD_TOKENS, committed)


def write(writer, documents):
    for document in documents:
        writer.add(document)


def write_whole(folder):
    """The shards of an uninterrupted run."""
    writer = start_writer(folder)
    write(writer, DOCUMENTS)
    writer.close_shard()
    return file_contents(folder)


def test_a_writer_resumes_from_its_commit_and_discards_what_was_written_later(tmp_path):
    whole = write_whole(tmp_path / "whole")
    for stop in (0, 1, 9, 10, 11, 57, 200):
        folder = tmp_path / f"stop_{stop}"
        crashing = start_writer(folder)
        write(crashing, DOCUMENTS[:stop])
        committed = json.loads(json.dumps(crashing.commit()))
        write(crashing, DOCUMENTS[stop : stop + 25])  # lost in the crash, with full shards
        resumed = start_writer(folder, committed)
        write(resumed, DOCUMENTS[stop:])
        resumed.close_shard()
        assert file_contents(folder) == whole


def test_shards_hold_whole_documents_and_are_nearly_full(tmp_path):
    write_whole(tmp_path / "whole")
    sizes = [len(np.load(path)) for path in sorted((tmp_path / "whole").iterdir())]
    assert max(sizes) <= SHARD_TOKENS
    assert min(sizes[:-1]) > 85
    assert sum(sizes) == sum(map(len, DOCUMENTS))


@pytest.mark.parametrize("counts", [[""], "", 7, None])
def test_counts_of_a_corrupt_commit_are_refused_with_its_file(tokenizer, tmp_path, counts):
    ShardFolder(tmp_path, {}, tokenizer, SHARD_TOKENS).commit(0)
    path = tmp_path / "progress.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"counts": counts}))
    with pytest.raises(ValueError, match=r"progress\.json"):
        ShardFolder(tmp_path, {}, tokenizer, SHARD_TOKENS)
