import pytest
import torch

from generate import Sampling, generate, sample
from model import GPT, GPTConfig

CONFIG = GPTConfig(vocab_size=97, n_positions=48, n_embd=32, n_layer=2, n_head=2)


@pytest.fixture(scope="module")
def model():
    model = GPT(CONFIG)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(parameter.numel())))
    return model


def test_greedy_tokens_equal_those_of_transformers(model, tokenizer, tmp_path):
    import transformers

    from checkpoint import CONV1D_WEIGHT

    reference = transformers.GPT2LMHeadModel(transformers.GPT2Config(**vars(CONFIG), eos_token_id=96, bos_token_id=96)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            reference.transformer.get_parameter(name).copy_(parameter.T if CONV1D_WEIGHT.search(name) else parameter)
    for prompt in ([1, 2, 3], [50], list(range(30))):
        expected = reference.generate(torch.tensor([prompt]), max_new_tokens=15, do_sample=False, pad_token_id=96)[0, len(prompt) :].tolist()
        ours = list(generate(model, prompt, 15, Sampling(temperature=0), end_of_text=96))
        assert ours == expected[: len(ours)] and (len(ours) == 15 or expected[len(ours)] == 96)


def test_generation_ends_where_the_context_does(model):
    tokens = list(generate(model, list(range(40)), 100, Sampling(temperature=0), end_of_text=-1))
    assert len(tokens) == 48 - 40


def test_the_same_seed_gives_the_same_text_and_another_another(model):
    texts = [list(generate(model, [1], 20, Sampling(temperature=1.0, top_k=0), end_of_text=-1, seed=seed)) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


LOGITS = torch.log(torch.tensor([0.5, 0.25, 0.15, 0.1]))


def frequencies(sampling, number=4000):
    generator = torch.Generator().manual_seed(0)
    counts = torch.bincount(torch.tensor([sample(LOGITS, sampling, generator) for _ in range(number)]), minlength=4)
    return (counts / number).tolist()


@pytest.mark.parametrize(
    "sampling, expected",
    [
        (Sampling(1.0, top_k=0), [0.5, 0.25, 0.15, 0.1]),
        (Sampling(0.5, top_k=0), [0.25 / 0.345, 0.0625 / 0.345, 0.0225 / 0.345, 0.01 / 0.345]),
        (Sampling(1.0, top_k=2), [2 / 3, 1 / 3, 0, 0]),
        (Sampling(1.0, top_k=0, top_p=0.7), [2 / 3, 1 / 3, 0, 0]),
        (Sampling(1.0, top_k=0, top_p=0.76), [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0]),
        (Sampling(0.0), [1, 0, 0, 0]),
    ],
)
def test_tokens_are_drawn_from_the_stated_distribution(sampling, expected):
    assert frequencies(sampling) == pytest.approx(expected, abs=0.03)


def test_the_repetition_penalty_is_the_published_one():
    logits, seen = torch.tensor([2.0, 1.9, -1.0]), torch.tensor([0, 2])
    assert sample(logits, Sampling(0, repetition_penalty=1.2), seen=seen) == 1  # 2.0 / 1.2 < 1.9
    assert sample(logits, Sampling(0, repetition_penalty=1.0), seen=seen) == 0
