"""How fast one answer comes on this machine: ours, Hugging Face `transformers`, and a loop without a cache.

    python -m benchmarks.generate                        # GPT-2 small, random weights, 32 + 256 tokens
    python -m benchmarks.generate --dtype float32
    python -m benchmarks.generate --batch-size 64 --device cuda

All three continue the same prompts greedily with the same weights, in turn, several rounds in one run; each one's best round counts.
What they give is compared token by token. The bound is what memory allows: each token needs every weight once, so no loop over a
batch is faster than the memory's bandwidth (that of a sum over 1 GB, measured here) divided by the size of the weights.
"""

import argparse
import os
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch

from model import GPT, GPTConfig
from network.generation import GREEDY, cache_for, decode, for_generation, prefill, sample
from network.model_folder import save_model
from text.tokenizer import load_tokenizer


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prompt-tokens", type=int, default=32, help="(default: 32)")
    parser.add_argument("--new-tokens", type=int, default=256, help="(default: 256)")
    parser.add_argument(
        "--dtype",
        choices=("float32", "bfloat16"),
        default="bfloat16",
        help="of weights and arithmetic (default: bfloat16)",
    )
    parser.add_argument("--batch-size", type=int, default=1, help="prompts at a time (default: 1)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument(
        "--skip-uncached",
        action="store_true",
        help="leave out the loop without a cache, which takes a minute on a CPU",
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args(argv)
    device, dtype = torch.device(args.device), getattr(torch, args.dtype)
    ours, plain = GPT(GPTConfig()), GPT(GPTConfig()).to(device, dtype)
    theirs = same_weights_in_transformers(ours).to(device, dtype)
    ours = for_generation(ours, device, dtype)
    prompt = torch.randint(
        50257, (args.batch_size, args.prompt_tokens), generator=torch.Generator().manual_seed(0)
    ).to(args.device)
    ways = {
        "ours": lambda: with_our_cache(ours, prompt, args.new_tokens),
        "transformers": lambda: theirs.generate(
            prompt,
            max_new_tokens=args.new_tokens,
            min_new_tokens=args.new_tokens,
            do_sample=False,
            pad_token_id=50256,
        )[:, args.prompt_tokens :],
        "without a cache": lambda: without_cache(plain, prompt, args.new_tokens),
    }
    if args.skip_uncached:
        del ways["without a cache"]
    print(
        f"GPT-2 small, {args.dtype}, {args.device}, {torch.get_num_threads()} threads, batch {args.batch_size}, {args.prompt_tokens} + {args.new_tokens} tokens",
        flush=True,
    )
    seconds, tokens = dict.fromkeys(ways, float("inf")), {}
    for round_number in range(args.rounds):
        for name, way in ways.items():
            if name == "without a cache" and round_number:
                continue  # a minute each, and far from close
            start = time.perf_counter()
            tokens[name] = way().tolist()  # which waits for the device
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    for name in ways:
        same = next(
            (n for n, (a, b) in enumerate(zip(tokens["ours"][0], tokens[name][0])) if a != b),
            args.new_tokens,
        )
        rate = args.batch_size * args.new_tokens / seconds[name]
        print(
            f"{name:16} {seconds[name]:8.2f} s, {rate:8.1f} tokens/s; ours is {seconds[name] / seconds['ours']:.2f} times as fast; the first {same} tokens are the same"
        )
    read = (
        sum(parameter.numel() for parameter in ours.parameters()) - ours.wpe.weight.numel()
    ) * dtype.itemsize
    bandwidth = memory_bandwidth(device)
    bound = args.batch_size * bandwidth / read
    print(
        f"bound            {bound:19.1f} tokens/s, at {bandwidth / 1e9:.1f} GB/s and {read / 1e6:.0f} MB of weights; ours reaches {args.batch_size * args.new_tokens / seconds['ours'] / bound:.0%} of it"
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


def same_weights_in_transformers(model: GPT):
    import transformers

    with tempfile.TemporaryDirectory() as folder:
        save_model(folder, model, load_tokenizer("gpt2"))
        return transformers.AutoModelForCausalLM.from_pretrained(folder).eval()


@torch.inference_mode()
def with_our_cache(model: GPT, seen: torch.Tensor, new_tokens: int) -> torch.Tensor:
    prompt_tokens = seen.size(1)
    cache = cache_for(model, seen.size(0), prompt_tokens + new_tokens)
    logits = prefill(model, seen, cache)
    while True:
        seen = torch.cat([seen, sample(logits, GREEDY, [], seen).unsqueeze(1)], dim=1)
        if seen.size(1) == prompt_tokens + new_tokens:
            return seen[:, prompt_tokens:]
        logits = decode(model, seen[:, -1], cache)


@torch.inference_mode()
def without_cache(model: GPT, seen: torch.Tensor, new_tokens: int) -> torch.Tensor:
    prompt_tokens = seen.size(1)
    for _ in range(new_tokens):
        seen = torch.cat([seen, model.logits(model(seen)[:, -1]).argmax(-1, keepdim=True)], dim=1)
    return seen[:, prompt_tokens:]


if __name__ == "__main__":
    main()
