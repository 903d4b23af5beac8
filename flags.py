"""Command-line flags that the training scripts share, and what can be wrong with them."""

import math


def add_training_flags(add, eval_every: int, save_every: int, sample_every: int) -> None:
    """Add them through `add`, a parser's `add_argument`; the numbers are the defaults of the periodic actions, in steps."""
    add("--optimizer", choices=("adamw", "muon"), default=None, help="muon: Muon for the matrices inside the blocks, AdamW for the rest (default: adamw, or that of the run it starts from)")
    add("--max-lr", type=float, default=None, metavar="F", help="learning rate at the peak")
    add("--min-lr", type=float, default=None, metavar="F", help="learning rate at the end (default: a tenth of --max-lr)")
    add("--warmup-steps", type=int, default=None, metavar="N", help="steps of linear warm-up (default: 715, which are GPT-3's 375 M tokens, or a tenth of --steps if that is less)")
    add("--lr-drop", nargs="+", action="extend", default=[], metavar="STEP:FACTOR", help="multiply the learning rate from that step on")
    add("--eval-every", type=int, default=None, metavar="N", help=f"steps between validations; 0: none (default: {eval_every}, or a tenth of --steps if that is less)")
    add("--save-every", type=int, default=None, metavar="N", help=f"steps between checkpoints; 0: only at the end (default: {save_every}, or a tenth of --steps if that is less)")
    add("--keep", type=int, default=2, metavar="N", help="how many checkpoints stay; 0: all (default: 2)")
    add("--sample-every", type=int, default=None, metavar="N", help=f"steps between samples of text; 0: none (default: {sample_every}, or a tenth of --steps if that is less)")
    add("--resume", action="store_true", help="go on from the newest checkpoint of --out; with none there, start")
    add_hardware_flags(add)
    add("--compile", choices=("auto", "on", "off"), default="auto", help="torch.compile; auto: on CUDA (default: auto)")
    add("--kernels", choices=("fused", "manual"), default="fused", help="PyTorch's fused functions, or the same arithmetic written out (default: fused)")
    add("--seed", type=int, default=0, help="of the order of the data, and of a new model's weights (default: 0)")


def add_hardware_flags(add, dtype: str = "auto") -> None:
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (default: auto)")
    add("--dtype", choices=("auto", "float32", "bfloat16"), default=dtype, help=f"type of the matrix products; auto: bfloat16 where the hardware is fast at it (default: {dtype})")


def flag_values(args, *names):
    """("eval_every",) -> [("--eval-every", 250)]."""
    return [("--" + name.replace("_", "-"), getattr(args, name)) for name in names]


def settle_schedule(args, **every: int) -> list[str]:
    """Put the flags in place that depend on others (`every` has the defaults that add_training_flags had); return all that is wrong."""
    for name, default in every.items():
        if getattr(args, name) is None:
            setattr(args, name, min(default, max(1, args.steps // 10)))
    problems = [f"{flag} must be 0 or more" for flag, value in flag_values(args, "eval_every", "save_every", "keep", "sample_every") if value < 0]
    if args.min_lr is None:
        args.min_lr = args.max_lr / 10
    if not 0 < args.min_lr <= args.max_lr < math.inf:
        problems.append("--max-lr and --min-lr must be positive, and --min-lr not the larger")
    if args.warmup_steps is None:
        args.warmup_steps = min(715, args.steps // 10)
    elif not 0 <= args.warmup_steps < args.steps:
        problems.append(f"--warmup-steps must be at least 0 and fewer than --steps ({args.steps})")
    try:
        args.lr_drop = [parse_lr_drop(text) for text in args.lr_drop]
    except ValueError:
        problems.append("--lr-drop takes STEP:FACTOR, such as 3000:0.5")
    return problems


def parse_lr_drop(text: str) -> tuple[int, float]:
    """"3000:0.5" -> (3000, 0.5). Raises ValueError for anything else."""
    step, factor = text.split(":")
    if int(step) < 1 or not 0 < float(factor) < math.inf:
        raise ValueError(text)
    return int(step), float(factor)
