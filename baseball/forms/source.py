"""What all forms are made from: the items, whom their hints fit, rivals, and the seed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from baseball.forms.item import Hint, Item
from baseball.forms.rivals import Rivals
from baseball.phrasings import Wording, load_wordings

LOWER_CASE_WORD = re.compile(r"(?<![\w'])[a-z]+(?![\w'])")
WORDINGS = Path(__file__).parent / "wordings"

# Tests draw their wrong candidates anew, by adding this to the number of the round: a model that
# has learned which statements are wrong does not yet know the fact.
OTHER_RIVALS = 1000


@dataclass(frozen=True, slots=True)
class UsableHint:
    """A hint, the item that gives it, and all subjects that it fits in truth."""

    hint: Hint
    item: Item
    fits: frozenset[str]


@dataclass(frozen=True)
class FormSource:
    """The items that may be asked, with what their forms need to know of everything else."""

    items: Sequence[Item]
    hints: Sequence[UsableHint]
    rivals: Rivals
    ambiguous_gaps: frozenset[str]  # claims with a gap that more than one thing fits
    seed: int
    wordings: dict[str, Mapping[str, Wording]] = field(default_factory=dict)

    @cached_property
    def common_words(self) -> frozenset[str]:
        """The words that the items have in lower case anywhere, and so are no names."""
        texts = (text for item in self.items for text in (*item.questions, item.answer))
        return frozenset(word for text in texts for word in LOWER_CASE_WORD.findall(text))

    def wordings_of(self, form: str, names: Sequence[str]) -> Mapping[str, Wording]:
        """The wordings of a form, read from wordings/FORM.toml when they are first needed."""
        if form not in self.wordings:
            self.wordings[form] = load_wordings(WORDINGS / f"{form}.toml", names)
        return self.wordings[form]
