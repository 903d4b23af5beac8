"""How fast one answer is generated: ours, Hugging Face `transformers`, and a loop without a cache.

    python -m benchmarks.generate                        # GPT-2 small, 32 + 256 tokens
    python -m benchmarks.generate --dtype float32
    python -m benchmarks.generate --batch-size 64 --device cuda

All three continue the same prompts greedily with the same random weights. They take turns for
several rounds, and the best round of each counts. Their tokens are compared one by one.

The bound is set by memory: each token needs every weight once, so no loop over a batch is faster
than the memory's bandwidth (that of a sum over 1 GB, measured here) divided by the size of the
weights.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from model import GPT, GPTConfig
from network.decoding import for_generation, open_decoder
from network.model_folder import save_model
from network.sampling import GREEDY, Sampler
from text.tokenizer import load_tokenizer

END_OF_TEXT = 50256
NO_CACHE = "without a cache"


def main(argv=None):
    args = parse_arguments(argv)
    device, dtype = torch.device(args.device), getattr(torch, args.dtype)
    print(
        f"GPT-2 small, {args.dtype}, {args.device}, {torch.get_num_threads()} threads, "
        f"batch {args.batch_size}, {args.prompt_tokens} + {args.new_tokens} tokens",
        flush=True,
    )
    model = GPT(GPTConfig())
    contestants = make_contestants(model, device, dtype, args.new_tokens)
    if args.skip_uncached:
        del contestants[NO_CACHE]
    random = torch.Generator().manual_seed(0)
    prompt = torch.randint(50257, (args.batch_size, args.prompt_tokens), generator=random)
    seconds, tokens = take_turns(contestants, prompt.to(device), args.rounds)
    report(seconds, tokens, args)
    report_bound(model, device, seconds["ours"], args)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--prompt-tokens", type=int, default=32, help="(default: 32)")
    add("--new-tokens", type=int, default=256, help="(default: 256)")
    add(
        "--dtype",
        choices=("float32", "bfloat16"),
        default="bfloat16",
        help="type of the weights and the arithmetic (default: bfloat16)",
    )
    add("--batch-size", type=int, default=1, help="prompts at a time (default: 1)")
    add("--rounds", type=int, default=3, help="(default: 3)")
    add(
        "--skip-uncached",
        action="store_true",
        help="leave out the loop without a cache, which takes a minute on a CPU",
    )
    add(
        "--device",
        default="cuda" if torch.cuda.is_available() else "cpu",
        help="(default: CUDA if available, otherwise the CPU)",
    )
    return parser.parse_args(argv)


# ---- the contestants ----


def make_contestants(
    model: GPT, device: torch.device, dtype: torch.dtype, new_tokens: int
) -> dict[str, Callable[[Tensor], Tensor]]:
    """Functions from a prompt, (batch, time), to its continuation, (batch, new_tokens).

    All have the weights of `model`, which becomes our contestant.
    """
    theirs = as_transformers(model).to(device, dtype)
    plain = GPT(model.config).to(device, dtype)
    plain.load_state_dict(model.state_dict())
    ours = for_generation(model, device, dtype)

    def with_transformers(prompt: Tensor) -> Tensor:
        sequences = theirs.generate(
            prompt,
            max_new_tokens=new_tokens,
            min_new_tokens=new_tokens,
            do_sample=False,
            pad_token_id=END_OF_TEXT,
        )
        return sequences[:, prompt.size(1) :]

    return {
        "ours": lambda prompt: with_our_cache(ours, prompt, new_tokens),
        "transformers": with_transformers,
        NO_CACHE: lambda prompt: without_cache(plain, prompt, new_tokens),
    }


def as_transformers(model: GPT) -> Any:
    """The same model as an instance of the `transformers` library."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the library is imported
    import transformers

    with tempfile.TemporaryDirectory() as folder:
        save_model(folder, model, load_tokenizer("gpt2"))
        return transformers.AutoModelForCausalLM.from_pretrained(folder).eval()


@torch.inference_mode()
def with_our_cache(model: GPT, prompt: Tensor, new_tokens: int) -> Tensor:
    batch, prompt_tokens = prompt.shape
    sampler = Sampler(GREEDY, (), [[]] * batch, new_tokens, prompt.device)
    continuation = []
    with open_decoder(model, batch, prompt_tokens + new_tokens) as decoder:
        logits = decoder.prefill(prompt)
        for _ in range(new_tokens - 1):
            continuation.append(sampler.choose(logits))
            logits = decoder.decode(continuation[-1])
        continuation.append(sampler.choose(logits))
    return torch.stack(continuation, dim=1)


@torch.inference_mode()
def without_cache(model: GPT, prompt: Tensor, new_tokens: int) -> Tensor:
    seen = prompt
    for _ in range(new_tokens):
        seen = append(seen, model.logits(model(seen)[:, -1]).argmax(-1))
    return seen[:, prompt.size(1) :]


def append(seen: Tensor, tokens: Tensor) -> Tensor:
    """(batch, time), (batch,) -> (batch, time + 1)."""
    return torch.cat([seen, tokens.unsqueeze(1)], dim=1)


# ---- the measurement ----


def take_turns(
    contestants: dict[str, Callable[[Tensor], Tensor]], prompt: Tensor, rounds: int
) -> tuple[dict[str, float], dict[str, list[int]]]:
    """Each contestant's seconds in its best round, and its tokens for the first prompt."""
    seconds = dict.fromkeys(contestants, float("inf"))
    tokens = {}
    for round_number in range(rounds):
        for name, generate in contestants.items():
            if name == NO_CACHE and round_number > 0:
                continue  # one round is enough: it takes a minute and is far from the others
            start = time.perf_counter()
            tokens[name] = generate(prompt).tolist()[0]  # waits for the device
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds, tokens


def report(
    seconds: dict[str, float], tokens: dict[str, list[int]], args: argparse.Namespace
) -> None:
    for name in seconds:
        same = length_of_common_start(tokens["ours"], tokens[name])
        rate = args.batch_size * args.new_tokens / seconds[name]
        print(
            f"{name:16} {seconds[name]:8.2f} s, {rate:8.1f} tokens/s; "
            f"ours is {seconds[name] / seconds['ours']:.2f} times as fast; "
            f"the first {same} tokens are the same"
        )


def length_of_common_start(ours: list[int], theirs: list[int]) -> int:
    """[1, 2, 3], [1, 2, 4] -> 2."""
    length = 0
    for our_token, their_token in zip(ours, theirs):
        if our_token != their_token:
            break
        length += 1
    return length


def report_bound(
    model: GPT, device: torch.device, our_seconds: float, args: argparse.Namespace
) -> None:
    """Print how fast memory allows generation to be, and how much of that ours reaches."""
    weights = sum(parameter.numel() for parameter in model.parameters())
    weights -= model.wpe.weight.numel()  # only one of its rows is read
    size = weights * model.wte.weight.dtype.itemsize
    bandwidth = memory_bandwidth(device)
    bound = args.batch_size * bandwidth / size
    rate = args.batch_size * args.new_tokens / our_seconds
    print(
        f"bound            {bound:19.1f} tokens/s, at {bandwidth / 1e9:.1f} GB/s "
        f"and {size / 1e6:.0f} MB of weights; ours reaches {rate / bound:.0%} of it"
    )


def memory_bandwidth(device: torch.device) -> float:
    """Bytes a second that a sum reads, the best of ten."""
    memory = torch.ones(1 << 28, device=device)
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        memory.sum().item()
        best = min(best, time.perf_counter() - start)
    return memory.nbytes / best


if __name__ == "__main__":
    main()
