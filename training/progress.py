"""progress."""

import math
import os
import sys
import time

from tqdm import tqdm

from model import GPT
from network.hardware import Hardware, flops_per_token, measure_matmul_rate
from training.loss_log import Row


class _Report:
    """What a person sees: a progress bar in a terminal, a line every ten seconds elsewhere, and each evaluation."""

    def __init__(self, plan, model: GPT, hardware: Hardware, progress):
        self.plan, self.quiet = plan, hardware.rank != 0
        self.flops = flops_per_token(model.config)
        self.peak = hardware.world * measure_matmul_rate(hardware)
        self.step_seconds, self.printed_at = None, -math.inf
        self.in_terminal = sys.stderr.isatty()
        self.bar = tqdm(total=plan.steps, initial=progress.step, disable=self.quiet or not self.in_terminal, dynamic_ncols=True,
                        bar_format="{percentage:3.0f}%|{bar}| {desc}")  # fmt: skip
        self.say(
            f"{sum(p.numel() for p in model.parameters()):,} parameters on {hardware.describe()}; a large matrix product runs at {self.peak / 1e12:.3g} TFLOP/s"
        )

    def step(self, row: Row, seconds: float) -> None:
        self.step_seconds = (
            seconds if self.step_seconds is None else 0.9 * self.step_seconds + 0.1 * seconds
        )
        left = (self.plan.steps - row.step) * self.step_seconds
        line = (f"step {row.step}/{self.plan.steps}  loss {row.loss:.4f}  lr {row.learning_rate:.2e}  {row.tokens_per_second:,.0f} tokens/s"
                f"  {self.flops * row.tokens_per_second / self.peak:.0%} of peak  {_clock(left)} left")  # fmt: skip
        self.bar.set_description_str(line, refresh=False)
        self.bar.update()
        if not self.in_terminal and (
            time.monotonic() - self.printed_at >= 10 or row.step == self.plan.steps
        ):
            self.printed_at = time.monotonic()
            self.say(line)

    def validation(self, progress) -> None:
        self.say(
            f"step {progress.step}/{self.plan.steps}  "
            + "  ".join(f"{split} loss {loss:.4f}" for split, loss in progress.validation.items())
        )

    def say(self, text: str) -> None:
        if not self.quiet:
            try:
                tqdm.write(text, file=sys.stdout)
                sys.stdout.flush()
            except (
                OSError
            ):  # nobody reads it any more, or the log's disk is full; the run matters more
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def close(self) -> None:
        self.bar.close()


def _clock(seconds: float) -> str:
    """3725 -> "1h02m"; 65 -> "1m05s"."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{seconds:02d}s"
