"""What the cells of benchmarks/readings.py read, and the lines and tables that show them."""

import io
import json
from argparse import Namespace

import pytest
from PIL import Image, ImageColor

from baseball.dataset import FACTS, PORTRAITS, Dataset, describe_parts, shares_of_readings
from benchmarks import readings
from benchmarks.readings import COLUMNS, describe_run, steps_for
from benchmarks.readings_lines import guessed_right, lines_of
from benchmarks.readings_markdown import markdown_table
from benchmarks.readings_picture import draw_readings, style
from evaluation.colours import COLOURS
from text.batches import MixedBatches
from text.examples import read_pools, save_conversations
from text.readings import readings_of_pools

# ---- what a cell reads ----


@pytest.mark.parametrize(
    "wanted", [{FACTS: 20}, {FACTS: 20, PORTRAITS: 10}, {FACTS: 3, PORTRAITS: 40}]
)
def test_facts_and_people_are_read_as_often_as_asked(tmp_path, tokenizer, wanted):
    dataset = Dataset(tokenizer, val_fraction=0, seed=0)
    for number in range(30):
        for phrasing in range(1 + number % 3):
            dataset.add_conversation("train", FACTS, f"Who is {number}? {phrasing}", "A pitcher.")
        dataset.versions[FACTS].append(1 + number % 3)
    if PORTRAITS in wanted:
        for number in range(20):
            for version in range(4):
                dataset.add_text(PORTRAITS, f"Player {number} of version {version} was a pitcher.")
            dataset.versions[PORTRAITS].append(4)
    parts = describe_parts(dataset, shares_of_readings(dataset, wanted))
    meta = {"source": ["none"], "licence": "none", "parts": parts}
    save_conversations(tmp_path, dataset.kept, meta, tokenizer)
    pools = read_pools(tmp_path, "train", tokenizer, 64, {})
    batches = MixedBatches(pools, batch_size=5, micro_tokens=0, seed=0)
    realised = readings_of_pools(batches, steps_for(wanted, pools, batch_size=5))
    for pool, read in zip(pools, realised, strict=True):
        assert read * pool.versions == pytest.approx(wanted[pool.name], rel=0.02)


# ---- lines, table, picture ----


def row_of(readings, value, **settings):
    """A row of readings.csv with an accuracy on held-out phrasings, or on what portraits tell."""
    defaults = {"model": "m", "facts": "9", "phrasings": "2", "people": "0", "versions": "0"}
    row = dict.fromkeys(COLUMNS, "") | defaults | {"pronouns": "no", "seed": "0"} | settings
    group = "only_in_prose" if row["people"] != "0" else "held_out_phrasings"
    numbers = {"_questions": "80", "": value, "_low": value - 2, "_high": value + 2}
    row |= {f"{group}{suffix}": str(number) for suffix, number in numbers.items()}
    read = {"trained_facts": "9", "fact_readings": "5.04", "steps": "1200", "tokens": "12345"}
    return row | read | {"readings": str(readings)}


def test_a_line_is_named_by_what_tells_it_from_the_others_and_numbers_have_their_order():
    rows = [
        row_of(20, 60, facts="0"),
        row_of(20, 60, facts="4000"),
        row_of(5, 30, facts="1000"),
        row_of(10, 40, facts="1000", phrasings="5"),
        row_of(20, 50, facts="1000"),
        row_of(100, 50, facts="1000"),
    ]
    lines = lines_of(rows)
    assert list(lines) == [
        "1000 facts, phrasings: 2",
        "1000 facts, phrasings: 5",
        "4000 facts, phrasings: 2",
        "all facts, phrasings: 2",
    ]
    first = lines["1000 facts, phrasings: 2"]
    assert [row["readings"] for row in first] == ["5", "20", "100"]


def test_what_another_setting_decides_is_not_in_the_name():
    rows = [
        row_of(20, 60, facts="900", people="150", versions="5"),
        row_of(20, 60, facts="900", people="150", versions="1"),
        row_of(20, 60, facts="300", people="50", versions="5"),
    ]
    assert list(lines_of(rows)) == [
        "50 people, versions: 5",
        "150 people, versions: 1",
        "150 people, versions: 5",
    ]
    assert list(lines_of(rows[:1])) == [""]


def test_what_is_guessed_right_counts_every_question_once():
    rows = [row_of(5, 30), row_of(10, 30), row_of(20, 30)]
    assert guessed_right(rows) is None
    rows[0] |= {"nowhere": "50.0", "nowhere_questions": "10"}
    rows[1] |= {"nowhere": "10.0", "nowhere_questions": "30"}
    assert guessed_right(rows) == pytest.approx(20.0)


def test_the_table_has_a_row_for_each_cell():
    rows = [row_of(20, 60.5, facts="4000"), row_of(5, 30, facts="1000")]
    rows[0] |= {
        "nowhere": "2.0",
        "nowhere_questions": "50",
        "nowhere_low": "0.0",
        "nowhere_high": "6",
    }
    header, rule, first, second = markdown_table(rows).splitlines()
    assert header.count("|") == rule.count("|") == first.count("|") == second.count("|")
    assert first.startswith("| 1000 facts | 9 | 5.0 | 1,200 | 12,345 | 30% [28, 32] of 80 |")
    assert second.endswith("| 60.5% [58.5, 62.5] of 80 | 2.0% [0.0, 6] of 50 |")


def test_the_table_says_how_often_people_are_read_where_there_are_portraits():
    read = {"portrayed": "1500", "person_readings": "19.98"}
    header, _, without, portrayed = markdown_table(
        [row_of(20, 60, people="1500") | read, row_of(5, 30)]
    ).splitlines()
    assert "| people | readings of a person | steps |" in header
    assert without.startswith("| 0 people | 9 | 5.0 |  |  | 1,200 |")
    assert portrayed.startswith("| 1500 people | 9 | 5.0 | 1,500 | 20.0 | 1,200 |")
    assert header.count("|") == without.count("|") == portrayed.count("|")


# ---- what a cell's row says ----


def test_a_row_says_what_was_read_and_answered_in_all_and_by_kind(tmp_path, monkeypatch):
    run, data = tmp_path / "run", tmp_path / "data"
    (run / "comparison").mkdir(parents=True)
    data.mkdir()
    parts = {FACTS: {"subjects": 946}, PORTRAITS: {"subjects": 149}}
    (data / "meta.json").write_text(json.dumps({"parts": parts}))
    read = {FACTS: {"fact": 15.02}, PORTRAITS: {"person": 19.9}}
    (run / "run.json").write_text(json.dumps({"readings": read}))
    columns = "step,tokens,seconds,split,loss,learning_rate,gradient_norm,tokens_per_second"
    rows = ["1,2000,1.0,train,9.1,1e-3,1.0,2000", "378,849000,400.0,train,0.1,1e-5,1.0,2000"]
    (run / "loss.csv").write_text("\n".join([columns, *rows, ""]))
    assert describe_run(run, data) == {
        "trained_facts": "946",
        "fact_readings": "15.02",
        "portrayed": "149",
        "person_readings": "19.9",
        "steps": "378",
        "tokens": "849000",
    }
    of_kind = {"questions": 4, "accuracy": {"run": [0.5, 0.0, 1.0]}}
    group = {"questions": 9, "accuracy": {"run": [0.6667, 0.3, 0.95]}}
    report = {"sets": [{"name": "nowhere", "all": group, "topics": {"position": of_kind}}]}
    (run / "comparison" / "report.json").write_text(json.dumps(report))
    monkeypatch.setattr(readings, "execute", lambda script, flags: None)
    in_all, by_kind = readings.ask(data, run, Namespace(device="cpu"))
    assert in_all == {
        "nowhere_questions": "9",
        "nowhere": "66.7",
        "nowhere_low": "30.0",
        "nowhere_high": "95.0",
    }
    row = {"group": "nowhere", "kind": "position", "questions": "4", "accuracy": "50.0"}
    assert by_kind == [row]


def test_each_line_has_a_style_of_its_own():
    assert len({style(place) for place in range(36)}) == 36


@pytest.mark.parametrize("people", ["0", "150"])
@pytest.mark.parametrize("seeds", [1, 2, 9])
def test_the_picture_has_a_line_for_each_setting(people, seeds):
    rows = [
        row_of(readings, 10 * seed + readings, people=people, seed=str(seed))
        for seed in range(seeds)
        for readings in (5, 10)
    ]
    drawn = colours_of(draw_readings(rows))
    colours = [ImageColor.getrgb(colour) for colour in COLOURS]
    assert [colour in drawn for colour in colours] == [place < seeds for place in range(6)]


def test_cells_with_and_without_portraits_have_panels_of_their_own():
    without = [row_of(readings, 30, seed=seed) for readings in (5, 10) for seed in ("0", "1")]
    one_line = [row_of(readings, 60, people="150") for readings in (5, 10)]
    second = ImageColor.getrgb(COLOURS[1])
    assert second not in colours_of(draw_readings(one_line))
    assert second in colours_of(draw_readings(without + one_line))


def colours_of(png):
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return {colour for _, colour in picture.getcolors(maxcolors=1 << 20)}
