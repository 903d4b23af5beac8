"""Out of memory during training: the step is repeated with half as many tokens at a time.

Memory can run out after hours, if another program starts to use the card. The step's gradients are
thrown away and computed anew with smaller micro-batches; weights and optimizer have not changed.
This is done once in a command. A second time ends the run with a message.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from network.hardware import Hardware
from training.device_memory import free_cache
from training.micro_batching import with_micro_batching
from training.plan import Plan
from training.run_json import write_run_json


@dataclass(frozen=True)
class MemoryShortage:
    """Memory did not suffice for the gradients of this step, in one process or more."""

    step: int


def step_down(plan: Plan, run: Path, shortage: MemoryShortage, hardware: Hardware) -> Plan:
    """The plan with half as many tokens at a time; run.json says so. All processes must call it."""
    micro = plan.micro.halved() if plan.micro else None
    if micro is None:
        raise ValueError("this plan cannot use less memory; see Plan.can_step_down")
    micro = replace(micro, halved_at=shortage.step)
    run_json = with_micro_batching(plan.run_json, micro, hardware)
    if hardware.is_first:
        write_run_json(run, run_json | hardware.as_json())
    if hardware.compile:
        torch.compiler.reset()  # otherwise the second shape would be compiled as one that varies
    free_cache(hardware.device)
    batches = micro.make_batches(micro.tokens)
    return replace(plan, micro=micro, batches=batches, run_json=run_json)
