"""The files that compare.py writes: the report in three forms, and the picture."""

import json
from pathlib import Path

from evaluation.html_report import html_text
from evaluation.markdown import markdown_text
from evaluation.picture import draw_comparison
from evaluation.report import Report, report_to_json
from tools.files import replace_file


def write_reports(folder: Path, report: Report) -> None:
    """Write report.md, report.html, report.json and comparison.png."""
    replace_file(folder / "comparison.png", draw_comparison(report))
    replace_file(folder / "report.md", markdown_text(report))
    replace_file(folder / "report.html", html_text(report))
    json_text = json.dumps(report_to_json(report), indent=1, ensure_ascii=False)
    replace_file(folder / "report.json", json_text + "\n")
