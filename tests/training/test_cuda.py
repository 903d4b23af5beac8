"""What only a graphics card shows: the CPU's results, compiled or not, and how much memory."""

import pytest
import torch
import torch.nn.functional as F

import kernels
from model import GPT, GPTConfig
from network.decoding import for_generation
from network.generation import generate
from network.hardware import Hardware, choose_hardware
from network.sampling import GREEDY
from pretrain import OPTIMIZER
from tests.support.models import SMALL, random_ids, relative_error
from tests.support.scripts import run_script
from text.batches import Batch, MicroBatch
from training.compiling import compile_loss, is_compiled
from training.gradient import GradientBuffer, accumulate_gradients
from training.loss_log import read_loss_log
from training.optimizer import Optimizer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def loss_and_gradients(model, loss, hardware, seed):
    """The loss, and all gradients but those of c_attn.bias, a third of which is rounding."""
    ids = random_ids(model.config, 4, seed=seed).to(hardware.device)
    model.zero_grad()
    with hardware.autocast():
        total = loss(ids[:, :-1], ids[:, 1:])
    total.backward()
    gradients = [
        parameter.grad.clone()
        for name, parameter in model.named_parameters()
        if not name.endswith("c_attn.bias")
    ]
    return total.detach(), gradients


@pytest.mark.parametrize("kernels", ["fused", "manual"])
def test_cuda_gives_the_loss_and_gradients_of_the_cpu_in_float32(kernels):
    torch.set_float32_matmul_precision("highest")
    results = []
    for device, model in (("cpu", GPT(SMALL, "manual")), ("cuda", GPT(SMALL, kernels).cuda())):
        hardware = Hardware(torch.device(device))
        results.append(loss_and_gradients(model, model.loss, hardware, seed=0))
    (expected_loss, expected_gradients), (loss, gradients) = results
    assert relative_error(loss, expected_loss) < 1e-5
    for gradient, expected in zip(gradients, expected_gradients, strict=True):
        assert relative_error(gradient, expected) < 1e-4


def test_cuda_compiled_in_bfloat16_stays_near_float32():
    hardware = choose_hardware("cuda", "bfloat16", "on", one_shape=True)
    model = GPT(SMALL).cuda()
    ids = random_ids(SMALL, 4).numpy()
    micro_batch = MicroBatch(ids[:, :-1], ids[:, 1:], ())
    compiled = compile_loss(model, hardware, [micro_batch])
    assert is_compiled(compiled)
    exact = Hardware(torch.device("cuda"))
    expected_loss, expected_gradients = loss_and_gradients(model, model.loss, exact, seed=1)
    loss, gradients = loss_and_gradients(model, compiled, hardware, seed=1)
    assert relative_error(loss, expected_loss) < 1e-3
    for gradient, expected in zip(gradients, expected_gradients, strict=True):
        assert relative_error(gradient, expected) < 0.03


@pytest.mark.parametrize("vocab_size, is_compiled", [(65, False), (503, False), (503, True)])
def test_cuda_rows_that_pad_the_head_change_neither_loss_nor_gradients(vocab_size, is_compiled):
    generator = torch.Generator().manual_seed(vocab_size)
    hidden = torch.randn(1500, 64, generator=generator).bfloat16()  # two chunks if compiled
    weight = (0.1 * torch.randn(vocab_size, 64, generator=generator)).bfloat16()
    targets = torch.randint(-1, vocab_size, (1500,), generator=generator)
    exact = [hidden.double().requires_grad_(), weight.double().requires_grad_()]
    expected = F.cross_entropy(exact[0] @ exact[1].T, targets, ignore_index=-1, reduction="sum")
    expected.backward()

    ours = [tensor.float().cuda().requires_grad_() for tensor in (hidden, weight)]
    add = torch.compile(kernels.add_chunk, fullgraph=True, dynamic=False) if is_compiled else None
    with torch.autocast("cuda", torch.bfloat16):
        loss = kernels.linear_cross_entropy(*ours, targets.cuda(), add)
    loss.backward()
    assert relative_error(loss, expected) < 5e-4
    for tensor, reference in zip(ours, exact, strict=True):
        assert relative_error(tensor.grad, reference.grad) < 0.01


def greedy_texts(config, tokenizer, device):
    model = for_generation(GPT(config), torch.device(device), torch.float32)
    prompts = [tokenizer.encode("The pitcher")[:2], tokenizer.encode("A planet")[:2]]
    steps = generate(model, tokenizer, prompts, 40, GREEDY, [0, 0])
    return ["".join(piece or "" for piece in pieces) for pieces in zip(*steps)]


def test_cuda_generates_the_tokens_of_the_cpu(tokenizer):
    shape = {"n_positions": 64, "n_embd": 96, "n_layer": 3, "n_head": 4}
    config = GPTConfig(vocab_size=tokenizer.vocab_size, **shape)
    assert greedy_texts(config, tokenizer, "cpu") == greedy_texts(config, tokenizer, "cuda")


RESUMED_RUN = {
    "--size": "tiny",
    "--batch-tokens": 4096,
    "--micro-tokens": 2048,
    "--save-every": 2,
    "--eval-every": 2,
    "--device": "cuda",
    "--max-lr": 1e-3,
    "--min-lr": 1e-3,
    "--warmup-steps": 0,
}


def pretrain(data_folder, run, steps):
    flags = [part for flag_and_value in RESUMED_RUN.items() for part in flag_and_value]
    paths = ["--data", data_folder, "--out", run]
    status, output = run_script("pretrain.py", *paths, *flags, "--steps", steps, "--resume")
    assert status == 0, output


def losses_of(run):
    return [row.loss for row in read_loss_log(run / "loss.csv")]


def test_cuda_runs_resume_where_they_stopped(data_folder, tmp_path):
    pretrain(data_folder, tmp_path / "whole", steps=4)
    pretrain(data_folder, tmp_path / "parts", steps=2)
    pretrain(data_folder, tmp_path / "parts", steps=4)
    assert losses_of(tmp_path / "parts") == pytest.approx(losses_of(tmp_path / "whole"), abs=1e-2)


def test_cuda_check_reports_memory_and_speed_of_compiled_steps_and_leaves_nothing(
    data_folder, tmp_path
):
    run = tmp_path / "run"
    flags = "--size tiny --batch-tokens 4096 --micro-tokens 2048 --steps 4 --device cuda --check"
    status, output = run_script("pretrain.py", "--data", data_folder, "--out", run, *flags.split())
    assert status == 0, output
    report = {line[:11].strip(): line[12:] for line in output.splitlines()}
    assert report["compiled"].startswith("yes")
    assert "GB reserved at the peak" in report["memory"]
    assert "tokens/s over 3 steps" in report["speed"]
    assert "ready: the same command without --check starts it" in output
    assert not run.exists()


def batch_of_shapes(config, shapes):
    """One batch with a micro-batch of each shape, (rows, length); every position has a target."""
    micro_batches = []
    for seed, (rows, length) in enumerate(shapes):
        ids = random_ids(config, rows, length + 1, seed).numpy()
        micro_batches.append(MicroBatch(ids[:, :-1], ids[:, 1:], ()))
    tokens = sum(rows * length for rows, length in shapes)
    return Batch(micro_batches, tokens, tokens, tokens)


def graphs_compiled():
    return torch._dynamo.utils.counters["stats"]["unique_graphs"]


@pytest.mark.parametrize("compiles", ["off", "on"])
@pytest.mark.parametrize("sequences, limit", [(4, 4.2e9), (16, 8.5e9)])
def test_cuda_memory_of_a_training_step(sequences, limit, compiles):
    hardware = choose_hardware("cuda", "bfloat16", compiles, one_shape=True)
    config = GPTConfig()
    model = GPT(config).cuda()
    optimizer = Optimizer(OPTIMIZER, model)
    buffer = GradientBuffer(model)
    batch = batch_of_shapes(config, [(sequences, config.n_positions)] * 2)
    loss = model.loss
    if hardware.compile:
        loss = compile_loss(model, hardware, batch.micro_batches)
        assert is_compiled(loss)
    torch.cuda.reset_peak_memory_stats()
    for _ in range(2):
        accumulate_gradients(loss, batch, buffer, hardware)
        buffer.clip(1.0)
        optimizer.step(1e-3)
    assert torch.cuda.max_memory_allocated() < limit


MIXED = [(13, 50), (2, 63), (1, 64), (40, 7), (1, 30), (9, 9), (64, 2), (100, 1), (8, 64), (17, 33)]


def test_cuda_compiles_trunk_and_chunk_once_for_mixed_fine_tuning():
    hardware = choose_hardware("cuda", "bfloat16", "on")
    model = GPT(SMALL).cuda()
    batch = batch_of_shapes(SMALL, MIXED)
    torch.compiler.reset()
    before = graphs_compiled()
    loss = compile_loss(model, hardware, batch.micro_batches)
    buffer = GradientBuffer(model)
    for _ in range(2):
        accumulate_gradients(loss, batch, buffer, hardware)
    assert is_compiled(loss)
    assert graphs_compiled() - before == 2
