"""samples.jsonl: the samples of text that a model writes while it trains.

{"step": 250, "prompt": "The", "text": " history of the world", "is_answer": false}
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.files import add_path_to_errors, parse_json, read_bytes, replace_file, retry_while_held


@dataclass(frozen=True)
class Sample:
    """What a model wrote after a prompt: the rest of a text, or an answer."""

    prompt: str
    text: str
    is_answer: bool = False

    @property
    def line(self) -> str:
        """The sample on one line, for the screen."""
        if self.is_answer:
            return f"sample: {self.prompt!r} -> {self.text!r}"
        return f"sample: {self.prompt + self.text!r}"


def append_sample(path: Path | str, step: int, sample: Sample) -> None:
    """Append a sample that was taken after this step. Raises OSError, naming the file."""
    line = json.dumps({"step": step} | asdict(sample), ensure_ascii=False) + "\n"
    with add_path_to_errors(path), retry_while_held(lambda: open(path, "ab")) as file:
        file.write(line.encode("utf-8", errors="replace"))


def parse_sample(line: str) -> tuple[int, Sample]:
    """Read a line, as (step, sample). Raises ValueError if it is not a sample."""
    content = parse_json(line)
    try:
        step, sample = content.pop("step"), Sample(**content)
    except (AttributeError, KeyError, TypeError):
        raise ValueError(f"not a sample: {line[:80]!r}") from None
    texts = (sample.prompt, sample.text)
    if type(step) is not int or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"not a sample: {line[:80]!r}")
    return step, sample


def cut_back_samples(path: Path | str, step: int) -> None:
    """Drop the samples after `step`, and lines that are no samples, as a crash may leave one.

    Does nothing if there is no file.
    """
    if not Path(path).exists():
        return
    content = read_bytes(path).decode("utf-8", errors="replace")
    lines = [line for line in content.split("\n")[:-1] if _is_kept(line, step)]
    kept = "".join(f"{line}\n" for line in lines)
    if kept != content:
        replace_file(path, kept)


def _is_kept(line: str, last_step: int) -> bool:
    try:
        step, _ = parse_sample(line)
    except ValueError:
        return False
    return step <= last_step
