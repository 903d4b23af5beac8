"""The colours of the pages: what must stand out from what, as WCAG 2.1 measures it."""

import re

import pytest

from serving.pages.shell import STYLESHEET


def colours(theme):
    """The variables of a theme: {"text": "#1f2428", ...}."""
    [light, dark] = re.findall(r"^:root.*?\{(.*?)\}", STYLESHEET.read_text(), re.DOTALL | re.M)
    return dict(re.findall(r"--([\w-]+): (#\w{6});", {"light": light, "dark": dark}[theme]))


def luminance(colour):
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_borders_of_fields_stand_out_from_what_is_around_them(theme):
    variables = colours(theme)
    for ground in ("surface", "background"):
        assert contrast(variables["control-line"], variables[ground]) >= 3


def test_fields_and_selects_have_such_borders():
    style = STYLESHEET.read_text()
    for selector in (".q-field--outlined .q-field__control::before", ".choice select"):
        [rule] = re.findall(re.escape(selector) + r" \{(.*?)\}", style, re.DOTALL)
        assert "var(--control-line)" in rule
