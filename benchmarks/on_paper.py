"""What other hardware would need, by arithmetic.

    python -m benchmarks.on_paper                # takes seconds
    python -m benchmarks.on_paper --share 0.63   # if training reaches more of the card's FLOP/s

It covers 2.5, 5 and 10 B tokens on a 12 GB card, 10 B on eight of them, and the preparation of
1.3 T tokens of text. Activations are counted here, in the types that a GPU uses.

Every line names what it follows from. The values of ASSUMED are published or guessed. Those of
MEASURED are in results/benchmarks.txt, except for the bytes of text in a token, which were counted.
Training reaches a share of 0.63 of a large matrix product's rate on two CPU cores.
"""

import argparse
import math
from dataclasses import replace

import torch
from torch import Tensor

from model import GPT, GPTConfig
from network.hardware import flops_per_token
from pretrain import BATCH_TOKENS, SIZES, STEPS

SIZE = "gpt2-small"
BATCH = BATCH_TOKENS[SIZE]  # tokens a step
CONTEXT = SIZES[SIZE]["n_positions"]
TOKENS = (STEPS * BATCH, 5e9, 10e9)  # pretrain.py's default, and about two and four times that
CARDS = 8

ASSUMED = {
    "card": 58.3e12,  # FLOP/s of an RTX 4070 in bfloat16 with float32 sums, as published
    "link": 10e9,  # bytes a second between cards without NVLink, through the PCIe bus and memory
    "web_text": 1.3e12,  # tokens of all of FineWeb-Edu, as published
}
MEASURED = {
    "tokens_per_core_second": 2.72e6,  # of prepare_fineweb.py, gpt2 tokens
    "megabytes_per_process": 213,  # of its largest process
    # The text of which results/h200 read a part: 566 MB, 123.3 M gpt2 tokens.
    "text_bytes_per_token": 566e6 / 123.3e6,
}
# A chunk of the loss is 640 × 50,304 logits, with 4 + 4 + 2 + 2 bytes for each. Beside them are the
# head in bfloat16, its gradient in float32, and a chunk's share of that gradient.
LOSS_BYTES = 0.69e9


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--share",
        type=float,
        nargs="+",
        default=[0.4, 0.5],
        help="of the card's FLOP/s that training reaches (default: 0.4 and 0.5)",
    )
    args = parser.parse_args(argv)
    config = GPTConfig()
    model = GPT(config, seed=None)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    matrices = sum(
        parameter.numel()
        for name, parameter in model.named_parameters()
        if name.startswith("h.") and parameter.dim() == 2
    )
    print_one_card(config, args.share)
    print_memory(config, parameters, matrices)
    print_eight_cards(config, args.share, parameters, matrices)
    print_web_text()


def print_one_card(config: GPTConfig, shares: list[float]) -> None:
    flops = flops_per_token(config)
    card = ASSUMED["card"]
    print(f"one card of {card / 1e12:.1f} TFLOP/s, {flops / 1e6:.0f} MFLOP a token")
    for share in shares:
        rate = card * share / flops
        parts = [f"{rate:,.0f} tokens/s, {BATCH / rate:.1f} s a step"]
        for tokens in TOKENS:
            steps, hours = math.ceil(tokens / BATCH), tokens / rate / 3600
            parts.append(f"{tokens / 1e9:.1f} B tokens ({steps:,} steps) in {hours:.0f} hours")
        print(f"  at {share:.0%}: {'; '.join(parts)}")


# ---- memory ----


def print_memory(config: GPTConfig, parameters: int, matrices: int) -> None:
    """`matrices` is the number of weights in the blocks' matrices."""
    activations = activation_bytes(config)
    print(
        f"memory: {activations:,.0f} bytes a token and layer kept for the backward pass "
        f"(counted here), {LOSS_BYTES / 1e9:.2f} GB for the loss"
    )
    moments_of = {
        "AdamW": 2 * parameters,
        "Muon": 2 * parameters - matrices,  # Muon has one moment for each weight of a matrix
    }
    for name, moments in moments_of.items():
        # Weights, gradients and moments in float32, and a copy of the weights in bfloat16.
        states = 4 * (2 * parameters + moments) + 2 * parameters
        sizes = []
        for micro_tokens in (4096, 16384):
            total = states + activations * config.n_layer * micro_tokens + LOSS_BYTES
            sizes.append(f"{total / 1e9:.1f} GB at --micro-tokens {micro_tokens}")
        checkpoint = 4 * (parameters + moments)
        print(
            f"  {name}: {states / 1e9:.2f} GB of weights (in bfloat16, too), gradients, moments; "
            f"{', '.join(sizes)}; a checkpoint has {checkpoint / 1e9:.2f} GB"
        )


def activation_bytes(config: GPTConfig) -> float:
    """Bytes that autograd keeps for each token and layer under bfloat16 autocast.

    That is what a second sequence adds in two layers, less what it adds in one.
    """

    def added_by_a_sequence(layers: int) -> int:
        small = replace(config, n_layer=layers, vocab_size=64)
        return kept_bytes(small, sequences=2) - kept_bytes(small, sequences=1)

    return (added_by_a_sequence(layers=2) - added_by_a_sequence(layers=1)) / CONTEXT


def kept_bytes(config: GPTConfig, sequences: int) -> int:
    """Bytes that the forward pass keeps for the backward pass, each piece of memory once."""
    storages = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()  # held, so that no other gets its address
        storages[storage.data_ptr()] = storage
        return tensor

    ids = torch.zeros(sequences, CONTEXT, dtype=torch.long)
    saves_noted = torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor)
    with torch.autocast("cpu", torch.bfloat16), saves_noted:
        GPT(config)(ids).sum()
    return sum(storage.nbytes() for storage in storages.values())


# ---- many cards, much text ----


def print_eight_cards(
    config: GPTConfig, shares: list[float], parameters: int, matrices: int
) -> None:
    all_reduce = 2 * (CARDS - 1) / CARDS * 4 * parameters  # a ring's, of the float32 gradient
    exchanged = all_reduce + 4 * matrices  # and the weights that Muon updates in shares
    waiting = exchanged / ASSUMED["link"]
    print(
        f"eight cards, torchrun: {BATCH // CARDS:,} tokens each a step; each sends "
        f"{exchanged / 1e9:.2f} GB a step, {waiting:.2f} s at {ASSUMED['link'] / 1e9:.0f} GB/s; "
        "memory as above, nothing is sharded"
    )
    tokens = TOKENS[-1]
    for share in shares:
        computing = BATCH / CARDS * flops_per_token(config) / (ASSUMED["card"] * share)
        step = computing + waiting
        hours = tokens / BATCH * step / 3600
        print(
            f"  at {share:.0%}: {computing:.2f} + {waiting:.2f} s a step "
            f"({waiting / step:.0%} of it waiting), {hours:.1f} hours for {tokens / 1e9:.0f} B "
            "tokens"
        )


def print_web_text() -> None:
    tokens, rate = ASSUMED["web_text"], MEASURED["tokens_per_core_second"]
    cores = 16
    hours = tokens / rate / 3600
    size = tokens * MEASURED["text_bytes_per_token"]
    reading = size / (hours / cores * 3600)  # bytes a second
    shards = tokens / 1e8
    memory = MEASURED["megabytes_per_process"] * (cores + 1)
    print(
        f"preparing {tokens / 1e12:.1f} T tokens: {hours:.0f} hours of a core "
        f"at {rate / 1e6:.2f} M tokens/s, {hours / cores:.1f} hours on {cores}, "
        f"which read {reading / 1e6:.0f} MB/s of text ({size / 1e12:.1f} TB)"
    )
    print(
        f"  {2 * tokens / 1e12:.1f} TB in {shards:,.0f} shards; "
        f"at most {memory / 1e3:.1f} GB of memory, whatever the size of the text"
    )


if __name__ == "__main__":
    main()
