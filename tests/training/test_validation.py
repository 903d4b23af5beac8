"""Validation: the mean loss, also if memory runs out."""

import pytest
import torch
import torch.nn.functional as F

from model import GPT
from tests.support.models import CPU, TINY, batch_of, masked_sequences
from text.batches import NOT_A_TARGET
from training.validation import evaluate


def expected_loss(model, inputs, targets):
    """The mean over the targets of all sequences at once, in float64."""
    logits = model.logits(model(torch.from_numpy(inputs))).double().flatten(0, 1)
    flat_targets = torch.from_numpy(targets).flatten()
    return F.cross_entropy(logits, flat_targets, ignore_index=NOT_A_TARGET).item()


def test_evaluation_is_the_mean_over_targets_and_leaves_no_gradient():
    inputs, targets = masked_sequences(10)
    model = GPT(TINY)
    expected = expected_loss(model, inputs, targets)
    for rows in (1, 3, 10):
        micro_batches = batch_of(inputs, targets, rows).micro_batches
        assert evaluate(model, micro_batches, CPU) == pytest.approx(expected, rel=1e-5)
    assert all(parameter.grad is None for parameter in model.parameters())


class CrowdedModel(GPT):
    """A model whose loss runs out of memory for more than `most_rows` rows."""

    most_rows = 3

    def loss(self, ids, targets):
        if len(ids) > self.most_rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return super().loss(ids, targets)


def test_rows_that_do_not_fit_into_memory_together_are_evaluated_in_parts():
    inputs, targets = masked_sequences(10)
    model = CrowdedModel(TINY)
    loss = evaluate(model, batch_of(inputs, targets, 10).micro_batches, CPU)
    assert loss == pytest.approx(expected_loss(model, inputs, targets), rel=1e-5)


def test_a_single_row_that_does_not_fit_raises_the_error():
    model = CrowdedModel(TINY)
    model.most_rows = 0
    with pytest.raises(torch.OutOfMemoryError):
        evaluate(model, batch_of(*masked_sequences(4), 4).micro_batches, CPU)
