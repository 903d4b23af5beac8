"""The gradient of a batch, against one pass in float64."""

import math
import signal

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from model import GPT, GPTConfig
from tests.support.models import CPU, TINY, batch_of, masked_sequences, relative_error
from tests.support.text import as_pool, random_conversations
from text.batches import NOT_A_TARGET, MixedBatches
from training.gradient import GradientBuffer, StepResult, accumulate_gradients
from training.stop_request import StopRequest


@pytest.mark.parametrize("rows", [1, 3, 8, 24])
def test_the_gradient_is_that_of_the_mean_over_all_targets_for_any_micro_batch(rows):
    """A mean of the micro-batches' means would differ, because their numbers of targets do."""
    inputs, targets = masked_sequences(24)
    exact = GPT(TINY).double()
    logits = exact.logits(exact(torch.from_numpy(inputs))).flatten(0, 1)
    flat_targets = torch.from_numpy(targets).flatten()
    exact_loss = F.cross_entropy(logits, flat_targets, ignore_index=NOT_A_TARGET)
    exact_loss.backward()

    model = GPT(TINY)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch_of(inputs, targets, rows), buffer, CPU)
    assert buffer.loss.item() == pytest.approx(exact_loss.item(), rel=1e-5)
    for (name, parameter), reference in zip(model.named_parameters(), exact.parameters()):
        assert relative_error(parameter.grad, reference.grad) < 1e-5, name


def test_a_second_batch_starts_from_zero():
    model, batch = GPT(TINY), batch_of(*masked_sequences(4), 2)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch, buffer, CPU, StopRequest(signal.SIGTERM))
    once = buffer.flat.clone()
    accumulate_gradients(model.loss, batch, buffer, CPU)
    assert torch.equal(buffer.flat[:-1], once[:-1])
    assert (once[-1], buffer.stop) == (1, 0)


def test_a_result_holds_loss_norm_and_stop_request():
    buffer = GradientBuffer(GPT(TINY))
    buffer.loss.fill_(2.5)
    assert buffer.read(torch.tensor(0.5)) == StepResult(2.5, 0.5, False)
    buffer.stop.fill_(2.0)  # the sum over two processes that both want to stop
    assert buffer.read(torch.tensor(0.5)) == StepResult(2.5, 0.5, True)


def test_clipping_scales_the_whole_gradient_to_the_given_norm():
    model = GPT(TINY)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch_of(*masked_sequences(4), 4), buffer, CPU)
    before = [parameter.grad.clone() for parameter in model.parameters()]
    norm = math.sqrt(sum(float(gradient.double().square().sum()) for gradient in before))
    assert buffer.clip(norm / 2).item() == pytest.approx(norm, rel=1e-5)
    for parameter, gradient in zip(model.parameters(), before):
        assert torch.allclose(parameter.grad, gradient / 2, rtol=1e-4)


def test_clipping_leaves_a_shorter_gradient_as_it_is():
    model = GPT(TINY)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch_of(*masked_sequences(4), 4), buffer, CPU)
    before = buffer.gradients.clone()
    norm = float(before.double().norm())
    assert buffer.clip(2 * norm).item() == pytest.approx(norm, rel=1e-4)
    assert torch.allclose(buffer.gradients, before, rtol=1e-4)


# ---- masked conversations of different lengths ----


def padded(conversations):
    """Ids and targets (conversation, time) of all conversations in one piece."""
    shape = (len(conversations), max(map(len, conversations)))
    ids = torch.zeros(shape, dtype=torch.long)
    targets = torch.full(shape, NOT_A_TARGET)
    for row, conversation in enumerate(conversations):
        following = np.where(conversation.mask[1:], conversation.ids[1:], NOT_A_TARGET)
        ids[row, : len(conversation)] = torch.from_numpy(conversation.ids)
        targets[row, : len(following)] = torch.from_numpy(following)
    return ids, targets


def without_key_bias(name, gradient, width):
    """The gradient without the key's third of c_attn.bias, which is zero but for rounding."""
    if not name.endswith("c_attn.bias"):
        return gradient
    return torch.cat([gradient[:width], gradient[2 * width :]])


def test_a_step_of_64_conversations_has_the_gradient_of_the_mean_over_all_their_targets():
    """Against one pass in float64 with PyTorch's cross-entropy over all logits."""
    config = GPTConfig(vocab_size=100, n_positions=200, n_embd=32, n_layer=2, n_head=2)
    conversations = random_conversations(64)
    batch = MixedBatches([as_pool("all", 1.0, conversations)], 64, micro_tokens=1000, seed=0)(1)
    assert len(batch.micro_batches) > 5
    model = GPT(config)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch, buffer, CPU)

    reference = GPT(config, kernels="manual").double()
    ids, targets = padded(conversations)
    logits = reference(ids) @ reference.wte.weight.T
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=NOT_A_TARGET)
    loss.backward()
    assert float(buffer.loss) == pytest.approx(loss.item(), rel=1e-5)
    for (name, ours), theirs in zip(model.named_parameters(), reference.parameters()):
        gradient = without_key_bias(name, ours.grad, config.n_embd)
        expected = without_key_bias(name, theirs.grad, config.n_embd)
        assert relative_error(gradient, expected) < 1e-5, name
