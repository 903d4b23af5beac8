"""loss.csv: rows written and read back, torn and corrupt lines, cutting back, loss spikes."""

import math

import pytest

from training.loss_log import HEADER, LossLog, Row, cut_back, find_spikes, is_spike, read_loss_log

ROWS = [
    Row(0, 0, 0.0, "val", 8.5),
    Row(1, 1024, 1.5, "train", 8.25, 6e-4, 2.5, 682),
    Row(2, 2048, 3.0, "train", 8.0, 3e-4, 1.25, 683),
    Row(2, 2048, 3.0, "val/facts", 7.75),
]


def lines(rows):
    """The rows as text: rows with NaN are not equal to themselves."""
    return [row.as_line() for row in rows]


@pytest.fixture
def path(tmp_path):
    log = LossLog(tmp_path / "loss.csv")
    for row in ROWS:
        log.write(row)
    log.close()
    return tmp_path / "loss.csv"


def test_rows_come_back_as_written_and_pandas_reads_them_too(path):
    import pandas

    assert lines(read_loss_log(path)) == lines(ROWS)
    table = pandas.read_csv(path)
    columns = "step,tokens,seconds,split,loss,learning_rate,gradient_norm,tokens_per_second"
    assert ",".join(table.columns) == columns
    assert table.loss.tolist() == [8.5, 8.25, 8.0, 7.75]
    assert math.isnan(table.learning_rate[0])
    assert table.learning_rate[1] == 6e-4


def test_a_row_is_in_the_file_as_soon_as_it_is_written(tmp_path):
    log = LossLog(tmp_path / "loss.csv")
    log.write(ROWS[0])
    assert lines(read_loss_log(tmp_path / "loss.csv")) == lines(ROWS[:1])


def test_a_torn_last_line_is_left_out_wherever_it_is_torn(path):
    whole = path.read_text()
    for end in range(len(whole)):
        path.write_text(whole[:end])
        assert lines(read_loss_log(path)) == lines(ROWS[: max(0, whole[:end].count("\n") - 1)])


def test_an_error_names_the_corrupt_line(path):
    path.write_text(path.read_text().replace("2048", "lots", 1))
    with pytest.raises(ValueError, match="line 4"):
        read_loss_log(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not a loss log"):
        read_loss_log(path)


def test_cutting_back_keeps_the_rows_up_to_the_checkpoint_and_appending_continues(path):
    cut_back(path, 1)
    assert lines(read_loss_log(path)) == lines(ROWS[:2])
    log = LossLog(path)
    log.write(ROWS[2])
    log.close()
    assert path.read_text().count(HEADER) == 1
    assert lines(read_loss_log(path)) == lines(ROWS[:3])


def test_a_spike_is_six_standard_deviations_above_the_mean_of_the_fifty_steps_before():
    calm = [3.0 + 0.1 * (-1) ** number for number in range(50)]  # mean 3, standard deviation 0.1
    assert not is_spike(3.59, calm)
    assert is_spike(3.61, calm)
    assert not is_spike(100.0, calm[:24])  # too few steps before it
    rows = [
        Row(step, step, 0.0, split, loss)
        for step, loss in enumerate([*calm, 4.0, *calm], start=1)
        for split in ("train", "val")
    ]
    assert find_spikes(rows) == [51]
