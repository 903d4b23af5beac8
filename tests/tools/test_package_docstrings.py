"""The docstring of a package that lists its modules lists all of them."""

import ast
import re

import pytest

from tests.support.scripts import ROOT


@pytest.mark.parametrize("package", ["baseball", "text", "tools"])
def test_every_module_of_a_package_is_named_in_its_docstring(package):
    folder = ROOT / package
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    named = re.findall(r"^\s*(\w+)(?:\.py|/)?\s", docstring, re.MULTILINE)
    for in_brackets in re.findall(r"\((\w+(?:, \w+)*)\)", docstring):  # "files (local_files)"
        named += in_brackets.split(", ")
    assert modules | packages <= set(named)
