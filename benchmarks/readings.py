"""How many readings it takes to answer from what was read, in which wordings, and of how many.

    python -m benchmarks.readings --model runs/general --people 1500 --versions 1 5 \\
        --pronouns no yes --readings 5 10 20 40                 # portraits, read R times
    python -m benchmarks.readings --model runs/general --people 0 --facts 500 2000 \\
        --phrasings 1 2 5 --readings 1 3 10 30                  # questions, read R times
    python -m benchmarks.readings --draw-only

Each combination of the flags' values is a cell. It tunes the model on questions about lives and,
with --people, on portraits of the people; then it asks for facts in held-out phrasings, facts that
only the portraits tell, and facts told nowhere. R readings of a fact count its questions in all
phrasings together, and R readings of a person its portraits in all versions together. --readings
are those of a person if there are portraits; then a fact is read --fact-readings times in every
cell, so that all cells learn the questions equally well.

Each cell adds a row to OUT/readings.csv, and one for each kind of fact in each group to
OUT/kinds.csv. The picture OUT/readings.png and the table OUT/readings.md are made from all rows.
Cells that have a row are skipped, so the same command resumes, and other cells can be added later.
Several commands can fill the same OUT side by side: each skips the cells that another is measuring.
Flags that all cells share are in OUT/settings.json; a command with other values is refused, since
its rows could not be compared.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from baseball.dataset import FACTS, PORTRAITS
from benchmarks.readings_data import GROUPS, DataPlan, DataSettings, check_plans, write_data
from benchmarks.readings_markdown import markdown_table
from benchmarks.readings_picture import draw_readings
from benchmarks.readings_table import (
    append_rows,
    check_columns,
    claim,
    has_settings,
    keep_settings,
    lock_of,
    read_rows,
    settings_key,
)
from network.model_folder import load_model
from text.examples import Pool, read_pools
from text.tokenizer import Tokenizer
from tools.command_line import run_script
from tools.files import read_json, replace_file
from training.loss_log import read_loss_log

ROOT = Path(__file__).resolve().parents[1]
KINDS = ["birth year", "birthplace", "position", "batting side", "main team", "debut year"]
DATA_SETTINGS = ("kinds", "held_out_people", "asked_facts", "max_test_questions")
# What all cells share.
SHARED = (*DATA_SETTINGS, "fact_readings", "batch_size", "max_lr")


@dataclass(frozen=True)
class Cell:
    """One combination of the flags: a model, its data, and how often it reads that."""

    model: str
    data: DataPlan
    readings: float  # of each person; without portraits, of each fact

    @property
    def row(self) -> dict[str, str]:
        """The columns of the CSV that name the cell."""
        plan = {**asdict(self.data), "pronouns": "yes" if self.data.pronouns else "no"}
        columns = {"model": self.model, **plan, "readings": f"{self.readings:g}"}
        return {name: str(value) for name, value in columns.items()}

    @property
    def name(self) -> str:
        """The values of these columns, for the name of a folder."""
        return "_".join(self.row.values()).replace("/", "-")

    def readings_of_parts(self, fact_readings: float) -> dict[str, float]:
        """How often each fact and each person is to be read."""
        if self.data.people:
            return {FACTS: fact_readings, PORTRAITS: self.readings}
        return {FACTS: self.readings}


CELL_COLUMNS = tuple(Cell("", DataPlan(0, 0, 0, 0, False, 0), 0).row)
SUFFIXES = ("_questions", "", "_low", "_high")
COLUMNS = (
    *CELL_COLUMNS,
    *("trained_facts", "fact_readings", "portrayed", "person_readings", "steps", "tokens"),
    *(f"{group}{suffix}" for group in GROUPS for suffix in SUFFIXES),
)
KIND_COLUMNS = (*CELL_COLUMNS, "group", "kind", "questions", "accuracy")
Row = dict[str, str]


def main(argv: list[str] | None = None) -> None:
    """Parse the command line, measure the cells, and draw the picture."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.readings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_cell_flags(parser)
    add_run_flags(parser)
    args = parser.parse_args(argv)
    run_script(parser, lambda: study(args), "stopped; the same command resumes")


def add_cell_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags whose values are combined to cells."""
    add = parser.add_argument
    model_help = "assistants to tune (default: runs/general)"
    add("--model", nargs="+", default=["runs/general"], metavar="RUN", help=model_help)
    facts_help = "the N best-known facts; 0: all (default: 0)"
    add("--facts", nargs="+", type=int, default=[0], metavar="N", help=facts_help)
    phrasings_help = (
        "phrasings of each fact that are trained on, for most kinds 1 to 5 (default: 2)"
    )
    add("--phrasings", nargs="+", type=int, default=[2], metavar="K", help=phrasings_help)
    people_help = "people with portraits; 0: none (default: 1000)"
    add("--people", nargs="+", type=int, default=[1000], metavar="P", help=people_help)
    versions_help = "versions of a portrait, at most 5 (default: 5)"
    add("--versions", nargs="+", type=int, default=[5], metavar="V", help=versions_help)
    pronouns_help = 'whether portraits say "he" in place of most names (default: no)'
    choices = ("no", "yes")
    add("--pronouns", nargs="+", choices=choices, default=["no"], help=pronouns_help)
    readings_help = "how often each person is read; without portraits, each fact (default: 10)"
    add("--readings", nargs="+", type=float, default=[10], metavar="R", help=readings_help)
    seed_help = "of the choice of facts and of the training (default: 0)"
    add("--seed", nargs="+", type=int, default=[0], help=seed_help)


def add_run_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that are the same for all cells."""
    add = parser.add_argument
    add("--kinds", nargs="+", default=KINDS, metavar="KIND", help=f"of facts (default: {KINDS})")
    held_out_help = "share of the people whose lives are only in portraits (default: 0.3)"
    add("--held-out-people", type=float, default=0.3, metavar="F", help=held_out_help)
    asked_help = "ask only for the N best-known facts in held-out phrasings; 0: all (default: 0)"
    add("--asked-facts", type=int, default=0, metavar="N", help=asked_help)
    read_help = "how often each fact is read in cells with portraits (default: 20)"
    add("--fact-readings", type=float, default=20, metavar="R", help=read_help)
    tests_help = "questions asked in each group (default: 500)"
    add("--max-test-questions", type=int, default=500, metavar="N", help=tests_help)
    add("--batch-size", type=int, default=50, help="conversations in a step (default: 50)")
    add("--max-lr", default="5e-3", help="peak learning rate (default: 5e-3)")
    add("--device", default="auto", help="(default: auto)")
    out_help = "folder of data, runs, tables and the picture (default: runs/readings)"
    add("--out", type=Path, default=Path("runs/readings"), metavar="FOLDER", help=out_help)
    draw_help = "only make the picture and readings.md from the CSV"
    add("--draw-only", action="store_true", help=draw_help)


# ---- all cells ----


def study(args: argparse.Namespace) -> None:
    """Measure the cells that have no row yet, unless --draw-only is given; show all rows."""
    table = args.out / "readings.csv"
    if not args.draw_only:
        measure_missing(table, args)
    elif not read_rows(table):
        raise ValueError(f"{table} has no rows to draw yet; each cell that is measured adds one")
    show_rows(table)


def measure_missing(table: Path, args: argparse.Namespace) -> None:
    """Measure each cell that has no row, except those that another process is measuring."""
    settings = settings_of(args)
    has_settings(args.out, settings)  # before the tables are read, which takes seconds
    check_columns(table, COLUMNS)
    missing = [cell for cell in cells_of(args) if not has_row(cell, table)]
    if missing:
        check_plans({cell.data for cell in missing}, args.kinds)
    keep_settings(args.out, settings)
    for cell in missing:
        with claim(run_folder(cell, args)) as is_free:
            if not is_free:
                print(f"{cell.name}: another process is measuring it", flush=True)
            elif not has_row(cell, table):  # which another process may have added just now
                row, kinds = measure(cell, args)
                append_rows(table, [row], COLUMNS)
                append_rows(args.out / "kinds.csv", kinds, KIND_COLUMNS)
                show_rows(table)


def show_rows(table: Path) -> None:
    """Make the picture and the Markdown table from the rows, if there are any."""
    check_columns(table, COLUMNS)
    with lock_of(table):
        rows = read_rows(table)
        if rows:
            replace_file(table.with_suffix(".png"), draw_readings(rows))
            replace_file(table.with_suffix(".md"), markdown_table(rows))
            print(f"{table.with_suffix('.png')} shows {len(rows)} rows", flush=True)


def cells_of(args: argparse.Namespace) -> Iterator[Cell]:
    """Every combination of the flags' values; those without portraits once only."""
    made = set()
    axes = (args.facts, args.phrasings, args.people, args.versions, args.pronouns, args.seed)
    for model, axis, readings in product(args.model, product(*axes), args.readings):
        facts, phrasings, people, versions, pronouns, seed = axis
        plan = DataPlan(facts, phrasings, people, versions, pronouns == "yes", seed)
        if not people:
            plan = DataPlan(facts, phrasings, people=0, versions=0, pronouns=False, seed=seed)
        cell = Cell(model, plan, readings)
        if cell not in made:
            made.add(cell)
            yield cell


def has_row(cell: Cell, table: Path) -> bool:
    """Whether the cell was measured."""
    return cell.row in [{name: row[name] for name in CELL_COLUMNS} for row in read_rows(table)]


def settings_of(args: argparse.Namespace) -> dict[str, Any]:
    """The values of the flags that are the same for all cells and change their results."""
    return {name: getattr(args, name) for name in SHARED}


def run_folder(cell: Cell, args: argparse.Namespace) -> Path:
    """Where the cell's run is. A run with other settings has another folder."""
    return args.out / "runs" / f"{settings_key(settings_of(args))}_{cell.name}"


# ---- one cell ----


def measure(cell: Cell, args: argparse.Namespace) -> tuple[Row, list[Row]]:
    """Prepare the data, tune the model, ask it; the cell's row, and its rows by kind of fact."""
    network, tokenizer = load_model(cell.model)
    data = prepare_data(cell, tokenizer, args)
    pools = read_pools(data, "train", tokenizer, network.config.n_positions, {})
    steps = steps_for(cell.readings_of_parts(args.fact_readings), pools, args.batch_size)
    run = run_folder(cell, args)
    print(f"{run.name}: {steps:,} steps", flush=True)
    tune(cell, data, run, steps, args)
    accuracies, by_kind = ask(data, run, args)
    row = {**cell.row, **describe_run(run, data), **accuracies}
    return row, [{**cell.row, **of_kind} for of_kind in by_kind]


def prepare_data(cell: Cell, tokenizer: Tokenizer, args: argparse.Namespace) -> Path:
    """The folder with the data, which is written unless it exists; one process writes it."""
    readings = cell.readings_of_parts(args.fact_readings)
    parts = list(asdict(cell.data).values())
    if cell.data.people:  # the shares of the data depend on the readings
        parts += [f"{each:g}" for each in readings.values()]
    of_data = {name: getattr(args, name) for name in DATA_SETTINGS}
    settings = DataSettings(**{**of_data, "kinds": tuple(args.kinds)})
    name = "_".join(map(str, [settings_key(of_data), tokenizer.merges_sha256[:8], *parts]))
    data = args.out / "data" / name
    with lock_of(data):
        if not (data / "meta.json").exists():
            write_data(cell.data, readings, settings, tokenizer, data)
    return data


def steps_for(readings: Mapping[str, float], pools: Sequence[Pool], batch_size: int) -> int:
    """How many steps read each fact and person as often as `readings` says, by the part's name."""
    conversations = sum(
        readings[pool.name] * len(pool.conversations) / pool.versions for pool in pools
    )
    return max(1, round(conversations / batch_size))


def tune(cell: Cell, data: Path, run: Path, steps: int, args: argparse.Namespace) -> None:
    """Fine-tune the cell's model, or continue with it."""
    flags = [
        *("--model", cell.model, "--data", data, "--out", run, "--steps", steps),
        *("--batch-size", args.batch_size, "--max-lr", args.max_lr, "--seed", cell.data.seed),
        *("--max-turns", 1, "--careless", 0, "--weights", "newest"),
        *("--eval-every", 0, "--sample-every", 0, "--save-every", 100, "--keep", 1),
        *("--device", args.device, "--resume"),
    ]
    execute("finetune.py", flags)


def describe_run(run: Path, data: Path) -> Row:
    """What the run has read: how many facts and people, how often, and how many tokens."""
    parts = read_json(data / "meta.json")["parts"]
    readings = read_json(run / "run.json")["readings"]
    last = read_loss_log(run / "loss.csv")[-1]
    row = {
        "trained_facts": parts[FACTS]["subjects"],
        "fact_readings": readings[FACTS]["fact"],
        "steps": last.step,
        "tokens": last.tokens,
    }
    if PORTRAITS in parts:
        row["portrayed"] = parts[PORTRAITS]["subjects"]
        row["person_readings"] = readings[PORTRAITS]["person"]
    return {name: str(value) for name, value in row.items()}


def ask(data: Path, run: Path, args: argparse.Namespace) -> tuple[Row, list[Row]]:
    """The accuracy of each group that was asked, in percent with its interval, and by kind."""
    files = [data / f"{name}.jsonl" for name in GROUPS if (data / f"{name}.jsonl").exists()]
    out = run / "comparison"
    execute("compare.py", [run, "--questions", *files, "--out", out, "--device", args.device])
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    columns, by_kind = {}, []
    for group in report["sets"]:
        name = group["name"]
        [accuracy] = group["all"]["accuracy"].values()
        columns[f"{name}_questions"] = str(group["all"]["questions"])
        for suffix, value in zip(("", "_low", "_high"), accuracy):
            columns[f"{name}{suffix}"] = f"{100 * value:.1f}"
        for kind, numbers in group["topics"].items():
            [accuracy] = numbers["accuracy"].values()
            row = {"group": name, "kind": kind, "questions": str(numbers["questions"])}
            by_kind.append({**row, "accuracy": f"{100 * accuracy[0]:.1f}"})
    return columns, by_kind


def execute(script: str, flags: list) -> None:
    """Run a script of the project, showing only its errors. Raises ValueError if it fails."""
    command = [sys.executable, str(ROOT / script), *map(str, flags)]
    if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
        raise ValueError(f"{script} has failed, see above; the same command resumes")


if __name__ == "__main__":
    main()
