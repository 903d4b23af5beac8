"""The report of a comparison as plain data: its numbers, questions and answers.

    Report
      settings                      how the models were asked
      models                        one ModelDescription for each
      sets                          one SetReport for each question file
        all, topics                 GroupReport: the numbers of a group of questions
          accuracy, bits_per_byte   an Interval for each model
          pairs                     PairReport: two models against each other
          choices                   ChoiceReport: the questions as multiple choice
        questions                   each with the answer of every model
        variations                  VariationReport: at a later turn, or typed in another way
          accuracy, kept, leaks     an Interval for each model
          asked                     each question as it was asked, with the answer of every model
      notes                         what a reader must know about the numbers

`report_to_json` gives the content of report.json, whose keys are the names of the fields here;
`report_from_json` reads it back. A number that does not exist (no question fits the context) is
None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from evaluation.bootstrap import Interval

# Screen and picture leave out the topics of a set with more of them; and if all sets together have
# more than MOST_TOPICS_OF_ALL, of a set with more than a few.
MOST_TOPICS_IN_OVERVIEW = 24
MOST_TOPICS_OF_ALL = 48
A_FEW_TOPICS = 8

IntervalByModel = Mapping[str, Interval | None]


@dataclass(frozen=True)
class Settings:
    """How the models were asked."""

    device: str
    questions: tuple[str, ...]  # the question files
    max_new_tokens: int
    batch_size: int
    resamples: int
    seed: int
    turns: tuple[int, ...] = (1,)
    typing: tuple[str, ...] = ()  # some of text.careless.WAYS


@dataclass(frozen=True)
class ModelDescription:
    """A model; `name` is its name in the report, `run` its folder as given by the user."""

    name: str
    run: str
    parameters: int
    context: int
    tokenizer: str
    vocabulary: int


@dataclass(frozen=True)
class PairReport:
    """Two models on the same questions. Differences are the second's number minus the first's."""

    first: str
    second: str
    accuracy: Interval | None
    bits_per_byte: Interval | None
    second_wins: int
    ties: int
    first_wins: int
    second_win_share: Interval | None  # a tie counts as half a win


@dataclass(frozen=True)
class ChoiceReport:
    """The numbers of those questions of a group that have choices.

    A model chooses the text with the fewest bits per byte, and `accuracy` is how often that is the
    right one; `accuracy_by_sum` is the same for the text with the fewest bits. `chance` is what a
    guess gets: the mean of 1 / choices. `differences` belong to the group's pairs of models: the
    accuracy of the second minus that of the first.
    """

    questions: int
    chance: float
    accuracy: IntervalByModel
    accuracy_by_sum: IntervalByModel
    differences: tuple[Interval | None, ...]


@dataclass(frozen=True)
class GroupReport:
    """The numbers of a group of questions: a whole set, or one topic of it.

    `choices` is None if no question has choices.
    """

    questions: int
    accuracy: IntervalByModel
    bits_per_byte: IntervalByModel
    pairs: tuple[PairReport, ...]
    choices: ChoiceReport | None = None


@dataclass(frozen=True)
class ChosenAnswer:
    """The choice with the fewest bits per byte, and the loss on each of the choices, in bits."""

    text: str
    right: bool
    bits: tuple[float, ...]


@dataclass(frozen=True)
class Answer:
    """A model's answer to a question, and its loss on the reference answer, in bits.

    `text` and `bits` are None if the question and its reference answer or a choice exceed the
    model's context. `chosen` is None then, too, and if there are no choices.
    """

    text: str | None
    right: bool
    bits: float | None
    chosen: ChosenAnswer | None = None


@dataclass(frozen=True)
class AnsweredQuestion:
    """The fields of a `Question`, and the answer of every model."""

    topic: str
    question: str
    answer: str
    accepted: tuple[str, ...]
    answers: Mapping[str, Answer]
    before: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        """The question, after the messages before it, if any."""
        return " / ".join([*self.before, self.question])


@dataclass(frozen=True)
class VariedAnswer:
    """A model's answer to a question that was asked in another way.

    `leaks` says that the answer contains what belongs to an earlier question (see turns.py).
    """

    text: str | None
    right: bool
    leaks: bool


@dataclass(frozen=True)
class VariedQuestion:
    """A question as it was asked, after `earlier` ones, and the answer of every model."""

    asked: str
    earlier: tuple[str, ...]
    answers: Mapping[str, VariedAnswer]


@dataclass(frozen=True)
class VariationReport:
    """The questions of a set, asked at a later turn ("turn 2") or typed as in "typed: lower".

    `kept` is the accuracy divided by that of the questions as written at turn 1. `leaks` is the
    share of answers that contain what belongs to an earlier question; empty if the variation has no
    earlier questions.
    """

    name: str
    questions: int
    accuracy: IntervalByModel
    kept: IntervalByModel
    leaks: IntervalByModel
    asked: tuple[VariedQuestion, ...]  # in the order of the set


@dataclass(frozen=True)
class SetReport:
    """The numbers, topics and answers of one question file."""

    name: str
    all: GroupReport
    topics: Mapping[str, GroupReport]
    questions: tuple[AnsweredQuestion, ...]
    variations: tuple[VariationReport, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that report.md, report.html, report.json, the screen and the picture show."""

    settings: Settings
    models: tuple[ModelDescription, ...]
    sets: tuple[SetReport, ...]
    notes: tuple[str, ...]


def topics_to_list(set_report: SetReport) -> Mapping[str, GroupReport]:
    """The topics of a set if it has several. A single topic would repeat the whole set."""
    return set_report.topics if len(set_report.topics) > 1 else {}


def topics_in_overview(report: Report, set_report: SetReport) -> Mapping[str, GroupReport]:
    """The topics of a set that the screen and the picture show: none if there are too many."""
    topics = topics_to_list(set_report)
    of_all = sum(len(topics_to_list(other)) for other in report.sets)
    most = MOST_TOPICS_IN_OVERVIEW if of_all <= MOST_TOPICS_OF_ALL else A_FEW_TOPICS
    return topics if len(topics) <= most else {}


def display_names(runs: list[str]) -> list[str]:
    """Name each run after its folder, with as many parent folders as make the name unique.

    ["runs/a", "old/a", "runs/b"] -> ["runs/a", "old/a", "b"]
    """
    paths = [Path(run).absolute().parts for run in runs]
    return ["/".join(_shortest_unique_end(path, paths)) for path in paths]


def _shortest_unique_end(path: tuple[str, ...], paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    for length in range(1, len(path)):
        ends = [other[-length:] for other in paths]
        if ends.count(path[-length:]) == 1:
            return path[-length:]
    return path


def report_to_json(report: Report) -> dict[str, Any]:
    """The report as dicts, lists, strings and numbers: the content of report.json."""
    return _to_json(report)


def _to_json(value: Any) -> Any:
    """An interval becomes [value, low, high], any other dataclass an object of its fields."""
    if isinstance(value, Interval):
        return [value.value, value.low, value.high]
    if is_dataclass(value):
        return {one.name: _to_json(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _to_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    return value


def report_from_json(content: dict[str, Any]) -> Report:
    """The inverse of `report_to_json`."""
    return Report(
        settings=Settings(**_with_tuples(content["settings"], "questions", "turns", "typing")),
        models=tuple(ModelDescription(**model) for model in content["models"]),
        sets=tuple(_set_from_json(one_set) for one_set in content["sets"]),
        notes=tuple(content["notes"]),
    )


def _set_from_json(content: dict[str, Any]) -> SetReport:
    return SetReport(
        name=content["name"],
        all=_group_from_json(content["all"]),
        topics={name: _group_from_json(group) for name, group in content["topics"].items()},
        questions=tuple(_question_from_json(question) for question in content["questions"]),
        variations=tuple(_variation_from_json(one) for one in content.get("variations", [])),
    )


def _group_from_json(content: dict[str, Any]) -> GroupReport:
    return GroupReport(
        questions=content["questions"],
        accuracy=_intervals_from_json(content["accuracy"]),
        bits_per_byte=_intervals_from_json(content["bits_per_byte"]),
        pairs=tuple(_pair_from_json(pair) for pair in content["pairs"]),
        choices=_choices_from_json(content.get("choices")),
    )


def _choices_from_json(content: dict[str, Any] | None) -> ChoiceReport | None:
    if content is None:
        return None
    return ChoiceReport(
        questions=content["questions"],
        chance=content["chance"],
        accuracy=_intervals_from_json(content["accuracy"]),
        accuracy_by_sum=_intervals_from_json(content["accuracy_by_sum"]),
        differences=tuple(map(_interval_from_json, content["differences"])),
    )


def _pair_from_json(content: dict[str, Any]) -> PairReport:
    names = ("accuracy", "bits_per_byte", "second_win_share")
    intervals = _intervals_from_json({name: content[name] for name in names})
    return PairReport(**content | dict(intervals))


def _intervals_from_json(content: dict[str, list[float] | None]) -> IntervalByModel:
    return {name: _interval_from_json(numbers) for name, numbers in content.items()}


def _interval_from_json(numbers: list[float] | None) -> Interval | None:
    return Interval(*numbers) if numbers else None


def _question_from_json(content: dict[str, Any]) -> AnsweredQuestion:
    answers = {name: _answer_from_json(answer) for name, answer in content["answers"].items()}
    content = _with_tuples(content, "accepted", "before", "choices")
    return AnsweredQuestion(**content | {"answers": answers})


def _answer_from_json(content: dict[str, Any]) -> Answer:
    chosen = content.get("chosen")
    if chosen is not None:
        chosen = ChosenAnswer(**_with_tuples(chosen, "bits"))
    return Answer(**content | {"chosen": chosen})


def _variation_from_json(content: dict[str, Any]) -> VariationReport:
    measures = ("accuracy", "kept", "leaks")
    intervals = {name: _intervals_from_json(content[name]) for name in measures}
    asked = tuple(_varied_question_from_json(question) for question in content["asked"])
    return VariationReport(content["name"], content["questions"], **intervals, asked=asked)


def _varied_question_from_json(content: dict[str, Any]) -> VariedQuestion:
    answers = {name: VariedAnswer(**answer) for name, answer in content["answers"].items()}
    return VariedQuestion(**_with_tuples(content, "earlier") | {"answers": answers})


def _with_tuples(content: dict[str, Any], *names: str) -> dict[str, Any]:
    """The content with tuples instead of lists; an older report lacks some of the names."""
    return content | {name: tuple(content[name]) for name in names if name in content}
