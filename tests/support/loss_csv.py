"""What a loss.csv holds apart from its times, read without the project's own reader."""

import csv

TIMES = ("seconds", "tokens_per_second")


def rows_without_times(path):
    """The rows as dictionaries of strings, without the two columns of times."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for column in TIMES:
            del row[column]
    return rows
