"""What only a graphics card shows: that it computes what the CPU computes, compiled or not, and in how much memory."""

import pytest
import torch

from model import GPT, GPTConfig
from network.generation import GREEDY, for_generation, generate
from network.hardware import Hardware, choose_hardware
from tests.support.scripts import run_script
from tests.test_model import SMALL, some_ids
from training.loop import training_loss
from training.loss_log import read_loss_log

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def relative(a, b):
    return ((a.cpu().double() - b.cpu().double()).norm() / b.cpu().double().norm()).item()


def loss_and_gradients(model, loss, hardware, seed):
    ids = some_ids(model.config, 4, seed).to(hardware.device)
    model.zero_grad()
    with hardware.autocast():
        total = loss(ids[:, :-1], ids[:, 1:])
    total.backward()
    return total.detach(), [
        parameter.grad.clone()
        for name, parameter in model.named_parameters()
        if not name.endswith("c_attn.bias")
    ]


@pytest.mark.parametrize("kernels", ["fused", "manual"])
def test_cuda_gives_the_loss_and_gradients_of_the_cpu_in_float32(kernels):
    torch.set_float32_matmul_precision("highest")
    results = []
    for device, model in (("cpu", GPT(SMALL, "manual")), ("cuda", GPT(SMALL, kernels).cuda())):
        results.append(loss_and_gradients(model, model.loss, Hardware(torch.device(device)), 0))
    assert relative(results[1][0], results[0][0]) < 1e-5
    assert all(
        relative(ours, expected) < 1e-4
        for ours, expected in zip(results[1][1], results[0][1], strict=True)
    )


def test_cuda_compiled_in_bfloat16_stays_near_float32():
    hardware = choose_hardware("cuda", "bfloat16", "on")
    model = GPT(SMALL).cuda()
    ids = some_ids(SMALL, 4).numpy()
    compiled = training_loss(model, hardware, [(ids[:, :-1], ids[:, 1:])])
    assert compiled != model.loss  # it did compile
    exact = loss_and_gradients(model, model.loss, Hardware(torch.device("cuda")), 1)
    ours = loss_and_gradients(model, compiled, hardware, 1)
    assert relative(ours[0], exact[0]) < 1e-3
    assert all(relative(a, b) < 0.03 for a, b in zip(ours[1], exact[1], strict=True))


def test_cuda_generates_the_tokens_of_the_cpu(tokenizer):
    config = GPTConfig(
        vocab_size=tokenizer.vocab_size, n_positions=64, n_embd=96, n_layer=3, n_head=4
    )
    prompts = [tokenizer.encode("The pitcher")[:2], tokenizer.encode("A planet")[:2]]
    texts = []
    for device in ("cpu", "cuda"):
        model = for_generation(GPT(config), torch.device(device), torch.float32)
        texts.append(
            [
                "".join(piece or "" for piece in pieces)
                for pieces in zip(*generate(model, tokenizer, prompts, 40, GREEDY, [0, 0]))
            ]
        )
    assert texts[0] == texts[1]


def test_cuda_runs_resume_where_they_stopped(data_folder, tmp_path):
    settings = [
        "--data",
        data_folder,
        "--size",
        "tiny",
        "--batch-tokens",
        4096,
        "--micro-tokens",
        2048,
        "--save-every",
        2,
        "--eval-every",
        2,
        "--device",
        "cuda",
    ]
    for run, steps in (("whole", [4]), ("parts", [2, 4])):
        for number in steps:
            status, output = run_script(
                "pretrain.py",
                *settings,
                "--out",
                tmp_path / run,
                "--steps",
                number,
                "--max-lr",
                1e-3,
                "--min-lr",
                1e-3,
                "--warmup-steps",
                0,
                "--resume",
            )
            assert status == 0, output
    whole, parts = (
        [row.loss for row in read_loss_log(tmp_path / run / "loss.csv")]
        for run in ("whole", "parts")
    )
    assert parts == pytest.approx(whole, abs=1e-2)


@pytest.mark.parametrize("sequences, limit", [(4, 4.5e9), (16, 11e9)])
def test_cuda_memory_of_a_training_step(sequences, limit):
    config = GPTConfig()
    model = GPT(config).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    ids = some_ids(config, sequences).cuda()
    torch.cuda.reset_peak_memory_stats()
    for _ in range(2):
        with torch.autocast("cuda", torch.bfloat16):
            loss = model.loss(ids, ids)
        loss.backward()
        optimizer.step()
    assert torch.cuda.max_memory_allocated() < limit
