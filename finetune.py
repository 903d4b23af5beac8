"""Fine-tune a model on conversations, to make an assistant or a baseball model.

    python finetune.py                            # runs/pretrained on data/nectar, to runs/general
    python finetune.py --model runs/general --data data/baseball --out runs/baseball
    python finetune.py --model runs/general --data data/baseball --replay data/nectar:0.3 \\
        --out runs/baseball_replay
    python finetune.py --check                    # memory, hours and disk space, before the run
    python finetune.py --resume                   # after a crash or a Ctrl-C; add the run's flags
    torchrun --nproc_per_node=8 finetune.py       # the same batches, on 8 GPUs

A step draws 1,000 stored conversations. Single exchanges among them are joined into conversations
of several turns (--max-turns), and some questions are retyped as people type them, in lower case
for instance (--careless); validation reads them as they are stored. The loss is the mean over the
target tokens: in conversations what the assistant says, in plain text every token. `--replay` mixes
in earlier data, so that the model forgets less of it; FRACTION is its share of the target tokens.
The run keeps the weights with the lowest validation loss (see --weights); those that it starts from
are validated, but do not count.

The script first prints how often the run will read each conversation and fact; run.json records it.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tools.command_line import run_script
from tools.messages import check_problems
from training.finetune_settings import (
    FinetuneSettings,
    add_flags,
    check_flags,
    inherit,
    parse_replay,
    settle_shared,
    settle_transform_flags,
)
from training.settings import AUTO, TrainingSettings

if TYPE_CHECKING:
    from model import GPT, GPTConfig
    from network.hardware import Hardware
    from text.batches import MixedBatches
    from text.examples import Pool
    from text.mixture import Mixture
    from text.tokenizer import Tokenizer
    from training.micro_batching import MicroBatching
    from training.plan import Plan
    from training.progress import Progress
    from training.run_folder import PreviousRun

SAMPLE_TOKENS = 60
# What a run did before it had these settings, so that it can be resumed.
BEFORE_TRANSFORMS = {"max_turns": 1, "careless": 0.0}


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="finetune.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_flags(parser.add_argument)
    args = parser.parse_args(argv)
    stopped = "stopped at once; --resume continues from the newest checkpoint, if there is one"
    run_script(parser, lambda: finetune(args), stopped)


def finetune(args: argparse.Namespace) -> None:
    """Fine-tune a model, or resume a run. Raises ValueError or OSError with a remedy."""
    # These imports take seconds; here they do not delay --help.
    from network.hardware import choose_hardware
    from training.check import check_run
    from training.loop import train
    from training.micro_batching import settle_micro_tokens, with_micro_batching
    from training.optimizer import Optimizer
    from training.run_folder import open_run
    from training.run_json import find_settings

    run = Path(args.out)
    previous = read_previous(args)
    check_flags(args, previous.kept_settings)
    start = previous.checkpoint or Path(args.model)
    inherited = inherit(args, find_settings(start))
    hardware = choose_hardware(args.device, args.dtype, args.compile, needs_card=True)
    kernels = args.kernels or inherited.get("kernels", "fused")
    model, tokenizer = load_start(start, kernels, is_resumed=previous.checkpoint is not None)
    context = model.config.n_positions
    mixture, held_out = read_mixtures(args, tokenizer, context)
    steps = args.steps or mixture.steps_for(args.epochs, args.batch_size)
    width = model.config.n_embd
    shared, problems = settle_shared(args, steps, width, inherited, previous.kept_settings)
    check_problems(problems)
    shared, keeps_best = choose_validation(args, shared, held_out, hardware.is_first)
    transform_flags = settle_transform_flags(args, previous.kept_settings)
    settings = FinetuneSettings.from_args(args, transform_flags, shared)
    inputs = {"pools": mixture.identity, "merges_sha256": tokenizer.merges_sha256}
    run_json = open_run(run, settings.as_json(), inputs, hardware, shared, previous)
    model.to(hardware.device)
    optimizer = Optimizer(shared.optimizer, model)
    micro = plan_micro_batches(args, transform_flags, mixture, tokenizer, model.config, hardware)
    micro = settle_micro_tokens(micro, model, optimizer, hardware, previous.micro_batching)
    batches = micro.make_batches(micro.tokens)
    run_json = with_micro_batching(run_json, micro, hardware)
    run_json["free_padding"] = batches.free_padding
    plan = make_plan(
        settings, run_json, start, micro, batches, mixture, held_out, tokenizer, keeps_best
    )
    if hardware.is_first:
        print_mixture(start, inherited, mixture, batches, shared.steps)
    arguments = (plan, run, model, tokenizer, optimizer, hardware, previous.checkpoint)
    if args.check:
        check_run(*arguments)
        return
    progress = train(*arguments)
    if hardware.is_first:
        print_readings(batches, plan, progress)
        script = "chat.py" if plan.is_chat_model else "generate.py"
        print(f"{run} is ready: python {script} --model {run}")


def read_previous(args: argparse.Namespace) -> "PreviousRun":
    """The run that --resume continues, also with the settings that older runs did not have."""
    from training.run_folder import NEW_RUN, read_previous_run

    previous = read_previous_run(args.out) if args.resume else NEW_RUN
    if not previous.settings:
        return previous
    return replace(previous, settings=BEFORE_TRANSFORMS | previous.settings)


def load_start(start: Path, kernels: str, is_resumed: bool) -> "tuple[GPT, Tokenizer]":
    """The model and the tokenizer of `start`, on the CPU."""
    from network.model_folder import load_model
    from training.checkpoints import delete_to_resume

    return load_model(start, kernels, delete_to_resume(start) if is_resumed else None)


def read_mixtures(
    args: argparse.Namespace, tokenizer: "Tokenizer", context: int
) -> "tuple[Mixture, Mixture]":
    """The conversations of --data and --replay: those to train on, and those to validate on."""
    from text.mixture import mix

    replays = [parse_replay(text) for text in args.replay]
    mixture = mix(args.data, replays, "train", tokenizer, context)
    held_out = mix(args.data, replays, "val", tokenizer, context)
    return mixture, held_out


def make_plan(
    settings: FinetuneSettings,
    run_json: dict,
    start: Path,
    micro: "MicroBatching[MixedBatches]",
    batches: "MixedBatches",
    mixture: "Mixture",
    held_out: "Mixture",
    tokenizer: "Tokenizer",
    keeps_best: bool,
) -> "Plan":
    """The plan of the run, with the readings of the conversations in its run.json."""
    from network.chat_template import has_chat_template
    from text.mixture import pack_validation
    from text.readings import readings_as_json, readings_of_pools
    from training.plan import Plan
    from training.sampling import prompt_writer

    shared = settings.shared
    readings = readings_as_json(mixture.pools, readings_of_pools(batches, shared.steps))
    return Plan(
        run_json=run_json | {"readings": readings},
        settings=shared,
        batches=batches,
        micro=micro,
        validation=pack_validation(
            held_out, settings.eval_tokens, micro.tokens, batches.free_padding
        ),
        sample=prompt_writer(tokenizer, first_pool(mixture, held_out), SAMPLE_TOKENS, shared.seed),
        keeps_best=keeps_best,
        shares=held_out.split_shares,
        is_chat_model=mixture.has_dialogue or has_chat_template(start),
        starts_trained=True,
    )


def plan_micro_batches(
    args: argparse.Namespace,
    transform_flags: dict,
    mixture: "Mixture",
    tokenizer: "Tokenizer",
    config: "GPTConfig",
    hardware: "Hardware",
) -> "MicroBatching[MixedBatches]":
    """How the batches can be divided into micro-batches, the smallest being one conversation.

    `transform_flags` is what `settle_transform_flags` returned.
    """
    from text.transforms import make_transforms
    from training.micro_batching import MicroBatching, conversation_candidates
    from training.padding import free_padding

    context = config.n_positions
    transforms = make_transforms(
        **transform_flags, seed=args.seed, mixture=mixture, tokenizer=tokenizer, context=context
    )
    # Conversations that are joined or retyped may fill the context.
    longest = context if transforms else mixture.longest
    candidates = conversation_candidates(args.batch_size, longest, hardware.world_size)
    padding = free_padding(config, hardware)
    return MicroBatching(
        tokens=candidates[0] if args.micro_tokens == AUTO else args.micro_tokens,
        smallest=longest,
        candidates=candidates,
        make_batches=lambda tokens: mixture.make_batches(
            args.batch_size, tokens, args.seed, hardware, transforms, padding
        ),
        requested=args.micro_tokens,
    )


def choose_validation(
    args: argparse.Namespace, shared: TrainingSettings, held_out: "Mixture", prints: bool
) -> tuple[TrainingSettings, bool]:
    """The settings, and whether the weights with the lowest validation loss are kept.

    The settings are without validation if there is no data for it; then, or if only the replayed
    data has some, the newest weights are kept. If `prints`, says what differs from the flags.
    """
    sentences = []
    if shared.eval_every and not held_out.new_indices:
        instead = "only the replayed data is validated on"
        if not held_out.pools:
            instead = "training without it"
            shared = replace(shared, eval_every=0)
        sentences.append(
            f"{args.data} has nothing for validation: {instead}. To change that, prepare it with "
            "--split position or a larger --val-fraction"
        )
    can_choose = shared.eval_every > 0 and len(held_out.new_indices) > 0
    if args.weights == "best" and not can_choose:
        sentences.append("--weights best needs validation; the newest weights are kept instead")
    if prints:
        print(*sentences, sep="\n", end="\n" if sentences else "")
    return shared, args.weights == "best" and can_choose


def first_pool(mixture: "Mixture", held_out: "Mixture") -> "Pool":
    """The pool whose first prompt is answered as a sample: of validation, if it has data."""
    if held_out.new_indices:
        return held_out.pools[held_out.new_indices[0]]
    return mixture.pools[0]


def print_mixture(
    start: Path, inherited: dict, mixture: "Mixture", batches: "MixedBatches", steps: int
) -> None:
    """Print the settings of `start` that are kept, and what `describe_mixture` says."""
    from text.mixture_summary import describe_mixture

    if inherited:
        listed = ", ".join(f"{name} {value}" for name, value in inherited.items())
        print(f"inherited from {start}: {listed}")
    print(*describe_mixture(mixture, batches, steps), sep="\n")


def print_readings(batches: "MixedBatches", plan: "Plan", progress: "Progress") -> None:
    """Print what the weights that are kept have read, if they are not those of the last step."""
    from text.readings import describe_readings

    best = progress.best_step
    if plan.keeps_best and 0 < best < plan.steps:
        print(f"the weights of step {best:,} are kept, as their validation loss is the lowest:")
        print(*describe_readings(batches, best), sep="\n")


if __name__ == "__main__":
    main()
