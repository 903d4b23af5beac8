"""How much padding is cheaper than another micro-batch.

A GPU computes the kernels of a micro-batch while the CPU still queues those that follow. Queueing
takes the same time for 100 tokens as for 1,000, so on a fast card many small micro-batches of
conversations of one length each take longer than a few larger ones with more padding.
"""

from model import GPTConfig
from network.hardware import Hardware, flops_per_token, measure_matmul_rate

# To queue the kernels of a layer's forward and backward pass: 65 launches, which the stub counts
# (benchmarks/README.md), at 8 microseconds each.
QUEUEING_SECONDS_PER_LAYER = 0.5e-3
SHARE_OF_RATE = 0.4  # of the rate of a large matrix product, at which an H200 trains


def free_padding(config: GPTConfig, hardware: Hardware) -> int:
    """How many tokens of padding in a micro-batch take no longer than queueing another one.

    A power of two, so that it hardly depends on how exactly the card's speed is measured. It is 0
    on other devices than CUDA, and with several processes, because a few large micro-batches could
    not be divided evenly among them.
    """
    if hardware.device.type != "cuda" or hardware.world_size > 1:
        return 0
    tokens_per_second = SHARE_OF_RATE * measure_matmul_rate(hardware) / flops_per_token(config)
    tokens = int(tokens_per_second * QUEUEING_SECONDS_PER_LAYER * config.n_layer)
    return _power_of_two(tokens)


def _power_of_two(number: int) -> int:
    """The largest power of two that is at most `number`; 0 for 0."""
    return 1 << (number.bit_length() - 1) if number else 0
