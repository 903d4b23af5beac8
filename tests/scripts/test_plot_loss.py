"""plot_loss.py: what its picture shows, and its errors if there is nothing to draw."""

import json
import shutil

import pytest

import plot_loss
from training.loss_log import LossLog, Row


@pytest.fixture
def run(tmp_path):
    """A run of 100 steps: validation every 20, a part named prose, two learning-rate drops."""
    folder = tmp_path / "run"
    folder.mkdir()
    log = LossLog(folder / "loss.csv")
    for step in range(1, 101):
        clock = (step, step * 1000, step * 2.0)
        log.write(Row(*clock, "train", 8 - step / 20, 6e-4, 1.0, 500))
        if step % 20 == 0:
            log.write(Row(*clock, "val", 8.1 - step / 20))
            log.write(Row(*clock, "val/prose", 7.1 - step / 20))
    log.close()
    (folder / "run.json").write_text(json.dumps({"settings": {"lr_drop": [[30, 0.5], [60, 0.1]]}}))
    return folder


@pytest.fixture
def draw(monkeypatch):
    """A function that runs the command and returns the axes of the saved picture."""
    import matplotlib.figure

    figures = []
    save = matplotlib.figure.Figure.savefig

    def save_and_collect(figure, *args, **options):
        figures.append(figure)
        save(figure, *args, **options)

    def draw(*arguments):
        plot_loss.main([str(argument) for argument in arguments])
        return figures[-1].axes[0]

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", save_and_collect)
    return draw


def test_curves_show_training_validation_parts_and_drops(run, tmp_path, draw):
    axes = draw(run, "--out", tmp_path / "loss.png")
    curves = {line.get_label(): line for line in axes.lines}
    assert list(curves["validation, ends at 3.100"].get_xdata()) == [20, 40, 60, 80, 100]
    assert curves["val/prose, ends at 2.100"].get_ydata()[0] == pytest.approx(6.1)
    assert [text.get_text() for text in axes.texts] == ["rate ×0.5", "rate ×0.1"]
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_each_step_that_a_run_was_rewound_to_is_marked(run, tmp_path, draw, capsys):
    content = json.loads((run / "run.json").read_text())
    rewind = {"factor": 0.5, "reason": "the loss has risen far above its lowest"}
    content["settings"]["lr_drop"].append([45, 1000.0])  # undone by the first rewind
    content["rewinds"] = [
        {"step": 40, "diverged_at": 55, "shift": 15} | rewind,
        {"step": 40, "diverged_at": 60, "shift": 35} | rewind,
        {"step": 70, "diverged_at": 90, "shift": 55} | rewind,
    ]
    (run / "run.json").write_text(json.dumps(content))
    texts = [text.get_text() for text in draw(run, "--out", tmp_path / "loss.png").texts]
    assert texts[2:] == [
        "rewound to step 40, rate ×0.5\nrewound to step 40, rate ×0.5",
        "rewound to step 70, rate ×0.5",
    ]
    assert "rewound from step 55 to 40, 60 to 40, 90 to 70" in capsys.readouterr().out


def test_many_curves_have_distinct_dashes_and_a_legend_beside_the_axes(run, tmp_path, draw):
    log = LossLog(run / "loss.csv")
    for part in ("articles", "facts", "nectar"):
        log.write(Row(100, 100_000, 200.0, f"val/{part}", 3.0))
    log.close()
    other = run.parent / "other"
    shutil.copytree(run, other)
    axes = draw(run, other, "--out", tmp_path / "loss.png")
    validation = [line for line in axes.lines if line.get_label().startswith("other: val")]
    dashes = {repr(line._unscaled_dash_pattern) for line in validation}
    assert len(dashes) == 5
    axes.figure.canvas.draw()
    assert axes.get_legend().get_window_extent().x0 >= axes.get_window_extent().x1


def add_parts(run, number):
    """Log so many more parts of the validation data, beside val/prose."""
    log = LossLog(run / "loss.csv")
    for part in range(number):
        log.write(Row(100, 100_000, 200.0, f"val/part{part}", 3.0))
    log.close()


def test_eight_parts_and_all_validation_data_have_nine_dash_patterns(run, tmp_path, draw):
    add_parts(run, 7)
    lines = draw(run, "--out", tmp_path / "loss.png").lines
    validation = [line for line in lines if line.get_label().startswith("val")]
    assert len(validation) == 9
    assert len({repr(line._unscaled_dash_pattern) for line in validation}) == 9


def test_more_than_eight_parts_are_left_out(run, tmp_path, draw):
    add_parts(run, 8)
    labels = [line.get_label() for line in draw(run, "--out", tmp_path / "loss.png").lines]
    assert any(label.startswith("validation") for label in labels)
    assert not any(label.startswith("val/") for label in labels)


def test_nine_parts_are_left_out_beside_a_run_without_validation_too(run, tmp_path, draw):
    add_parts(run, 8)
    other = tmp_path / "other"
    other.mkdir()
    log = LossLog(other / "loss.csv")
    log.write(Row(1, 1000, 2.0, "train", 8.0, 6e-4, 1.0, 500))
    log.close()
    labels = [line.get_label() for line in draw(run, other, "--out", tmp_path / "loss.png").lines]
    assert any(label.startswith("run: validation") for label in labels)
    assert not any("val/" in label for label in labels)


@pytest.mark.parametrize("x, last", [("steps", 100), ("tokens", 100_000), ("hours", 200 / 3600)])
def test_the_x_axis_is_in_steps_tokens_or_hours(run, tmp_path, draw, x, last):
    axes = draw(run, "--x", x, "--out", tmp_path / "loss.png")
    assert axes.lines[0].get_xdata()[-1] == pytest.approx(last)


def test_a_run_that_is_still_training_is_drawn_up_to_its_last_complete_row(run, tmp_path, draw):
    (run / "run.json").unlink()
    with (run / "loss.csv").open("a") as file:
        file.write("101,1010")
    axes = draw(run, run / "loss.csv", "--out", tmp_path / "two.svg")
    assert axes.lines[0].get_xdata()[-1] == 100


def test_an_error_says_why_there_is_nothing_to_draw(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "loss.csv").write_text("")
    for run, expected in ((tmp_path / "none", "there is no"), (tmp_path / "empty", "no rows yet")):
        with pytest.raises(SystemExit) as stopped:
            plot_loss.main([str(run)])
        assert stopped.value.code == 2
        assert expected in capsys.readouterr().err
