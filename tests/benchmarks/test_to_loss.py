"""benchmarks/to_loss.py and nanogpt.py, with runs of seconds and a stand-in for nanoGPT's model."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pretrain
from benchmarks import nanogpt, to_loss
from model import GPTConfig
from tests.support.models import CPU
from tests.support.small_scripts import run_small_script
from text.corpus import open_corpus
from training.divergence import not_finite
from training.gradient import StepResult
from training.loss_log import LossLog, Row, read_loss_log
from training.run_json import read_run_json, write_run_json

SMALL = {"n_positions": 64, "n_embd": 32, "n_layer": 2, "n_head": 2}  # as in small_scripts.py

# The same names and arguments as in nanoGPT's model.py.
MODEL = """
from dataclasses import dataclass
import torch
from torch.nn import functional

@dataclass
class GPTConfig:
    block_size: int
    vocab_size: int
    n_layer: int
    n_head: int
    n_embd: int
    bias: bool = True

class GPT(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        assert not config.bias
        self.embedding = torch.nn.Embedding(config.vocab_size, config.n_embd)
        self.head = torch.nn.Linear(config.n_embd, config.vocab_size, bias=False)

    def forward(self, ids, targets):
        logits = self.head(self.embedding(ids))
        return logits, functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    def configure_optimizers(self, weight_decay, learning_rate, betas, device_type):
        return torch.optim.AdamW(self.parameters(), learning_rate, betas, weight_decay=weight_decay)
"""


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder with a model.py; --size tiny is as small here as in the scripts' processes."""
    monkeypatch.setitem(pretrain.SIZES, "tiny", SMALL)
    folder = tmp_path / "nanoGPT"
    folder.mkdir()
    (folder / "model.py").write_text(MODEL)
    return folder


# ---- nanogpt.py ----


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    monkeypatch.setattr(nanogpt, "hardware_as_shipped", lambda: CPU)


def train_nanogpt(clone, data, out, *more):
    flags = ["--nanogpt", clone, "--data", data, "--out", out, "--size", "tiny", "--steps", 12]
    sizes = ["--batch-tokens", 512, "--eval-every", 4, "--eval-tokens", 512, "--max-lr", 1e-2]
    nanogpt.main([str(word) for word in (*flags, *sizes, *more)])


def curve(run):
    return [(row.step, row.tokens, row.loss) for row in read_loss_log(run / "loss.csv")]


def test_an_interrupted_run_of_nanogpt_continues_as_if_nothing_had_happened(
    clone, data_folder, tmp_path, monkeypatch
):
    whole, interrupted = tmp_path / "whole", tmp_path / "interrupted"
    train_nanogpt(clone, data_folder, whole)
    assert [step for step, _, _ in curve(whole)] == [0, 4, 8, 12]
    assert [tokens for _, tokens, _ in curve(whole)] == [0, 2048, 4096, 6144]
    assert curve(whole)[-1][2] < curve(whole)[0][2] - 0.1
    read = nanogpt.random_windows

    def fail_at_step_7(shards, config, batch_tokens, seed, step, micro_tokens):
        if step == 7:
            raise OSError("a power cut")
        return read(shards, config, batch_tokens, seed, step, micro_tokens)

    monkeypatch.setattr(nanogpt, "random_windows", fail_at_step_7)
    with pytest.raises(SystemExit):
        train_nanogpt(clone, data_folder, interrupted)
    assert curve(interrupted) == curve(whole)[:2]
    monkeypatch.setattr(nanogpt, "random_windows", read)
    train_nanogpt(clone, data_folder, interrupted)
    assert curve(interrupted) == curve(whole)
    with pytest.raises(SystemExit):
        train_nanogpt(clone, data_folder, interrupted, "--max-lr", 2e-2)
    assert curve(interrupted) == curve(whole)


def test_windows_of_nanogpt_begin_anywhere_and_depend_on_seed_and_step_alone(data_folder):
    shards = open_corpus(data_folder).train
    row = shards.read(0, len(shards))
    config = GPTConfig(vocab_size=512, **SMALL)
    starts = set()
    for step in (1, 2):
        batch = nanogpt.random_windows(shards, config, 8192, 0, step, 4096)
        assert [part.inputs.shape for part in batch.micro_batches] == [(64, 64), (64, 64)]
        for part in batch.micro_batches:
            windows = np.lib.stride_tricks.sliding_window_view(row, 65)
            for inputs, targets in zip(part.inputs[:4], part.targets[:4]):
                window = [*inputs, targets[-1]]
                [start, *_] = np.flatnonzero((windows == window).all(axis=1))
                assert list(row[start + 1 : start + 65]) == list(targets)
                starts.add(int(start))
    assert len(starts) == 16
    assert any(start % 64 for start in starts)
    again = nanogpt.random_windows(shards, config, 8192, 0, 2, 4096)
    assert np.array_equal(again.micro_batches[1].inputs, batch.micro_batches[1].inputs)
    other = nanogpt.random_windows(shards, config, 8192, 1, 2, 4096)
    assert not np.array_equal(other.micro_batches[1].inputs, batch.micro_batches[1].inputs)


# ---- to_loss.py ----

STEPS = 20  # of the baseline
SIZES = [
    *("--tokens", str(STEPS * 512), "--batch-tokens", "512", "--our-batch-tokens", "512"),
    *("--shares", "1/2", "1/4", "1"),
]


def value_of(words, flag):
    words = list(map(str, words))
    return words[words.index(flag) + 1]


@pytest.fixture
def made(monkeypatch):
    """The runs that were asked for, (recipe, steps, rate, seed), none of which is trained.

    A rate that is not given is "default".

    The baseline goes from 9 to 5 nats, in 20 steps of 2 s; ours to 5.4, 4.9 and 4.5, in 5, 10 and
    20 steps of 1 s. Another rate than the recipe's best ends a nat higher.
    """
    runs = []
    last = {"ours": {5: 5.4, 10: 4.9, 20: 4.5}, "baseline": {20: 5.0}}
    best = {"ours": ("8e-3", "default"), "baseline": ("2e-3",)}

    def execute(words):
        is_baseline = words[0] == "-m" or "adamw" in words
        recipe = "baseline" if is_baseline else "ours"
        steps = int(value_of(words, "--steps"))
        rate = value_of(words, "--max-lr") if "--max-lr" in words else "default"
        runs.append((recipe, steps, rate, int(value_of(words, "--seed"))))
        fall = 9 - last[recipe][steps] - (rate not in best[recipe])
        out = Path(value_of(words, "--out"))
        out.mkdir(parents=True, exist_ok=True)
        max_lr = 3e-3 if rate == "default" else float(rate)
        settings = {"max_lr": max_lr, "batch_tokens": int(value_of(words, "--batch-tokens"))}
        write_run_json(out, {"settings": settings, "device": "an abacus"})
        log = LossLog(out / "loss.csv")
        for step in range(steps + 1):
            seconds = step * (2 if is_baseline else 1)
            log.write(Row(step, 512 * step, seconds, "val", 9 - fall * step / steps))
        log.close()

    monkeypatch.setattr(to_loss, "execute", execute)
    return runs


def run_to_loss(data, out, *more):
    to_loss.main(["--data", str(data), "--out", str(out), *SIZES, *map(str, more)])


def test_both_get_their_best_rate_and_ours_the_shortest_length_that_reaches_the_loss(
    made, data_folder, tmp_path, capsys
):
    rates = ["2e-3", "8e-3"]
    run_to_loss(data_folder, tmp_path, "--rates", *rates, "--our-rates", *rates, "--seeds", 4, 5)
    assert made == [
        *(("baseline", 20, rate, 4) for rate in ("2e-3", "8e-3")),
        *(("ours", steps, rate, 4) for steps in (5, 10) for rate in ("2e-3", "8e-3")),
        ("baseline", 20, "2e-3", 5),
        *(("ours", steps, "8e-3", 5) for steps in (5, 10)),
    ]
    printed = capsys.readouterr().out
    assert printed.count("1 / 2.00 of the tokens, 1 / 4.00 of the time") == 3  # with the median
    assert "on an abacus" in printed
    assert (tmp_path / "to_loss.png").read_bytes().startswith(b"\x89PNG")


def test_ours_has_the_rate_and_the_batch_of_pretrain_unless_flags_say_otherwise(
    made, data_folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(pretrain.BATCH_TOKENS, "tiny", 256)
    tokens = ["--tokens", STEPS * 512, "--batch-tokens", 512]
    flags = [*tokens, "--shares", "1/4", "--rates", "2e-3", "--seeds", 0]
    out = ["--data", data_folder, "--out", tmp_path]
    to_loss.main([str(word) for word in (*out, *flags)])
    assert made == [("baseline", 20, "2e-3", 0), ("ours", 10, "default", 0)]
    settings = read_run_json(tmp_path / "ours_10x256_default_0")["settings"]
    assert settings["batch_tokens"] == 256
    assert "10 steps of 256 tokens, peak rate 0.003" in capsys.readouterr().out


def test_flags_that_every_run_has_cannot_be_given_to_ours_alone(
    made, data_folder, tmp_path, capsys
):
    with pytest.raises(SystemExit):
        run_to_loss(data_folder, tmp_path, "--", "--batch-tokens", 16384)
    assert "--batch-tokens is set for every run: use --our-batch-tokens" in capsys.readouterr().err
    assert made == []


def test_a_loss_that_ours_does_not_reach_is_no_ratio(made, data_folder, tmp_path, capsys):
    run_to_loss(data_folder, tmp_path, "--our-rates", "2e-3", "--seeds", 0)
    assert [steps for recipe, steps, *_ in made if recipe == "ours"] == [5, 10, 20]
    printed = capsys.readouterr().out
    assert "ours does not reach that: loss 5.5000" in printed
    assert "of the tokens, 1 /" not in printed


@pytest.mark.parametrize(
    "seed, message",
    [
        (4, "AdamW: seed 4 diverged at rate 2e-3, 8e-3;"),
        (5, "AdamW: seed 5 diverged at rate 2e-3;"),
    ],
)
def test_a_baseline_that_diverges_is_named_with_its_seed_and_the_rates_that_were_tried(
    made, data_folder, tmp_path, monkeypatch, capsys, seed, message
):
    make = to_loss.execute

    def execute(words):
        make(words)
        if "adamw" in words and value_of(words, "--seed") == str(seed):
            log = Path(value_of(words, "--out")) / "loss.csv"
            log.write_text("".join(log.read_text().splitlines(keepends=True)[:-1]))

    monkeypatch.setattr(to_loss, "execute", execute)
    with pytest.raises(SystemExit):
        run_to_loss(data_folder, tmp_path, "--rates", "2e-3", "8e-3", "--seeds", 4, 5)
    assert f"{message} give lower --rates" in capsys.readouterr().err


@pytest.mark.parametrize("shares", [["0"], ["1/0"], ["1.5"], ["half"]])
def test_an_impossible_share_is_refused(made, data_folder, tmp_path, capsys, shares):
    with pytest.raises(SystemExit):
        run_to_loss(data_folder, tmp_path, "--shares", *shares)
    assert "--shares takes shares up to 1" in capsys.readouterr().err
    assert made == []


def test_a_run_that_diverged_has_an_infinite_loss_and_reaches_what_it_had_before():
    rows = [Row(step, step, step, "val", loss) for step, loss in ((0, 9.0), (5, 6.0))]
    cut_short = to_loss.Trained(Path("runs/a"), 10, "1", rows)
    assert cut_short.loss == math.inf
    broken = to_loss.Trained(Path("runs/a"), 5, "1", [*rows[:1], replace(rows[1], loss=math.nan)])
    assert broken.loss == math.inf
    assert cut_short.first_at(6.5) == rows[1]
    assert cut_short.first_at(5.9) is None
    assert cut_short.first_at(9.5).step == 5  # not the loss before the first step


def test_both_are_really_trained_and_the_same_command_trains_nothing_again(
    clone, data_folder, tmp_path, monkeypatch, capsys
):
    def execute(words):
        if words[0] == "-m":
            nanogpt.main([str(word) for word in words[2:]])
            return
        status, output = run_small_script("pretrain.py", *words[1:], "--device", "cpu")
        assert status == 0, output

    monkeypatch.setattr(to_loss, "execute", execute)
    rates = ["--rates", "1e-3", "--our-rates", "1e-3"]
    flags = ["--nanogpt", clone, *rates, "--seeds", 0, "--shares", 1]
    run_to_loss(data_folder, tmp_path / "out", *flags, "--", "--schedule", "linear", "--min-lr", 0)
    theirs = tmp_path / "out" / "nanoGPT_20x512_1e-3_0"
    ours = tmp_path / "out" / "ours_schedule_linear_min-lr_0_20x512_1e-3_0"
    rates = [row.learning_rate for row in read_loss_log(ours / "loss.csv") if row.split == "train"]
    assert rates[1:] == pytest.approx([1e-3 * (20 - step) / 18 for step in range(2, 21)])
    logs = [(run / "loss.csv").read_bytes() for run in (theirs, ours)]
    last = read_loss_log(theirs / "loss.csv")[-1]
    assert f"loss {last.loss:.4f} after 0.010 M tokens" in capsys.readouterr().out
    run_to_loss(data_folder, tmp_path / "out", *flags, "--", "--schedule", "linear", "--min-lr", 0)
    assert [(run / "loss.csv").read_bytes() for run in (theirs, ours)] == logs


def test_a_failing_run_is_reported_and_a_loss_that_is_not_finite_is_no_failure(capfd):
    with pytest.raises(ValueError, match="a run has failed, see above"):
        to_loss.execute(["-c", "raise SystemExit('no such data')"])
    assert "no such data" in capfd.readouterr().err
    divergence = not_finite(StepResult(math.nan, 1.0, False), 3)
    to_loss.execute(["-c", f"raise SystemExit({divergence.reason!r})"])
