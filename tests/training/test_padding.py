"""The padding that costs nothing, by the speed of the card."""

import pytest
import torch

import training.padding
from model import GPTConfig
from network.hardware import Hardware
from training.padding import free_padding

GPT2_SMALL = GPTConfig(vocab_size=50257, n_positions=1024, n_embd=768, n_layer=12, n_head=12)


def test_padding_is_not_free_on_a_cpu_or_with_several_processes(monkeypatch):
    monkeypatch.setattr(training.padding, "measure_matmul_rate", lambda hardware: 700e12)
    assert free_padding(GPT2_SMALL, Hardware(torch.device("cpu"))) == 0
    assert free_padding(GPT2_SMALL, Hardware(torch.device("cuda"), world_size=2)) == 0


@pytest.mark.parametrize(
    "matmul_rate, tokens", [(58e12, 128), (700e12, 1024), (820e12, 2048), (1e9, 0)]
)
def test_the_faster_the_card_the_more_padding_it_computes_while_kernels_are_queued(
    monkeypatch, matmul_rate, tokens
):
    # 0.4 of the rate, 0.85 GFLOP for a token, 12 layers of half a millisecond: 163, 1,967, 0.003
    monkeypatch.setattr(training.padding, "measure_matmul_rate", lambda hardware: matmul_rate)
    assert free_padding(GPT2_SMALL, Hardware(torch.device("cuda"))) == tokens
