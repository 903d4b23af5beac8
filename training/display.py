"""What a person sees of a run: a progress bar or lines, losses, messages."""

import math
import os
import sys
import time

from tqdm import tqdm

from model import GPT
from network.hardware import Hardware, flops_per_token, measure_matmul_rate
from training.loss_log import Row
from training.progress import Progress

LINE_SECONDS = 10  # between two progress lines if there is no terminal


class Display:
    """What the user sees: a progress bar in a terminal, a line every ten seconds elsewhere.

    Only the first process prints.
    """

    def __init__(self, model: GPT, hardware: Hardware, steps: int, step: int):
        self.steps = steps
        self.is_silent = not hardware.is_first
        self.flops_per_token = flops_per_token(model.config)
        self.peak = hardware.world_size * measure_matmul_rate(hardware)  # FLOP/s, measured
        self.step_seconds: float | None = None  # a running mean, for the time left
        self.printed_at = -math.inf
        self.in_terminal = sys.stderr.isatty()
        self.bar = tqdm(
            total=steps,
            initial=step,
            disable=self.is_silent or not self.in_terminal,
            dynamic_ncols=True,
            bar_format="{percentage:3.0f}%|{bar}| {desc}",
        )
        parameters = sum(parameter.numel() for parameter in model.parameters())
        self.say(
            f"{parameters:,} parameters on {hardware.describe()}; "
            f"a large matrix product runs at {self.peak / 1e12:.3g} TFLOP/s"
        )

    def step(self, row: Row, seconds: float) -> None:
        """Show a step that took `seconds`, given its row of the loss log."""
        if self.step_seconds is None:
            self.step_seconds = seconds
        self.step_seconds = 0.9 * self.step_seconds + 0.1 * seconds
        line = self._line(row, (self.steps - row.step) * self.step_seconds)
        self.bar.set_description_str(line, refresh=False)
        self.bar.update()
        is_due = time.monotonic() - self.printed_at >= LINE_SECONDS or row.step == self.steps
        if is_due and not self.in_terminal:
            self.printed_at = time.monotonic()
            self.say(line)

    def _line(self, row: Row, seconds_left: float) -> str:
        share_of_peak = self.flops_per_token * row.tokens_per_second / self.peak
        parts = [
            f"step {row.step}/{self.steps}",
            f"loss {row.loss:.4f}",
            f"lr {row.learning_rate:.2e}",
            f"{row.tokens_per_second:,.0f} tokens/s",
        ]
        if share_of_peak <= 1:  # else the peak was measured while another program was busy
            parts.append(f"{share_of_peak:.0%} of peak")
        parts.append(f"{format_duration(seconds_left)} left")
        return "  ".join(parts)

    def validation(self, progress: Progress) -> None:
        """Print the newest loss of every validation split."""
        losses = [f"{split} loss {loss:.4f}" for split, loss in progress.validation.items()]
        self.say("  ".join([f"step {progress.step}/{self.steps}", *losses]))

    def go_back(self, step: int) -> None:
        """Set the progress bar back to an earlier step."""
        self.bar.n = step
        self.bar.refresh()

    def say(self, text: str) -> None:
        """Print text above the progress bar."""
        if not self.is_silent:
            say(text)

    def close(self) -> None:
        """Close the progress bar."""
        self.bar.close()


def say(text: str) -> None:
    """Print text above the progress bar, if any. If printing fails, later text is discarded."""
    try:
        tqdm.write(text, file=sys.stdout)
        sys.stdout.flush()
    except OSError:  # a closed pipe or a full disk should not stop the run
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def format_duration(seconds: float) -> str:
    """Format seconds for the progress line: 3725 -> "1h02m"; 65 -> "1m05s"."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{seconds:02d}s"
