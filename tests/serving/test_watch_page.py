"""The page with the runs that train: cards, colours, the chart, and what is new."""

import asyncio
import json
import time

import pytest
from nicegui import ui

from evaluation.colours import COLOURS
from serving.pages.watch import add_watch_page
from tests.support.visitors import texts, visit
from training.loss_log import LossLog, Row
from training.sample_log import Sample, append_sample

pytestmark = pytest.mark.asyncio


def train(folder, steps, total=100):
    """Log these steps of a run of `total`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps({"settings": {"steps": total}}))
    log = LossLog(folder / "loss.csv")
    for step in steps:
        log.write(Row(step, step * 1000, step * 2.0, "train", 4.0, 1e-3, 1.0, 500))
    log.close()


def open_watch(runs):
    return visit("/watch", lambda: add_watch_page(runs, seconds=0.05))


def curves(visitor, field="data"):
    [chart] = visitor.find(kind=ui.echart).elements
    return {series["name"]: series[field] for series in chart.options["series"]}


def points(visitor):
    """How many points each curve has."""
    return {name: len(data) for name, data in curves(visitor).items()}


def colours(visitor):
    return curves(visitor, "color")


async def until(condition):
    """Wait until a condition holds; a page that never gets there ends with an error."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


def boxes(visitor):
    found = visitor.find(kind=ui.checkbox).elements
    return {box.text: box for box in found if box.text != "Logarithmic loss"}


async def test_a_running_run_is_chosen_and_its_card_says_how_far_it_is(tmp_path):
    train(tmp_path / "done", range(1, 101))
    train(tmp_path / "now", range(1, 41))
    append_sample(tmp_path / "now" / "samples.jsonl", 40, Sample("The", " <b>end</b>"))
    async with open_watch(tmp_path) as visitor:
        assert {name: box.value for name, box in boxes(visitor).items()} == {
            "done": False,
            "now": True,
        }
        assert set(curves(visitor)) == {"now"}
        assert texts(visitor, "run-state") == ["finished", "running"]
        await visitor.should_see("step 40 of 100 · loss 4.0000 · 500 tokens/s · about 2m00s")
        assert "The <b>end</b>" in texts(visitor, "sample")


async def test_new_steps_and_new_runs_appear_by_themselves(tmp_path):
    train(tmp_path / "a", range(1, 11))
    async with open_watch(tmp_path) as visitor:
        train(tmp_path / "a", range(11, 21))
        train(tmp_path / "b", range(1, 6))
        await until(lambda: points(visitor) == {"a": 20, "b": 5})
        await visitor.should_see("step 20 of 100")
        await visitor.should_see("step 5 of 100")


async def test_a_run_that_begins_while_the_page_is_open_is_chosen_before_its_first_step(tmp_path):
    train(tmp_path / "a", range(1, 11))
    async with open_watch(tmp_path) as visitor:
        train(tmp_path / "b", [])
        await until(
            lambda: texts(visitor, "run-state") == ["running", "waiting for the first step"]
        )
        assert boxes(visitor)["b"].value
        train(tmp_path / "b", range(1, 6))
        await until(lambda: points(visitor) == {"a": 10, "b": 5})


async def test_runs_can_be_chosen_and_each_has_its_colour(tmp_path):
    for name in "abc":
        train(tmp_path / name, range(1, 101))
    async with open_watch(tmp_path) as visitor:
        boxes(visitor)["b"].value = False
        await until(lambda: set(colours(visitor)) == {"a: every step", "a", "c: every step", "c"})
        assert colours(visitor)["a"] != colours(visitor)["c"]
        boxes(visitor)["b"].value = True
        await until(lambda: len(set(colours(visitor).values())) == 3)
        assert set(colours(visitor).values()) <= set(COLOURS)


async def test_a_folder_without_runs_says_so_and_a_deleted_run_stays(tmp_path):
    async with open_watch(tmp_path / "runs") as visitor:
        await visitor.should_see("There are no runs in")
        train(tmp_path / "runs" / "a", range(1, 11))
        await until(lambda: texts(visitor, "run-state") == ["running"])
        (tmp_path / "runs" / "a" / "loss.csv").unlink()
        await until(lambda: texts(visitor, "run-state") == ["cannot be read"])
        await visitor.should_see("loss.csv is gone")


async def test_a_folder_that_takes_long_to_read_is_waited_for(tmp_path, monkeypatch):
    delays = [3.5]  # of the first look; NiceGUI by itself waits for 3 seconds

    def look_slowly(watcher):
        time.sleep(delays.pop() if delays else 0)
        return {}

    monkeypatch.setattr(add_watch_page.__globals__["Watcher"], "look", look_slowly)
    async with open_watch(tmp_path) as visitor:
        await visitor.should_see("There are no runs in")
