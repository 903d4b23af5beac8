"""How answers are chosen, as the visitor of a page sets it: the flags of chat.py as a form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from network.sampling import Sampling
from tools.command_line import LARGEST_SEED, add_answer_flags, seed_problems
from tools.messages import check_problems


@dataclass(frozen=True)
class AnswerSettings:
    """The settings of chat.py. Answer number n of a conversation uses the seed `seed` + n.

    Raises ValueError, listing all values that are out of range.
    """

    sampling: Sampling
    max_new_tokens: int
    seed: int

    def __post_init__(self) -> None:
        problems = [] if self.max_new_tokens >= 1 else ["max_new_tokens must be 1 or more"]
        problems += [problem.removeprefix("--") for problem in seed_problems(self)]
        check_problems(problems)

    def with_seed(self, seed: int) -> "AnswerSettings":
        """The same settings with another seed, which starts again at 0 after the largest."""
        return replace(self, seed=seed % (LARGEST_SEED + 1))

    def as_json(self) -> dict[str, float]:
        """The values by name, such as {"temperature": 0.7, …, "seed": 0}."""
        lengths = {"max_new_tokens": self.max_new_tokens, "seed": self.seed}
        return {**asdict(self.sampling), **lengths}


@dataclass(frozen=True)
class Field:
    """One setting of the form; `default` and `number`, its type, are those of the flag."""

    name: str  # "top_p"
    number: type[int] | type[float]
    default: float
    explanation: str

    @property
    def label(self) -> str:
        """The name for people: "top_p" -> "Top-p"."""
        return LABELS[self.name]

    def read(self, text: str) -> float:
        """The number in a text. Raises ValueError with a sentence if it is none."""
        try:
            return self.number(text.strip())
        except ValueError:
            kind = "a whole number" if self.number is int else "a number"
            raise ValueError(f"{self.label} must be {kind}, not {text.strip()!r}") from None


LABELS = {
    "temperature": "Temperature",
    "top_k": "Top-k",
    "top_p": "Top-p",
    "repetition_penalty": "Repetition penalty",
    "max_new_tokens": "Longest answer",
    "seed": "Seed",
}


def _fields() -> tuple[Field, ...]:
    fields = []

    def add(flag: str, **options: Any) -> None:
        name = flag.removeprefix("--").replace("-", "_")
        explanation, _, _ = options["help"].partition(" (default")
        fields.append(Field(name, options["type"], options["default"], explanation))

    add_answer_flags(add)
    return tuple(fields)


FIELDS = _fields()


def default_settings() -> AnswerSettings:
    """The settings of chat.py when it is given no flags."""
    return make_settings({field.name: field.default for field in FIELDS})


def make_settings(values: Mapping[str, Any]) -> AnswerSettings:
    """Settings from their values by name. Raises ValueError, listing all that are out of range."""
    values = dict(values)
    max_new_tokens, seed = values.pop("max_new_tokens"), values.pop("seed")
    problems = []
    sampling = Sampling()
    try:
        sampling = Sampling(**values)
    except ValueError as problem:
        problems.append(str(problem))
    try:
        settings = AnswerSettings(sampling, max_new_tokens, seed)
    except ValueError as problem:
        problems.append(str(problem))
    check_problems(problems)
    return settings


def read_settings(texts: Mapping[str, str]) -> AnswerSettings:
    """Settings from the texts of the form, by name.

    Raises ValueError, listing all texts that are not numbers, or all values out of range.
    """
    values, problems = {}, []
    for field in FIELDS:
        try:
            values[field.name] = field.read(texts[field.name])
        except ValueError as problem:
            problems.append(str(problem))
    check_problems(problems)
    return make_settings(values)
