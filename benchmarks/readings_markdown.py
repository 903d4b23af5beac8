"""The table of benchmarks/readings.py: every cell with what it has read and what it answers."""

from collections.abc import Iterable

from benchmarks.readings_lines import Row, lines_of
from evaluation.markdown import table

HEADINGS = {
    "held_out_phrasings": "facts in phrasings not trained on",
    "only_in_prose": "facts that only portraits tell",
    "nowhere": "facts told nowhere",
}


def markdown_table(rows: Iterable[Row]) -> str:
    """The content of readings.md: a row for each cell, in the order of the picture's lines."""
    all_rows = list(rows)
    groups = [group for group in HEADINGS if any(row[group] for row in all_rows)]
    read = ["readings of a fact"]
    if any(row["portrayed"] for row in all_rows):
        read += ["people", "readings of a person"]
    header = ["setting", "facts", *read, "steps", "tokens", *(HEADINGS[group] for group in groups)]
    cells_of_rows = [header]
    for name, line in lines_of(all_rows).items():
        for row in line:
            cells = [name, f"{int(row['trained_facts']):,}", _number(row["fact_readings"])]
            if len(read) > 1:
                people = f"{int(row['portrayed']):,}" if row["portrayed"] else ""
                cells += [people, _number(row["person_readings"])]
            cells += [f"{int(row['steps']):,}", f"{int(row['tokens']):,}"]
            cells_of_rows.append([*cells, *(_accuracy(row, group) for group in groups)])
    return table(cells_of_rows) + "\n"


def _number(text: str) -> str:
    return f"{float(text):.1f}" if text else ""


def _accuracy(row: Row, group: str) -> str:
    """'97.6% [96.2, 98.8] of 500'"""
    if not row[group]:
        return ""
    interval = f"[{row[f'{group}_low']}, {row[f'{group}_high']}]"
    return f"{row[group]}% {interval} of {row[f'{group}_questions']}"
