"""Train nanoGPT as it ships, on our token shards. benchmarks/to_loss.py calls this.

    python -m benchmarks.nanogpt --nanogpt ../nanoGPT --data data/to_loss --out runs/nanogpt \\
        --size tiny --steps 366 --max-lr 2e-3

The network, its initialisation and its AdamW are those of the clone's model.py. This script does
what its train.py does with them by default: no biases; windows that begin at random tokens; a
linear warm-up and a cosine to a tenth of the peak; gradients clipped to a norm of 1; float32 and
nothing compiled on a CPU, bfloat16, TF32 and compiled on CUDA. It takes 4,096 tokens at a time on a
CPU, as pretrain.py does, and up to 16,384 on CUDA. Its warm-up of 2,000 steps is for
600,000; here it is a tenth of the steps, as in pretrain.py.

OUT/loss.csv gets the loss on the validation tokens that pretrain.py takes, in the form of its log.
Its clock, too, leaves compiling and validation out. An interrupted run continues with the same
command.
"""

import argparse
import contextlib
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.training_step import make_nanogpt, peer_step
from model import GPTConfig
from network.hardware import Hardware, wait_for
from pretrain import SIZES
from text.batches import Batch, MicroBatch
from text.corpus import Corpus, open_corpus
from text.shards import TokenShards
from tools.command_line import run_script
from tools.files import replace_file
from training.loop import is_due
from training.loss_log import LossLog, Row, cut_back
from training.run_json import read_run_json, write_run_json
from training.schedule import Schedule

MICRO_TOKENS = {"cpu": 4096, "cuda": 16384}  # at a time, by device
WEIGHT_DECAY, BETAS = 0.1, (0.9, 0.95)  # the defaults of its train.py
Loss = Callable[[Tensor, Tensor], Tensor]


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.nanogpt",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--nanogpt", type=Path, required=True, metavar="FOLDER", help="a clone of nanoGPT")
    add("--data", required=True, metavar="FOLDER", help="token shards, from prepare_fineweb.py")
    add("--out", type=Path, required=True, metavar="RUN", help="the run folder")
    add("--size", choices=SIZES, required=True, help="layers, width and context, as pretrain.py's")
    add("--steps", type=int, required=True, metavar="N", help="optimizer steps")
    add("--max-lr", type=float, required=True, metavar="F", help="learning rate at the peak")
    add("--batch-tokens", type=int, default=16384, metavar="N", help="(default: 16384)")
    add("--eval-every", type=int, default=20, metavar="N", help="(default: 20)")
    add("--eval-tokens", type=int, default=131072, metavar="N", help="(default: 131072)")
    add("--seed", type=int, default=0, help="of the weights and the windows (default: 0)")
    args = parser.parse_args(argv)
    run_script(parser, lambda: train(args), "stopped; the same command resumes")


def train(args: argparse.Namespace) -> None:
    """Train to the last step, from the start or from where an earlier call was interrupted."""
    corpus = open_corpus(args.data)
    hardware = hardware_as_shipped()
    config = GPTConfig(vocab_size=corpus.tokenizer.vocab_size, **SIZES[args.size])
    micro_tokens = min(args.batch_tokens, MICRO_TOKENS[hardware.device.type])
    validation = corpus.validation(config.n_positions, args.eval_tokens, micro_tokens)
    torch.manual_seed(args.seed)
    model, loss = make_nanogpt(args.nanogpt, config, hardware, bias=False)
    with contextlib.redirect_stdout(io.StringIO()):
        optimizer = model.configure_optimizers(
            WEIGHT_DECAY, args.max_lr, BETAS, hardware.device.type
        )
    keep_settings(args, corpus, hardware)
    schedule = Schedule(args.steps, args.max_lr, args.max_lr / 10, args.steps // 10)

    def read(step: int) -> Batch:
        return random_windows(
            corpus.train, config, args.batch_tokens, args.seed, step, micro_tokens
        )

    compile_ahead(model, loss, read(1).micro_batches[0], hardware)
    step, seconds = load_state(args.out, model, optimizer)
    cut_back(args.out / "loss.csv", step)
    log = LossLog(args.out / "loss.csv")
    while step < args.steps:
        step += 1
        if step > 0:
            started = time.perf_counter()
            for group in optimizer.param_groups:
                group["lr"] = schedule.at(step)
            peer_step(loss, model, optimizer, read(step), hardware)()
            wait_for(hardware.device)
            seconds += time.perf_counter() - started
        if is_due(args.eval_every, step, step == args.steps):
            mean = mean_loss(loss, validation, hardware)
            log.write(Row(step, step * args.batch_tokens, seconds, "val", mean))
            save_state(args.out, model, optimizer, step, seconds)
    log.close()


def hardware_as_shipped() -> Hardware:
    """What train.py takes on CUDA; on a CPU, what its readme says.

    Not `choose_hardware`, which tells glibc to keep freed memory.
    """
    if not torch.cuda.is_available():
        return Hardware(torch.device("cpu"))
    torch.set_float32_matmul_precision("high")  # TF32
    return Hardware(torch.device("cuda"), torch.bfloat16, compile=True)


def random_windows(
    shards: TokenShards,
    config: GPTConfig,
    batch_tokens: int,
    seed: int,
    step: int,
    micro_tokens: int,
) -> Batch:
    """The batch of a step: windows that begin at random tokens, in micro-batches.

    It depends on the seed and the step alone, so that a run can resume at any step.
    """
    context = config.n_positions
    random = np.random.default_rng((seed, step))
    starts = random.integers(0, len(shards) - context, batch_tokens // context)
    rows = np.stack([shards.read(start, start + context + 1) for start in starts])
    number = max(1, batch_tokens // micro_tokens)
    micro_batches = [
        MicroBatch(part[:, :-1], part[:, 1:], ()) for part in np.array_split(rows, number)
    ]
    return Batch(micro_batches, batch_tokens, batch_tokens, batch_tokens)


def compile_ahead(model: Any, loss: Loss, micro_batch: MicroBatch, hardware: Hardware) -> None:
    """Compile the steps, if they are compiled. pretrain.py's clock leaves that out, too."""
    ids, targets = map(hardware.to_device, micro_batch[:2])
    with hardware.autocast():
        mean = loss(ids, targets)
    mean.backward()
    model.zero_grad(set_to_none=True)
    wait_for(hardware.device)


@torch.no_grad()
def mean_loss(loss: Loss, micro_batches: Sequence[MicroBatch], hardware: Hardware) -> float:
    """The mean loss over all targets, in nats."""
    total = 0.0
    for micro_batch in micro_batches:
        ids = hardware.to_device(micro_batch.inputs)
        targets = hardware.to_device(micro_batch.targets)
        with hardware.autocast():
            total += loss(ids, targets).item() * targets.numel()
    return total / sum(micro_batch.targets.size for micro_batch in micro_batches)


# ---- the run folder ----


def keep_settings(args: argparse.Namespace, corpus: Corpus, hardware: Hardware) -> None:
    """Write the settings to run.json. Raises ValueError if the run was begun with others."""
    names = ("size", "steps", "max_lr", "batch_tokens", "eval_tokens", "seed")
    settings = {name: getattr(args, name) for name in names}
    content = {"script": "nanoGPT", "settings": settings, "inputs": corpus.identity}
    if (args.out / "run.json").exists():
        before = read_run_json(args.out)
        if any(before.get(name) != value for name, value in content.items()):
            raise ValueError(
                f"{args.out} was started with other settings or data; choose another --out"
            )
    write_run_json(args.out, content | hardware.as_json())


def save_state(
    out: Path, model: Any, optimizer: torch.optim.Optimizer, step: int, seconds: float
) -> None:
    """Write what `load_state` reads."""
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "seconds": seconds,
    }
    content = io.BytesIO()
    torch.save(state, content)
    replace_file(out / "state.pt", content.getvalue())


def load_state(out: Path, model: Any, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Fill model and optimizer; the steps taken and their seconds, -1 and 0 for a new run."""
    path = out / "state.pt"
    if not path.exists():
        return -1, 0.0
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"], state["seconds"]


if __name__ == "__main__":
    main()
