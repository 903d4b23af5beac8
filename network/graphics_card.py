"""The NVIDIA card as the machine sees it, and why PyTorch cannot use it.

    find_card()            is there a card? From nvidia-smi, /proc, /dev and the PCI bus
    explain(card, ...)     what keeps PyTorch from using it, and the command that mends it

A training run on the CPU takes months. So a machine that has a card, but a PyTorch that does not
find it, is an error with a remedy and not a reason to go on.
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from tools.messages import first_line

Capability = tuple[int, int]  # compute capability, such as (8, 9)

ANSWER_SECONDS = 20  # nvidia-smi needs several seconds if the driver has to be loaded first
# Since torch 2.12 there are two stable builds (pytorch/RELEASE.md); NVIDIA's "Minor Version
# Compatibility" has the oldest driver of each.
NEWEST_BUILD = "cu130"  # for compute capability 7.5 and newer
OLDER_BUILD = "cu126"  # for compute capability 5.0 to 9.0
OLDEST_DRIVER = {NEWEST_BUILD: 580, OLDER_BUILD: 525}
NVIDIA = "0x10de"  # the vendor on the PCI bus
DISPLAY_CLASS = "0x03"  # the class of graphics cards there
UPDATE_DRIVER = (
    "update the driver (https://www.nvidia.com/drivers; on Ubuntu: sudo ubuntu-drivers install) "
    "and reboot"
)
UPDATE_IN_WINDOWS = "update the NVIDIA driver of Windows, not of Linux, then run: wsl --shutdown"


@dataclass(frozen=True)
class Card:
    """An NVIDIA card as the machine sees it, without PyTorch."""

    sign: str  # how we know of it, such as "nvidia-smi is installed"
    name: str = ""
    driver: str = ""  # its version, such as "580.65.06"
    capability: Capability | None = None
    complaint: str = ""  # what nvidia-smi says if it fails
    in_wsl: bool = False
    in_container: bool = False

    def describe(self) -> str:
        """In words: "NVIDIA GeForce RTX 4070, driver 580.65.06", or how we know of it."""
        parts = [self.name] if self.name else []
        if self.driver:
            parts.append(f"driver {self.driver}")
        return ", ".join(parts) or self.sign

    @property
    def driver_branch(self) -> int | None:
        """The number before the first point of the driver's version."""
        branch = self.driver.split(".")[0]
        return int(branch) if branch.isdecimal() else None


@dataclass(frozen=True)
class Build:
    """A build of PyTorch: version, CUDA or ROCm version if any, and the cards it has code for."""

    version: str
    cuda: str | None
    rocm: str | None = None
    architectures: tuple[str, ...] = ()  # such as ("sm_75", "sm_80", "compute_120")

    @property
    def release(self) -> str:
        """The version without the build: "2.13.0+cpu" -> "2.13.0"."""
        return self.version.split("+")[0]


def this_build() -> Build:
    """The PyTorch that this program runs on."""
    architectures = tuple(torch.cuda.get_arch_list()) if torch.cuda.is_available() else ()
    return Build(torch.__version__, torch.version.cuda, torch.version.hip, architectures)


# ---- is there a card? ----


def find_card(root: Path = Path("/")) -> Card | None:
    """The NVIDIA card of this machine, or None if nothing hints at one.

    `root` is the folder that holds /proc, /dev, /sys and /usr.
    """
    in_wsl = (root / "dev/dxg").exists() and (root / "usr/lib/wsl").is_dir()
    program = _find_nvidia_smi(root)
    sign = "nvidia-smi is installed" if program else _sign_of_card(root, in_wsl)
    if sign is None:
        return None
    name, driver, capability, complaint = (
        _ask_nvidia_smi(program) if program else ("", "", None, "")
    )
    return Card(
        sign,
        name,
        driver or _driver_of_kernel(root),
        capability,
        complaint,
        in_wsl,
        in_container=_is_container_without_card(root),
    )


def _find_nvidia_smi(root: Path) -> str | None:
    """The path of nvidia-smi: on the PATH, or where Windows and WSL keep it."""
    on_path = shutil.which("nvidia-smi")
    if on_path:
        return on_path
    windows = Path(os.environ.get("SYSTEMROOT", "C:/Windows"))
    programs = Path(os.environ.get("PROGRAMFILES", "C:/Program Files"))
    usual = [
        windows / "System32/nvidia-smi.exe",
        programs / "NVIDIA Corporation/NVSMI/nvidia-smi.exe",
        root / "usr/lib/wsl/lib/nvidia-smi",
    ]
    found = [path for path in usual if path.is_file()]
    return str(found[0]) if found else None


def _sign_of_card(root: Path, in_wsl: bool) -> str | None:
    """What else shows that there is an NVIDIA card."""
    if (root / "proc/driver/nvidia").exists():
        return "/proc/driver/nvidia exists"
    devices = sorted((root / "dev").glob("nvidia[0-9]*"))
    if devices:
        return f"/dev/{devices[0].name} exists"
    if in_wsl and not _has_only_other_vendors(root / "usr/lib/wsl/drivers"):
        return "/dev/dxg exists, the graphics card of Windows"
    if any(map(_is_nvidia_card, (root / "sys/bus/pci/devices").glob("*"))):
        return "the PCI bus has an NVIDIA card"
    return None


def _has_only_other_vendors(drivers: Path) -> bool:
    """Whether WSL shows the drivers of Windows, and NVIDIA's, nv*.inf, is not one of them."""
    names = [path.name.lower() for path in drivers.glob("*")]
    return bool(names) and not any(name.startswith("nv") for name in names)


def _is_nvidia_card(device: Path) -> bool:
    """Whether a folder of /sys/bus/pci/devices is a graphics card by NVIDIA."""
    try:
        vendor = (device / "vendor").read_text().strip()
        return vendor == NVIDIA and (device / "class").read_text().startswith(DISPLAY_CLASS)
    except OSError:
        return False


def _is_container_without_card(root: Path) -> bool:
    """Whether the kernel has NVIDIA's driver, but /dev shows no card, as in a container."""
    has_driver = (root / "proc/driver/nvidia").exists()
    return has_driver and not any((root / "dev").glob("nvidia[0-9]*"))


def _ask_nvidia_smi(program: str) -> tuple[str, str, Capability | None, str]:
    """Name, driver and compute capability of the first card; and what it says if it fails."""
    query = ["--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]
    try:
        answer = subprocess.run(
            [program, *query], capture_output=True, text=True, timeout=ANSWER_SECONDS
        )
    except subprocess.TimeoutExpired:
        return "", "", None, f"no answer within {ANSWER_SECONDS} seconds"
    except OSError as problem:
        return "", "", None, first_line(problem)
    lines = (answer.stdout.strip() or answer.stderr.strip()).splitlines()
    first = lines[0].strip() if lines else ""
    if answer.returncode != 0:
        return "", "", None, first or f"it ended with status {answer.returncode}"
    fields = [field.strip() for field in first.split(",")]
    if len(fields) != 3:
        return "", "", None, ""
    name, driver, capability = fields
    return name, driver, _parse_capability(capability), ""


def _parse_capability(text: str) -> Capability | None:
    """ "8.9" -> (8, 9)."""
    numbers = re.fullmatch(r"(\d+)\.(\d+)", text)
    return (int(numbers[1]), int(numbers[2])) if numbers else None


def _driver_of_kernel(root: Path) -> str:
    """The driver's version from /proc/driver/nvidia/version; "" if there is none."""
    try:
        text = (root / "proc/driver/nvidia/version").read_text()
    except OSError:
        return ""
    version = re.search(r"\b(\d{3,}\.\d+(?:\.\d+)?)\b", text)
    return version[1] if version else ""


def cuda_of_driver() -> str:
    """The newest CUDA version that the driver can run, such as "13.0"; "" without a driver."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    version = ctypes.c_int(0)
    try:
        status = ctypes.CDLL(name).cuDriverGetVersion(ctypes.byref(version))
    except (OSError, AttributeError):
        return ""
    return _cuda_version(version.value) if status == 0 and version.value else ""


def _cuda_version(number: int) -> str:
    """12040 -> "12.4"."""
    return f"{number // 1000}.{number % 1000 // 10}"


# ---- why can PyTorch not use it? ----


def explain(
    card: Card, build: Build, torch_says: str, environment: Mapping[str, str] = os.environ
) -> str:
    """Why PyTorch finds no CUDA on a machine with this card, and the command that mends it.

    `torch_says` is the message of PyTorch's own exception.
    """
    known = f"this machine has an NVIDIA card ({card.describe()})"
    if build.cuda is None:
        kind = "ROCm" if build.rocm else "the CPU only"
        remedy = _with_driver(card, f"install the CUDA build: {install_command(build, card)}")
        return f"{known}, but torch {build.version} is a build for {kind}; {remedy}"
    if is_old_driver(torch_says):
        return f"{known}, but {_explain_old_driver(card, build, torch_says)}"
    if card.complaint:
        return (
            f"{known}, but its driver does not work (nvidia-smi: {card.complaint}); "
            f"reboot, and if that does not help, {_update_command(card)}"
        )
    hidden = environment.get("CUDA_VISIBLE_DEVICES")
    if hidden not in (None, "0"):  # "0" is the first card: it hides nothing
        return (
            f"{known}, but the environment variable CUDA_VISIBLE_DEVICES={hidden!r} hides it; "
            "unset it, or name the card: export CUDA_VISIBLE_DEVICES=0"
        )
    if card.in_container:
        return (
            f"{known}, but this container does not see it (there is no /dev/nvidia0); start the "
            "container with the card: docker run --gpus all ..."
        )
    if not card.driver and not card.in_wsl:
        return f"{known}, but no NVIDIA driver is loaded; {_update_command(card)}"
    return (
        f"{known}, but torch {build.version} cannot use it ({torch_says}); check that nvidia-smi "
        f"shows the card, reboot, and if that does not help, {_update_command(card)}"
    )


def is_old_driver(torch_says: str) -> bool:
    """Whether PyTorch's message is that there is a driver, but one that is too old."""
    return "driver" in torch_says and "too old" in torch_says


def _explain_old_driver(card: Card, build: Build, torch_says: str) -> str:
    """That the driver is too old for this build; a newer driver or an older build mends it."""
    found = re.search(r"found version (\d+)", torch_says)
    version = int(found[1]) if found else 0  # 12040 for a driver that supports CUDA 12.4
    supported = f" supports CUDA {_cuda_version(version)} at most and" if version else ""
    own_build = OLDER_BUILD if (build.cuda or "").startswith("12") else NEWEST_BUILD
    needed = f"needs driver {OLDEST_DRIVER[own_build]} or newer"
    remedy = _update_command(card)
    is_blackwell = card.capability is not None and card.capability >= (10, 0)
    if version >= 12000 and own_build == NEWEST_BUILD and not is_blackwell:
        remedy += f"; or install the build for CUDA 12.6: {_pip(build, OLDER_BUILD)}"
    return f"its driver{supported} is too old: torch {build.version} {needed}; {remedy}"


def install_command(build: Build, card: Card) -> str:
    """The pip line for the CUDA build of this torch that fits the card and its driver."""
    capability = card.capability or (8, 0)
    branch = card.driver_branch or OLDEST_DRIVER[NEWEST_BUILD]
    is_old_card = capability < (7, 5)
    is_old_driver = branch < OLDEST_DRIVER[NEWEST_BUILD] and capability < (10, 0)
    return _pip(build, OLDER_BUILD if is_old_card or is_old_driver else NEWEST_BUILD)


def _pip(build: Build, name: str) -> str:
    # The build belongs to the version: torch==2.13.0 alone would leave 2.13.0+cpu installed.
    return (
        f"python -m pip install torch=={build.release}+{name} "
        f"--index-url https://download.pytorch.org/whl/{name}"
    )


def _with_driver(card: Card, remedy: str) -> str:
    """The remedy, and before it the driver's update if no CUDA build runs on the present one."""
    branch = card.driver_branch
    needed = OLDEST_DRIVER[OLDER_BUILD]
    if card.capability is not None and card.capability >= (10, 0):
        needed = OLDEST_DRIVER[NEWEST_BUILD]
    if branch is not None and branch < needed:
        return f"first {_update_command(card)}, then {remedy}"
    return remedy


def _update_command(card: Card) -> str:
    return UPDATE_IN_WINDOWS if card.in_wsl else UPDATE_DRIVER


# ---- a card that PyTorch finds, but has no code for ----


def explain_unsupported(name: str, capability: Capability, build: Build) -> str | None:
    """Why this build cannot run on a card, and the remedy; None if it can.

    A build has code for some compute capabilities. Code for 8.6 also runs on 8.9, but not on 9.0;
    `compute_120` is translated for any newer card.
    """
    if _has_code(build.architectures, capability):
        return None
    major, minor = capability
    oldest = min(_capabilities(build.architectures, "sm"))
    age = "old" if capability < oldest else "new"
    wanted = OLDER_BUILD if capability < (7, 5) else NEWEST_BUILD
    remedy = f"install the build that supports it: {_pip(build, wanted)}"
    if capability < (5, 0):
        remedy = "no build of torch supports it; use another card"
    elif age == "new" and f"+{wanted}" in build.version:
        remedy = "update torch: python -m pip install --upgrade torch"
    return (
        f"the card ({name}, compute capability {major}.{minor}) is too {age} for torch "
        f"{build.version}, which has no code for it; {remedy}"
    )


def _has_code(architectures: Sequence[str], capability: Capability) -> bool:
    compiled = _capabilities(architectures, "sm")
    if not compiled:  # ROCm, or unknown
        return True
    translated = _capabilities(architectures, "compute")
    major, minor = capability
    if any(code[0] == major and code[1] <= minor for code in compiled):
        return True
    return any(code <= capability for code in translated)


def _capabilities(architectures: Sequence[str], kind: str) -> list[Capability]:
    """(["sm_75", "sm_120", "compute_120"], "sm") -> [(7, 5), (12, 0)]."""
    matches = [re.fullmatch(rf"{kind}_(\d+)(\d)[a-z]?", name) for name in architectures]
    return [(int(match[1]), int(match[2])) for match in matches if match]
