"""Which device and type a run gets, and the peak its speed is compared with."""

import numpy as np
import pytest
import torch

from model import GPTConfig
from network.hardware import (
    Hardware,
    choose_hardware,
    flops_per_token,
    has_fast_bfloat16,
    measure_matmul_rate,
)
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


def test_flags_choose_type_and_compilation():
    cpu = torch.device("cpu")
    assert choose_hardware("cpu", "float32").dtype == torch.float32
    assert choose_hardware("cpu", "bfloat16", "on") == Hardware(cpu, torch.bfloat16, True)
    assert not choose_hardware("cpu", "float32", "auto").compile
    auto = choose_hardware("cpu", "auto")
    assert (auto.dtype == torch.bfloat16) == has_fast_bfloat16(cpu)


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
