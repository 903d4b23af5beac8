"""Counting the pieces of texts and of files, in blocks and in several processes."""

import json
from collections import Counter

import pyarrow
import pyarrow.parquet
import pytest
import regex

from tests.support.hard_texts import EDGE_CASES, random_texts, sample_texts
from tests.support.scripts import SAMPLE
from text.pieces import count_pieces, count_pieces_in_files, read_blocks, split_text
from text.tokenizer import SPLIT

NECTAR_ROW = {
    "prompt": "\n\nHuman: Why?\n\nAssistant: ",
    "answers": [{"answer": "Because.", "rank": 1}, {"answer": "Why not?", "rank": 2}],
}
NECTAR_TEXTS = [NECTAR_ROW["prompt"], "Because.", "Why not?"]


def count_blocks(path, block_bytes):
    """The number of blocks, and how often each piece occurs in all of them."""
    counts = [count_pieces(block.texts()) for block in read_blocks(path, block_bytes)]
    return len(counts), sum(counts, Counter())


def write_parquet(path, **columns):
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def test_cutting_at_spaces_first_gives_the_pieces_of_the_regular_expression():
    for text in [*EDGE_CASES, *random_texts(2000, seed=2)]:
        assert count_pieces([text]) == Counter(regex.findall(SPLIT, text)), repr(text)


def test_a_text_file_read_in_blocks_has_the_pieces_of_the_whole_text(tmp_path):
    text = "\n".join(sample_texts(40)) + "\n \n\u00a0\nx"
    expected = Counter(regex.findall(SPLIT, text))
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    number, counts = count_blocks(path, 10_000)
    assert number > 3 and counts == expected
    parts = list(split_text(text, 5_000))
    assert len(parts) > 6 and count_pieces(parts) == expected


def test_json_lines_read_in_blocks_have_the_pieces_of_their_texts():
    number, counts = count_blocks(SAMPLE, 10_000)
    assert number > 3 and counts == count_pieces(sample_texts())


def test_two_processes_count_the_same_as_one(tmp_path):
    path = tmp_path / "text.jsonl"
    content = SAMPLE.read_text(encoding="utf-8") * 14
    assert len(content) > 4 << 20  # a smaller file is counted in one process
    path.write_text(content, encoding="utf-8")
    assert count_pieces_in_files([path], workers=1) == count_pieces_in_files([path], workers=2)


def test_rows_of_nectar_are_counted_as_their_prompts_and_answers(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(NECTAR_ROW) + "\n")
    assert count_pieces_in_files([path]) == count_pieces(NECTAR_TEXTS)


def test_text_that_tiktoken_cannot_encode_is_counted(tmp_path):
    path = tmp_path / "text.jsonl"
    path.write_text(json.dumps({"text": "bad \ud83d here" + "a" + " " * 1_500_000 + "b"}))
    assert count_pieces_in_files([path]).total() > 3


def test_a_line_that_is_not_a_document_is_named(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "fine"}\n\n{"text": 3}\n')
    with pytest.raises(ValueError, match=r"bad\.jsonl, line 3: not a JSON object with a string"):
        count_pieces_in_files([path])


def test_a_text_file_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes("zwölf".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.txt, line 1: not UTF-8 text"):
        count_pieces_in_files([path])


# ---- Parquet ----


def test_a_parquet_file_has_the_pieces_of_its_text_column(tmp_path):
    texts = sample_texts()
    numbers = list(range(len(texts)))
    path = write_parquet(tmp_path / "text.parquet", number=numbers, text=texts)
    assert count_pieces_in_files([path]) == count_pieces(texts)
    number, counts = count_blocks(path, 100_000)
    assert number > 3 and counts == count_pieces(texts)


def test_rows_without_a_text_are_left_out(tmp_path):
    path = write_parquet(tmp_path / "text.parquet", text=["Who?", None, "When?"])
    assert count_pieces_in_files([path]) == count_pieces(["Who?", "When?"])
    path = tmp_path / "text.jsonl"
    path.write_text('{"text": "Who?"}\n{"text": null}\n{"text": "When?"}\n')
    assert count_pieces_in_files([path]) == count_pieces(["Who?", "When?"])


def test_a_parquet_file_of_nectar_is_counted_as_its_prompts_and_answers(tmp_path):
    columns = {"prompt": [NECTAR_ROW["prompt"]], "answers": [NECTAR_ROW["answers"]], "turns": [1]}
    path = write_parquet(tmp_path / "rows.parquet", **columns)
    assert count_pieces_in_files([path]) == count_pieces(NECTAR_TEXTS)


def test_parquet_text_and_json_lines_are_counted_together_in_two_processes(tmp_path):
    texts = sample_texts() * 14
    paths = [tmp_path / "a.txt", SAMPLE, tmp_path / "b.parquet"]
    paths[0].write_text("How many strikes make an out?\n" * 200_000)
    write_parquet(paths[2], text=texts)
    expected = Counter()
    for path in paths:
        expected += count_pieces_in_files([path])
    assert count_pieces_in_files(paths, workers=2) == expected


@pytest.mark.parametrize(
    "columns, message",
    [
        ({"text": [3]}, r"a\.parquet, row 1: a text is not a string"),
        (
            {"body": ["fine"]},
            r'a\.parquet: the columns are "body", .* nor is there a column "text"',
        ),
        ({"prompt": ["fine"], "answers": [3]}, r"a\.parquet, row 1: a text is not a string"),
    ],
)
def test_a_parquet_file_without_text_is_refused(tmp_path, columns, message):
    path = write_parquet(tmp_path / "a.parquet", **columns)
    with pytest.raises(ValueError, match=message):
        count_pieces_in_files([path])


def test_a_corrupt_parquet_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1" * 9)
    with pytest.raises(ValueError, match=r"a\.parquet is not a readable parquet file"):
        count_pieces_in_files([path])
