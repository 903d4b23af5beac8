"""What the cells of benchmarks/readings.py read, and the lines and tables that show them."""

import io

import pytest
from PIL import Image, ImageColor

from baseball.dataset import FACTS, PORTRAITS, Dataset, describe_parts
from benchmarks.readings import COLUMNS, steps_for
from benchmarks.readings_data import shares_for
from benchmarks.readings_lines import guessed_right, lines_of
from benchmarks.readings_markdown import markdown_table
from benchmarks.readings_picture import draw_readings
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
    parts = describe_parts(dataset, shares_for(wanted, dataset))
    meta = {"source": ["none"], "licence": "none", "parts": parts}
    save_conversations(tmp_path, dataset.kept, meta, tokenizer)
    pools = read_pools(tmp_path, "train", tokenizer, 64, {})
    batches = MixedBatches(pools, batch_size=5, micro_tokens=0, seed=0)
    realised = readings_of_pools(batches, steps_for(wanted, pools, batch_size=5))
    for pool, readings in zip(pools, realised, strict=True):
        assert readings * pool.versions == pytest.approx(wanted[pool.name], rel=0.02)


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


@pytest.mark.parametrize("people", ["0", "150"])
@pytest.mark.parametrize("seeds", [1, 2, 9])
def test_the_picture_has_a_line_in_a_colour_of_its_own_for_each_setting(people, seeds):
    rows = [
        row_of(readings, 10 * seed + readings, people=people, seed=str(seed))
        for seed in range(seeds)
        for readings in (5, 10)
    ]
    picture = Image.open(io.BytesIO(draw_readings(rows))).convert("RGB")
    drawn = {colour for _, colour in picture.getcolors(maxcolors=1 << 20)}
    colours = [ImageColor.getrgb(colour) for colour in COLOURS]
    assert [colour in drawn for colour in colours] == [place < seeds for place in range(6)]
