"""The settings that pretrain.py and finetune.py share: their flags, their defaults, their checks.

    parser ── add_training_flags ──▶ args ── settle ──▶ TrainingSettings ──▶ train, run.json

`args` is what the user typed; TrainingSettings has every default filled in.
"""

import math
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tools.command_line import add_hardware_flags, flag_values, parse_pair, seed_problems
from training.event_files import tensorboard_problems
from training.run_json import is_drop
from training.schedule import SHAPES, Schedule

AUTO = "auto"  # --micro-tokens auto
NO_DROPS = "none"  # --lr-drop none
WARMUP_STEPS = 715  # GPT-3's (375 M tokens in batches of 2^19: Brown et al. 2020, appendix B)
OPTIMIZERS = ("adamw", "muon")  # training/optimizer.py says what each is
SCHEDULE = "cosine"
COOLDOWN = 0.2  # of the steps; a longer one gains little (Hägele et al. 2024)


@dataclass(frozen=True)
class Defaults:
    """A script's defaults for the flags that both scripts have."""

    eval_every: int  # steps
    save_every: int
    sample_every: int
    max_lr_help: str  # the words of the help where the two scripts differ
    optimizer_help: str
    kernels_help: str
    micro_tokens_help: str = ""
    save_help: str = "steps between checkpoints; 0: only at the end"
    most_actions: int | None = None  # validations, checkpoints or samples in a run, if no flag says


@dataclass(frozen=True)
class TrainingSettings:
    """The flags of both scripts, with every default filled in."""

    out: str
    steps: int
    optimizer: str
    kernels: str
    max_lr: float
    min_lr: float
    warmup_steps: int
    schedule: str
    cooldown: float | None  # None unless the schedule is a trapezoid
    lr_drop: tuple[tuple[int, float], ...]
    eval_every: int
    save_every: int
    sample_every: int
    keep: int
    on_divergence: str
    tensorboard: bool
    resume: bool
    device: str
    dtype: str
    compile: str
    seed: int

    @property
    def learning_rates(self) -> Schedule:
        """The learning rate of each step by these settings."""
        return Schedule(
            self.steps,
            self.max_lr,
            self.min_lr,
            self.warmup_steps,
            self.lr_drop,
            self.schedule,
            self.cooldown,
        )


def as_run_json(settings: Any) -> dict:
    """A script's settings, and the shared ones in its field `shared`, as one flat dictionary."""
    own_settings = asdict(settings)
    shared_settings = own_settings.pop("shared")
    return own_settings | shared_settings


def settle(
    args: Namespace,
    defaults: Defaults,
    *,
    steps: int,
    default_max_lr: float,
    previous: dict,
    optimizer: str,
    kernels: str,
) -> tuple[TrainingSettings, list[str]]:
    """Fill in every default; return the settings, and a list of what is wrong with them.

    `previous` holds the settings of the run that --resume continues, {} for a new one. A resumed
    run keeps its rates, its drops and its schedule unless a flag says otherwise, and its warm-up
    even if --steps changes, on which the default warm-up depends.
    """
    lr_drop, problems = parse_lr_drops([] if args.lr_drop == [NO_DROPS] else args.lr_drop)
    if not args.lr_drop:
        lr_drop = _default_lr_drops(previous)
    max_lr, min_lr = _choose_rates(args, default_max_lr, previous)
    warmup_steps = args.warmup_steps
    if warmup_steps is None:
        warmup_steps = _default_warmup(steps, previous)
    schedule = args.schedule or _default_schedule(previous)
    most = defaults.most_actions
    cooldown = args.cooldown
    if schedule == "trapezoid" and cooldown is None:
        cooldown = _default_cooldown(previous)
    settings = TrainingSettings(
        out=args.out,
        steps=steps,
        optimizer=optimizer,
        kernels=kernels,
        max_lr=max_lr,
        min_lr=min_lr,
        warmup_steps=warmup_steps,
        schedule=schedule,
        cooldown=cooldown,
        lr_drop=lr_drop,
        eval_every=_periodic(args.eval_every, defaults.eval_every, steps, most),
        save_every=_periodic(args.save_every, defaults.save_every, steps, most),
        sample_every=_periodic(args.sample_every, defaults.sample_every, steps, most),
        keep=args.keep,
        on_divergence=args.on_divergence,
        tensorboard=args.tensorboard,
        resume=args.resume,
        device=args.device,
        dtype=args.dtype,
        compile=args.compile,
        seed=args.seed,
    )
    return settings, _problems_of(settings) + problems


def _problems_of(settings: TrainingSettings) -> list[str]:
    counts = flag_values(
        settings, "eval_every", "save_every", "keep", "sample_every", "warmup_steps"
    )
    problems = [f"{flag} must be 0 or more" for flag, value in counts if value < 0]
    problems += seed_problems(settings)
    if settings.tensorboard:
        problems += tensorboard_problems()
    if not 0 < settings.max_lr < math.inf:
        problems.append("--max-lr must be a positive number")
    elif not settings.min_lr >= 0:
        problems.append("--min-lr must be 0 or more")
    elif settings.min_lr > settings.max_lr:
        problems.append(f"--min-lr must be at most the peak rate, {settings.max_lr:g}")
    if settings.warmup_steps >= max(1, settings.steps):
        problems.append(f"--warmup-steps must be fewer than --steps ({settings.steps})")
    if settings.cooldown is not None:
        if settings.schedule != "trapezoid":
            problems.append("--cooldown is part of --schedule trapezoid: give both")
        if not 0 < settings.cooldown <= 1:
            problems.append("--cooldown is a share of the steps, over 0 and up to 1")
    return problems


def _periodic(given: int | None, default: int, steps: int, most: int | None) -> int:
    """The number of steps between two actions: the given one, or the default.

    The default is at most a tenth of all steps, so that a short run acts too, and with `most` so
    many that a long run acts about `most` times.
    """
    if given is not None:
        return given
    every = min(default, max(1, steps // 10))
    return max(every, steps // most) if most else every


def _choose_rates(args: Namespace, default_max_lr: float, previous: dict) -> tuple[float, float]:
    """The rates at the peak and at the end; without --max-lr those of the previous run."""
    max_lr, min_lr = args.max_lr, args.min_lr
    if max_lr is None:
        max_lr = default_max_lr
        before, end_before = previous.get("max_lr"), previous.get("min_lr")
        if type(before) is float and 0 < before < math.inf:
            max_lr = before
            if min_lr is None and type(end_before) is float and 0 <= end_before <= before:
                min_lr = end_before
    return max_lr, max_lr / 10 if min_lr is None else min_lr


def _default_lr_drops(previous: dict) -> tuple[tuple[int, float], ...]:
    """The drops of the previous run, or none if one of them is invalid."""
    before = previous.get("lr_drop")
    if not isinstance(before, list) or not all(map(is_drop, before)):
        return ()
    drops, problems = parse_lr_drops(as_lr_drop_words(before))
    return () if problems else drops


def _default_warmup(steps: int, previous: dict) -> int:
    before = previous.get("warmup_steps")
    if type(before) is int:
        return before
    return min(WARMUP_STEPS, steps // 10)


def _default_schedule(previous: dict) -> str:
    before = previous.get("schedule")
    return before if before in SHAPES else SCHEDULE


def _default_cooldown(previous: dict) -> float:
    before = previous.get("cooldown")
    return before if type(before) is float and 0 < before <= 1 else COOLDOWN


def parse_lr_drops(texts: list[str]) -> tuple[tuple[tuple[int, float], ...], list[str]]:
    """Read each --lr-drop as (step, factor); return them, and an error for each invalid one."""
    drops, problems = [], []
    for text in texts:
        try:
            drops.append(parse_lr_drop(text))
        except ValueError as problem:
            problems.append(str(problem))
    return tuple(drops), problems


def parse_lr_drop(text: str) -> tuple[int, float]:
    """Read "3000:0.5" as (3000, 0.5). Raises ValueError for anything else."""
    form = "--lr-drop takes STEP:FACTOR, such as 3000:0.5"
    step, factor = parse_pair(text, form)
    if not step.isdecimal() or int(step) < 1 or factor <= 0:
        raise ValueError(f"{form}, not {text!r}")
    return int(step), factor


def as_lr_drop_words(drops: Iterable[Sequence]) -> list[str]:
    """What to give to --lr-drop for these (step, factor) pairs: [(3000, 0.5)] -> ["3000:0.5"]."""
    return [f"{step}:{factor}" for step, factor in drops]


def parse_micro_tokens(text: str) -> int | str:
    """Read "4096" as 4096, and "auto" as itself. Raises ArgumentTypeError for anything else."""
    if text == AUTO:
        return AUTO
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"takes a number or auto, not {text!r}") from None


def flags_below_1(args: Namespace, *names: str) -> list[str]:
    """A sentence for each of these flags whose number is not positive."""
    numbers = [(flag, value) for flag, value in flag_values(args, *names) if type(value) is int]
    return [f"{flag} must be 1 or more" for flag, value in numbers if value < 1]


# ---- the flags ----


def add_training_flags(add: Callable, defaults: Defaults) -> None:
    """Add the flags that both scripts share with `add`, the `add_argument` of a parser."""
    add(
        "--optimizer",
        choices=OPTIMIZERS,
        help="muon: Muon for the matrices inside the blocks, AdamW for the rest "
        f"(default: {defaults.optimizer_help})",
    )
    add(
        "--micro-tokens",
        type=parse_micro_tokens,
        default=4096,
        metavar="N",
        help=f"tokens on the device at a time{defaults.micro_tokens_help}; auto: the most that "
        "fit. Changes speed, memory and rounding, not what a step learns from. If memory runs "
        "out, it is halved once (default: 4096 = 2^12)",
    )
    _add_schedule_flags(add, defaults)
    _add_periodic_flags(add, defaults)
    add(
        "--resume",
        action="store_true",
        help="continue from the newest checkpoint of --out; start if there is none",
    )
    add(
        "--check",
        action="store_true",
        help="take a few steps, report memory, speed, hours and disk space, and change nothing",
    )
    add_hardware_flags(add)
    add(
        "--compile",
        choices=("auto", "on", "off"),
        default="auto",
        help="torch.compile; auto: on CUDA (default: auto)",
    )
    add(
        "--kernels",
        choices=("fused", "manual"),
        help="PyTorch's fused functions, or the same arithmetic written out "
        f"(default: {defaults.kernels_help})",
    )
    add(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="seed for the order of the data and for a new model's weights (default: 0)",
    )


def _add_schedule_flags(add: Callable, defaults: Defaults) -> None:
    add(
        "--max-lr",
        type=float,
        metavar="F",
        help=f"learning rate at the peak (default: {defaults.max_lr_help})",
    )
    add(
        "--min-lr",
        type=float,
        metavar="F",
        help="learning rate at the end, 0 or more (default: a tenth of --max-lr)",
    )
    add(
        "--warmup-steps",
        type=int,
        metavar="N",
        help="steps of linear warm-up (default: 715, as for GPT-3, or a tenth of --steps if that "
        "is less)",
    )
    add(
        "--schedule",
        choices=SHAPES,
        help="how the learning rate goes from --max-lr to --min-lr after the warm-up; cosine: as "
        "for GPT-3; linear: in a straight line; trapezoid: it stays, and goes down in a straight "
        f"line at the end, so that --steps can still change (default: {SCHEDULE})",
    )
    add(
        "--cooldown",
        type=float,
        metavar="SHARE",
        help=f"the last share of the steps, in which a trapezoid goes down (default: {COOLDOWN:g})",
    )
    add(
        "--lr-drop",
        nargs="+",
        action="extend",
        default=[],
        metavar="STEP:FACTOR",
        help="multiply the learning rate by FACTOR from that step on. --resume keeps the drops of "
        "the run; given ones replace all of them, so repeat those that have happened; none: cancel "
        "those to come",
    )


def _add_periodic_flags(add: Callable, defaults: Defaults) -> None:
    or_less = "or a tenth of --steps if that is less"
    if defaults.most_actions:
        or_less = f"but at least 1/{defaults.most_actions} and at most a tenth of --steps"
    add(
        "--eval-every",
        type=int,
        metavar="N",
        help=f"steps between validations; 0: none (default: {defaults.eval_every}, {or_less})",
    )
    add(
        "--save-every",
        type=int,
        metavar="N",
        help=f"{defaults.save_help} (default: {defaults.save_every}, {or_less})",
    )
    add(
        "--keep",
        type=int,
        default=2,
        metavar="N",
        help="number of newest checkpoints to keep; the best by validation and the newest one "
        "known to be good are always kept too. 0: keep all (default: 2)",
    )
    add(
        "--on-divergence",
        choices=("stop", "rewind", "ignore"),
        default="stop",
        help="what to do if the loss rises far above its lowest, or is not finite; stop: end, and "
        "print the flags that resume from before the rise; rewind: go on from before the rise, at "
        "half the learning rate, with other batches, at most 3 times; ignore: go on if the loss is "
        "finite (default: stop)",
    )
    add(
        "--sample-every",
        type=int,
        metavar="N",
        help="steps between samples of text; 0: none "
        f"(default: {defaults.sample_every}, {or_less})",
    )
    add(
        "--tensorboard",
        action="store_true",
        help="also write losses, rates and samples for TensorBoard, to RUN/tensorboard; "
        "needs pip install tensorboard",
    )
