"""Choosing tokens: the distribution, the settings, and what a sequence's choice depends on."""

import math
from argparse import Namespace

import pytest
import torch

from network.sampling import GREEDY, Sampler, Sampling, draw_uniforms, sample, sampling_of

CPU = torch.device("cpu")
PROBABILITIES = [0.5, 0.25, 0.15, 0.1]
LARGEST = 1 - 2**-24  # the largest float32 number below 1


def draw(logits, sampling, number, seed=0):
    """Draw a token `number` times from logits, (vocab_size,)."""
    return sample(logits.expand(number, -1), sampling, draw_uniforms(seed, number))


def chi_square(tokens, probabilities):
    """Pearson's statistic of the tokens' counts, and its value that 1 in 1,000 samples exceeds.

    The latter is the approximation of Wilson and Hilferty (1931).
    """
    expected = probabilities * len(tokens)
    counts = torch.bincount(tokens, minlength=len(probabilities)).double()
    statistic = ((counts - expected).square() / expected).sum().item()
    freedom = len(probabilities) - 1
    spread = 2 / (9 * freedom)
    return statistic, freedom * (1 - spread + 3.09 * math.sqrt(spread)) ** 3


# ---- the distribution ----


@pytest.mark.parametrize("top_k", [0, 40])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_drawn_tokens_pass_a_chi_square_test_against_the_softmax(temperature, top_k):
    logits = torch.randn(60, generator=torch.Generator().manual_seed(1))
    tokens = draw(logits, Sampling(temperature, top_k), 50_000)
    allowed = logits.double()
    if top_k:
        allowed[logits.argsort(descending=True)[top_k:]] = -math.inf
    probabilities = torch.softmax(allowed / temperature, dim=0)
    possible = probabilities > 0
    assert possible[tokens].all()
    numbers = possible.cumsum(0) - 1  # of the possible tokens, from 0
    statistic, limit = chi_square(numbers[tokens], probabilities[possible])
    assert statistic < limit


def test_the_chi_square_test_notices_a_distribution_that_is_a_little_off():
    logits = torch.randn(60, generator=torch.Generator().manual_seed(1))
    tokens = draw(logits, Sampling(0.95, 0), 50_000)
    statistic, limit = chi_square(tokens, torch.softmax(logits.double(), dim=0))
    assert statistic > limit


@pytest.mark.parametrize(
    "sampling, expected",
    [
        (Sampling(1.0, top_k=0), PROBABILITIES),
        (Sampling(0.5, top_k=0), [0.25 / 0.345, 0.0625 / 0.345, 0.0225 / 0.345, 0.01 / 0.345]),
        (Sampling(1.0, top_k=2), [2 / 3, 1 / 3, 0, 0]),
        (Sampling(1.0, top_k=0, top_p=0.7), [2 / 3, 1 / 3, 0, 0]),
        (Sampling(1.0, top_k=0, top_p=0.76), [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0]),
        (Sampling(1.0, top_k=1), [1, 0, 0, 0]),
        (Sampling(1.0, top_k=0, top_p=0.01), [1, 0, 0, 0]),
        (Sampling(0.0), [1, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 0, 3, 1]])
def test_tokens_are_drawn_from_the_stated_distribution(sampling, expected, order):
    """`order` is where the probabilities stand in the vocabulary."""
    logits = torch.log(torch.tensor(PROBABILITIES))[order]
    tokens = draw(logits, sampling, 4000)
    frequencies = torch.bincount(tokens, minlength=4) / 4000
    assert frequencies.tolist() == pytest.approx([expected[i] for i in order], abs=0.035)


def test_each_seed_draws_from_the_distribution_too():
    """The first numbers of neighbouring seeds are as good as those of one seed."""
    logits = torch.log(torch.tensor(PROBABILITIES))
    uniforms = torch.stack([draw_uniforms(seed, 3) for seed in range(4000)])
    for step in range(3):
        tokens = sample(logits.expand(4000, 4), Sampling(1.0, 0), uniforms[:, step])
        statistic, limit = chi_square(tokens, torch.tensor(PROBABILITIES).double())
        assert statistic < limit


def test_the_random_number_is_looked_up_in_the_sums_of_the_probabilities():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]])).expand(5, 3)
    uniforms = torch.tensor([0.0, 0.49, 0.51, 0.79, 0.81])
    tokens = sample(logits, Sampling(1.0, 0), uniforms)
    assert tokens.tolist() == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    "sampling",
    [Sampling(1.0, 0), Sampling(1.0, 3), Sampling(1.0, 0, 0.9), Sampling(1.0, 5, 0.5)],
)
@pytest.mark.parametrize("uniform", [0.0, LARGEST])
def test_no_random_number_draws_a_token_of_probability_zero(sampling, uniform):
    for size in (2, 3, 7, 1000):
        logits = torch.randn(64, size, generator=torch.Generator().manual_seed(size))
        logits[:, 0] = -math.inf
        logits[:, size // 2 + 1 :] = -math.inf
        tokens = sample(logits, sampling, torch.full((64,), uniform))
        assert logits.gather(1, tokens.unsqueeze(1)).isfinite().all()


# ---- what a choice depends on ----


def test_a_seed_draws_the_same_numbers_up_to_any_length():
    numbers = draw_uniforms(8, 40)
    assert numbers[:15].equal(draw_uniforms(8, 15))
    assert numbers[:1].equal(draw_uniforms(8, 1))
    assert not numbers.equal(draw_uniforms(9, 40))
    assert numbers.min() >= 0 and numbers.max() < 1


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(1.0, 0),
        Sampling(0.7, 50),
        Sampling(0.7, 40, 0.9, 1.3),
        Sampling(1.0, 0, 0.8),
        GREEDY,
    ],
)
def test_a_sampler_chooses_for_each_sequence_as_if_it_were_alone(sampling):
    logits = torch.randn(6, 4, 500, generator=torch.Generator().manual_seed(0))  # (step, row, …)
    together = Sampler(sampling, range(4), [[]] * 4, 6, CPU)
    alone = [Sampler(sampling, [seed], [[]], 6, CPU) for seed in range(4)]
    rows = [0, 1, 2, 3]
    for step in range(6):
        if step == 3:
            together.keep(torch.tensor([1, 3]))
            rows = [1, 3]
        expected = [alone[row].choose(logits[step, row : row + 1]).item() for row in rows]
        assert together.choose(logits[step, rows]).tolist() == expected


def test_a_sampler_penalises_the_tokens_that_it_chose_before():
    sampler = Sampler(Sampling(0, repetition_penalty=2.0), [], [[]], 3, CPU)
    logits = torch.tensor([[3.0, 2.0, 1.0]])
    assert [sampler.choose(logits).item() for _ in range(3)] == [0, 1, 0]  # 3, 2, 1.5, 1


@pytest.mark.parametrize("sampling", [Sampling(1.0, 0), Sampling(0.7, 40, 0.9, 1.3), GREEDY])
def test_a_sequence_reads_its_prompt_first_and_then_chooses_as_if_it_had_been_read(sampling):
    logits = torch.randn(6, 2, 500, generator=torch.Generator().manual_seed(0))  # (step, row, …)
    rests = [[], [7, 7]]
    together = Sampler(sampling, [5, 6], rests, 4, CPU)
    chosen = torch.stack([together.choose(logits[step]) for step in range(6)], dim=1).tolist()
    for row, rest in enumerate(rests):
        alone = Sampler(sampling, [5 + row], [[]], 4, CPU)
        steps = range(len(rest), len(rest) + 4)
        expected = [alone.choose(logits[step, row : row + 1]).item() for step in steps]
        assert chosen[row][: len(rest) + 4] == rest + expected


def test_the_repetition_penalty_divides_positive_logits_and_multiplies_negative_ones():
    logits = torch.tensor([[2.0, 1.9, -1.0]])
    seen = torch.tensor([[True, False, True]])
    penalised = sample(logits, Sampling(0, repetition_penalty=1.2), None, seen)
    assert penalised.tolist() == [1]  # since 2.0 / 1.2 < 1.9
    assert sample(logits, Sampling(0, repetition_penalty=1.0), None, seen).tolist() == [0]
    negative = torch.tensor([[-1.0, -1.1]])
    seen = torch.tensor([[True, False]])
    penalised = sample(negative, Sampling(0, repetition_penalty=1.2), None, seen)
    assert penalised.tolist() == [1]  # since -1.0 * 1.2 < -1.1


# ---- wrong settings ----


def test_one_error_lists_all_settings_that_are_out_of_range():
    with pytest.raises(ValueError, match="temperature must be 0 or more; top_p must be over 0"):
        Sampling(-1, top_p=0)
    with pytest.raises(ValueError, match="top_k must be .*; repetition_penalty must be between"):
        Sampling(top_k=-1, repetition_penalty=0)


def test_the_problems_of_other_flags_are_listed_with_those_of_the_sampling():
    flags = {"temperature": 0.5, "top_k": 7, "top_p": 0.9, "repetition_penalty": 1.2}
    assert sampling_of(Namespace(**flags)) == Sampling(0.5, 7, 0.9, 1.2)
    with pytest.raises(ValueError, match="--seed must be odd; top_k must be 0 or more"):
        sampling_of(Namespace(**flags | {"top_k": -1}), ["--seed must be odd"])
    with pytest.raises(ValueError, match="^--seed must be odd$"):
        sampling_of(Namespace(**flags), ["--seed must be odd"])


def test_sampling_without_random_numbers_is_refused():
    with pytest.raises(ValueError, match="needs a random number per sequence"):
        sample(torch.zeros(1, 4), Sampling(1.0), None)
