"""How much padding is cheaper than another micro-batch.

A GPU computes the kernels of a micro-batch while the CPU still queues those that follow. Queueing
takes the same time for 100 tokens as for 1,000, so on a fast card many small micro-batches of
conversations of one length each take longer than a few larger ones with more padding.
"""

from model import GPTConfig
from network.hardware import Hardware, flops_per_token, measure_matmul_rate
from training.micro_batching import smallest_of_all

# To queue the kernels of a layer's forward and backward pass: 65 launches, which the stub counts
# (benchmarks/README.md), at 8 microseconds each.
QUEUEING_SECONDS_PER_LAYER = 0.5e-3
SHARE_OF_RATE = 0.45  # of the rate of a large matrix product, at which training usually runs


def free_padding(config: GPTConfig, hardware: Hardware) -> int:
    """How many tokens of padding in a micro-batch take no longer than queueing another one.

    A power of two, so that it hardly depends on how exactly the card's speed is measured. On a CPU,
    which queues nothing, it is 0. All processes must call it, and get the same number.
    """
    if hardware.device.type != "cuda":
        return 0
    tokens_per_second = SHARE_OF_RATE * measure_matmul_rate(hardware) / flops_per_token(config)
    tokens = int(tokens_per_second * QUEUEING_SECONDS_PER_LAYER * config.n_layer)
    return smallest_of_all(1 << tokens.bit_length() - 1 if tokens else 0, hardware)
