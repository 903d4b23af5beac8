"""report."""

import re
import textwrap
from itertools import combinations

from evaluation.bootstrap import bootstrap, interval, rounded, win_points
from evaluation.scores import Result
from tools.command_line import printable

SAMPLES = 5  # answers of a set that are printed


FEW_TOPICS = 24  # of a set that has more, they stand in the reports alone


SCREEN = 120  # columns


CAUTION = ("Intervals cover the choice of questions, not the luck of training: the same recipe with another seed gives another model. "
           "Where a model is right in all of n questions, or in none, its interval has no width, and the true share may still be 3/n away (Hanley & Lippman-Hand 1983).")  # fmt: skip


def report_set(
    name: str,
    questions: list,
    names: list[str],
    results: list[Result],
    start: int,
    resamples: int,
    seed: int,
) -> dict:
    """The numbers of all the set's questions, those of each topic, and every question with every answer; its first question is number `start`."""
    import numpy as np

    here = range(start, start + len(questions))
    right, bits = (
        np.array([[getattr(result, field)[number] for number in here] for result in results])
        for field in ("is_right", "bits")
    )  # (model, question)
    sizes = np.array([len(question.answer.encode()) for question in questions])
    topics = np.array([question.topic for question in questions])
    chosen = {topic: topics == topic for topic in dict.fromkeys(topics.tolist())}
    asked = []
    for number, question in zip(here, questions):
        given = {
            name: {
                "text": result.answers[number],
                "right": result.is_right[number],
                "bits": rounded(result.bits[number]),
            }
            for name, result in zip(names, results)
        }
        asked.append({**vars(question), "answers": given})
    by_topic = {
        topic: summarise(names, right[:, those], bits[:, those], sizes[those], resamples, seed)
        for topic, those in chosen.items()
    }
    return {
        "name": name,
        "all": summarise(names, right, bits, sizes, resamples, seed),
        "topics": by_topic,
        "questions": asked,
    }


def summarise(names: list[str], right, bits, sizes, resamples: int, seed: int) -> dict:
    """Accuracy, bits per byte and pairs of models, each as [value, low, high], from arrays (model, question) and the answers' bytes (question,).

    Bits per byte are Σ bits / Σ bytes over the questions that fit every model. A pair's differences are its second model's minus its first's.
    """
    import numpy as np

    models, count = right.shape
    pairs = list(combinations(range(models), 2))
    points = np.array([win_points(right[b], bits[b], right[a], bits[a]) for a, b in pairs]).reshape(
        len(pairs), count
    )
    fits = np.isfinite(bits).all(axis=0)
    numerators = np.vstack([right, np.where(fits, bits, 0), points])
    denominators = np.vstack(
        [np.ones((models, count)), np.tile(fits * sizes, (models, 1)), np.ones((len(pairs), count))]
    )
    accuracy, bits_per_byte, shares = np.split(
        bootstrap(numerators, denominators, resamples, seed), [models, 2 * models]
    )
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


def notes(report: dict) -> list[str]:
    """What a reader must know beside the numbers."""
    found = [CAUTION]
    for model in report["models"]:
        for one_set in report["sets"]:
            if unfit := sum(
                question["answers"][model["name"]]["text"] is None
                for question in one_set["questions"]
            ):
                found.append(f"{unfit} of the {one_set['all']['questions']} {one_set['name']} questions, with their answers, do not fit {model['name']}'s context of {model['context']} "
                             "tokens: they count as wrong for it, and bits per byte leave them out for every model.")  # fmt: skip
    return found


def show(triple, sign: str = "", digits: int = 1, unit: str = "%") -> str:
    """[0.622, 0.55, 0.694] -> "62.2% [55.0, 69.4]"; without the unit "%" a plain number."""
    if triple is None:
        return "n/a"
    value, low, high = (
        f"{number * (100 if unit == '%' else 1):{sign}.{digits}f}" for number in triple
    )
    return f"{value}{unit if not sign else ''} [{low}, {high}]"


MEASURES = {
    "accuracy": ("Accuracy", {}),
    "bits_per_byte": (
        "Bits per byte of the reference answer (lower is better)",
        {"digits": 3, "unit": ""},
    ),
}


def measure_rows(
    report: dict, measure: str, indent: str = "", topics_of=lambda one_set: {}
) -> list[list[str]]:
    """A row for each set and, under it, with an indent to mark them, each of the topics that `topics_of` gives; a column for each model."""
    rows = [["questions", *(model["name"] for model in report["models"])]]
    for one_set in report["sets"]:
        topics = {indent + topic: group for topic, group in topics_of(one_set).items()}
        for label, group in {one_set["name"]: one_set["all"], **topics}.items():
            rows.append(
                [
                    f"{label} ({group['questions']})",
                    *(show(triple, **MEASURES[measure][1]) for triple in group[measure].values()),
                ]
            )
    return rows


def pair_rows(groups: dict[str, dict]) -> list[list[str]]:
    """A row for each group of questions and pair of models."""
    rows = [["questions", "models", "accuracy", "bits per byte", "won-tied-lost", "win share"]]
    for label, group in groups.items():
        for pair in group["pairs"]:
            score = f"{pair['second_wins']}-{pair['ties']}-{pair['first_wins']}"
            differences = show(pair["accuracy"], "+"), show(pair["bits_per_byte"], "+", 3, "")
            rows.append(
                [
                    label,
                    f"{pair['second']} vs {pair['first']}",
                    *differences,
                    score,
                    show(pair["second_win_share"], digits=0),
                ]
            )
    return rows


def several_topics(one_set: dict) -> dict:
    return one_set["topics"] if len(one_set["topics"]) > 1 else {}


def few_topics(one_set: dict) -> dict:
    return several_topics(one_set) if len(one_set["topics"]) <= FEW_TOPICS else {}


def said(given: dict) -> str:
    return (
        "(does not fit the context)"
        if given["text"] is None
        else " ".join(given["text"].split()) or "(nothing)"
    )


def as_screen(report: dict) -> str:
    """What is printed, the most important last: some answers of each set, taken evenly from its beginning to its end; the topics;
    the notes; and the sets."""
    lines, names = [], [model["name"] for model in report["models"]]
    width = max(map(len, ["reference", *names]))
    for one_set in report["sets"]:
        count = len(one_set["questions"])
        shown = min(SAMPLES, count)
        lines += ["", f"{one_set['name']}: {shown} of {count} questions (+ right, - wrong)"]
        for question in (
            one_set["questions"][(2 * number + 1) * count // (2 * shown)] for number in range(shown)
        ):
            block = [
                f"  {question['question']}",
                f"      {'reference':{width}}  {question['answer']}",
            ]
            block += [
                f"    {'+' if given['right'] else '-'} {name:{width}}  {said(given)}"
                for name, given in question["answers"].items()
            ]
            lines += [line if len(line) <= SCREEN else line[: SCREEN - 1] + "…" for line in block]
    if any(map(few_topics, report["sets"])):
        for measure, (title, _) in MEASURES.items():
            lines += [
                "",
                f"{title}, by topic",
                *aligned(measure_rows(report, measure, "  ", few_topics)),
            ]
    for note in report["notes"]:
        lines += ["", *textwrap.wrap(note, SCREEN)]
    if len(names) > 1:
        rows = pair_rows({one_set["name"]: one_set["all"] for one_set in report["sets"]})
        lines += [
            "",
            "Differences and wins, with 95% intervals (accuracy in points; a tie is half a win)",
            *aligned(rows),
        ]
    for measure, (title, _) in reversed(MEASURES.items()):
        lines += ["", f"{title}, with 95% intervals", *aligned(measure_rows(report, measure))]
    return "\n".join(lines[1:]) + "\n"


def aligned(rows: list[list[str]]) -> list[str]:
    """Columns of equal width, the first to the left."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:])),
            ]
        )
        for row in rows
    ]


def as_markdown(report: dict) -> str:
    names, settings = [literal(model["name"]) for model in report["models"]], report["settings"]
    models = [["model", "folder", "parameters", "context", "tokenizer"]]
    for name, model in zip(names, report["models"]):
        models.append(
            [
                name,
                literal(model["run"]),
                f"{model['parameters']:,}",
                f"{model['context']:,}",
                f"{literal(model['tokenizer'])}, {model['vocabulary']:,} tokens",
            ]
        )
    blocks = [f"# {', '.join(names)}: {'the same questions' if len(names) > 1 else 'questions'}, asked by `compare.py`", table(models),
              "Every question was asked in the form of the conversations that fine-tuning learns from, and answered greedily, "
              f"with at most {settings['max_new_tokens']} tokens ({settings['device']}). In brackets are 95% intervals: percentiles of {settings['resamples']:,} resamples "
              f"of the questions, the same ones for all models (paired bootstrap, seed {settings['seed']}).",
              *report["notes"], "![Accuracy and bits per byte of every model](comparison.png)"]  # fmt: skip
    for measure, (title, _) in MEASURES.items():
        blocks += [
            f"## {title}",
            table(with_literal_names(measure_rows(report, measure, "· ", several_topics), 1)),
        ]
    if len(names) > 1:
        groups = {one_set["name"]: one_set["all"] for one_set in report["sets"]}
        groups |= {
            f"{one_set['name']}: {topic}": group
            for one_set in report["sets"]
            for topic, group in several_topics(one_set).items()
        }
        blocks += ["## Differences and wins", "Differences are the first named model's numbers minus the second's, accuracy in points. A question is won by who is right "
                   "where the other is wrong, otherwise by who has fewer bits; the win share counts a tie as half.", table(with_literal_names(pair_rows(groups), 2))]  # fmt: skip
    for one_set in report["sets"]:
        rows = [["topic", "question", "reference", *names]]  # `names` are literal already
        for question in one_set["questions"]:
            given = [
                ("✓ " if answer["right"] else "✗ ") + said(answer)
                for answer in question["answers"].values()
            ]
            rows.append(
                [
                    literal(cell)
                    for cell in (
                        question["topic"],
                        question["question"],
                        question["answer"],
                        *given,
                    )
                ]
            )
        blocks += [f"## Answers: {literal(one_set['name'])}", table(rows)]
    return "\n\n".join(blocks) + "\n"


def table(rows: list[list[str]]) -> str:
    """Rows, the first the head, in Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def with_literal_names(rows: list[list[str]], columns: int) -> list[list[str]]:
    """The rows with names in the head and in the first columns as they are; the others hold numbers."""
    head, *others = rows
    return [
        list(map(literal, head)),
        *([*map(literal, row[:columns]), *row[columns:]] for row in others),
    ]


def literal(text: str) -> str:
    """Text that Markdown shows as it is, whatever a model wrote."""
    return re.sub(r"([\\`*_<>\[\]|~$&])", r"\\\1", printable(" ".join(text.split())))
