"""Train a GPT-2 from nothing on token shards.

    python pretrain.py                                          # GPT-2 small on data/fineweb: 9,600 steps × 2^19 tokens = 5.0 B
    python pretrain.py --size tiny --steps 300 --batch-tokens 16384     # some minutes on a laptop
    python pretrain.py --resume                                 # go on after a crash, a Ctrl-C, a power cut
    python pretrain.py --lr-drop 3000:0.5 --lr-drop 6000:0.5    # halve the rate by hand, reproducibly
    torchrun --nproc_per_node=8 pretrain.py                     # the same batches, on eight GPUs

A batch of 2^19 tokens = 128 micro-batches × 4 windows × 1,024 tokens: 4 windows are what 12 GB hold with room to spare.
"""

import argparse

SIZES = {  # GPTConfig without the vocabulary, which is the tokenizer's
    "gpt2-small": {"n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12},
    "tiny": {"n_positions": 256, "n_embd": 256, "n_layer": 4, "n_head": 4},
}
DEFAULT_EVAL_TOKENS = 1 << 20
SAMPLE_PROMPT = "The"


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", default="data/fineweb", metavar="FOLDER", help="token shards, from prepare_fineweb.py (default: data/fineweb)")
    add("--out", default="runs/pretrained", metavar="RUN", help="the run folder (default: runs/pretrained)")
    add("--size", choices=SIZES, default="gpt2-small", help="gpt2-small: 12 layers, 768 wide, context 1,024; tiny: 4 layers, 256 wide, context 256 (default: gpt2-small)")
    add("--steps", type=int, default=9600, metavar="N", help="optimizer steps (default: 9600)")
    add("--batch-tokens", type=int, default=524288, metavar="N", help="tokens a step, a multiple of the context (default: 524288 = 2^19)")
    add("--micro-tokens", type=int, default=4096, metavar="N", help="tokens the device holds at a time; changes speed and memory, not the result (default: 4096 = 2^12)")
    add("--optimizer", choices=("adamw", "muon"), default="adamw", help="muon: Muon for the matrices inside the blocks, AdamW for the rest (default: adamw)")
    add("--max-lr", type=float, default=6e-4, metavar="F", help="learning rate at the peak (default: 6e-4)")
    add("--min-lr", type=float, default=6e-5, metavar="F", help="learning rate at the end (default: 6e-5)")
    add("--warmup-steps", type=int, default=None, metavar="N", help="steps of linear warm-up (default: 715, which are GPT-3's 375 M tokens, or a tenth of --steps if that is less)")
    add("--lr-drop", nargs="+", action="extend", default=[], metavar="STEP:FACTOR", help="multiply the learning rate from that step on")
    add("--eval-every", type=int, default=250, metavar="N", help="steps between validations; 0: none (default: 250)")
    add("--eval-tokens", type=int, default=None, metavar="N", help=f"validation tokens, always the same ones (default: {DEFAULT_EVAL_TOKENS}, or all there are)")
    add("--save-every", type=int, default=250, metavar="N", help="steps between checkpoints; 0: only at the end (default: 250)")
    add("--keep", type=int, default=2, metavar="N", help="how many checkpoints stay; 0: all (default: 2)")
    add("--sample-every", type=int, default=1000, metavar="N", help="steps between samples of text; 0: none (default: 1000)")
    add("--resume", action="store_true", help="go on from the newest checkpoint of --out; with none there, start")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (default: auto)")
    add("--dtype", choices=("auto", "float32", "bfloat16"), default="auto", help="type of the matrix products; auto: bfloat16 where the hardware is fast at it")
    add("--compile", choices=("auto", "on", "off"), default="auto", help="torch.compile; auto: on CUDA")
    add("--kernels", choices=("fused", "manual"), default="fused", help="PyTorch's fused functions, or the same arithmetic written out")
    add("--seed", type=int, default=0, help="of the initial weights and the order of the data (default: 0)")
    args = parser.parse_args(argv)
    try:
        pretrain(args)
    except (ValueError, OSError) as problem:
        parser.exit(2, f"pretrain.py: {problem}\n")


def pretrain(args):
    from functools import partial
    from pathlib import Path

    from data import TokenShards, WindowBatches, count_windows, read_meta, validation_micro_batches
    from generate import Sampling, generate
    from model import GPT, GPTConfig
    from tokenizer_bpe import load_tokenizer
    from training import Optimizer, Plan, choose_hardware, cosine_decay, open_run, train

    check(args)
    run, context = Path(args.out), SIZES[args.size]["n_positions"]
    meta = read_meta(args.data)
    tokenizer = load_tokenizer(args.data)
    train_shards, val_shards = (TokenShards(args.data, split, tokenizer) for split in ("train", "val"))
    if args.eval_tokens is None:
        args.eval_tokens = min(DEFAULT_EVAL_TOKENS, count_windows(val_shards, context) * context) if args.eval_every else 0
    validation = validation_micro_batches(val_shards, context, args.eval_tokens, args.micro_tokens) if args.eval_every else []
    hardware = choose_hardware(args.device, args.dtype, args.compile)
    batches = WindowBatches(train_shards, context, args.batch_tokens, args.micro_tokens, args.seed, hardware.rank, hardware.world)
    schedule = {name: getattr(args, name) for name in ("steps", "max_lr", "min_lr", "warmup_steps")}
    learning_rate = partial(cosine_decay, **schedule, drops=args.lr_drop)
    open_run(run, args, {"source": meta["source"], "tokenizer": meta["tokenizer"], "tokens": len(train_shards)}, hardware, learning_rate)

    model = GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **SIZES[args.size]), args.kernels, args.seed).to(hardware.device)

    def sample_text(model: GPT) -> str:
        ids = generate(model, tokenizer.encode(SAMPLE_PROMPT), 100, Sampling(), tokenizer.end_of_text, args.seed)
        return f"sample: {SAMPLE_PROMPT + tokenizer.decode(list(ids))!r}"

    plan = Plan(args.steps, learning_rate, batches, {"val": validation} if validation else {}, args.eval_every, args.save_every,
                args.keep, args.sample_every, sample_text)  # fmt: skip
    if hardware.rank == 0:
        epochs = args.steps * args.batch_tokens / (batches.windows * context)
        print(f"{args.data}: {len(train_shards):,} tokens, read {epochs:.2f} times; validation on {args.eval_tokens:,} tokens")
    train(plan, run, model, tokenizer, Optimizer(args.optimizer, model), hardware, args.resume)
    if hardware.rank == 0:
        print(f"{run} is ready: python plot_loss.py {run}")


def check(args) -> None:
    """Raise ValueError with everything that is wrong with the settings, and put the settings that depend on others in place."""
    from training import parse_lr_drop

    def flags(*names):
        return [("--" + name.replace("_", "-"), getattr(args, name)) for name in names]

    context = SIZES[args.size]["n_positions"]
    problems = [f"{flag} must be 1 or more" for flag, value in flags("steps", "batch_tokens", "micro_tokens") if value < 1]
    problems += [f"{flag} must be 0 or more" for flag, value in flags("eval_every", "save_every", "keep", "sample_every") if value < 0]
    problems += [f"{flag} must be a multiple of the context, {context}" for flag, value in flags("batch_tokens", "micro_tokens") if value % context]
    if not 0 < args.min_lr <= args.max_lr < float("inf"):
        problems.append("--max-lr and --min-lr must be positive, and --min-lr not the larger")
    if args.warmup_steps is None:
        args.warmup_steps = min(715, args.steps // 10)
    elif not 0 <= args.warmup_steps < args.steps:
        problems.append(f"--warmup-steps must be at least 0 and fewer than --steps ({args.steps})")
    try:
        args.lr_drop = [parse_lr_drop(text) for text in args.lr_drop]
    except ValueError:
        problems.append("--lr-drop takes STEP:FACTOR, such as 3000:0.5")
    if problems:
        raise ValueError("; ".join(problems))


if __name__ == "__main__":
    main()
