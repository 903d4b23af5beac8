"""Ids of statements come only from the constructors in baseball/statements.

An id typed by hand can be misspelled without an error; then a held-out fact leaks into training.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from baseball import statements

STATEMENTS = Path(statements.__file__).parent
BASEBALL = STATEMENTS.parent

VALUE = "\0"  # stands for {anything} in the text of an f-string
VALUES_JOINED_BY_COLONS = re.compile(rf"{VALUE}(:({VALUE}|\w+)){{2,}}")


def text_of(node: ast.AST) -> str | None:
    """The text of a string or an f-string, with VALUE in place of each {expression}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "" for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return VALUE
    return None


@functools.cache
def families() -> set[str]:
    """The first words of the ids that the constructors write, read from their source."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(STATEMENTS.glob("*.py"))]
    found = set()
    for node in ast.walk(ast.parse("\n".join(sources))):
        if not isinstance(node, ast.JoinedStr) or ":" not in text_of(node):
            continue
        first = node.values[0]
        if isinstance(first, ast.FormattedValue) and isinstance(first.value, ast.Name):
            found.add(getattr(statements, first.value.id))
        elif isinstance(first, ast.Constant) and re.match(r"\w+:", first.value):
            found.add(first.value.partition(":")[0])
    return found


@functools.cache
def opening_of_an_id() -> re.Pattern:
    return re.compile(rf"({'|'.join(families())}):(?!\s)")


def looks_hand_typed(text: str) -> bool:
    """Whether a text starts like an id, or consists of values joined by colons.

    It does for "club:", "club:ruthba01", f"club:{player}" and f"{family}:{player}:{year}", but not
    for "club: the".
    """
    opens_like_an_id = opening_of_an_id().match(text)
    return bool(opens_like_an_id or VALUES_JOINED_BY_COLONS.fullmatch(text))


def is_joined_by_colons(node: ast.AST) -> bool:
    """Whether a node is ":".join(["club", ...]), with a family first."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr != "join" or text_of(node.func.value) != ":" or not node.args:
        return False
    parts = node.args[0]
    if not (isinstance(parts, ast.Tuple | ast.List) and parts.elts):
        return False
    return text_of(parts.elts[0]) in families()


def hand_typed(source: str) -> Iterator[tuple[int, str]]:
    """(line, source text) of each id typed by hand in a module. Docstrings may show ids."""
    tree = ast.parse(source)
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(node.value)  # a docstring
        if isinstance(node, ast.JoinedStr):
            skipped.update(node.values)  # judged as a whole
    for node in ast.walk(tree):
        text = None if node in skipped else text_of(node)
        if (text is not None and looks_hand_typed(text)) or is_joined_by_colons(node):
            yield node.lineno, ast.get_source_segment(source, node)


def modules() -> list[Path]:
    return sorted(path for path in BASEBALL.rglob("*.py") if path.parent != STATEMENTS)


def test_no_module_types_the_id_of_a_statement_by_hand():
    found = []
    for path in modules():
        name = path.relative_to(BASEBALL.parent)
        for line, text in sorted(hand_typed(path.read_text(encoding="utf-8"))):
            found.append(f"{name}:{line}: {text}")
    assert not found, "use a constructor of baseball/statements:\n" + "\n".join(found)


def test_the_modules_of_all_packages_are_searched():
    names = {str(path.relative_to(BASEBALL)) for path in modules()}
    assert {"held_out.py", "facts/seasons.py", "prose/careers.py"} <= names
    assert any(name.startswith("lahman") for name in names)


def test_the_families_are_those_that_the_docstring_lists():
    table = statements.__doc__.partition("family ")[2]
    listed = re.findall(r"^    (\w+) {2,}\w+:", table, flags=re.MULTILINE)
    assert set(listed) == families()


@pytest.mark.parametrize(
    "source",
    [
        "state = 'batting:ruthba01:1927:HR'",
        "state = f'batting:{player}:{year}:HR'",
        "state = f'pennant:{year}:{league}'",
        "state = f'mainclub:{player}'",
        "state = f'{table}:{player}:{year}:{stat}'",
        "state = f'{family}:{player}:year'",
        "state = 'club:%s:%s' % (player, franchise)",
        "state = 'club:{}:{}'.format(player, franchise)",
        "state = 'club:' + player",
        "state = ':'.join(['club', player, franchise])",
        "found = state.startswith('club:')",
        "states = (f'leader:{year}:ML:{stat}', *more)",
        "text = 'He won' if (state := f'hall:{player}:year') else ''",
    ],
)
def test_an_id_typed_by_hand_is_found(source):
    assert len(list(hand_typed(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "'''batting:ruthba01:1927:HR is a figure at bat'''",
        "def f():\n    '''club:ruthba01:NYY'''\n",
        "# batting:ruthba01:1927:HR",
        "heading = 'record: the most home runs'",
        "heading = f'Position: {position}'",
        "line = f'{name}: {count}'",
        "line = f'{hours}:{minutes}'",
        "line = f'{count:,} runs and {average:.3f}'",
        "line = f'{path}:{line}: broken'",
        "words = 'name'",
        "words = 'a pennant:or two'",
        "key = ':'.join(map(str, parts))",
        "state = statements.batting(player, year, 'HR')",
        "fields = {'year': year, 'club': club}",
    ],
)
def test_other_text_with_colons_is_not_reported(source):
    assert not list(hand_typed(source))
