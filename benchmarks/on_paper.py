"""What other hardware would need, by arithmetic: 5 and 10 B tokens on a 12 GB card, 10 B on eight of them, and text of 1.3 T tokens.

    python -m benchmarks.on_paper                # seconds: the activations are counted here, in the types a GPU uses
    python -m benchmarks.on_paper --share 0.63   # of a large matrix product's rate that training reaches; on two CPU cores it is this

Every line names what it follows from. ASSUMED are published or guessed; MEASURED stand in results/benchmarks.txt, but for the
bytes of text to a token, which were counted.
"""

import argparse
import math

import torch

from model import GPT, GPTConfig
from network.hardware import flops_per_token

BATCH, CONTEXT = 1 << 19, 1024
TOKENS = (9600 * BATCH, 10e9)  # pretrain.py's default, and twice that
ASSUMED = {
    "card": 58.3e12,  # FLOP/s of an RTX 4070 in bfloat16 with float32 sums, as published
    "link": 10e9,  # bytes a second between cards without NVLink, through the PCIe bus and memory
    "web_text": 1.3e12,  # tokens of all of FineWeb-Edu, as published
}
MEASURED = {
    "tokens_per_core_second": 2.72e6,  # prepare_fineweb.py, gpt2 tokens
    "megabytes_per_process": 213,  # its largest process
    "text_bytes_per_token": 566e6
    / 123.3e6,  # the text that results/mini was trained on: 566 MB, 123.3 M gpt2 tokens
}
LOSS_BYTES = 0.72e9  # 667 × 50,304 logits: 4 + 4 + 2 + 2 bytes of each; the head in bfloat16, its gradient in float32 and a chunk's share of that


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
    one_card(config, args.share)
    memory(config, parameters, matrices)
    eight_cards(config, args.share, parameters, matrices)
    web_text()


def one_card(config: GPTConfig, shares: list[float]) -> None:
    print(
        f"one card of {ASSUMED['card'] / 1e12:.1f} TFLOP/s, {flops_per_token(config) / 1e6:.0f} MFLOP a token"
    )
    for share in shares:
        rate = ASSUMED["card"] * share / flops_per_token(config)
        print(
            f"  at {share:.0%}: {rate:,.0f} tokens/s, {BATCH / rate:.1f} s a step; "
            + "; ".join(
                f"{tokens / 1e9:.1f} B tokens ({math.ceil(tokens / BATCH):,} steps) in {tokens / rate / 3600:.0f} hours"
                for tokens in TOKENS
            )
        )


def memory(config: GPTConfig, parameters: int, matrices: int) -> None:
    a_token = activation_bytes(config)
    print(
        f"memory: {a_token:,.0f} bytes a token and layer kept for the backward pass (counted here), {LOSS_BYTES / 1e9:.2f} GB for the loss"
    )
    for name, moments in (
        ("AdamW", 2 * parameters),
        ("Muon", 2 * parameters - matrices),
    ):  # Muon has one moment a matrix
        states = (
            4 * (2 * parameters + moments) + 2 * parameters
        )  # weight, gradient and moments in float32, the bfloat16 copy
        sizes = [
            f"{(states + a_token * config.n_layer * tokens + LOSS_BYTES) / 1e9:.1f} GB at --micro-tokens {tokens}"
            for tokens in (4096, 16384)
        ]
        print(
            f"  {name}: {states / 1e9:.2f} GB of weights, gradients, moments; {', '.join(sizes)}; a checkpoint has {4 * (parameters + moments) / 1e9:.2f} GB"
        )


def activation_bytes(config: GPTConfig) -> float:
    """Bytes a token and layer that autograd keeps under bfloat16 autocast: what another sequence adds in two layers, less what it adds in one."""
    kept = {
        (layers, sequences): kept_bytes(
            GPTConfig(**vars(config) | {"n_layer": layers, "vocab_size": 64}), sequences
        )
        for layers in (1, 2)
        for sequences in (1, 2)
    }
    return (kept[2, 2] - kept[2, 1] - (kept[1, 2] - kept[1, 1])) / CONTEXT


def kept_bytes(config: GPTConfig, sequences: int) -> int:
    """What the forward pass keeps for the backward pass, each piece of memory once."""
    storages = {}

    def note(tensor):
        storages[tensor.untyped_storage().data_ptr()] = (
            tensor.untyped_storage()
        )  # held, so that no address comes twice
        return tensor

    with (
        torch.autocast("cpu", torch.bfloat16),
        torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor),
    ):
        GPT(config)(torch.zeros(sequences, CONTEXT, dtype=torch.long)).sum()
    return sum(storage.nbytes() for storage in storages.values())


def eight_cards(config: GPTConfig, shares: list[float], parameters: int, matrices: int) -> None:
    exchanged = (
        2 * 7 / 8 * 4 * parameters + 4 * matrices
    )  # a ring's all-reduce of the gradient; the weights that Muon shared out
    seconds = exchanged / ASSUMED["link"]
    print(
        f"eight cards, torchrun: {BATCH // 8:,} tokens each a step; each sends {exchanged / 1e9:.2f} GB a step, {seconds:.2f} s at {ASSUMED['link'] / 1e9:.0f} GB/s; memory as above, nothing is sharded"
    )
    for share in shares:
        step = BATCH / 8 * flops_per_token(config) / (ASSUMED["card"] * share)
        print(
            f"  at {share:.0%}: {step:.2f} + {seconds:.2f} s a step ({seconds / (step + seconds):.0%} of it waiting), {TOKENS[1] / BATCH * (step + seconds) / 3600:.1f} hours for {TOKENS[1] / 1e9:.0f} B tokens"
        )


def web_text() -> None:
    tokens, rate = ASSUMED["web_text"], MEASURED["tokens_per_core_second"]
    hours, size = tokens / rate / 3600, tokens * MEASURED["text_bytes_per_token"]
    print(
        f"preparing {tokens / 1e12:.1f} T tokens: {hours:.0f} hours of a core at {rate / 1e6:.2f} M tokens/s, {hours / 16:.1f} hours on 16, which read {size / hours * 16 / 3600 / 1e6:.0f} MB/s of text ({size / 1e12:.1f} TB)"
    )
    print(
        f"  {2 * tokens / 1e12:.1f} TB in {tokens / 1e8:,.0f} shards; at most {MEASURED['megabytes_per_process'] * 17 / 1e3:.1f} GB of memory, whatever the size of the text"
    )


if __name__ == "__main__":
    main()
