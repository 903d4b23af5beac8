"""Choosing the next token of each sequence: greedily, or at random by the model's probabilities.

All sequences of a batch are sampled at once, and yet each one only depends on its own seed: its
random numbers are drawn before the first token (`draw_uniforms`), one for each token to come. They
are drawn on the CPU, so a seed means the same on every device.
"""

import math
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tools.messages import check_problems


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    Temperature 0 always takes the most likely token. `top_k` 0 and `top_p` 1 choose among all
    tokens. A `repetition_penalty` above 1 makes tokens of the answer less likely to be repeated.

    Raises ValueError, listing all values that are out of range.
    """

    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 1.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        problems = []
        if not 0 <= self.temperature < math.inf:
            problems.append("temperature must be 0 or more")
        if 0 < self.temperature < 1e-3:
            problems.append("temperature must be 0, or at least 0.001")
        if not self.top_k >= 0:
            problems.append("top_k must be 0 or more")
        if not 0 < self.top_p <= 1:
            problems.append("top_p must be over 0 and at most 1")
        if not 0.01 <= self.repetition_penalty <= 100:
            problems.append("repetition_penalty must be between 0.01 and 100")
        check_problems(problems)


GREEDY = Sampling(temperature=0)


def sampling_of(args: Namespace, problems: Sequence[str] = ()) -> Sampling:
    """The sampling that the flags of `tools.command_line.add_sampling_flags` ask for.

    Raises ValueError, listing `problems`, which are those of other flags, and all values that are
    out of range.
    """
    problems = list(problems)
    sampling = GREEDY
    try:
        sampling = Sampling(args.temperature, args.top_k, args.top_p, args.repetition_penalty)
    except ValueError as problem:
        problems.append(str(problem))
    check_problems(problems)
    return sampling


class Sampler:
    """Chooses the tokens of a batch, and holds what that needs of each sequence.

    `rests`, (batch, steps), are the tokens of each prompt that are still to be read, then -1.
    `uniforms`, (steps, batch), are random numbers, and `seen`, (batch, vocab_size), says which
    tokens an answer holds; without a temperature or a repetition penalty they are None.
    """

    def __init__(
        self,
        sampling: Sampling,
        seeds: Sequence[int],
        rests: Sequence[Sequence[int]],
        tokens: int,
        device: torch.device,
    ):
        """For answers of up to `tokens` tokens; at temperature 0 there may be no seeds."""
        self.sampling = sampling
        longest = max(map(len, rests))
        padded = [[*rest, *[-1] * (longest - len(rest))] for rest in rests]
        self.rests = to_device(torch.tensor(padded, dtype=torch.int64), device)
        self.uniforms: Tensor | None = None
        if sampling.temperature > 0:
            delayed = torch.zeros(longest + tokens, len(rests))
            for number, (rest, seed) in enumerate(zip(rests, seeds, strict=True)):
                delayed[len(rest) : len(rest) + tokens, number] = draw_uniforms(seed, tokens)
            self.uniforms = to_device(delayed, device)
        self.seen: Tensor | None = None
        self.step = 0

    def choose(self, logits: Tensor) -> Tensor:
        """The next token of each sequence, (batch,), from the logits, (batch, vocab_size).

        It is that of the prompt, while the prompt lasts.
        """
        uniforms = self.uniforms[self.step] if self.uniforms is not None else None
        tokens = sample(logits, self.sampling, uniforms, self.seen)
        is_new: Tensor | bool = True
        if self.step < self.rests.size(1):
            rest = self.rests[:, self.step]
            is_new = rest < 0
            tokens = torch.where(is_new, tokens, rest)
        if self.sampling.repetition_penalty != 1:
            if self.seen is None:
                self.seen = torch.zeros_like(logits, dtype=torch.bool)
            self.seen[torch.arange(len(tokens), device=tokens.device), tokens] |= is_new
        self.step += 1
        return tokens

    def keep(self, rows: Tensor) -> None:
        """Keep only some sequences of the batch: those whose row numbers are given, (rows,)."""
        self.rests = self.rests[rows]
        if self.uniforms is not None:
            self.uniforms = self.uniforms[:, rows]
        if self.seen is not None:
            self.seen = self.seen[rows]


def draw_uniforms(seed: int, tokens: int) -> Tensor:
    """Random numbers from 0 up to 1, (tokens,).

    A longer draw from the same seed begins with the same numbers.
    """
    return torch.rand(tokens, generator=torch.Generator().manual_seed(seed))


def sample(
    logits: Tensor, sampling: Sampling, uniforms: Tensor | None, seen: Tensor | None = None
) -> Tensor:
    """Choose the next token of each sequence, (batch,), from the logits, (batch, vocab_size).

    `uniforms`, (batch,), holds a random number from 0 up to 1 for each sequence; at temperature 0
    it may be None. `seen`, (batch, vocab_size), is true for the tokens of the answer so far. The
    steps, in order: the repetition penalty (Keskar et al. 2019) on the seen tokens; the
    temperature; top_k (Fan et al. 2018); top_p (Holtzman et al. 2020).
    """
    if seen is not None:
        logits = _penalise(logits, seen, sampling.repetition_penalty)
    if sampling.temperature == 0:
        return logits.argmax(-1)
    if uniforms is None:
        raise ValueError("sampling at a temperature above 0 needs a random number per sequence")
    vocab_size = logits.size(-1)
    if sampling.top_p == 1 and not 0 < sampling.top_k < vocab_size:
        return _draw((logits / sampling.temperature).softmax(-1), uniforms)
    choices = min(sampling.top_k or vocab_size, vocab_size)
    top_logits, ids = logits.topk(choices)  # (batch, choices), most likely first
    probabilities = (top_logits / sampling.temperature).softmax(-1)
    drawn = _draw(probabilities, uniforms, sampling.top_p)
    return ids.gather(1, drawn.unsqueeze(1)).squeeze(1)


def _penalise(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Divide the positive logits of the seen tokens by the penalty; multiply negative ones."""
    penalised = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, penalised, logits)


def _draw(probabilities: Tensor, uniforms: Tensor, top_p: float = 1.0) -> Tensor:
    """Draw a column index from each row, (batch,), with the random numbers `uniforms`, (batch,).

    `probabilities` is (batch, choices). With a `top_p` below 1, its rows are sorted, most likely
    first, and a choice counts only if all before it sum to less than `top_p`.

    This inverts the distribution function: probabilities 0.5, 0.3, 0.2 have the sums 0.5, 0.8,
    1.0, and the random number 0.6 falls to the second choice, whose sum is the first above it.
    """
    sums = probabilities.cumsum(-1)
    if top_p < 1:
        sums_before = sums - probabilities
        last = (sums_before < top_p).sum(-1, keepdim=True) - 1  # (batch, 1)
        drawn_sums = uniforms.unsqueeze(1) * sums.gather(1, last)
    else:
        last = torch.full_like(uniforms, sums.size(-1) - 1, dtype=torch.int64).unsqueeze(1)
        drawn_sums = uniforms.unsqueeze(1) * sums[:, -1:]
    drawn = torch.searchsorted(sums, drawn_sums, right=True)
    return torch.minimum(drawn, last).squeeze(1)  # a product may be rounded up to the last sum


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a CPU tensor to the device; on CUDA, without waiting for the copy to finish."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
