"""Ask several models the same questions, and compare their answers with numbers.

    python compare.py runs/pretrained runs/general runs/baseball               # baseball and general questions, to runs/comparison
    python compare.py runs/baseball runs/baseball_replay --out runs/replay     # what replay gave, and what it cost
    python compare.py runs/general gpt2_folder --questions mine.jsonl          # any Hugging Face GPT-2 folder, any questions

Every model is asked with its own tokenizer and answers greedily. Of each question set and each of its topics are reported

- accuracy: the share of the questions whose answer is right; answers.py says what right is;
- bits per byte: the loss on the reference answer and its <|endoftext|>, Σ −log2 p(token), divided by the answer's UTF-8 bytes, so
  that models with different tokenizers compare. It tells apart what accuracy cannot: models that are all wrong;
- who wins: for each pair of models, who is right where the other is wrong, or else who has fewer bits;

each with a 95% interval from a paired bootstrap over the questions: the percentiles of 10,000 resamples, each the same for all models
(Efron & Tibshirani 1993, chapter 13). Writes report.md, report.json and comparison.png: the same ones byte for byte from the same
inputs on the same machine, which is why float32 is the default. A set of many topics has them in the reports alone, not on the screen
and in the picture.
"""

import argparse
import io
import re
import textwrap
from dataclasses import dataclass
from itertools import accumulate, combinations, cycle
from pathlib import Path

from flags import add_hardware_flags, flag_values, printable, run_script, seed_problems

SCORED_TOKENS = 4096  # how many tokens of reference answers go through the model at a time
SAME_BITS = 1e-3  # losses nearer than this are a tie: that is rounding, not a better model
SAMPLES = 5  # answers of a set that are printed
FEW_TOPICS = 24  # of a set that has more, they stand in the reports alone
SCREEN = 120  # columns
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"]  # Okabe & Ito 2008: told apart by colour-blind eyes
CAUTION = ("Intervals cover the choice of questions, not the luck of training: the same recipe with another seed gives another model. "
           "Where a model is right in all of n questions, or in none, its interval has no width, and the true share may still be 3/n away (Hanley & Lippman-Hand 1983).")  # fmt: skip


def main(argv=None):
    parser = argparse.ArgumentParser(prog="compare.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="run folders, checkpoints, or other GPT-2 folders")
    add("--questions", nargs="+", default=["questions/baseball.jsonl", "questions/general.jsonl"], metavar="FILE", help="question sets, named by their files (default: questions/baseball.jsonl questions/general.jsonl)")
    add("--out", default="runs/comparison", metavar="FOLDER", help="where the reports and the picture go (default: runs/comparison)")
    add("--max-new-tokens", type=int, default=48, metavar="N", help="longest answer, in tokens (default: 48)")
    add("--batch-size", type=int, default=64, metavar="N", help="questions asked at a time; changes speed and memory only (default: 64)")
    add("--resamples", type=int, default=10000, metavar="N", help="of the questions, for the intervals (default: 10000)")
    add("--seed", type=int, default=0, help="of the resamples (default: 0)")
    add_hardware_flags(add, dtype="float32")
    args = parser.parse_args(argv)
    run_script(parser, lambda: compare(args), "stopped; no report was written")


def compare(args) -> None:
    check(args)
    sets = read_sets(args.questions)
    names = display_names(args.runs)
    import json

    from tqdm import tqdm

    from files import claim_folder, replace_file
    from training import choose_hardware

    hardware = choose_hardware(args.device, args.dtype, "off")
    out = Path(args.out)
    claim_folder(out)
    questions = sum(sets.values(), [])
    with tqdm(total=len(questions) * len(names), unit=" answers", disable=None, dynamic_ncols=True) as bar:
        results = [ask(run, questions, hardware, args.max_new_tokens, args.batch_size, bar) for run in args.runs]
    report = {"settings": {"device": hardware.describe(), **{name: getattr(args, name) for name in ("questions", "max_new_tokens", "batch_size", "resamples", "seed")}}}
    report["models"] = [{"name": name, "run": run, **result.about} for name, run, result in zip(names, args.runs, results)]
    starts = accumulate(map(len, sets.values()), initial=0)  # where each set begins among all the questions
    report["sets"] = [report_set(name, asked, names, results, start, args.resamples, args.seed) for (name, asked), start in zip(sets.items(), starts)]
    report["notes"] = notes(report)
    replace_file(out / "comparison.png", draw(report))
    replace_file(out / "report.md", as_markdown(report))
    replace_file(out / "report.json", json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(f"all answers are in {out / 'report.md'}; the numbers in report.json, a picture in comparison.png\n")
    print(printable(as_screen(report)), end="")


def check(args) -> None:
    """Raise ValueError with everything that is wrong with the settings and the runs."""
    problems = [f"{flag} must be 1 or more" for flag, value in flag_values(args, "max_new_tokens", "batch_size", "resamples") if value < 1]
    problems += seed_problems(args)
    problems += [f"{run} holds no model (config.json is missing); train one with pretrain.py or finetune.py --out {run}" for run in args.runs if not (Path(run) / "config.json").is_file()]
    folders = [Path(run).resolve() for run in args.runs]
    problems += [f"{run} is given twice" for number, run in enumerate(args.runs) if folders[number] in folders[:number]]
    if problems:
        raise ValueError("; ".join(problems))


def read_sets(paths: list[str]) -> dict:
    """Question sets by name, the file's without its ending. Raises ValueError where two have the same."""
    from answers import read_questions

    sets = {}
    for path in paths:
        if Path(path).stem in sets:
            raise ValueError(f'two question sets are called "{Path(path).stem}"; rename a file')
        sets[Path(path).stem] = read_questions(path)
    return sets


def display_names(runs: list[str]) -> list[str]:
    """The folders' names, longer where two are alike: ["runs/a", "old/a", "runs/b"] -> ["runs/a", "old/a", "b"]."""
    parts = [Path(run).absolute().parts for run in runs]
    names = []
    for own in parts:
        length = next(length for length in range(1, len(own) + 1) if length == len(own) or [other[-length:] for other in parts].count(own[-length:]) == 1)
        names.append("/".join(own[-length:]))
    return names


# ---- asking one model ----


@dataclass(frozen=True)
class Result:
    """What one model made of the questions, in their order."""

    about: dict  # the model's size, context and tokenizer
    answers: list  # what it said; None where the question and its answer do not fit its context
    is_right: list
    bits: list  # the loss on each reference answer; NaN where it does not fit


def ask(run: str, questions: list, hardware, max_new_tokens: int, batch_size: int, bar) -> Result:
    """Load a model, ask it everything, and let go of it."""
    from answers import is_right
    from checkpoint import load_model
    from conversation import prompt_ids, tokenize_exchange
    from generate import answer_all, for_generation

    model, tokenizer = load_model(run)
    size = sum(parameter.numel() for parameter in model.parameters())
    about = {"parameters": size, "context": model.config.n_positions, "tokenizer": tokenizer.name, "vocabulary": tokenizer.vocab_size}
    model = for_generation(model, hardware.device, hardware.dtype)
    context = model.config.n_positions
    exchanges = [tokenize_exchange(question.question, question.answer, tokenizer) for question in questions]
    fitting = [number for number, exchange in enumerate(exchanges) if len(exchange) <= context]
    bar.set_description(Path(run).name)
    bar.update(len(questions) - len(fitting))
    prompts = [prompt_ids([questions[number].question], tokenizer, context) for number in fitting]
    texts = answer_all(model, tokenizer, prompts, max_new_tokens, batch_size=batch_size, on_answer=bar.update)
    answers, bits = dict(zip(fitting, texts)), dict(zip(fitting, answer_bits(model, [exchanges[number] for number in fitting])))
    right = [number in answers and is_right(answers[number], question) for number, question in enumerate(questions)]
    numbers = range(len(questions))
    return Result(about, [answers.get(number) for number in numbers], right, [bits.get(number, float("nan")) for number in numbers])


def answer_bits(model, exchanges: list) -> list[float]:
    """Σ −log2 p(token) over what the assistant says in each of the exchanges, its <|endoftext|> included.

    Logits are made for those tokens only, and a few hundred at a time: with 50,257 scores each they are most of the memory.
    """
    import numpy as np
    import torch
    import torch.nn.functional as F

    from data import NOT_A_TARGET, pack
    from model import LOGITS_IN_A_CHUNK

    device, chunk = model.wte.weight.device, max(1, LOGITS_IN_A_CHUNK // model.config.vocab_size)
    nats = []
    with torch.inference_mode():
        for inputs, targets in pack(exchanges, SCORED_TOKENS):
            rows, places = np.nonzero(targets != NOT_A_TARGET)
            hidden = model(torch.from_numpy(inputs).to(device))[torch.from_numpy(rows), torch.from_numpy(places)]  # (targets, n_embd)
            wanted = torch.from_numpy(targets[rows, places]).to(device)
            losses = [F.cross_entropy(model.logits(some).float(), goals, reduction="none").cpu() for some, goals in zip(hidden.split(chunk), wanted.split(chunk))]
            nats += np.bincount(rows, torch.cat(losses).double(), minlength=len(inputs)).tolist()
    packed = sorted(range(len(exchanges)), key=lambda number: len(exchanges[number]), reverse=True)  # the order in which `pack` takes them
    return [loss / np.log(2) for _, loss in sorted(zip(packed, nats))]


# ---- statistics ----


def report_set(name: str, questions: list, names: list[str], results: list[Result], start: int, resamples: int, seed: int) -> dict:
    """The numbers of all the set's questions, those of each topic, and every question with every answer; its first question is number `start`."""
    import numpy as np

    here = range(start, start + len(questions))
    right, bits = (np.array([[getattr(result, field)[number] for number in here] for result in results]) for field in ("is_right", "bits"))  # (model, question)
    sizes = np.array([len(question.answer.encode()) for question in questions])
    topics = np.array([question.topic for question in questions])
    chosen = {topic: topics == topic for topic in dict.fromkeys(topics.tolist())}
    asked = []
    for number, question in zip(here, questions):
        given = {name: {"text": result.answers[number], "right": result.is_right[number], "bits": rounded(result.bits[number])} for name, result in zip(names, results)}
        asked.append({**vars(question), "answers": given})
    by_topic = {topic: summarise(names, right[:, those], bits[:, those], sizes[those], resamples, seed) for topic, those in chosen.items()}
    return {"name": name, "all": summarise(names, right, bits, sizes, resamples, seed), "topics": by_topic, "questions": asked}


def summarise(names: list[str], right, bits, sizes, resamples: int, seed: int) -> dict:
    """Accuracy, bits per byte and pairs of models, each as [value, low, high], from arrays (model, question) and the answers' bytes (question,).

    Bits per byte are Σ bits / Σ bytes over the questions that fit every model. A pair's differences are its second model's minus its first's.
    """
    import numpy as np

    models, count = right.shape
    pairs = list(combinations(range(models), 2))
    points = np.array([win_points(right[b], bits[b], right[a], bits[a]) for a, b in pairs]).reshape(len(pairs), count)
    fits = np.isfinite(bits).all(axis=0)
    numerators = np.vstack([right, np.where(fits, bits, 0), points])
    denominators = np.vstack([np.ones((models, count)), np.tile(fits * sizes, (models, 1)), np.ones((len(pairs), count))])
    accuracy, bits_per_byte, shares = np.split(bootstrap(numerators, denominators, resamples, seed), [models, 2 * models])
    return {
        "questions": count,
        "accuracy": {name: interval(row) for name, row in zip(names, accuracy)},
        "bits_per_byte": {name: interval(row) for name, row in zip(names, bits_per_byte)},
        "pairs": [
            {"first": names[a], "second": names[b], "accuracy": interval(accuracy[b] - accuracy[a]), "bits_per_byte": interval(bits_per_byte[b] - bits_per_byte[a]),
             "second_wins": int((point == 1).sum()), "ties": int((point == 0.5).sum()), "first_wins": int((point == 0).sum()), "second_win_share": interval(share)}
            for (a, b), point, share in zip(pairs, points, shares)
        ],
    }  # fmt: skip


def win_points(right, bits, other_right, other_bits):
    """1 for each question that the one wins against the other, 0 where it loses, ½ for a tie: accuracy first, then bits where both have them."""
    import numpy as np

    fewer = np.where(bits < other_bits - SAME_BITS, 1, np.where(bits > other_bits + SAME_BITS, 0, 0.5))
    return np.where(right == other_right, fewer, right)


def bootstrap(numerators, denominators, resamples: int, seed: int):
    """Σ numerator / Σ denominator of each row (row, question), as (row, 1 + resamples): of the questions as they are, then of each resample.

    A resample of n questions takes n of them with replacement: how often each is taken is a multinomial draw, and one matrix product
    makes the sums. The draws are the same for all rows, which is what pairs them.
    """
    import numpy as np

    count = numerators.shape[1]
    generator, chunk = np.random.default_rng(seed), max(1, (1 << 22) // count)  # 32 MB of draws at a time
    sizes = [min(chunk, resamples - start) for start in range(0, resamples, chunk)]
    with np.errstate(invalid="ignore"):  # 0 / 0 where a resample has no question that fits
        ratios = [numerators.sum(axis=1, keepdims=True) / denominators.sum(axis=1, keepdims=True)]
        for size in sizes:
            taken = generator.multinomial(count, np.full(count, 1 / count), size).T.astype(float)  # (question, resample)
            ratios.append(numerators @ taken / (denominators @ taken))
    return np.hstack(ratios)


def interval(ratios) -> list[float] | None:
    """[value, low, high]: the first of the ratios, and the 2.5th and 97.5th percentile of the others. None where there is no value."""
    import numpy as np

    if np.isnan(ratios[0]):
        return None
    resampled = ratios[1:][np.isfinite(ratios[1:])]
    return [rounded(number) for number in (ratios[0], *(np.percentile(resampled, [2.5, 97.5]) if len(resampled) else 2 * [ratios[0]]))]


def rounded(number: float) -> float | None:
    """To six digits after the point, so that the order of a sum does not show; None for NaN, which JSON does not know."""
    return round(float(number), 6) if number == number else None


# ---- words and tables ----


def notes(report: dict) -> list[str]:
    """What a reader must know beside the numbers."""
    found = [CAUTION]
    for model in report["models"]:
        for one_set in report["sets"]:
            if unfit := sum(question["answers"][model["name"]]["text"] is None for question in one_set["questions"]):
                found.append(f"{unfit} of the {one_set['all']['questions']} {one_set['name']} questions, with their answers, do not fit {model['name']}'s context of {model['context']} "
                             "tokens: they count as wrong for it, and bits per byte leave them out for every model.")  # fmt: skip
    return found


def show(triple, sign: str = "", digits: int = 1, unit: str = "%") -> str:
    """[0.622, 0.55, 0.694] -> "62.2% [55.0, 69.4]"; without the unit "%" a plain number."""
    if triple is None:
        return "n/a"
    value, low, high = (f"{number * (100 if unit == '%' else 1):{sign}.{digits}f}" for number in triple)
    return f"{value}{unit if not sign else ''} [{low}, {high}]"


MEASURES = {"accuracy": ("Accuracy", {}), "bits_per_byte": ("Bits per byte of the reference answer (lower is better)", {"digits": 3, "unit": ""})}


def measure_rows(report: dict, measure: str, indent: str = "", topics_of=lambda one_set: {}) -> list[list[str]]:
    """A row for each set and, under it, with an indent to mark them, each of the topics that `topics_of` gives; a column for each model."""
    rows = [["questions", *(model["name"] for model in report["models"])]]
    for one_set in report["sets"]:
        topics = {indent + topic: group for topic, group in topics_of(one_set).items()}
        for label, group in {one_set["name"]: one_set["all"], **topics}.items():
            rows.append([f"{label} ({group['questions']})", *(show(triple, **MEASURES[measure][1]) for triple in group[measure].values())])
    return rows


def pair_rows(groups: dict[str, dict]) -> list[list[str]]:
    """A row for each group of questions and pair of models."""
    rows = [["questions", "models", "accuracy", "bits per byte", "won-tied-lost", "win share"]]
    for label, group in groups.items():
        for pair in group["pairs"]:
            score = f"{pair['second_wins']}-{pair['ties']}-{pair['first_wins']}"
            differences = show(pair["accuracy"], "+"), show(pair["bits_per_byte"], "+", 3, "")
            rows.append([label, f"{pair['second']} vs {pair['first']}", *differences, score, show(pair["second_win_share"], digits=0)])
    return rows


def several_topics(one_set: dict) -> dict:
    return one_set["topics"] if len(one_set["topics"]) > 1 else {}


def few_topics(one_set: dict) -> dict:
    return several_topics(one_set) if len(one_set["topics"]) <= FEW_TOPICS else {}


def said(given: dict) -> str:
    return "(does not fit the context)" if given["text"] is None else " ".join(given["text"].split()) or "(nothing)"


def as_screen(report: dict) -> str:
    """What is printed, the most important last: some answers of each set, taken evenly from its beginning to its end; the topics;
    the notes; and the sets."""
    lines, names = [], [model["name"] for model in report["models"]]
    width = max(map(len, ["reference", *names]))
    for one_set in report["sets"]:
        count = len(one_set["questions"])
        shown = min(SAMPLES, count)
        lines += ["", f"{one_set['name']}: {shown} of {count} questions (+ right, - wrong)"]
        for question in (one_set["questions"][(2 * number + 1) * count // (2 * shown)] for number in range(shown)):
            block = [f"  {question['question']}", f"      {'reference':{width}}  {question['answer']}"]
            block += [f"    {'+' if given['right'] else '-'} {name:{width}}  {said(given)}" for name, given in question["answers"].items()]
            lines += [line if len(line) <= SCREEN else line[: SCREEN - 1] + "…" for line in block]
    if any(map(few_topics, report["sets"])):
        for measure, (title, _) in MEASURES.items():
            lines += ["", f"{title}, by topic", *aligned(measure_rows(report, measure, "  ", few_topics))]
    for note in report["notes"]:
        lines += ["", *textwrap.wrap(note, SCREEN)]
    if len(names) > 1:
        rows = pair_rows({one_set["name"]: one_set["all"] for one_set in report["sets"]})
        lines += ["", "Differences and wins, with 95% intervals (accuracy in points; a tie is half a win)", *aligned(rows)]
    for measure, (title, _) in reversed(MEASURES.items()):
        lines += ["", f"{title}, with 95% intervals", *aligned(measure_rows(report, measure))]
    return "\n".join(lines[1:]) + "\n"


def aligned(rows: list[list[str]]) -> list[str]:
    """Columns of equal width, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]) for row in rows]


def as_markdown(report: dict) -> str:
    names, settings = [literal(model["name"]) for model in report["models"]], report["settings"]
    models = [["model", "folder", "parameters", "context", "tokenizer"]]
    for name, model in zip(names, report["models"]):
        models.append([name, literal(model["run"]), f"{model['parameters']:,}", f"{model['context']:,}", f"{literal(model['tokenizer'])}, {model['vocabulary']:,} tokens"])
    blocks = [f"# {', '.join(names)}: {'the same questions' if len(names) > 1 else 'questions'}, asked by `compare.py`", table(models),
              "Every question was asked in the form of the conversations that fine-tuning learns from, and answered greedily, "
              f"with at most {settings['max_new_tokens']} tokens ({settings['device']}). In brackets are 95% intervals: percentiles of {settings['resamples']:,} resamples "
              f"of the questions, the same ones for all models (paired bootstrap, seed {settings['seed']}).",
              *report["notes"], "![Accuracy and bits per byte of every model](comparison.png)"]  # fmt: skip
    for measure, (title, _) in MEASURES.items():
        blocks += [f"## {title}", table(with_literal_names(measure_rows(report, measure, "· ", several_topics), 1))]
    if len(names) > 1:
        groups = {one_set["name"]: one_set["all"] for one_set in report["sets"]}
        groups |= {f"{one_set['name']}: {topic}": group for one_set in report["sets"] for topic, group in several_topics(one_set).items()}
        blocks += ["## Differences and wins", "Differences are the first named model's numbers minus the second's, accuracy in points. A question is won by who is right "
                   "where the other is wrong, otherwise by who has fewer bits; the win share counts a tie as half.", table(with_literal_names(pair_rows(groups), 2))]  # fmt: skip
    for one_set in report["sets"]:
        rows = [["topic", "question", "reference", *names]]  # `names` are literal already
        for question in one_set["questions"]:
            given = [("✓ " if answer["right"] else "✗ ") + said(answer) for answer in question["answers"].values()]
            rows.append([literal(cell) for cell in (question["topic"], question["question"], question["answer"], *given)])
        blocks += [f"## Answers: {literal(one_set['name'])}", table(rows)]
    return "\n\n".join(blocks) + "\n"


def table(rows: list[list[str]]) -> str:
    """Rows, the first the head, in Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def with_literal_names(rows: list[list[str]], columns: int) -> list[list[str]]:
    """The rows with names in the head and in the first columns as they are; the others hold numbers."""
    head, *others = rows
    return [list(map(literal, head)), *([*map(literal, row[:columns]), *row[columns:]] for row in others)]


def literal(text: str) -> str:
    """Text that Markdown shows as it is, whatever a model wrote."""
    return re.sub(r"([\\`*_<>\[\]|~$&])", r"\\\1", printable(" ".join(text.split())))


# ---- the picture ----


def draw(report: dict) -> bytes:
    """The picture, a PNG: a row of panels for each set, accuracy to the left, bits per byte to the right; a bar for each model, under it
    its topics as dots."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["text.parse_math"] = False  # a dollar sign in a topic is a dollar sign
    import matplotlib.pyplot as pyplot

    names = [model["name"] for model in report["models"]]
    topic_height = max(1.0, 0.3 * len(names) + 0.5)  # in heights of a bar
    heights = [len(names) + topic_height * len(few_topics(one_set)) for one_set in report["sets"]]
    size = (11, 1.2 + 0.26 * sum(heights) + 0.4 * len(heights))  # inches
    figure, grid = pyplot.subplots(len(heights), 2, figsize=size, height_ratios=heights, sharex="col", squeeze=False, layout="constrained", facecolor="white")
    for one_set, panels in zip(report["sets"], grid):
        for panel, measure in zip(panels, MEASURES):
            draw_panel(panel, names, one_set, measure, topic_height)
        panels[0].set_title(f"{one_set['name']}: {one_set['all']['questions']} questions{', and by topic' if few_topics(one_set) else ''}", loc="left", fontweight="bold")
        panels[1].tick_params(labelleft=False)
    for panel, measure, text in zip(grid[-1], MEASURES, ("accuracy, % of the questions (higher is better)", "bits per byte of the reference answer (lower is better)")):
        groups = [group for one_set in report["sets"] for group in (one_set["all"], *few_topics(one_set).values())]
        highest = max((triple[2] for group in groups for triple in group[measure].values() if triple), default=1) or 0.01
        panel.set_xlim(0, highest * (100 if measure == "accuracy" else 1) * 1.13)  # with room for a number beside the longest bar
        panel.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(6, steps=[1, 2, 5, 10]))
        panel.set_xlabel(text)
    figure.supxlabel("Lines are 95% intervals over the questions, the same resamples for all models; the luck of training is not in them.", fontsize=8.5, color="0.35")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150, metadata={"Software": None})
    pyplot.close(figure)
    return picture.getvalue()


def draw_panel(panel, names: list[str], one_set: dict, measure: str, topic_height: float) -> None:
    factor, form = (100, "{:.1f}%") if measure == "accuracy" else (1, "{:.3f}")
    ticks, labels, end = list(range(len(names))), list(names), len(names) - 0.3
    for number, (name, colour) in enumerate(zip(names, cycle(COLOURS))):
        if triple := one_set["all"][measure][name]:
            value, low, high = (factor * part for part in triple)
            panel.barh(number, value, height=0.76, color=colour)
            panel.plot([low, high], [number, number], color="black", linewidth=1.3, solid_capstyle="butt")
            panel.annotate(form.format(value), (high, number), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9)
    for topic, group in few_topics(one_set).items():
        panel.axhline(end, color="0.85", linewidth=0.8)
        middle, end = end + topic_height / 2, end + topic_height
        ticks, labels = [*ticks, middle], [*labels, printable(f"{topic} ({group['questions']})")]
        for number, (name, colour) in enumerate(zip(names, cycle(COLOURS))):
            if triple := group[measure][name]:
                value, low, high = (factor * part for part in triple)
                y = middle + 0.3 * (number - (len(names) - 1) / 2)
                panel.plot([low, high], [y, y], color=colour, linewidth=1.3, clip_on=False)
                panel.plot(value, y, "o", color=colour, markersize=4.5, clip_on=False, zorder=3)
    panel.set_yticks(ticks, labels)
    for label, colour in zip(panel.get_yticklabels()[: len(names)], cycle(COLOURS)):
        label.set(color=colour, fontweight="bold")
    panel.set_ylim(end, -0.6)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x", alpha=0.3)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
