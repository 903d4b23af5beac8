"""Does reading the next batch in a thread pay? Tokens per second with and without it.

    python -m benchmarks.prefetch --data data/demo/text                # tiny model, CPU or GPU
    python -m benchmarks.prefetch --data data/fineweb --size gpt2-small --batch-tokens 131072

The two take turns, and the median of their rounds counts. Each round reads batches that were not
read before; whether they come from the page cache or from the disk is up to the machine.
"""

import argparse
import statistics
import time

from model import GPT
from network.hardware import Hardware, choose_hardware
from pretrain import OPTIMIZER, SIZES
from text.batches import WindowBatches
from text.corpus import open_corpus
from training.gradient import GradientBuffer, accumulate_gradients
from training.loop import MAX_GRADIENT_NORM
from training.optimizer import Optimizer
from training.prefetch import BatchReader
from training.start import Start

LEARNING_RATE = 1e-4


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", default="data/demo/text", help="token shards (default: data/demo/text)")
    add("--size", choices=SIZES, default="tiny", help="(default: tiny)")
    add("--batch-tokens", type=int, default=16384, help="tokens per step (default: 16384)")
    add("--micro-tokens", type=int, default=4096, help="(default: 4096)")
    add("--steps", type=int, default=3, help="steps of a round (default: 3)")
    add("--rounds", type=int, default=7, help="rounds of each (default: 7)")
    add("--device", default="auto", help="(default: auto)")
    args = parser.parse_args(argv)
    corpus, shape = open_corpus(args.data), SIZES[args.size]
    hardware = choose_hardware(args.device, compile="off")
    batches = corpus.make_batches(
        shape["n_positions"], args.batch_tokens, args.micro_tokens, seed=0, processes=hardware
    )
    model = Start(args.size, shape).make_model(corpus, "fused", 0).to(hardware.device)
    training = Training(model, Optimizer(OPTIMIZER, model), batches, hardware)
    training.take(args.steps, ahead=False)  # warm up
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(args.rounds):
        for ahead in seconds:
            seconds[ahead].append(training.take(args.steps, ahead))
    print(f"{hardware.describe()}; reading a batch takes {time_reading(batches) * 1e3:.1f} ms")
    for ahead, times in seconds.items():
        rates = sorted(args.steps * args.batch_tokens / each for each in times)
        name = "in a thread" if ahead else "in line"
        print(
            f"{name:12} {statistics.median(rates):10,.0f} tokens/s"
            f"   ({rates[0]:,.0f} to {rates[-1]:,.0f})"
        )


class Training:
    """Steps of a training run, without its files."""

    def __init__(
        self, model: GPT, optimizer: Optimizer, batches: WindowBatches, hardware: Hardware
    ):
        self.model, self.optimizer = model, optimizer
        self.batches, self.hardware = batches, hardware
        self.buffer = GradientBuffer(model)
        self.step = 0

    def take(self, steps: int, ahead: bool) -> float:
        """Take so many steps; return the seconds that they took."""
        last_step = self.step + steps
        reader = BatchReader(self.batches, last_step, ahead)
        start = time.perf_counter()
        while self.step < last_step:
            self.step += 1
            batch = reader.read(self.step)
            accumulate_gradients(self.model.loss, batch, self.buffer, self.hardware)
            self.buffer.read(self.buffer.clip(MAX_GRADIENT_NORM))
            self.optimizer.step(LEARNING_RATE)
        return time.perf_counter() - start


def time_reading(batches: WindowBatches) -> float:
    """Median seconds that reading a batch takes."""
    times = []
    for step in range(10_001, 10_008):
        start = time.perf_counter()
        batches(step)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
