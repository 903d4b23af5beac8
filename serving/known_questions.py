"""Questions whose right answer is known, so that a page can mark the answers of the models."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.answers import Question, read_questions
from training.run_json import find_settings

QUESTIONS_FOLDER = Path(__file__).parent.parent / "questions"


@dataclass(frozen=True)
class KnownQuestions:
    """Questions in sets, such as the files of questions/.

    Follow-ups are left out: they mean something only after the messages before them.
    """

    sets: Sequence[Sequence[Question]]
    by_text: dict[str, Question] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for questions in self.sets:
            for question in questions:
                if not question.before:
                    self.by_text.setdefault(question.question.strip(), question)

    def find(self, text: str) -> Question | None:
        """The question of exactly this text, apart from white space at its ends."""
        return self.by_text.get(text.strip())

    def draw(self, number: int, generator: random.Random) -> list[str]:
        """Some questions at random: one of each set, then again, as long as there are any."""
        sets = [[q.question for q in questions if not q.before] for questions in self.sets]
        generator.shuffle(sets)
        drawn: list[str] = []
        while len(drawn) < number and any(sets):
            for questions in sets:
                if questions and len(drawn) < number:
                    drawn.append(questions.pop(generator.randrange(len(questions))))
        return drawn


def read_known_questions(runs: Iterable[str]) -> KnownQuestions:
    """The questions of questions/, and those beside the data that the runs were trained on.

    Raises ValueError if a file of questions/ is invalid. Other files are skipped if they hold no
    questions: a data folder may hold any .jsonl file.
    """
    sets = [read_questions(path) for path in sorted(QUESTIONS_FOLDER.glob("*.jsonl"))]
    folders = {str(data) for run in runs if (data := find_settings(run).get("data"))}
    for folder in sorted(folders):
        for path in sorted(Path(folder).glob("*.jsonl")):
            try:
                sets.append(read_questions(path))
            except (ValueError, OSError):
                continue
    return KnownQuestions(sets)
