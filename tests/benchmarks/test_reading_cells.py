"""The settings that all cells of benchmarks/readings.py share."""

import pytest

from benchmarks import readings


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command in a folder with cells of one row each, which nothing measures."""
    measured = []

    def measure(cell, args):
        measured.append(cell)
        return {}

    monkeypatch.setattr(readings, "measure", measure)
    monkeypatch.setattr(readings, "draw_readings", lambda rows: b"")

    def run(*flags):
        measured.clear()
        readings.main(["--out", str(tmp_path), "--readings", "1", "2", *flags])
        return len(measured)

    return run


def test_the_same_command_measures_nothing_twice(run):
    assert run("--max-lr", "1e-3") == 2
    assert run("--max-lr", "1e-3") == 0
    assert run("--max-lr", "1e-3", "--people", "7") == 2


@pytest.mark.parametrize(
    "flags",
    [
        ("--kinds", "birth year"),
        ("--held-out-people", "0.1"),
        ("--max-test-questions", "9"),
        ("--batch-size", "3"),
        ("--max-lr", "1e-3"),
    ],
)
def test_other_settings_are_refused_with_the_flag_that_differs(run, capsys, flags):
    run()
    with pytest.raises(SystemExit):
        run(*flags)
    message = " ".join(capsys.readouterr().err.split())
    assert f"were measured with {flags[0]} " in message and "choose another --out" in message
    assert "[" not in message.partition("were measured with")[2]
    assert run("--draw-only", *flags) == 0


def test_rows_of_unknown_settings_are_not_mixed_with_others(run, capsys, tmp_path):
    run()
    (tmp_path / "settings.json").unlink()
    with pytest.raises(SystemExit):
        run()
    assert "has rows but no settings.json" in capsys.readouterr().err


def test_a_topic_of_the_knowledge_is_refused_as_a_kind(tmp_path, capsys):
    with pytest.raises(SystemExit):
        readings.main(["--kinds", "birth year", "rules", "--out", str(tmp_path)])
    assert "kinds of the tables' facts, and 'rules' is none" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
