"""Tune a model on conversations: an assistant from a pretrained model, a baseball model from an assistant.

    python finetune.py                                                              # runs/pretrained on data/nectar, to runs/general
    python finetune.py --model runs/general --data data/baseball --out runs/baseball
    python finetune.py --model runs/general --data data/baseball --replay data/nectar:0.3 --out runs/baseball_replay
    python finetune.py --resume                                                     # go on after a crash or a Ctrl-C
    torchrun --nproc_per_node=8 finetune.py

A step sees 1,000 conversations; its gradient is that of the mean over all the tokens that the assistant says in them. `--replay`
mixes in a share of other data, against forgetting: shares are shares of those tokens. The weights with the lowest validation loss
become the run's, unless --weights newest says otherwise.
"""

import argparse
import sys

from tools.command_line import add_training_flags, flag_values, run_script, settle_schedule

DEFAULT_EVAL_TOKENS = 1 << 17
INHERITED = {"optimizer": ("adamw", "muon"), "kernels": ("fused", "manual")}
EVERY = {"eval_every": 10, "save_every": 50, "sample_every": 50}  # steps


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="finetune.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--model",
        default="runs/pretrained",
        metavar="RUN",
        help="the run it starts from, or any Hugging Face GPT-2 folder (default: runs/pretrained)",
    )
    add(
        "--data",
        default="data/nectar",
        metavar="FOLDER",
        help="conversations, from a prepare script (default: data/nectar)",
    )
    add(
        "--out",
        default="runs/general",
        metavar="RUN",
        help="the run folder (default: runs/general)",
    )
    add(
        "--batch-size",
        type=int,
        default=1000,
        metavar="N",
        help="conversations a step (default: 1000)",
    )
    add(
        "--micro-tokens",
        type=int,
        default=4096,
        metavar="N",
        help="tokens the device holds at a time, padding included; changes speed and memory, not the result (default: 4096 = 2^12)",
    )
    add(
        "--epochs",
        type=float,
        default=3,
        metavar="N",
        help="how often the conversations of --data are read, on average over its parts (default: 3)",
    )
    add("--steps", type=int, default=None, metavar="N", help="optimizer steps, instead of --epochs")
    add(
        "--replay",
        nargs="+",
        action="extend",
        default=[],
        metavar="FOLDER:FRACTION",
        help="other conversations or token shards, and their share of the target tokens",
    )
    add(
        "--eval-tokens",
        type=int,
        default=DEFAULT_EVAL_TOKENS,
        metavar="N",
        help=f"validation tokens of each part, about, always the same ones (default: {DEFAULT_EVAL_TOKENS:,})",
    )
    add(
        "--weights",
        choices=("best", "newest"),
        default="best",
        help="which become the run's: those with the lowest validation loss, or the newest, which where few facts are learned by heart answer more of them although they are surer of their mistakes (default: best)",
    )
    add_training_flags(
        add,
        optimizer="that of the run it starts from, adamw where that is not known",
        kernels="that of the run it starts from",
        max_lr="2e-4",
        **EVERY,
    )
    parser.set_defaults(max_lr=2e-4)
    args = parser.parse_args(argv)
    run_script(
        parser,
        lambda: finetune(args),
        "stopped at once; with --resume the same command goes on from the newest checkpoint",
    )


def finetune(args) -> None:
    from functools import partial
    from pathlib import Path

    from network.hardware import choose_hardware
    from network.model_folder import load_model
    from text.batches import MixedBatches, pack
    from training.loop import Plan, train
    from training.optimizer import Optimizer
    from training.run_folder import newest_checkpoint, open_run
    from training.schedule import cosine_decay

    check(args)
    run = Path(args.out)
    inherited = inherit(args)
    replays = [parse_replay(text) for text in args.replay]
    hardware = choose_hardware(args.device, args.dtype, args.compile)
    model, tokenizer = load_model(
        args.resume and newest_checkpoint(run) or args.model, args.kernels
    )
    pools, dropped = mixed_pools(args.data, replays, "train", tokenizer, model.config.n_positions)
    val_pools, _ = mixed_pools(args.data, replays, "val", tokenizer, model.config.n_positions)
    length_multiple = 64 if hardware.compile else 1
    batches = MixedBatches(
        pools,
        args.batch_size,
        args.micro_tokens,
        args.seed,
        hardware.rank,
        hardware.world,
        length_multiple,
    )
    own = [number for number, pool in enumerate(pools) if not pool.is_replay]
    if args.steps is None:
        drawn_a_step = args.batch_size * sum(batches.conversation_shares[number] for number in own)
        args.steps = max(
            1,
            round(
                args.epochs * sum(len(pools[number].conversations) for number in own) / drawn_a_step
            ),
        )
    if problems := settle_schedule(args, **EVERY):
        raise ValueError("; ".join(problems))
    learning_rate = partial(
        cosine_decay,
        steps=args.steps,
        max_lr=args.max_lr,
        min_lr=args.min_lr,
        warmup_steps=args.warmup_steps,
        drops=args.lr_drop,
    )
    made_from = {
        "pools": {pool.name: [len(pool.conversations), round(pool.share, 6)] for pool in pools},
        "merges_sha256": tokenizer.merges_sha256,
    }
    about = open_run(run, args, made_from, hardware, learning_rate)
    if hardware.rank == 0:
        if inherited:
            print(
                f"from {args.model}: "
                + ", ".join(f"{name} {value}" for name, value in inherited.items())
            )
        describe(pools, batches, dropped, args)

    parts = ["val"] if len(val_pools) == 1 else [f"val/{pool.name}" for pool in val_pools]
    validation = {
        part: pack(
            first_tokens(pool.conversations, args.eval_tokens), args.micro_tokens, length_multiple
        )
        for part, pool in zip(parts, val_pools)
    }
    plan = Plan(about, args.steps, learning_rate, batches, validation, args.eval_every, args.save_every, args.keep, args.sample_every,
                sampler(val_pools[0], tokenizer, args.seed), best_by="val" if args.eval_every and args.weights == "best" else None,
                shares={part: pool.share for part, pool in zip(parts, val_pools) if len(parts) > 1})  # fmt: skip
    model.to(hardware.device)
    train(plan, run, model, tokenizer, Optimizer(args.optimizer, model), hardware, args.resume)
    if hardware.rank == 0:
        print(f"{run} is ready: python chat.py --model {run}")


def inherit(args) -> dict:
    """Settings not given that the starting run has, put into `args`; returns them. A folder without run.json has none."""
    from training.run_folder import newest_checkpoint, read_run_json

    started = args.resume and newest_checkpoint(
        args.out
    )  # then the run itself knows, and the one it came from may be gone
    try:
        settings = read_run_json(args.out if started else args.model)["settings"]
    except ValueError:
        settings = {}
    taken = {
        name: settings[name]
        for name, choices in INHERITED.items()
        if getattr(args, name) is None and settings.get(name) in choices
    }
    for name, default in (("optimizer", "adamw"), ("kernels", "fused")):
        if getattr(args, name) is None:
            setattr(args, name, taken.get(name, default))
    return taken


def parse_replay(text: str) -> tuple[str, float]:
    """ "data/nectar:0.3" -> ("data/nectar", 0.3)."""
    folder, _, fraction = text.rpartition(":")
    try:
        if folder and 0 < float(fraction) < 1:
            return folder, float(fraction)
    except ValueError:
        pass
    raise ValueError(
        f"--replay takes FOLDER:FRACTION with a fraction between 0 and 1, such as data/nectar:0.3, not {text}"
    )


def mixed_pools(folder: str, replays: list[tuple[str, float]], split: str, tokenizer, context: int):
    """The pools of the data and of what is replayed, with their shares of the whole, and what trimming dropped, by reason."""
    from text.examples import read_pools

    dropped = {}
    left = 1 - sum(fraction for _, fraction in replays)
    if left <= 0:
        raise ValueError("--replay: the fractions must leave something for --data")
    pools = []
    for source, fraction in [(folder, left), *replays]:
        for pool in read_pools(source, split, tokenizer, context, dropped):
            pool.share *= fraction
            pool.is_replay = source != folder
            pools.append(pool)
    names = [pool.name for pool in pools]
    if len(set(names)) < len(names):
        raise ValueError(
            f"--data and --replay both have a part named {max(names, key=names.count)}; the log could not tell them apart"
        )
    return pools, dropped


def check(args) -> None:
    """Raise ValueError with everything that is wrong with the settings."""
    problems = [
        f"{flag} must be 1 or more"
        for flag, value in flag_values(args, "steps", "batch_size", "micro_tokens", "eval_tokens")
        if value is not None and value < 1
    ]
    if not 0 < args.epochs < float("inf"):
        problems.append("--epochs must be over 0")
    for text in args.replay:
        try:
            parse_replay(text)
        except ValueError as problem:
            problems.append(str(problem))
    unsettled = argparse.Namespace(
        **vars(args) | {"steps": args.steps or sys.maxsize}
    )  # how many --epochs are is not known before the data is read
    if problems := problems + settle_schedule(unsettled, **EVERY):
        raise ValueError("; ".join(problems))


def first_tokens(conversations, tokens: int) -> list:
    """The first conversations of about so many tokens in all: the same ones at every evaluation."""
    chosen, total = [], 0
    for number in range(len(conversations)):
        if total >= tokens:
            break
        chosen.append(conversations[number])
        total += len(conversations[number])
    return chosen


def describe(pools, batches, dropped: dict, args) -> None:
    """Print what a step is made of (as realised in the first ones), and what did not fit the context."""
    targets, tokens, places = [0] * len(pools), 0, 0
    steps = range(1, min(args.steps, 4) + 1)
    for step in steps:
        for number, conversations in enumerate(batches.drawn(step)):
            targets[number] += sum(
                int(conversation.mask[1:].sum()) for conversation in conversations
            )
        batch = batches(step)
        tokens += batch.tokens
        places += batch.places
    for pool, number in zip(pools, targets):
        print(
            f"{pool.name}: {len(pool.conversations):,} conversations, {number / sum(targets):.1%} of the target tokens (asked for {pool.share:.1%})"
        )
    print(
        f"{args.steps:,} steps of {args.batch_size:,} conversations, {tokens / len(steps):,.0f} tokens each, {1 - tokens / places:.1%} padding"
    )
    if dropped:
        print(
            "to fit the context: "
            + ", ".join(f"{number:,} {reason}" for reason, number in dropped.items())
        )


def sampler(pool, tokenizer, seed: int):
    """A function that lets the model answer the first validation prompt; None where there is no prompt but plain text."""
    import numpy as np

    from network.generation import Sampling, generate

    conversation = pool.conversations[0]
    prompt = conversation.ids[: int(np.argmax(conversation.mask))].tolist()

    def sample(model) -> str:
        pieces = generate(model, tokenizer, [prompt], 60, Sampling(), [seed])
        return f"sample: {tokenizer.decode(prompt)!r} -> {''.join(piece for [piece] in pieces)!r}"

    return sample if prompt else None


if __name__ == "__main__":
    main()
