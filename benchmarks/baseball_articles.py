"""How well and how fast `baseball/articles.py` picks the articles about baseball out of a sample of 18,658 Wikipedia articles.

    python -m benchmarks.baseball_articles --input train-00000-of-00002.parquet train-00001-of-00002.parquet

`baseball_articles.tsv` beside this file holds 468 articles' titles, 1 or 0 for whether a reader found the article to be about
baseball, and its set: "tuning" and "untouched" are all articles in which the word stands, those looked at while the rule was made
and those that were not; "met" was not looked at as such, but most of it occurs in other texts that the rule was tried on;
"random" is 200 others. The criterion is in EXPERIMENTS.md. Intervals are Wilson's, at 95%.

Precision counts the judged articles that are picked; picks that nobody has judged, as after a change of the rule, are listed.
"""

import argparse
import csv
import math
import time
from pathlib import Path

from baseball.articles import is_about_baseball
from text.sources import open_source

JUDGEMENTS = Path(__file__).with_suffix(".tsv")


def main(argv=None):
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
    articles = [
        (row["title"], row["text"])
        for rows, _ in open_source(args.input, columns=["title", "text"]).batches()
        for row in rows
    ]
    picked = {title for title, text in articles if is_about_baseball(title, text)}
    judged = read_judgements({title for title, _ in articles})
    for name in ("tuning", "met", "untouched", "random", "all"):
        report(
            name,
            {title: about for title, (about, part) in judged.items() if name in (part, "all")},
            picked,
        )
    print_titles(
        "picked and judged not about baseball",
        [title for title in picked if title in judged and not judged[title][0]],
    )
    print_titles(
        "judged about baseball and not picked",
        [title for title in judged if judged[title][0] and title not in picked],
    )
    print_titles("picked and not judged", [title for title in picked if title not in judged])
    report_speed(articles)


def read_judgements(titles: set[str]) -> dict[str, tuple[bool, str]]:
    """Title -> (is about baseball, set), of the articles that the input has; says how many it lacks."""
    with JUDGEMENTS.open(encoding="utf-8", newline="") as file:
        judged = {
            row["title"]: (row["about_baseball"] == "1", row["set"])
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        }
    if missing := judged.keys() - titles:
        print(
            f"{len(missing)} of {len(judged)} judged articles are not in the input; they are left out"
        )
    return {title: judgement for title, judgement in judged.items() if title in titles}


def report(name: str, judged: dict[str, bool], picked: set[str]) -> None:
    about = {title for title in judged if judged[title]}
    right = about & picked
    print(
        f"{name:9} {len(judged):4} judged; precision {with_interval(len(right), len(judged.keys() & picked))}; recall {with_interval(len(right), len(about))}"
    )


def with_interval(count: int, total: int) -> str:
    """ "49 of 50: 98.0% [89.5, 99.6]", by Wilson (1927), "Probable inference, the law of succession, and statistical inference"."""
    if not total:
        return "0 of 0"
    z, share = 1.96, count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = (
        z
        / (1 + z * z / total)
        * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    )
    return f"{count} of {total}: {share:.1%} [{100 * (middle - half):.1f}, {100 * (middle + half):.1f}]"


def print_titles(heading: str, titles: list[str]) -> None:
    print(f"{heading}: {'; '.join(sorted(titles)) or 'none'}")


def report_speed(articles: list[tuple[str, str]]) -> None:
    size, seconds = sum(len(text.encode()) for _, text in articles) / 1e6, []
    for _ in range(5):
        start = time.process_time()
        for title, text in articles:
            is_about_baseball(title, text)
        seconds.append(time.process_time() - start)
    print(
        f"speed: {size:.1f} MB in {len(articles):,} articles at {size / max(seconds):.0f} to {size / min(seconds):.0f} MB per second of CPU time, in 5 passes"
    )


if __name__ == "__main__":
    main()
