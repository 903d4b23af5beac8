"""The compiled loss: its gradients, the number of compilations, its messages, its failures.

Most tests compile with a backend that generates no code, so that they need no C compiler and are
quick; what Dynamo traces, guards and refuses is the same.
"""

import json
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch._dynamo.backends.common import aot_autograd

from model import GPT
from network.model_folder import load_model
from tests.support.models import CPU, TINY, batch_of, masked_sequences, relative_error
from tests.support.training import draw_batch, model_and_optimizer, small_plan
from text.batches import NOT_A_TARGET, Batch, MicroBatch
from training import compiling
from training.checkpoints import newest_checkpoint
from training.compiling import compile_loss, is_compiled
from training.gradient import GradientBuffer, accumulate_gradients
from training.loop import train

COMPILING = replace(CPU, compile=True)
ONE_LAYER = replace(TINY, n_layer=1)  # where the number of layers is beside the point
MIXED = [(5, 13), (8, 8), (1, 16), (2, 16), (1, 9), (6, 1), (16, 2), (3, 3)]  # (rows, length)


@pytest.fixture(autouse=True)
def quick_backend(monkeypatch):
    monkeypatch.setattr(compiling, "BACKEND", "eager")
    torch.compiler.reset()


def micro_batch(rows, length, seed=0):
    random = np.random.default_rng(seed)
    inputs, targets = random.integers(0, TINY.vocab_size, (2, rows, length))
    targets[random.random(targets.shape) < 0.3] = NOT_A_TARGET
    return MicroBatch(inputs, targets, ())


def batch_of_shapes(shapes):
    micro_batches = [micro_batch(*shape, seed) for seed, shape in enumerate(shapes)]
    targets = sum(int((each.targets >= 0).sum()) for each in micro_batches)
    tokens = sum(each.inputs.size for each in micro_batches)
    return Batch(micro_batches, targets, tokens, tokens)


def gradients_of(model, loss, batch):
    """The batch's loss and gradients, as one tensor."""
    buffer = GradientBuffer(model)
    accumulate_gradients(loss, batch, buffer, CPU)
    return buffer.flat.clone()


def graphs_compiled():
    return torch._dynamo.utils.counters["stats"]["unique_graphs"]


def no_compiler(*_):
    raise RuntimeError("no compiler")


class FailingBackend:
    """A backend that compiles `number` graphs, and fails from then on."""

    def __init__(self, number, problem=None):
        self.left = number
        self.problem = problem or RuntimeError("no compiler")

    def __call__(self, graph, inputs):
        self.left -= 1
        if self.left < 0:
            raise self.problem
        return graph.forward


# ---- gradients and compilations ----


@pytest.mark.parametrize("kernels", ["fused", "manual"])
@pytest.mark.parametrize("knows_bounds", [True, False])  # False: as in PyTorch 2.11
def test_a_mixed_batch_compiles_trunk_and_chunk_once_and_gives_the_plain_gradient(
    monkeypatch, kernels, knows_bounds
):
    monkeypatch.setattr(compiling, "can_bound_sizes", lambda: knows_bounds)
    model = GPT(TINY, kernels)
    batch = batch_of_shapes([(16, 13), *MIXED])  # at first as many rows as padded tokens
    before = graphs_compiled()
    loss = compile_loss(model, COMPILING, batch.micro_batches)
    compiled = gradients_of(model, loss, batch)
    assert is_compiled(loss)
    assert graphs_compiled() - before == {"fused": 2, "manual": 1}[kernels]  # manual: no chunks
    plain = GPT(TINY, "manual")
    assert relative_error(compiled, gradients_of(plain, plain.loss, batch)) < 1e-5


@pytest.mark.parametrize(
    "shape, padded",
    [((1, 9), (2, 16)), ((3, 8), (3, 8)), ((5, 1), (5, 8)), ((4, 18), (4, 20)), ((1, 20), (2, 20))],
)
def test_for_pytorch_2_11_rows_and_lengths_are_padded_with_zeros(shape, padded):
    ids = torch.ones(shape, dtype=torch.long)
    result = compiling.pad_to_one_kind(ids, 20)
    assert result.shape == padded
    assert result[: shape[0], : shape[1]].equal(ids) and result.sum() == ids.sum()


def test_a_single_row_that_was_cut_from_a_longer_one_is_not_compiled_apart():
    model = GPT(ONE_LAYER)
    loss = compile_loss(model, COMPILING, batch_of_shapes([(3, 5)]).micro_batches)
    before = graphs_compiled()
    for rows, length in ((2, 7), (1, 6), (4, 9)):
        longer = torch.ones(rows, length + 3, dtype=torch.long)
        loss(longer[:, :length], longer[:, :length].contiguous())
    assert graphs_compiled() == before


def test_the_compiled_gradient_in_float64_is_the_plain_one(monkeypatch):
    monkeypatch.setattr(compiling, "BACKEND", "aot_eager")  # differentiates as Inductor does
    batch = batch_of_shapes(MIXED)
    model, exact = GPT(ONE_LAYER).double(), GPT(ONE_LAYER, "manual").double()
    loss = compile_loss(model, COMPILING, batch.micro_batches)
    compiled = compiled_sums(model, loss, batch)
    for ours, plain in zip(compiled, compiled_sums(exact, float64_loss(exact), batch), strict=True):
        assert relative_error(ours, plain) < 1e-12


def float64_loss(model):
    """PyTorch's own cross-entropy; the plain one in model.py sums in float32."""

    def loss(ids, targets):
        logits = model.logits(model(ids)).flatten(0, 1)
        return torch.nn.functional.cross_entropy(
            logits, targets.flatten(), ignore_index=NOT_A_TARGET, reduction="sum"
        )

    return loss


def compiled_sums(model, loss, batch):
    """The sums of the losses and of each gradient, in the model's own type."""
    model.zero_grad()
    total = 0.0
    for each in batch.micro_batches:
        value = loss(torch.from_numpy(each.inputs), torch.from_numpy(each.targets))
        if value.requires_grad:
            value.backward()
        total += value.detach()
    return [total, *(parameter.grad for parameter in model.parameters())]


def test_windows_compile_once_even_if_the_last_micro_batch_is_smaller():
    model = GPT(TINY)
    batch = batch_of_shapes([(3, 16), (3, 16), (2, 16), (1, 16)])
    before = graphs_compiled()
    loss = compile_loss(model, COMPILING, batch.micro_batches)
    compiled = gradients_of(model, loss, batch)
    assert graphs_compiled() - before == 2  # the trunk and a chunk of the loss
    assert loss.shape == (3, 16)
    assert relative_error(compiled, gradients_of(model, model.loss, batch)) < 1e-5


def test_a_compiled_loss_for_windows_takes_other_shapes_too():
    model = GPT(ONE_LAYER)
    loss = compile_loss(model, COMPILING, batch_of_shapes([(3, 16)]).micro_batches)
    batch = batch_of_shapes([(4, 16), (5, 13), (3, 7)])
    before = graphs_compiled()
    compiled = gradients_of(model, loss, batch)
    assert graphs_compiled() - before == 1
    assert relative_error(compiled, gradients_of(model, model.loss, batch)) < 1e-5


def test_lengths_on_both_sides_of_the_limit_for_short_contexts_share_a_graph(monkeypatch):
    monkeypatch.setattr("kernels.SHORT_CONTEXT", 8)
    before = graphs_compiled()
    batch = batch_of_shapes([(4, 15), (4, 7), (3, 9)])
    model = GPT(ONE_LAYER)
    gradients_of(model, compile_loss(model, COMPILING, batch.micro_batches), batch)
    assert graphs_compiled() - before == 2


# ---- failures ----


def test_if_compiling_fails_training_continues_uncompiled(monkeypatch):
    model = GPT(ONE_LAYER)
    micro_batches = batch_of(*masked_sequences(2), 2).micro_batches
    monkeypatch.setattr(compiling, "BACKEND", FailingBackend(0))
    with pytest.warns(UserWarning, match=r"compiling failed \(RuntimeError: no compiler\)"):
        assert compile_loss(model, COMPILING, micro_batches) == model.loss


def test_if_torch_compile_itself_is_not_supported_training_continues_uncompiled(monkeypatch):
    model = GPT(ONE_LAYER)
    monkeypatch.setattr(torch, "compile", lambda *_, **__: no_compiler())
    with pytest.warns(UserWarning, match=r"compiling failed \(RuntimeError: no compiler\)"):
        assert compile_loss(model, COMPILING, draw_batch(1).micro_batches) == model.loss


def test_an_exception_without_a_message_is_named_by_its_class(monkeypatch):
    monkeypatch.setattr(compiling, "BACKEND", FailingBackend(0, NotImplementedError()))
    with pytest.warns(UserWarning, match=r"\(NotImplementedError: NotImplementedError\)"):
        compile_loss(GPT(ONE_LAYER), COMPILING, draw_batch(1).micro_batches)


def test_if_pytorch_is_told_not_to_compile_the_run_says_that_nothing_is_compiled():
    model = GPT(ONE_LAYER)
    micro_batches = draw_batch(1).micro_batches
    warns = pytest.warns(UserWarning, match="PyTorch compiled nothing.*training uncompiled")
    with torch._dynamo.config.patch(disable=True), warns:
        assert compile_loss(model, COMPILING, micro_batches) == model.loss


def test_a_process_without_a_micro_batch_tries_nothing():
    before = graphs_compiled()
    assert is_compiled(compile_loss(GPT(ONE_LAYER), COMPILING, []))
    assert graphs_compiled() == before


def test_pytorchs_limit_of_compilations_is_said_and_the_gradient_is_right():
    model = GPT(ONE_LAYER)
    batch = batch_of_shapes([(5, 16), (1, 9)])
    loss = compile_loss(model, COMPILING, batch.micro_batches[:1])
    loss.shape = (1, 9)  # as if there could be several fixed shapes
    warns = pytest.warns(UserWarning, match="more shapes than the 1 that PyTorch compiles")
    with torch._dynamo.config.patch(recompile_limit=1), warns:
        compiled = gradients_of(model, loss, batch)
    assert torch.equal(compiled, gradients_of(model, model.loss, batch))


def fails_in_backward():
    return aot_autograd(fw_compiler=lambda graph, _: graph.forward, bw_compiler=no_compiler)


@pytest.mark.parametrize("failing", ["forward", "backward"])
def test_a_step_that_fails_is_repeated_uncompiled_with_one_warning(monkeypatch, failing):
    backend = FailingBackend(2) if failing == "forward" else "eager"
    monkeypatch.setattr(compiling, "BACKEND", backend)
    model = GPT(ONE_LAYER)
    batch = batch_of_shapes([(5, 16), (4, 11), (1, 9), (3, 3)])
    loss = compile_loss(model, COMPILING, batch.micro_batches[:1])
    if failing == "backward":
        loss.trunk = torch.compile(model.forward, dynamic=True, backend=fails_in_backward())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        first, second = (gradients_of(model, loss, batch) for _ in range(2))
    messages = [str(each.message) for each in caught if "uncompiled" in str(each.message)]
    assert messages == ["compiling failed (RuntimeError: no compiler); training uncompiled"]
    expected = gradients_of(model, model.loss, batch)
    assert torch.equal(first, expected) and torch.equal(second, expected)


def test_running_out_of_memory_is_no_failure_of_the_compiler(monkeypatch):
    problem = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    model, batch = GPT(ONE_LAYER), draw_batch(1)
    loss = compile_loss(model, COMPILING, batch.micro_batches)
    monkeypatch.setattr("kernels.linear_cross_entropy", lambda *_: (_ for _ in ()).throw(problem))
    with pytest.raises(torch.OutOfMemoryError):
        gradients_of(model, loss, batch)
    assert is_compiled(loss)


def test_an_error_of_the_model_itself_is_raised():
    model = GPT(ONE_LAYER)
    loss = compile_loss(model, COMPILING, draw_batch(1).micro_batches)
    too_long = batch_of_shapes([(2, TINY.n_positions + 3)])
    raises = pytest.raises(ValueError, match="do not fit in this model's context of 16")
    with pytest.warns(UserWarning, match="training uncompiled"), raises:
        gradients_of(model, loss, too_long)


# ---- whole runs ----


def run_compiling(plan, run, tokenizer, checkpoint=None):
    model, optimizer = model_and_optimizer(tokenizer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return train(plan, run, model, tokenizer, optimizer, COMPILING, checkpoint)


def run_json_of(run):
    return json.loads((run / "run.json").read_text())


def device_of(run):
    return run_json_of(run)["device"]


@pytest.mark.parametrize("compiles", [True, False])
def test_screen_and_run_json_say_whether_the_steps_were_compiled(
    tokenizer, tmp_path, monkeypatch, capsys, compiles
):
    if not compiles:
        monkeypatch.setattr(compiling, "BACKEND", FailingBackend(0))
    run_compiling(small_plan(eval_every=0), tmp_path, tokenizer)
    device = device_of(tmp_path)
    assert device.endswith("compiled") == compiles
    output = capsys.readouterr().out
    assert output.startswith("compiling…\n")
    assert ("compiled in" in output) == compiles
    assert (", compiled;" in output) == compiles
    # resumed with no step left
    run_compiling(small_plan(eval_every=0), tmp_path, tokenizer, newest_checkpoint(tmp_path))
    assert device_of(tmp_path) == device
    assert "compil" not in capsys.readouterr().out


def draw_other_shape_at_step_3(step):
    """As draw_batch; in step 3, two rows of eight more, each in a micro-batch of its own."""
    batch = draw_batch(step)
    if step != 3:
        return batch
    inputs, targets = (array[:2, :8] for array in masked_sequences(2, seed=step))
    targets[:, 0] = 5  # so that there are targets
    more = batch_of(inputs, targets, 1)
    return Batch(
        batch.micro_batches + more.micro_batches,
        batch.target_count + more.target_count,
        144,
        144,
    )


def test_a_failure_in_a_later_step_corrects_run_json_and_changes_no_weight(
    tokenizer, tmp_path, monkeypatch
):
    plan = small_plan(draw_other_shape_at_step_3, eval_every=0)
    plain, failing = tmp_path / "plain", tmp_path / "failing"
    model, optimizer = model_and_optimizer(tokenizer)
    train(plan, plain, model, tokenizer, optimizer, CPU)
    monkeypatch.setattr(compiling, "BACKEND", FailingBackend(2))
    model, optimizer = model_and_optimizer(tokenizer)
    with pytest.warns(UserWarning, match="no compiler") as caught:
        train(plan, failing, model, tokenizer, optimizer, COMPILING)
    assert len([each for each in caught if "uncompiled" in str(each.message)]) == 1
    assert device_of(failing) == device_of(plain)
    assert run_json_of(failing)["device_type"] == "cpu"
    ours, theirs = (weights_of(run) for run in (failing, plain))
    assert relative_error(ours, theirs) < 1e-5


def weights_of(run):
    model, _ = load_model(run)
    return torch.cat([parameter.flatten() for parameter in model.parameters()])


class SlowCompiler:
    """A backend that takes a thousand hours for each graph, by a clock that it moves itself."""

    def __init__(self, monkeypatch):
        self.added = 0.0
        real = time.perf_counter
        monkeypatch.setattr(time, "perf_counter", lambda: real() + self.added)

    def __call__(self, graph, inputs):
        self.added += 3.6e6
        return graph.forward


def test_the_clock_and_the_time_left_leave_compiling_out(tokenizer, tmp_path, monkeypatch, capsys):
    compiler = SlowCompiler(monkeypatch)
    monkeypatch.setattr(compiling, "BACKEND", compiler)
    plan = small_plan(draw_other_shape_at_step_3, eval_every=0)
    progress = run_compiling(plan, tmp_path, tokenizer)
    assert compiler.added == 3 * 3.6e6
    assert progress.seconds < 3600
    output = capsys.readouterr().out
    assert "compiling for another shape of micro-batch…\n" in output
    assert "h" not in output[output.rindex("tokens/s") :].replace("of peak", "")
