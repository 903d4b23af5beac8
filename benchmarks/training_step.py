"""Tokens per second of a training step: ours, nanoGPT's, and Hugging Face `transformers`'.

    python -m benchmarks.training_step                        # tiny and GPT-2 small; CPU or GPU
    python -m benchmarks.training_step --nanogpt ../nanoGPT   # a checkout of karpathy/nanoGPT

A step is everything between two updates: the micro-batches forward and backward, the norm of the
gradient, AdamW (on a GPU ours takes Muon, its default). All get the same tokens in the same
micro-batches and take turns; the median of their rounds counts.

On a CPU nothing is compiled, and nanoGPT runs twice: under the same autocast as ours, and as it
ships (float32). On a GPU ours and nanoGPT's are compiled and run under the same autocast, one size
of micro-batch after another, in steps of 131,072 tokens, pretrain.py's batch, so that the optimizer
takes as small a share of the time as there. Their peak memory is printed too. A size that does not
fit into the memory is left out.
"""

import argparse
import contextlib
import gc
import importlib.util
import io
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model import GPT, GPTConfig
from network.hardware import (
    Hardware,
    choose_hardware,
    flops_per_token,
    has_fast_bfloat16,
    measure_matmul_rate,
)
from pretrain import BATCH_TOKENS, OPTIMIZER, SIZES, STEPS
from text.batches import Batch, MicroBatch
from tools.memory import is_out_of_memory
from training.compiling import compile_loss
from training.device_memory import read_use
from training.gradient import GradientBuffer, LossFunction, accumulate_gradients
from training.loop import MAX_GRADIENT_NORM
from training.machine_report import describe_device, describe_torch
from training.optimizer import BETAS, WEIGHT_DECAY, Optimizer

LEARNING_RATE = 1e-4
GPU_STEP_TOKENS = BATCH_TOKENS["gpt2-small"]
PRETRAINING_TOKENS = STEPS * BATCH_TOKENS["gpt2-small"]  # of pretrain.py by default
Step = Callable[[], None]


@dataclass(frozen=True)
class Case:
    """A model and a batch for the CPU."""

    vocab_size: int
    micro_tokens: int
    micro_batches: int
    rounds_factor: int  # measured steps = --rounds times this


CASES = {"tiny": Case(4096, 4096, 2, 3), "gpt2-small": Case(50257, 2048, 1, 1)}


def main(argv=None):
    args = parse_arguments(argv)
    hardware = choose_hardware(args.device, compile=args.compile, one_shape=True)
    rate = measure_matmul_rate(hardware)
    print(
        f"{hardware.describe()}, torch {torch.__version__}; "
        f"a large matrix product runs at {rate / 1e12:.2f} TFLOP/s",
        flush=True,
    )
    if hardware.device.type == "cuda":
        print(f"{describe_torch(hardware)}; {describe_device(hardware)}", flush=True)
        measure_on_gpu(args.sequences, args.rounds, args.nanogpt, hardware, rate)
        return
    for size in args.sizes:
        measure_on_cpu(size, args.rounds, args.nanogpt, rate)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--nanogpt", type=Path, metavar="PATH", help="a checkout of nanoGPT to compare with")
    add(
        "--sizes",
        nargs="+",
        choices=CASES,
        default=list(CASES),
        help="on a CPU (default: both); a GPU trains gpt2-small",
    )
    add(
        "--rounds",
        type=int,
        default=3,
        help="measured steps, three times as many at the tiny size (default: 3)",
    )
    add(
        "--sequences",
        type=int,
        nargs="+",
        default=[4, 8, 16],
        metavar="N",
        help="sequences of 1,024 tokens in a micro-batch, on a GPU; several are measured one after "
        "another (default: 4 8 16)",
    )
    add("--device", default="auto", help="cpu or cuda (default: CUDA if available)")
    add("--compile", default="auto", choices=("auto", "on", "off"), help="(default: on a GPU)")
    return parser.parse_args(argv)


def random_batch(config: GPTConfig, micro_tokens: int, micro_batches: int) -> Batch:
    random = np.random.default_rng(0)
    shape = (micro_tokens // config.n_positions, config.n_positions)
    content = []
    for _ in range(micro_batches):
        inputs = random.integers(0, config.vocab_size, shape)
        targets = random.integers(0, config.vocab_size, shape)
        content.append(MicroBatch(inputs, targets, tuple(range(shape[0]))))
    tokens = micro_tokens * micro_batches
    return Batch(content, tokens, tokens, tokens)


def take_turns(steps: Mapping[str, Step], rounds: int) -> dict[str, float]:
    """Median seconds of a step of each, after one to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for round_number in range(rounds + 1):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if round_number > 0:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


# ---- on a CPU: a process for each, because the settings of an allocator are a process's ----


def measure_on_cpu(size: str, rounds: int, nanogpt: Path | None, rate: float) -> None:
    case = CASES[size]
    print(
        f"\n{size}, vocabulary {case.vocab_size:,}, "
        f"{case.micro_batches} × {case.micro_tokens:,} tokens a step",
        flush=True,
    )
    pipes = start_contestants(size, nanogpt)
    steps = {name: partial(ask_for_a_step, pipe) for name, pipe in pipes.items()}
    seconds = take_turns(steps, rounds * case.rounds_factor)
    tokens = case.micro_tokens * case.micro_batches
    flops = flops_per_token(config_of(size)) * tokens
    for name, step_seconds in seconds.items():
        print(
            f"{name:28} {tokens / step_seconds:10,.0f} tokens/s  "
            f"{flops / step_seconds / rate:4.0%} of that product  "
            f"ours is {step_seconds / seconds['ours']:.2f} times as fast",
            flush=True,
        )
    for pipe in pipes.values():
        pipe.send(False)


def config_of(size: str) -> GPTConfig:
    return GPTConfig(vocab_size=CASES[size].vocab_size, **SIZES[size])


def start_contestants(size: str, nanogpt: Path | None) -> dict[str, Connection]:
    """Start a process for each contestant; a pipe to each asks it for steps."""
    contestants = {"ours": ("ours", "auto")}
    if nanogpt:
        contestants["nanoGPT, the same autocast"] = ("nanoGPT", "auto")
        contestants["nanoGPT as it ships"] = ("nanoGPT", "float32")
    contestants["transformers"] = ("transformers", "float32")
    context = multiprocessing.get_context("spawn")
    pipes = {}
    for name, (code, dtype) in contestants.items():
        pipes[name], their_end = context.Pipe()
        arguments = (their_end, code, dtype, nanogpt, size)
        context.Process(target=take_steps_when_asked, args=arguments, daemon=True).start()
    return pipes


def ask_for_a_step(pipe: Connection) -> None:
    pipe.send(True)
    pipe.recv()


def take_steps_when_asked(
    pipe: Connection, code: str, dtype: str, nanogpt: Path | None, size: str
) -> None:
    """The work of a contestant's process; a False from the pipe ends it."""
    case, config = CASES[size], config_of(size)
    batch = random_batch(config, case.micro_tokens, case.micro_batches)
    step = step_on_cpu(code, dtype, nanogpt, config, batch)
    while pipe.recv():
        step()
        pipe.send(True)


def step_on_cpu(
    code: str, dtype: str, nanogpt: Path | None, config: GPTConfig, batch: Batch
) -> Step:
    if code == "ours":
        return our_step(config, batch, choose_hardware("cpu", dtype))
    cpu = torch.device("cpu")  # not choose_hardware, which tells glibc to keep freed memory
    is_bfloat16 = dtype == "auto" and has_fast_bfloat16(cpu)
    hardware = Hardware(cpu, torch.bfloat16 if is_bfloat16 else torch.float32)
    if nanogpt and code == "nanoGPT":
        return nanogpt_step(nanogpt, config, batch, hardware)
    return transformers_step(config, batch, hardware)


# ---- on a GPU ----


def measure_on_gpu(
    sequence_counts: list[int], rounds: int, nanogpt: Path | None, hardware: Hardware, rate: float
) -> None:
    """Measure each size of micro-batch; one that does not fit into the memory is left out."""
    config = GPTConfig()
    best = {"ours": 0.0}
    if nanogpt:
        best["nanoGPT"] = 0.0
    for sequences in sequence_counts:
        micro_tokens = sequences * config.n_positions
        batch = random_batch(config, micro_tokens, max(1, GPU_STEP_TOKENS // micro_tokens))
        for name in best:
            free_memory()
            title = f"{name:8} micro-batch {sequences:3} × {config.n_positions:,}:"
            speed = speed_on_gpu(name, config, batch, nanogpt, hardware, rounds)
            if speed is None:
                print(f"{title} out of memory", flush=True)
                continue
            best[name] = max(best[name], speed)
            use = read_use(hardware.device)
            print(
                f"{title} {speed:10,.0f} tokens/s  "
                f"{flops_per_token(config) * speed / rate:4.0%} of that product  "
                f"{use.describe() if use else ''}",
                flush=True,
            )
    if best["ours"]:
        hours = PRETRAINING_TOKENS / best["ours"] / 3600
        print(f"pretrain.py's {PRETRAINING_TOKENS / 1e9:.1f} B tokens would take {hours:.0f} hours")
    if nanogpt and best["nanoGPT"]:
        ratio = best["ours"] / best["nanoGPT"]
        print(f"best micro-batch of each: ours is {ratio:.2f} times as fast")


def speed_on_gpu(
    name: str,
    config: GPTConfig,
    batch: Batch,
    nanogpt: Path | None,
    hardware: Hardware,
    rounds: int,
) -> float | None:
    """Tokens per second, or None if there is too little memory."""
    try:
        if nanogpt and name == "nanoGPT":
            step = nanogpt_step(nanogpt, config, batch, hardware)
        else:
            step = our_step(config, batch, hardware, OPTIMIZER)
        return batch.tokens / take_turns({name: step}, rounds)[name]
    except Exception as problem:
        if not is_out_of_memory(problem):
            raise
    return None


def free_memory() -> None:
    """Drop the model and the compiled code of the last measurement, and count the peak anew."""
    torch.compiler.reset()
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


# ---- the contestants' steps ----


def our_step(
    config: GPTConfig, batch: Batch, hardware: Hardware, optimizer_name: str = "adamw"
) -> Step:
    model = GPT(config).to(hardware.device)
    buffer, optimizer = GradientBuffer(model), Optimizer(optimizer_name, model)
    loss: LossFunction = model.loss
    if hardware.compile:
        loss = compile_loss(model, hardware, batch.micro_batches)

    def step() -> None:
        accumulate_gradients(loss, batch, buffer, hardware)
        buffer.read(buffer.clip(MAX_GRADIENT_NORM))
        optimizer.step(LEARNING_RATE)

    return step


def nanogpt_step(path: Path, config: GPTConfig, batch: Batch, hardware: Hardware) -> Step:
    """A step as nanoGPT's train.py takes it, with its model and its optimizer."""
    model, loss = make_nanogpt(path, config, hardware)
    with contextlib.redirect_stdout(io.StringIO()):
        optimizer = model.configure_optimizers(
            WEIGHT_DECAY, LEARNING_RATE, BETAS, hardware.device.type
        )
    return peer_step(loss, model, optimizer, batch, hardware)


def make_nanogpt(
    path: Path, config: GPTConfig, hardware: Hardware, **settings: object
) -> tuple[Any, Callable[[Tensor, Tensor], Tensor]]:
    """nanoGPT's model of this shape, newly initialised, and its mean loss of (ids, targets).

    `settings` are further fields of its GPTConfig. Raises OSError if `path` has no model.py.
    """
    nanogpt = import_file(path / "model.py", "nanogpt_model")
    shape = nanogpt.GPTConfig(
        block_size=config.n_positions,
        vocab_size=-(-config.vocab_size // 64) * 64,  # padded, as its own vocabulary is
        n_layer=config.n_layer,
        n_head=config.n_head,
        n_embd=config.n_embd,
        **settings,
    )
    with contextlib.redirect_stdout(io.StringIO()):
        model = nanogpt.GPT(shape).to(hardware.device)
    run = torch.compile(model) if hardware.compile else model
    return model, lambda ids, targets: run(ids, targets)[1]


def import_file(path: Path, name: str) -> ModuleType:
    """Import a file that is not on the path of modules. Raises OSError if it cannot be read."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OSError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclass looks it up there
    spec.loader.exec_module(module)
    return module


def transformers_step(config: GPTConfig, batch: Batch, hardware: Hardware) -> Step:
    import transformers  # slow to import, and not needed for ours

    their_config = transformers.GPT2Config(
        **vars(config), bos_token_id=0, eos_token_id=0, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0
    )
    model: Any = transformers.GPT2LMHeadModel(their_config)
    model.to(hardware.device).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, betas=BETAS, weight_decay=WEIGHT_DECAY
    )

    def loss(ids: Tensor, _targets: Tensor) -> Tensor:
        return model(ids, labels=ids, use_cache=False).loss  # it shifts the labels itself

    return peer_step(loss, model, optimizer, batch, hardware)


def peer_step(
    loss: Callable[[Tensor, Tensor], Tensor],
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    hardware: Hardware,
) -> Step:
    """A step of the usual kind; `loss` returns a micro-batch's mean."""

    def step() -> None:
        for micro_batch in batch.micro_batches:
            ids = hardware.to_device(micro_batch.inputs)
            targets = hardware.to_device(micro_batch.targets)
            with hardware.autocast():
                mean = loss(ids, targets) / len(batch.micro_batches)
            mean.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT_NORM)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


if __name__ == "__main__":
    main()
