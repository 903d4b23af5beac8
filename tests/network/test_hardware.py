"""Which device and type a run gets, and the peak its speed is compared with."""

import ctypes
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from model import GPTConfig
from network.hardware import (
    Hardware,
    bfloat16_remark,
    choose_hardware,
    flops_per_token,
    has_fast_bfloat16,
    measure_matmul_rate,
    wait_for,
    why_no_cuda,
)
from tests.support.cards import CUDA_BUILD, RTX_4070, fake_cuda, fake_missing_cuda
from tests.support.models import CPU


def test_operations_per_token_follow_the_published_count():
    """GPT-2 small: 6 × 123.6 M weights, and 12 × 12 layers × 768 × 1,024 for attention."""
    weights = 12 * 12 * 768**2 + 50257 * 768
    assert flops_per_token(GPTConfig()) == 6 * weights + 12 * 12 * 768 * 1024


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="--device cuda is not available"):
        choose_hardware("cuda")


def test_a_device_with_a_nonsensical_name_is_refused():
    with pytest.raises(ValueError, match="--device abacus is not available"):
        choose_hardware("abacus")


# ---- a card that PyTorch cannot use ----


def test_a_run_of_hours_does_not_start_on_the_cpu_beside_an_idle_card(monkeypatch):
    fake_missing_cuda(monkeypatch, RTX_4070)
    with pytest.raises(ValueError, match="is a build for the CPU only; install the CUDA") as raised:
        choose_hardware(needs_card=True)
    assert str(raised.value).endswith("To use the CPU all the same, give --device cpu")
    assert choose_hardware("cpu", needs_card=True).device.type == "cpu"


def test_a_short_task_warns_and_takes_the_cpu(monkeypatch, capsys):
    fake_missing_cuda(monkeypatch, RTX_4070)
    assert choose_hardware().device.type == "cpu"
    assert "warning: using the CPU: this machine has an NVIDIA card" in capsys.readouterr().err


@pytest.mark.parametrize("needs_card", [True, False])
def test_without_a_card_the_cpu_is_taken_without_a_word(monkeypatch, capsys, needs_card):
    fake_missing_cuda(monkeypatch, card=None)
    assert choose_hardware(needs_card=needs_card).device.type == "cpu"
    assert capsys.readouterr().err == ""


def test_a_driver_that_only_pytorch_finds_is_a_sign_of_a_card(monkeypatch):
    def init():
        raise RuntimeError("The NVIDIA driver on your system is too old (found version 12040).")

    fake_missing_cuda(monkeypatch, card=None, build=CUDA_BUILD)
    monkeypatch.setattr(torch.cuda, "init", init)
    assert "its driver supports CUDA 12.4 at most" in why_no_cuda()


def test_device_cuda_names_the_cause_too(monkeypatch):
    fake_missing_cuda(monkeypatch, RTX_4070)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch, "zeros", fail_without_cuda)
    with pytest.raises(ValueError, match="--device cuda is not available here .*CPU only"):
        choose_hardware("cuda")


def fail_without_cuda(*_, **options):
    raise AssertionError("Torch not compiled with CUDA enabled")


def test_a_card_without_code_for_it_is_refused(monkeypatch):
    fake_cuda(monkeypatch, (6, 1))
    with pytest.raises(ValueError, match="compute capability 6.1.* is too old for torch"):
        choose_hardware(needs_card=True)
    fake_cuda(monkeypatch, (8, 9))
    assert why_no_cuda() is None


def test_more_processes_than_cards_are_explained(monkeypatch):
    fake_cuda(monkeypatch, (8, 9))
    monkeypatch.setattr(torch, "zeros", fail_without_cuda)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(ValueError, match="more processes than there are cards; .*node=1"):
        choose_hardware("auto")


@pytest.mark.parametrize(
    "dtype, expected",
    [(torch.float32, "products run in float32"), (torch.bfloat16, "bfloat16 is emulated")],
)
def test_a_card_before_ampere_is_said_to_have_neither_bfloat16_nor_tf32(
    monkeypatch, dtype, expected
):
    card = Hardware(torch.device("cuda", 0), dtype)
    fake_cuda(monkeypatch, (7, 5))
    assert "7.5" in bfloat16_remark(card)
    assert "neither bfloat16 nor TF32" in bfloat16_remark(card)
    assert expected in bfloat16_remark(card)
    fake_cuda(monkeypatch, (8, 0))
    assert bfloat16_remark(card) is None
    assert bfloat16_remark(CPU) is None


# ---- what a run gets ----


def test_an_apple_gpu_is_not_called_a_cpu():
    apple = Hardware(torch.device("mps"))
    assert "Apple GPU (MPS)" in apple.describe()
    assert "CPU" not in apple.describe()
    assert apple.as_json()["device_type"] == "mps"


def test_an_apple_gpu_is_waited_for(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.mps, "synchronize", lambda: waited.append("mps"))
    wait_for(torch.device("mps"))
    wait_for(torch.device("cpu"))
    assert waited == ["mps"]


def test_flags_choose_type_and_compilation():
    cpu = torch.device("cpu")
    assert choose_hardware("cpu", "float32").dtype == torch.float32
    assert choose_hardware("cpu", "bfloat16", "on") == Hardware(cpu, torch.bfloat16, True)
    assert not choose_hardware("cpu", "float32", "auto").compile
    auto = choose_hardware("cpu", "auto")
    assert (auto.dtype == torch.bfloat16) == has_fast_bfloat16(cpu)


@pytest.mark.parametrize(
    "largest, expected",
    [
        (1 << 62, [(-3, 1 << 30), (-1, -1)]),
        (32 << 20, [(-3, 1 << 30), (-3, 32 << 20), (-1, -1)]),  # up to glibc 2.34
        (0, [(-3, 1 << 30), (-3, 32 << 20)]),
    ],
)
def test_glibc_is_told_not_to_trim_only_if_it_has_accepted_a_threshold(
    monkeypatch, largest, expected
):
    """M_MMAP_THRESHOLD is -3, M_TRIM_THRESHOLD -1; mallopt returns 0 for a value it refuses."""
    calls = []

    def mallopt(parameter, value):
        calls.append((parameter, value))
        return int(value <= largest)

    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(mallopt=mallopt))
    choose_hardware("cpu")
    assert calls == expected


def test_a_description_names_type_compilation_and_processes():
    hardware = Hardware(torch.device("cpu"), torch.bfloat16, compile=True, world_size=2)
    assert hardware.describe().endswith("bfloat16, compiled, 2 processes")
    assert CPU.describe().endswith("float32")
    assert "process" not in CPU.describe()


def test_only_rank_0_is_the_first_process():
    ranks = [Hardware(torch.device("cpu"), rank=rank, world_size=2) for rank in range(2)]
    assert [hardware.is_first for hardware in ranks] == [True, False]


def test_autocast_is_on_only_below_float32():
    x = torch.ones(2, 2)
    with CPU.autocast():
        assert (x @ x).dtype == torch.float32
    with Hardware(torch.device("cpu"), torch.bfloat16).autocast():
        assert (x @ x).dtype == torch.bfloat16


def test_a_transposed_array_arrives_on_the_device_as_it_is():
    array = np.arange(6).reshape(2, 3).T
    assert CPU.to_device(array).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_the_measured_rate_of_a_matrix_product_is_positive_and_finite():
    assert 0 < measure_matmul_rate(CPU) < float("inf")


@pytest.mark.parametrize("one_shape", [False, True])
def test_on_cuda_attention_uses_cudnn_only_if_sequences_have_one_shape(monkeypatch, one_shape):
    fake_cuda(monkeypatch, (9, 0))
    zeros, switched = torch.zeros, []
    monkeypatch.setattr(torch, "zeros", lambda *sizes, **_: zeros(*sizes))
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda precision: None)
    monkeypatch.setattr(torch.backends.cuda, "enable_cudnn_sdp", switched.append)
    assert choose_hardware("cuda", one_shape=one_shape).device.type == "cuda"
    assert switched == [one_shape]
