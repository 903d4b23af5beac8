"""Finding an NVIDIA card without PyTorch, and saying why PyTorch cannot use it."""

import sys

import pytest

from network.graphics_card import (
    Build,
    Card,
    cuda_of_driver,
    explain,
    explain_unsupported,
    find_card,
    install_command,
)
from tests.support.cards import CPU_BUILD, CUDA_BUILD, RTX_4070, fake_nvidia_smi

OLD_DRIVER = (
    "The NVIDIA driver on your system is too old (found version 12040). Please update your GPU "
    "driver by downloading and installing a new version"
)
CU126 = "pip install torch==2.13.0+cu126 --index-url https://download.pytorch.org/whl/cu126"
CU130 = "pip install torch==2.13.0+cu130 --index-url https://download.pytorch.org/whl/cu130"


@pytest.fixture
def without_programs(monkeypatch, tmp_path):
    """A PATH on which there is no nvidia-smi."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def make(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


# ---- is there a card? ----


def test_an_empty_machine_has_no_card(tmp_path, without_programs):
    assert find_card(tmp_path) is None


@pytest.mark.parametrize(
    "path, sign",
    [
        ("proc/driver/nvidia/version", "/proc/driver/nvidia exists"),
        ("dev/nvidia0", "/dev/nvidia0 exists"),
    ],
)
def test_a_file_of_the_driver_shows_a_card(tmp_path, without_programs, path, sign):
    assert find_card(make(tmp_path, path)).sign == sign


def test_wsl_shows_the_card_of_windows(tmp_path, without_programs):
    make(tmp_path, "dev/dxg", "usr/lib/wsl/lib/libdxcore.so")
    assert find_card(tmp_path).in_wsl


@pytest.mark.parametrize(
    "folder, is_card", [("nv_dispi.inf_amd64_1/x", True), ("iigd_dch.inf_amd64_1/x", False)]
)
def test_a_card_of_windows_counts_only_if_its_driver_is_nvidias(
    tmp_path, without_programs, folder, is_card
):
    make(tmp_path, "dev/dxg", f"usr/lib/wsl/drivers/{folder}")
    assert (find_card(tmp_path) is not None) == is_card


@pytest.mark.parametrize(
    "vendor, kind, is_card",
    [
        ("0x10de", "0x030000", True),
        ("0x10de", "0x040300", False),  # the sound of a card
        ("0x8086", "0x030000", False),
    ],
)
def test_a_card_on_the_pci_bus_counts_without_any_driver(
    tmp_path, without_programs, vendor, kind, is_card
):
    device = tmp_path / "sys/bus/pci/devices/0000:01:00.0"
    device.mkdir(parents=True)
    (device / "vendor").write_text(vendor + "\n")
    (device / "class").write_text(kind + "\n")
    card = find_card(tmp_path)
    assert (card is not None) == is_card
    if card:
        assert "no NVIDIA driver is loaded" in explain(card, CUDA_BUILD, "", {})


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_nvidia_smi_tells_name_driver_and_capability(tmp_path, monkeypatch):
    fake_nvidia_smi(tmp_path / "bin", "NVIDIA GeForce RTX 4070, 550.120, 8.9")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    card = find_card(tmp_path)
    assert card.describe() == "NVIDIA GeForce RTX 4070, driver 550.120"
    assert card.capability == (8, 9)
    assert card.driver_branch == 550


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_nvidia_smi_in_the_folder_of_windows_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path / "Windows"))
    fake_nvidia_smi(tmp_path / "Windows/System32", "NVIDIA A2, 581.1, 8.6", "nvidia-smi.exe")
    assert find_card(tmp_path).name == "NVIDIA A2"


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_a_failing_nvidia_smi_is_quoted(tmp_path, monkeypatch):
    sentence = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
    fake_nvidia_smi(tmp_path / "bin", sentence, status=9)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    card = find_card(tmp_path)
    assert card.complaint == sentence
    explained = explain(card, CUDA_BUILD, "No CUDA GPUs are available", {})
    assert f"its driver does not work (nvidia-smi: {sentence}); reboot" in explained


@pytest.mark.parametrize("output", ["", "nothing of use", "a,b"])
@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
def test_an_nvidia_smi_that_answers_otherwise_still_shows_a_card(tmp_path, monkeypatch, output):
    fake_nvidia_smi(tmp_path / "bin", output)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_card(tmp_path) == Card("nvidia-smi is installed")


def test_the_driver_is_read_from_the_kernel(tmp_path, without_programs):
    path = "proc/driver/nvidia/version"
    make(tmp_path, path)
    (tmp_path / path).write_text(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024"
    )
    assert find_card(tmp_path).driver == "535.183.01"


def test_without_a_driver_its_cuda_version_is_empty(monkeypatch):
    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", missing)
    assert cuda_of_driver() == ""


# ---- why can PyTorch not use it? ----


def test_a_build_for_the_cpu_is_replaced_by_the_one_for_cuda():
    explained = explain(RTX_4070, CPU_BUILD, "Torch not compiled with CUDA enabled", {})
    assert "this machine has an NVIDIA card (NVIDIA GeForce RTX 4070, driver 580.65" in explained
    assert "torch 2.13.0+cpu is a build for the CPU only; install the CUDA build" in explained
    assert CU130 in explained


def test_a_build_for_rocm_is_named():
    build = Build("2.13.0+rocm7.2", None, rocm="7.2")
    assert "is a build for ROCm" in explain(RTX_4070, build, "", {})


@pytest.mark.parametrize(
    "driver, capability, expected",
    [
        ("580.65.06", (8, 9), CU130),
        ("", None, CU130),
        ("550.120", (8, 9), CU126),  # CUDA 13 needs driver 580
        ("580.65.06", (6, 1), CU126),  # CUDA 13 has no code for Pascal
        ("580.65.06", (7, 5), CU130),
        ("575.51", (12, 0), CU130),  # the older build has no code for Blackwell
    ],
)
def test_the_build_to_install_fits_card_and_driver(driver, capability, expected):
    card = Card("x", driver=driver, capability=capability)
    assert expected in install_command(CPU_BUILD, card)


@pytest.mark.parametrize("driver, capability", [("470.1", (8, 9)), ("575.51", (12, 0))])
def test_a_driver_too_old_for_any_build_is_updated_first(driver, capability):
    card = Card("x", driver=driver, capability=capability)
    assert "first update the driver" in explain(card, CPU_BUILD, "", {})


def test_an_old_driver_is_updated_or_gets_an_older_build():
    explained = explain(RTX_4070, CUDA_BUILD, OLD_DRIVER, {"CUDA_VISIBLE_DEVICES": "0"})
    assert "its driver supports CUDA 12.4 at most and is too old" in explained
    assert "torch 2.13.0+cu130 needs driver 580 or newer; update the driver" in explained
    assert CU126 in explained


def test_an_old_driver_of_a_blackwell_card_is_updated():
    card = Card("x", capability=(12, 0))
    assert "cu126" not in explain(card, CUDA_BUILD, OLD_DRIVER, {})


def test_a_driver_that_is_too_old_for_both_builds_is_updated():
    words = OLD_DRIVER.replace("12040", "11040")
    assert "cu126" not in explain(RTX_4070, CUDA_BUILD, words, {})
    older = Build("2.13.0+cu126", "12.6")
    assert "needs driver 525 or newer" in explain(RTX_4070, older, words, {})


def test_under_wsl_the_driver_of_windows_is_updated():
    card = Card("x", in_wsl=True)
    assert "update the NVIDIA driver of Windows" in explain(card, CUDA_BUILD, OLD_DRIVER, {})


@pytest.mark.parametrize("value", ["", "-1", "7"])
def test_a_variable_that_hides_the_card_is_named(value):
    variables = {"CUDA_VISIBLE_DEVICES": value}
    explained = explain(RTX_4070, CUDA_BUILD, "No CUDA GPUs are available", variables)
    assert f"CUDA_VISIBLE_DEVICES='{value}' hides it; unset it" in explained


def test_a_variable_that_names_the_first_card_is_not_blamed():
    words = "No CUDA GPUs are available"
    explained = explain(RTX_4070, CUDA_BUILD, words, {"CUDA_VISIBLE_DEVICES": "0"})
    assert "CUDA_VISIBLE_DEVICES" not in explained
    assert explained == explain(RTX_4070, CUDA_BUILD, words, {})


def test_a_container_without_the_card_is_started_with_it(tmp_path, without_programs):
    card = find_card(make(tmp_path, "proc/driver/nvidia/version"))
    explained = explain(card, CUDA_BUILD, "No CUDA GPUs are available", {})
    assert "docker run --gpus all" in explained


def test_anything_else_is_said_in_pytorchs_own_words():
    words = "CUDA unknown error - this may be due to an incorrectly set up environment"
    explained = explain(RTX_4070, CUDA_BUILD, words, {})
    assert f"torch 2.13.0+cu130 cannot use it ({words}); check that nvidia-smi" in explained


# ---- a card that PyTorch has no code for ----


@pytest.mark.parametrize("capability", [(7, 5), (8, 0), (8, 9), (9, 0), (12, 0), (12, 1)])
def test_code_runs_on_later_cards_of_its_generation(capability):
    assert explain_unsupported("a card", capability, CUDA_BUILD) is None


def test_code_that_is_translated_runs_on_later_generations():
    build = Build("2.13.0+cu130", "13.0", architectures=("sm_90a", "compute_120"))
    assert explain_unsupported("a card", (13, 0), build) is None
    assert explain_unsupported("a card", (11, 0), build) is not None


def test_a_card_that_is_too_old_gets_the_build_for_old_cards():
    explained = explain_unsupported("NVIDIA GeForce GTX 1080", (6, 1), CUDA_BUILD)
    assert "(NVIDIA GeForce GTX 1080, compute capability 6.1) is too old for torch" in explained
    assert CU126 in explained


def test_a_card_older_than_any_build_gets_none():
    assert "no build of torch supports it" in explain_unsupported("a card", (3, 5), CUDA_BUILD)


def test_a_card_that_is_too_new_gets_a_newer_build():
    old = Build("2.13.0+cu126", "12.6", architectures=("sm_80", "sm_90"))
    assert CU130 in explain_unsupported("a card", (12, 0), old)
    assert "install --upgrade torch" in explain_unsupported("a card", (13, 0), CUDA_BUILD)


def test_a_build_that_names_no_cuda_code_is_trusted():
    assert explain_unsupported("a card", (6, 1), Build("2.13.0+rocm7.2", None, "7.2")) is None
