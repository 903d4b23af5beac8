"""How well and how fast `baseball/articles.py` finds the articles about baseball in Wikipedia.

    python -m benchmarks.baseball_articles --input train-0000{0,1}-of-00002.parquet

The input is a sample of 18,658 articles. `baseball_articles.tsv` beside this file holds the titles
of 468 of them, 1 or 0 for whether a reader found the article to be about baseball, and its set:

    tuning      articles with the word baseball in them that were read while the rule was made
    untouched   all others with the word
    met         held back, but mostly contained in other texts that were seen while tuning
    random      200 others

The criterion is in EXPERIMENTS.md. Intervals are Wilson's, at 95%. Precision counts the judged
articles that are picked. Picks that nobody has judged, as after a change of the rule, are listed.
"""

import argparse
import csv
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from baseball.articles import is_about_baseball
from text.sources import open_source

JUDGEMENTS = Path(__file__).with_suffix(".tsv")
SETS = ("tuning", "met", "untouched", "random", "all")
PASSES = 5


@dataclass(frozen=True)
class Judgement:
    is_about_baseball: bool
    set_name: str


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--input",
        nargs="+",
        required=True,
        metavar="FILE",
        help='.parquet or .jsonl files with "title" and "text" columns',
    )
    args = parser.parse_args(argv)
    articles = read_articles(args.input)
    titles = {title for title, _ in articles}
    picked = {title for title, text in articles if is_about_baseball(title, text)}
    judged = read_judgements(titles)
    for set_name in SETS:
        report(set_name, judged, picked)
    right = {title for title, judgement in judged.items() if judgement.is_about_baseball}
    print_titles("picked and judged not about baseball", (picked & judged.keys()) - right)
    print_titles("judged about baseball and not picked", right - picked)
    print_titles("picked and not judged", picked - judged.keys())
    report_speed(articles)


def read_articles(paths: list[str]) -> list[tuple[str, str]]:
    """(title, text) of each article."""
    source = open_source(paths, columns=["title", "text"])
    return [(row["title"], row["text"]) for rows, _ in source.batches() for row in rows]


def read_judgements(titles: set[str]) -> dict[str, Judgement]:
    """Title -> judgement, for the articles in the input; prints how many the input lacks."""
    with JUDGEMENTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    judged = {row["title"]: Judgement(row["about_baseball"] == "1", row["set"]) for row in rows}
    missing = judged.keys() - titles
    if missing:
        print(f"{len(missing)} of {len(judged)} judged articles are not in the input: left out")
    return {title: judgement for title, judgement in judged.items() if title in titles}


def report(set_name: str, judged: dict[str, Judgement], picked: set[str]) -> None:
    """Print precision and recall on one set of the judged articles."""
    in_set = {
        title: judgement
        for title, judgement in judged.items()
        if set_name in (judgement.set_name, "all")
    }
    about = {title for title, judgement in in_set.items() if judgement.is_about_baseball}
    right = len(about & picked)
    precision = with_interval(right, len(in_set.keys() & picked))
    recall = with_interval(right, len(about))
    print(f"{set_name:9} {len(in_set):4} judged; precision {precision}; recall {recall}")


def with_interval(count: int, total: int) -> str:
    """with_interval(49, 50) -> '49 of 50: 98.0% [89.5, 99.6]'

    The interval is that of Wilson (1927), "Probable inference, the law of succession, and
    statistical inference".
    """
    if not total:
        return "0 of 0"
    z, share = 1.96, count / total
    scale = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    low, high = 100 * (middle - half), 100 * (middle + half)
    return f"{count} of {total}: {share:.1%} [{low:.1f}, {high:.1f}]"


def print_titles(heading: str, titles: Iterable[str]) -> None:
    print(f"{heading}: {'; '.join(sorted(titles)) or 'none'}")


def report_speed(articles: list[tuple[str, str]]) -> None:
    megabytes = sum(len(text.encode()) for _, text in articles) / 1e6
    seconds = []
    for _ in range(PASSES):
        start = time.process_time()
        for title, text in articles:
            is_about_baseball(title, text)
        seconds.append(time.process_time() - start)
    slowest, fastest = megabytes / max(seconds), megabytes / min(seconds)
    print(
        f"speed: {megabytes:.1f} MB in {len(articles):,} articles at {slowest:.0f} to "
        f"{fastest:.0f} MB per second of CPU time, in {PASSES} passes"
    )


if __name__ == "__main__":
    main()
