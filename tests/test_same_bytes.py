"""The comparison of two versions of the code: what counts as the same bytes."""

import pytest

from tests.support.same_bytes import digests


@pytest.mark.parametrize("name", ["report.html", "report.json", "report.md", "chat.py.txt"])
def test_a_file_that_names_its_folder_is_the_same_in_another_folder(tmp_path, name):
    outputs = [tmp_path / "before_output", tmp_path / "after_output"]
    for output in outputs:
        output.mkdir()
        (output / name).write_text(f"the model in {output}/general")
    before, after = map(digests, outputs)
    assert before == after and set(before) == {name}
