"""Train a GPT-2 from nothing on token shards.

    python pretrain.py                                          # GPT-2 small on data/fineweb: 9,600 steps × 2^19 tokens = 5.0 B
    python pretrain.py --size tiny --steps 300 --batch-tokens 16384     # some minutes on a laptop
    python pretrain.py --resume                                 # go on after a crash, a Ctrl-C, a power cut
    python pretrain.py --lr-drop 3000:0.5 --lr-drop 6000:0.5    # halve the rate by hand, reproducibly
    torchrun --nproc_per_node=8 pretrain.py                     # the same batches, on eight GPUs

A batch of 2^19 tokens = 128 micro-batches × 4 windows × 1,024 tokens: 4 windows are what 12 GB hold with room to spare.
"""

import argparse

from tools.command_line import add_training_flags, flag_values, run_script, settle_schedule

SIZES = {  # GPTConfig without the vocabulary, which is the tokenizer's
    "gpt2-small": {"n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12},
    "mini": {"n_positions": 512, "n_embd": 384, "n_layer": 6, "n_head": 6},
    "tiny": {"n_positions": 256, "n_embd": 256, "n_layer": 4, "n_head": 4},
}
# GPT-3's for this size with AdamW; for Muon twice that, with caution: where both were tried (EXPERIMENTS.md) its best was four times AdamW's.
MAX_LR = {"muon": 1.2e-3, "adamw": 6e-4}
DEFAULT_EVAL_TOKENS = 1 << 20
SAMPLE_PROMPT = "The"
EVERY = {"eval_every": 250, "save_every": 250, "sample_every": 1000}  # steps


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="pretrain.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
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
        "--size",
        choices=SIZES,
        default="gpt2-small",
        help="gpt2-small: 12 layers, 768 wide, context 1,024; mini: 6, 384 and 512; tiny: 4, 256 and 256 (default: gpt2-small)",
    )
    add("--steps", type=int, default=9600, metavar="N", help="optimizer steps (default: 9600)")
    add(
        "--batch-tokens",
        type=int,
        default=524288,
        metavar="N",
        help="tokens a step, a multiple of the context (default: 524288 = 2^19)",
    )
    add(
        "--micro-tokens",
        type=int,
        default=4096,
        metavar="N",
        help="tokens the device holds at a time; changes speed and memory, not the result (default: 4096 = 2^12)",
    )
    add(
        "--eval-tokens",
        type=int,
        default=None,
        metavar="N",
        help=f"validation tokens, always the same ones (default: {DEFAULT_EVAL_TOKENS:,}, or all there are)",
    )
    add_training_flags(
        add, optimizer="muon", kernels="fused", max_lr="1.2e-3 for muon, 6e-4 for adamw", **EVERY
    )
    parser.set_defaults(optimizer="muon", kernels="fused")
    args = parser.parse_args(argv)
    if args.max_lr is None:
        args.max_lr = MAX_LR[args.optimizer]
    run_script(
        parser,
        lambda: pretrain(args),
        "stopped at once; with --resume the same command goes on from the newest checkpoint",
    )


def pretrain(args):
    from functools import partial
    from pathlib import Path

    from model import GPT, GPTConfig
    from network.generation import Sampling, generate
    from network.hardware import choose_hardware
    from text.batches import WindowBatches, unigram_loss, validation_micro_batches
    from text.shards import TokenShards, count_windows, read_meta
    from text.tokenizer import load_tokenizer
    from training.loop import Plan, train
    from training.optimizer import Optimizer
    from training.run_folder import open_run
    from training.schedule import cosine_decay

    check(args)
    run, context = Path(args.out), SIZES[args.size]["n_positions"]
    meta = read_meta(args.data)
    tokenizer = load_tokenizer(args.data)
    train_shards, val_shards = (
        TokenShards(args.data, split, tokenizer) for split in ("train", "val")
    )
    if args.eval_tokens is None:
        args.eval_tokens = (
            min(DEFAULT_EVAL_TOKENS, count_windows(val_shards, context) * context)
            if args.eval_every
            else 0
        )
    validation = (
        validation_micro_batches(val_shards, context, args.eval_tokens, args.micro_tokens)
        if args.eval_every
        else []
    )
    hardware = choose_hardware(args.device, args.dtype, args.compile)
    batches = WindowBatches(
        train_shards,
        context,
        args.batch_tokens,
        args.micro_tokens,
        args.seed,
        hardware.rank,
        hardware.world,
    )
    schedule = {name: getattr(args, name) for name in ("steps", "max_lr", "min_lr", "warmup_steps")}
    learning_rate = partial(cosine_decay, **schedule, drops=args.lr_drop)
    about = open_run(
        run,
        args,
        {"source": meta.get("source"), "tokenizer": meta["tokenizer"], "tokens": len(train_shards)},
        hardware,
        learning_rate,
    )

    model = GPT(
        GPTConfig(vocab_size=tokenizer.vocab_size, **SIZES[args.size]), args.kernels, args.seed
    ).to(hardware.device)

    def sample_text(model: GPT) -> str:
        pieces = generate(
            model, tokenizer, [tokenizer.encode(SAMPLE_PROMPT)], 100, Sampling(), [args.seed]
        )
        return f"sample: {SAMPLE_PROMPT + ''.join(piece for [piece] in pieces)!r}"

    plan = Plan(about, args.steps, learning_rate, batches, {"val": validation} if validation else {}, args.eval_every, args.save_every,
                args.keep, args.sample_every, sample_text)  # fmt: skip
    if hardware.rank == 0:
        epochs = args.steps * args.batch_tokens / (batches.windows * context)
        print(f"{args.data}: {len(train_shards):,} tokens, read {epochs:.2f} times")
        if validation:
            print(
                f"validation on {args.eval_tokens:,} tokens; guessing by token frequency alone has a loss of {unigram_loss(train_shards, validation, tokenizer.vocab_size):.4f} there"
            )
    train(plan, run, model, tokenizer, Optimizer(args.optimizer, model), hardware, args.resume)
    if hardware.rank == 0:
        print(f"{run} is ready: python plot_loss.py {run}")


def check(args) -> None:
    """Raise ValueError with everything that is wrong with the settings."""
    context = SIZES[args.size]["n_positions"]
    problems = [
        f"{flag} must be 1 or more"
        for flag, value in flag_values(args, "steps", "batch_tokens", "micro_tokens")
        if value < 1
    ]
    problems += [
        f"{flag} must be a multiple of the context, {context}"
        for flag, value in flag_values(args, "batch_tokens", "micro_tokens")
        if value % context
    ]
    if problems := problems + settle_schedule(args, **EVERY):
        raise ValueError("; ".join(problems))


if __name__ == "__main__":
    main()
