"""The cells of benchmarks/readings.py: the settings they share, their rows, and side by side."""

from threading import Thread
from types import SimpleNamespace

import pytest

from benchmarks import readings, readings_data
from benchmarks.readings import Cell
from benchmarks.readings_data import DataPlan
from benchmarks.readings_table import append_rows, claim, keep_settings, lock_of


@pytest.fixture(autouse=True)
def few_facts(monkeypatch):
    """A fact of each kind in place of the tables, and one of the knowledge."""
    questions = ("who?",) * 6
    found = [
        SimpleNamespace(kind=kind, questions=questions, own_question_count=0)
        for kind in readings.KINDS
    ]
    found.append(SimpleNamespace(kind="rules", questions=questions, own_question_count=5))
    monkeypatch.setattr(readings_data, "load_tables", lambda: None)
    monkeypatch.setattr(readings_data, "facts", lambda tables: iter(found))
    cached = (readings_data.all_tables, readings_data.table_facts)
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command in a folder with cells of one row each, which nothing measures."""
    measured = []

    def measure(cell, args):
        measured.append(cell)
        return cell.row, []

    monkeypatch.setattr(readings, "measure", measure)
    monkeypatch.setattr(readings, "draw_readings", lambda rows: b"")
    monkeypatch.setattr(readings, "markdown_table", lambda rows: "")

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
        ("--asked-facts", "100"),
        ("--fact-readings", "5"),
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


def refusal(capsys, run, *flags):
    """The message with which a command ends; checks that the status is 2."""
    with pytest.raises(SystemExit) as stopped:
        run(*flags)
    assert stopped.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("kind", ["rules", "birthyear"])
def test_a_topic_or_an_unknown_kind_is_refused_with_the_list_of_kinds(run, tmp_path, capsys, kind):
    message = refusal(capsys, run, "--kinds", "birth year", kind)
    kinds = "batting side, birth year, birthplace, debut year, main team, position"
    assert f"no facts of the kind {kind}. There are: {kinds}\n" in message
    assert not list(tmp_path.iterdir())


def test_settings_without_rows_are_replaced_and_get_folders_of_their_own(
    run, tmp_path, monkeypatch, capsys
):
    folders = []

    def stop(cell, args):
        folders.append(readings.run_folder(cell, args))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(readings, "measure", stop)
        for rate in ("1e-3", "2e-3", "1e-3"):
            with pytest.raises(SystemExit) as stopped:
                run("--max-lr", rate)
            assert stopped.value.code == 130
    assert "the same command resumes" in capsys.readouterr().err
    assert folders[0] == folders[2] != folders[1]
    assert run("--max-lr", "4e-3") == 2
    assert "were measured with --max-lr 4e-3;" in refusal(capsys, run, "--max-lr", "1e-3")


@pytest.mark.parametrize(
    "flags, reason",
    [
        (("--facts", "3", "7"), "--facts 7: there are 0 to 6 of these kinds"),
        (("--facts", "-1"), "--facts -1: there are 0 to 6 of these kinds"),
        (("--phrasings", "6"), "--phrasings 6: a fact of the kind birth year has 1 to 5"),
        (("--phrasings", "0"), "--phrasings 0: a fact of the kind birth year has 1 to 5"),
        (("--versions", "9"), "--versions 9: give 1 to 5"),
        (("--people", "-1"), "--people -1: give 0 or more"),
    ],
)
def test_what_the_tables_do_not_have_is_refused_before_a_cell_is_measured(
    run, tmp_path, capsys, flags, reason
):
    assert reason in " ".join(refusal(capsys, run, *flags).split())
    assert not list(tmp_path.iterdir())


def test_without_rows_there_is_nothing_to_draw(run, tmp_path, capsys):
    assert "readings.csv has no rows to draw" in refusal(capsys, run, "--draw-only")
    assert not list(tmp_path.iterdir())


def test_a_missing_model_and_a_failed_script_end_in_a_sentence(tmp_path, capfd):
    model = tmp_path / "nowhere"
    flags = ["--model", model, "--out", tmp_path / "out"]
    message = refusal(capfd, readings.main, [str(flag) for flag in flags])
    assert str(model) in message
    assert "Traceback" not in message
    with pytest.raises(ValueError, match="compare.py has failed, see above"):
        readings.execute("compare.py", [model, "--out", tmp_path / "out"])
    assert str(model) in capfd.readouterr().err


# ---- side by side ----


@pytest.fixture
def args(tmp_path, monkeypatch):
    """The values of the flags that `run` gives."""
    parsed = []
    with monkeypatch.context() as patch:
        patch.setattr(readings, "study", parsed.append)
        readings.main(["--out", str(tmp_path), "--readings", "1", "2"])
    return parsed[0]


def test_a_cell_that_another_process_measures_is_left_to_it(run, args, capsys):
    cells = list(readings.cells_of(args))
    keep_settings(args.out, readings.settings_of(args))
    with claim(readings.run_folder(cells[0], args)) as is_free:
        assert is_free
        assert run() == 1
        assert f"{cells[0].name}: another process is measuring it" in capsys.readouterr().out
    assert run() == 1  # the first one, whose process has ended without a row


def test_other_settings_are_refused_while_a_process_measures_its_first_cell(run, tmp_path, capsys):
    with claim(tmp_path / "runs" / "a_0.5"):
        message = refusal(capsys, run, "--max-lr", "1e-3")
    assert f"another process is measuring in {tmp_path} with other settings" in message
    assert not (tmp_path / "settings.json").exists()


def test_a_row_waits_for_the_row_of_another_process_and_there_is_one_header(tmp_path):
    table = tmp_path / "readings.csv"
    with lock_of(table):
        appending = Thread(target=append_rows, args=(table, [{"a": "2"}], ["a", "b"]))
        appending.start()
        appending.join(0.2)
        assert appending.is_alive()
        table.write_bytes(b"a,b\r\n1,1\r\n")
    appending.join()
    append_rows(table, [{"a": "3", "b": "x,y"}], ["a", "b"])
    assert table.read_bytes() == b'a,b\r\n1,1\r\n2,\r\n3,"x,y"\r\n'
    with pytest.raises(ValueError, match="readings.csv is of an older version"):
        append_rows(table, [{"a": "3"}], ["a", "c"])


def test_data_that_another_process_prepares_is_not_written_again(args, monkeypatch):
    written = []

    def write_data(plan, readings, settings, tokenizer, folder):
        written.append(folder)
        folder.mkdir()
        (folder / "meta.json").touch()

    monkeypatch.setattr(readings, "write_data", write_data)
    plan = DataPlan(facts=0, phrasings=1, people=0, versions=0, pronouns=False, seed=0)
    arguments = (Cell("model", plan, 5), SimpleNamespace(merges_sha256="0123456789"), args)
    data = readings.prepare_data(*arguments)
    assert readings.prepare_data(*arguments) == data
    (data / "meta.json").unlink()
    with lock_of(data):
        preparing = Thread(target=readings.prepare_data, args=arguments)
        preparing.start()
        preparing.join(0.2)
        assert preparing.is_alive()
        (data / "meta.json").touch()
    preparing.join()
    assert written == [data]
