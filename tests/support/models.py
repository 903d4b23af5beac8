"""Small models, random batches for them, and the distance between two tensors."""

import numpy as np
import torch

from model import GPT, GPTConfig
from network.hardware import Hardware
from text.batches import NOT_A_TARGET, Batch, MicroBatch

CPU = Hardware(torch.device("cpu"))
SMALL = GPTConfig(vocab_size=503, n_positions=64, n_embd=96, n_layer=3, n_head=4)
TINY = GPTConfig(vocab_size=97, n_positions=16, n_embd=32, n_layer=2, n_head=2)


def model_with_large_weights(config, kernels="fused", deviation=0.3):
    """A model with large random weights, so that no two tokens are about equally likely."""
    model = GPT(config, kernels)
    with torch.no_grad():
        for parameter in model.parameters():
            generator = torch.Generator().manual_seed(parameter.numel())
            parameter.add_(deviation * torch.randn(parameter.shape, generator=generator))
    return model


def relative_error(tensor, reference):
    """‖tensor − reference‖ / ‖reference‖, in float64."""
    tensor, reference = tensor.detach().cpu().double(), reference.detach().cpu().double()
    return ((tensor - reference).norm() / reference.norm()).item()


def random_ids(config, batch=2, time=None, seed=0):
    """Token ids (batch, time); `time` defaults to the context."""
    shape = (batch, time or config.n_positions)
    return torch.randint(config.vocab_size, shape, generator=torch.Generator().manual_seed(seed))


def masked_sequences(number, seed=0):
    """Inputs and targets for TINY, (number, 16) each.

    Each row has 1 to 16 targets; all others are masked.
    """
    generator = np.random.default_rng(seed)
    inputs = generator.integers(0, TINY.vocab_size, (number, 16))
    targets = generator.integers(0, TINY.vocab_size, (number, 16))
    for row in range(number):
        masked = generator.permutation(16)[: generator.integers(0, 16)]
        targets[row, masked] = NOT_A_TARGET
    return inputs, targets


def batch_of(inputs, targets, rows):
    """One batch in micro-batches of so many rows."""
    starts = range(0, len(inputs), rows)
    micro_batches = [
        MicroBatch(inputs[start : start + rows], targets[start : start + rows], ())
        for start in starts
    ]
    return Batch(micro_batches, int((targets >= 0).sum()), inputs.size, inputs.size)
