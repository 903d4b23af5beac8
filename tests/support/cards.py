"""NVIDIA cards and builds of PyTorch that this machine does not have."""

import torch

from network import hardware
from network.graphics_card import Build, Card

RTX_4070 = Card("nvidia-smi is installed", "NVIDIA GeForce RTX 4070", "580.65.06", (8, 9))
CPU_BUILD = Build("2.13.0+cpu", None)
# What torch.cuda.get_arch_list() gives for the wheel of PyPI.
CODE = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")
CUDA_BUILD = Build("2.13.0+cu130", "13.0", architectures=CODE)


def fake_nvidia_smi(folder, output, name="nvidia-smi", status=0):
    """A program that prints this, whatever it is asked."""
    folder.mkdir(parents=True)
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "{output}"\nexit {status}\n')
    program.chmod(0o755)


def fake_missing_cuda(monkeypatch, card, build=CPU_BUILD):
    """Let PyTorch find no CUDA on a machine with this card; None: without a card."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(hardware, "find_card", lambda: card)
    monkeypatch.setattr(hardware, "this_build", lambda: build)


def fake_cuda(monkeypatch, capability, build=CUDA_BUILD):
    """Let PyTorch find one card of this compute capability, which cannot be used for anything."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a card")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(hardware, "this_build", lambda: build)
