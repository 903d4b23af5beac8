"""Tokens per second of a training step: ours, nanoGPT's where a checkout of it is given, and Hugging Face `transformers`'.

    python -m benchmarks.training_step                                # CPU or GPU, whichever is there; tiny and GPT-2 small
    python -m benchmarks.training_step --nanogpt ../nanoGPT           # git clone https://github.com/karpathy/nanoGPT

A step is everything between two updates: the micro-batches forward and backward, the gradient's norm, AdamW. All get the same tokens
in the same micro-batches and take turns; the median of their rounds counts. On a CPU nanoGPT comes twice: under the same autocast as
ours, and as it ships (float32); nothing is compiled. On a GPU ours and nanoGPT's are compiled, under the same autocast, one micro-batch
after another, with their peak memory.
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
from functools import partial
from pathlib import Path

import numpy as np
import torch

from model import GPT, GPTConfig
from network.hardware import (
    Hardware,
    choose_hardware,
    flops_per_token,
    has_fast_bfloat16,
    measure_matmul_rate,
)
from pretrain import SIZES
from text.batches import Batch
from training.loop import GradientBuffer, accumulate_gradients, training_loss
from training.optimizer import Optimizer

CASES = {
    "tiny": (4096, 4096, 2, 3),
    "gpt2-small": (50257, 2048, 1, 1),
}  # vocabulary, tokens in a micro-batch, micro-batches in a step, rounds


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--nanogpt", type=Path, metavar="PATH", help="a checkout of nanoGPT to compare with"
    )
    parser.add_argument(
        "--sizes",
        nargs="+",
        choices=CASES,
        default=list(CASES),
        help="(default: both; on a GPU gpt2-small)",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        help="measured steps, three times as many at the tiny size (default: 3)",
    )
    parser.add_argument(
        "--micro-batches",
        type=int,
        nargs="+",
        default=[4, 16, 32],
        metavar="N",
        help="on a GPU, sequences of 1,024 (default: 4 16 32)",
    )
    parser.add_argument("--device", default="auto")
    args = parser.parse_args(argv)
    hardware = choose_hardware(args.device)
    rate = measure_matmul_rate(hardware)
    print(
        f"{hardware.describe()}, torch {torch.__version__}; a large matrix product runs at {rate / 1e12:.2f} TFLOP/s",
        flush=True,
    )
    if hardware.device.type == "cuda":
        on_gpu(args, hardware, rate)
    else:
        for size in args.sizes:
            on_cpu(size, args, rate)


def on_cpu(size: str, args, rate: float) -> None:
    vocab_size, micro_tokens, micro_batches, rounds = CASES[size]
    config, tokens = GPTConfig(vocab_size=vocab_size, **SIZES[size]), micro_tokens * micro_batches
    contestants = {"ours": ("ours", "auto")}
    if args.nanogpt:
        contestants |= {
            "nanoGPT, the same autocast": ("nanogpt", "auto"),
            "nanoGPT as it ships": ("nanogpt", "float32"),
        }
    contestants["transformers"] = ("transformers", "float32")
    print(
        f"\n{size}, vocabulary {vocab_size:,}, {micro_batches} × {micro_tokens:,} tokens a step",
        flush=True,
    )
    pipes = {}
    for name, (
        whose,
        dtype,
    ) in contestants.items():  # a process each: an allocator's settings, say, are a process's
        pipes[name], theirs = multiprocessing.Pipe()
        multiprocessing.get_context("spawn").Process(
            target=contestant, args=(theirs, whose, dtype, args.nanogpt, size), daemon=True
        ).start()
    for name, time_ in (
        seconds := take_turns(
            {name: partial(ask, pipe) for name, pipe in pipes.items()}, args.rounds * rounds
        )
    ).items():
        print(
            f"{name:28} {tokens / time_:10,.0f} tokens/s  {flops_per_token(config) * tokens / time_ / rate:4.0%} of that product  ours is {time_ / seconds['ours']:.2f} times as fast",
            flush=True,
        )
    for pipe in pipes.values():
        pipe.send(False)


def contestant(pipe, whose: str, dtype: str, nanogpt: Path | None, size: str) -> None:
    """Take a step whenever the pipe asks for one."""
    vocab_size, micro_tokens, micro_batches, _ = CASES[size]
    config = GPTConfig(vocab_size=vocab_size, **SIZES[size])
    batch = random_batch(config, micro_tokens, micro_batches)
    if whose == "ours":
        step = our_step(config, batch, choose_hardware("cpu", dtype))
    else:
        precision = (
            torch.bfloat16
            if dtype == "auto" and has_fast_bfloat16(torch.device("cpu"))
            else torch.float32
        )
        hardware = Hardware(torch.device("cpu"), precision)
        step = (
            transformers_step(config, batch, hardware)
            if whose == "transformers"
            else nanogpt_step(nanogpt, config, batch, hardware)
        )
    while pipe.recv():
        step()
        pipe.send(True)


def ask(pipe) -> None:
    pipe.send(True)
    pipe.recv()


def on_gpu(args, hardware: Hardware, rate: float) -> None:
    config = GPTConfig()
    best = {}
    for sequences in args.micro_batches:
        batch = random_batch(config, sequences * config.n_positions, 8)
        for name in ("ours", "nanoGPT") if args.nanogpt else ("ours",):
            gc.collect()
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            step = (
                our_step(config, batch, hardware)
                if name == "ours"
                else nanogpt_step(args.nanogpt, config, batch, hardware)
            )
            tokens_per_second = batch.tokens / take_turns({name: step}, args.rounds)[name]
            del step
            best[name] = max(best.get(name, 0), tokens_per_second)
            print(f"{name:8} micro-batch {sequences:3} × {config.n_positions:,}: {tokens_per_second:10,.0f} tokens/s  {flops_per_token(config) * tokens_per_second / rate:4.0%} of that product"
                  f"  peak {torch.cuda.max_memory_allocated() / 1e9:5.2f} GB", flush=True)  # fmt: skip
            torch.compiler.reset()
    if args.nanogpt:
        print(
            f"best micro-batch of each: ours is {best['ours'] / best['nanoGPT']:.2f} times as fast"
        )


def random_batch(config: GPTConfig, micro_tokens: int, micro_batches: int) -> Batch:
    random = np.random.default_rng(0)
    shape = (micro_tokens // config.n_positions, config.n_positions)
    pairs = [
        (random.integers(0, config.vocab_size, shape), random.integers(0, config.vocab_size, shape))
        for _ in range(micro_batches)
    ]
    tokens = micro_tokens * micro_batches
    return Batch(pairs, tokens, tokens, tokens)


def take_turns(steps: dict, rounds: int) -> dict[str, float]:
    """Median seconds of a step of each, after one to warm up."""
    seconds = {name: [] for name in steps}
    for round_number in range(rounds + 1):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if round_number:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def our_step(config: GPTConfig, batch: Batch, hardware: Hardware):
    model = GPT(config).to(hardware.device)
    buffer, optimizer = GradientBuffer(model), Optimizer("adamw", model)
    loss = training_loss(model, hardware, batch.micro_batches)

    def step():
        accumulate_gradients(loss, batch, buffer, hardware)
        torch.stack([buffer.loss, buffer.clip(1.0)]).tolist()
        optimizer.step(1e-4)

    return step


def nanogpt_step(path: Path, config: GPTConfig, batch: Batch, hardware: Hardware):
    """A step as nanoGPT's train.py takes it: its model, its optimizer, its order of things."""
    spec = importlib.util.spec_from_file_location("nanogpt_model", path / "model.py")
    nanogpt = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = nanogpt  # for its dataclass
    spec.loader.exec_module(nanogpt)
    # its own vocabulary is GPT-2's, padded to a multiple of 64
    shape = nanogpt.GPTConfig(
        block_size=config.n_positions,
        vocab_size=-(-config.vocab_size // 64) * 64,
        n_layer=config.n_layer,
        n_head=config.n_head,
        n_embd=config.n_embd,
    )
    with contextlib.redirect_stdout(io.StringIO()):
        model = nanogpt.GPT(shape).to(hardware.device)
        optimizer = model.configure_optimizers(0.1, 1e-4, (0.9, 0.95), hardware.device.type)
    run = torch.compile(model) if hardware.compile else model
    return peer_step(lambda ids, targets: run(ids, targets)[1], model, optimizer, batch, hardware)


def transformers_step(config: GPTConfig, batch: Batch, hardware: Hardware):
    import transformers

    model = (
        transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                **vars(config),
                bos_token_id=0,
                eos_token_id=0,
                resid_pdrop=0,
                embd_pdrop=0,
                attn_pdrop=0,
            )
        )
        .to(hardware.device)
        .train()
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1)
    return peer_step(
        lambda ids, targets: model(ids, labels=ids, use_cache=False).loss,
        model,
        optimizer,
        batch,
        hardware,
    )  # it shifts the labels itself


def peer_step(loss, model, optimizer, batch: Batch, hardware: Hardware):
    def step():
        for ids, targets, _ in batch.micro_batches:
            with hardware.autocast():
                mean = loss(hardware.to_device(ids), hardware.to_device(targets)) / len(
                    batch.micro_batches
                )
            mean.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


if __name__ == "__main__":
    main()
