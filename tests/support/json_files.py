"""Small files of JSON for the tests: rows in lines, changed values, and a question."""

import json

QUESTION = {"topic": "rules", "question": "How many?", "answer": "Three.", "accepted": ["three"]}


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def set_json(path, **values):
    """Change values at the top level of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
