"""Train a GPT-2 on token shards, from scratch or from existing weights.

    python pretrain.py                      # GPT-2 small: 19,200 steps of 2^17 tokens = 2.5 B
    python pretrain.py --size tiny --steps 1200                        # minutes on a laptop
    python pretrain.py --check               # memory, hours and disk space, before the real run
    python pretrain.py --resume                                        # after a crash or a Ctrl-C
    python pretrain.py --lr-drop 6000:0.5 --lr-drop 12000:0.5          # halve the rate, twice
    python pretrain.py --schedule trapezoid          # --steps may change until the last fifth
    python pretrain.py --optimizer adamw --max-lr 6e-4 --batch-tokens 524288 --steps 9600
    torchrun --nproc_per_node=8 pretrain.py                            # the same batches, 8 GPUs
    python pretrain.py --from runs/pretrained --data data/more --out runs/longer   # trained further

A batch of 2^17 tokens is 32 micro-batches of 4 windows of 1,024 tokens. Four windows need 3.8 GB of
a card's memory. Smaller models have smaller batches and higher learning rates. The command with
--optimizer adamw uses GPT-3's optimizer, learning rate, and batch of 2^19 tokens.

The run folder gets loss.csv, samples.jsonl, run.json, checkpoints/, and the model as a Hugging Face
GPT-2 folder.

--from starts from a run, a checkpoint, or any Hugging Face GPT-2 folder. Weights, shape and
tokenizer are that model's, and the data must have been prepared with this tokenizer
(prepare_fineweb.py --tokenizer MODEL). The optimizer and the learning-rate schedule start anew; a
trained model usually needs a lower --max-lr than a new one.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tools.command_line import run_script
from tools.messages import check_problems
from training.rates import describe_rates, peak_rate
from training.settings import (
    AUTO,
    Defaults,
    TrainingSettings,
    add_training_flags,
    as_run_json,
    flags_below_1,
    settle,
)

if TYPE_CHECKING:
    from network.hardware import Hardware
    from text.corpus import Corpus
    from training.micro_batching import MicroBatching
    from training.plan import Plan
    from training.start import Start

SIZES = {  # the fields of GPTConfig except vocab_size, which the tokenizer decides
    "gpt2-small": {"n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12},
    "mini": {"n_positions": 512, "n_embd": 384, "n_layer": 6, "n_head": 6},
    "tiny": {"n_positions": 256, "n_embd": 256, "n_layer": 4, "n_head": 4},
}
DEFAULT_SIZE = "gpt2-small"
# The default run reads about 20 tokens for each parameter (Hoffmann et al. 2022), with mini 11.
STEPS = 19_200
BATCH_TOKENS = {"gpt2-small": 1 << 17, "mini": 1 << 13, "tiny": 1 << 12}
OPTIMIZER = "muon"
DEFAULTS = Defaults(
    eval_every=250,
    save_every=250,
    sample_every=1000,
    max_lr_help=describe_rates(OPTIMIZER, {name: size["n_embd"] for name, size in SIZES.items()}),
    optimizer_help=OPTIMIZER,
    kernels_help="fused",
)
SAMPLE_PROMPT = "The"
SAMPLE_TOKENS = 100
USEFUL_EPOCHS = 4  # "Scaling Data-Constrained Language Models", abstract


@dataclass(frozen=True)
class PretrainSettings:
    """Every setting of a pretraining run."""

    data: str
    start: str | None  # the folder of --from
    size: str
    batch_tokens: int
    micro_tokens: int | str  # "auto" until the number is settled
    eval_tokens: int
    shared: TrainingSettings  # what finetune.py has too

    @classmethod
    def from_args(
        cls,
        args: argparse.Namespace,
        start: "Start",
        batch_tokens: int,
        eval_tokens: int,
        shared: TrainingSettings,
    ) -> "PretrainSettings":
        """The settings of a run from `start`, given what depends on the model and the data."""
        return cls(
            data=args.data,
            start=start.origin,
            size=start.size,
            batch_tokens=batch_tokens,
            micro_tokens=args.micro_tokens,
            eval_tokens=eval_tokens,
            shared=shared,
        )

    def as_json(self) -> dict:
        """One flat dictionary, for run.json."""
        settings = as_run_json(self)
        settings["from"] = settings.pop("start")  # the name of the flag
        return settings


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="pretrain.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser.add_argument)
    args = parser.parse_args(argv)
    stopped = "stopped at once; --resume continues from the newest checkpoint, if there is one"
    run_script(parser, lambda: pretrain(args), stopped)


def add_flags(add: Callable) -> None:
    """Add all flags with `add`, the `add_argument` of a parser."""
    add(
        "--data",
        default="data/fineweb",
        metavar="FOLDER",
        help="token shards, from prepare_fineweb.py (default: data/fineweb)",
    )
    add(
        "--out",
        default="runs/pretrained",
        metavar="RUN",
        help="the run folder (default: runs/pretrained)",
    )
    add(
        "--from",
        dest="start",
        metavar="MODEL",
        help="start from the weights of this run, checkpoint, or Hugging Face GPT-2 folder "
        "(default: new weights)",
    )
    add(
        "--size",
        choices=SIZES,
        help="gpt2-small: 12 layers, 768 wide, context 1,024; mini: 6, 384 and 512; "
        f"tiny: 4, 256 and 256 (default: {DEFAULT_SIZE}, or that of --from)",
    )
    add(
        "--steps",
        type=int,
        default=STEPS,
        metavar="N",
        help=f"optimizer steps (default: {STEPS})",
    )
    add(
        "--batch-tokens",
        type=int,
        metavar="N",
        help="tokens per step, a multiple of the context (default: 8192 for mini, 4096 for tiny, "
        "and 131072 = 2^17 for gpt2-small and any other shape)",
    )
    add(
        "--eval-tokens",
        type=int,
        metavar="N",
        help="number of validation tokens, rounded down to whole windows of the context, the same "
        "ones every time (default: 1,048,576 = 2^20, or all of them if there are fewer)",
    )
    add_training_flags(add, DEFAULTS)


def settle_shared(
    args: argparse.Namespace, batch_tokens: int, previous_settings: dict, start: "Start"
) -> tuple[TrainingSettings, list[str]]:
    """The settings that finetune.py has too, with every default filled in.

    Returns also a list of everything that is wrong with the flags.
    """
    optimizer, context = args.optimizer or OPTIMIZER, start.context
    shared, problems = settle(
        args,
        DEFAULTS,
        steps=args.steps,
        default_max_lr=peak_rate(optimizer, start.shape["n_embd"]),
        optimizer=optimizer,
        kernels=args.kernels or "fused",
        previous=previous_settings,
    )
    problems += flags_below_1(args, "steps", "batch_tokens", "micro_tokens")
    for flag, value in [("--batch-tokens", batch_tokens), ("--micro-tokens", args.micro_tokens)]:
        if value != AUTO and value % context:
            nearest = max(context, value - value % context)
            problems.append(f"{flag} must be a multiple of the context, {context}: try {nearest}")
    return shared, problems


def default_batch_tokens(size: str, previous_settings: dict) -> int:
    """The tokens per step: those of the run that --resume continues, or of a new one of this size.

    A shape without a name has those of the default size.
    """
    before = previous_settings.get("batch_tokens")
    if isinstance(before, int):
        return before
    return BATCH_TOKENS.get(size, BATCH_TOKENS[DEFAULT_SIZE])


# ---- the run ----


def pretrain(args: argparse.Namespace) -> None:
    """Train a new model, or resume a run. Raises ValueError or OSError with a remedy."""
    # These imports take seconds; here they do not delay --help.
    from network.hardware import choose_hardware
    from text.corpus import open_corpus
    from training.check import check_run
    from training.loop import train
    from training.micro_batching import settle_micro_tokens, with_micro_batching
    from training.optimizer import Optimizer
    from training.run_folder import NEW_RUN, open_run, read_previous_run
    from training.start import choose_start

    run = Path(args.out)
    previous = read_previous_run(run) if args.resume else NEW_RUN
    start = choose_start(args.size, args.start, previous, SIZES, DEFAULT_SIZE)
    context = start.context
    batch_tokens = args.batch_tokens
    if batch_tokens is None:
        batch_tokens = default_batch_tokens(start.size, previous.kept_settings)
    shared, problems = settle_shared(args, batch_tokens, previous.kept_settings, start)
    check_problems(problems)
    hardware = choose_hardware(
        args.device, args.dtype, args.compile, needs_card=True, one_shape=True
    )

    corpus = open_corpus(args.data)
    model = start.make_model(corpus, shared.kernels, shared.seed).to(hardware.device)
    optimizer = Optimizer(shared.optimizer, model)
    shared = check_validation(shared, corpus, context, hardware.is_first)
    eval_tokens = choose_eval_tokens(args, shared, corpus, context)
    settings = PretrainSettings.from_args(args, start, batch_tokens, eval_tokens, shared)
    inputs = corpus.identity | start.inputs
    run_json = open_run(run, settings.as_json(), inputs, hardware, shared, previous)
    micro = plan_micro_batches(settings, corpus, context, hardware)
    micro = settle_micro_tokens(micro, model, optimizer, hardware, previous.micro_batching)
    run_json = with_micro_batching(run_json, micro, hardware)
    plan = make_plan(settings, run_json, micro, corpus, context)
    if hardware.is_first:
        print_data(settings, corpus, plan.validation, context)
    arguments = (plan, run, model, corpus.tokenizer, optimizer, hardware, previous.checkpoint)
    if args.check:
        check_run(*arguments)
        return
    train(*arguments)
    if hardware.is_first:
        print(f"{run} is ready: python plot_loss.py {run}")
        print(f'It completes texts: python generate.py --model {run} "{SAMPLE_PROMPT}"')


def choose_eval_tokens(
    args: argparse.Namespace, shared: TrainingSettings, corpus: "Corpus", context: int
) -> int:
    """The number of validation tokens: as given, or by default; 0 without validation."""
    if args.eval_tokens is not None:
        return args.eval_tokens
    return corpus.default_eval_tokens(context) if shared.eval_every else 0


def make_plan(
    settings: PretrainSettings,
    run_json: dict,
    micro: "MicroBatching",
    corpus: "Corpus",
    context: int,
) -> "Plan":
    """The plan of the run."""
    from training.plan import Plan
    from training.sampling import text_writer

    shared = settings.shared
    validation = {}
    if shared.eval_every:
        validation["val"] = corpus.validation(context, settings.eval_tokens, micro.tokens)
    return Plan(
        run_json=run_json,
        settings=shared,
        batches=micro.make_batches(micro.tokens),
        micro=micro,
        validation=validation,
        sample=text_writer(corpus.tokenizer, SAMPLE_PROMPT, SAMPLE_TOKENS, shared.seed),
        starts_trained=settings.start is not None,
    )


def plan_micro_batches(
    settings: PretrainSettings, corpus: "Corpus", context: int, hardware: "Hardware"
) -> "MicroBatching":
    """How the batches can be divided into micro-batches of whole windows.

    A micro-batch is at most a process's share of the batch, so that no process is idle.
    """
    from training.micro_batching import MicroBatching, window_candidates

    batch_tokens, seed = settings.batch_tokens, settings.shared.seed
    candidates = window_candidates(batch_tokens, context, hardware.world_size)
    tokens, requested = candidates[0], settings.micro_tokens
    if isinstance(requested, int):
        windows = math.ceil(batch_tokens / context / hardware.world_size)
        tokens = requested = min(requested, windows * context)
    return MicroBatching(
        tokens=tokens,
        smallest=context,
        candidates=candidates,
        make_batches=lambda tokens: corpus.make_batches(
            context, batch_tokens, tokens, seed, processes=hardware
        ),
        multiple=context,
        requested=requested,
    )


def check_validation(
    shared: TrainingSettings, corpus: "Corpus", context: int, prints: bool
) -> TrainingSettings:
    """The settings, without validation if there is no data for it; if `prints`, say so."""
    tokens, folder = len(corpus.val), corpus.val.folder
    remedy = "prepare it with --split position or a larger --val-fraction"
    if not shared.eval_every or tokens > context:
        return shared
    if not corpus.can_validate:
        sentence = f"{folder} has nothing for validation: training without it"
        shared = replace(shared, eval_every=0)
    else:
        sentence = f"{folder} has only {tokens:,} tokens for validation, less than a window"
    if prints:
        print(f"{sentence}. To change that, {remedy}")
    return shared


def print_data(
    settings: PretrainSettings, corpus: "Corpus", validation: dict, context: int
) -> None:
    """Print how often the data is read, and the loss of a model that ignores context."""
    if settings.start:
        print(f"starting from {settings.start}: {settings.size}")
    tokens_read = settings.shared.steps * settings.batch_tokens
    available = corpus.window_tokens(context)
    epochs = tokens_read / available
    print(f"{settings.data}: {len(corpus.train):,} tokens, read {epochs:.2f} times")
    if epochs > USEFUL_EPOCHS:
        print(
            f"text that is read more than about {USEFUL_EPOCHS} times teaches little more "
            "(Muennighoff et al. 2023): take more text, or fewer --steps"
        )
    if settings.batch_tokens > available:
        print(
            f"each step reads all of it {settings.batch_tokens / available:.1f} times; "
            f"--batch-tokens {available} would read it once per step"
        )
    if validation:
        micro_batches = validation["val"]
        tokens = sum(micro_batch.targets.size for micro_batch in micro_batches)
        unigram_loss = corpus.unigram_loss(micro_batches)
        print(
            f"validation on {tokens:,} tokens; predicting from token frequencies alone would give "
            f"a loss of {unigram_loss:.4f}"
        )


if __name__ == "__main__":
    main()
