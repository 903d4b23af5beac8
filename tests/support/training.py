"""A small training run in this process: its settings, its model, and its plan."""

from dataclasses import replace

from model import GPT, GPTConfig
from tests.support.models import CPU, batch_of, masked_sequences
from training.checkpoints import all_checkpoints, step_of
from training.loop import train
from training.optimizer import Optimizer
from training.plan import Plan
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(
    out="runs/a",
    steps=6,
    optimizer="adamw",
    kernels="fused",
    max_lr=1e-2,
    min_lr=1e-3,
    warmup_steps=0,
    schedule="cosine",
    cooldown=None,
    lr_drop=(),
    eval_every=2,
    save_every=3,
    sample_every=0,
    keep=0,
    on_divergence="stop",
    tensorboard=False,
    resume=False,
    device="cpu",
    dtype="float32",
    compile="off",
    seed=0,
)


def small_model(tokenizer, seed=0):
    """A model for `masked_sequences`, whose ids are all in the tokenizer's vocabulary."""
    shape = {"n_positions": 16, "n_embd": 32, "n_layer": 1, "n_head": 2}
    return GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **shape), seed=seed)


def draw_batch(step):
    """Eight sequences that depend on the step only, in micro-batches of three."""
    return batch_of(*masked_sequences(8, seed=step), 3)


def small_plan(batches=draw_batch, keeps_best=False, sample=None, **changes):
    """A plan with these changes to SETTINGS."""
    validation = {"val": batch_of(*masked_sequences(6, seed=1000), 4).micro_batches}
    settings = replace(SETTINGS, **changes)
    return Plan(
        {"settings": {"steps": settings.steps}}, settings, batches, validation, sample, keeps_best
    )


def model_and_optimizer(tokenizer):
    model = small_model(tokenizer)
    return model, Optimizer("adamw", model)


def run_plan(plan, run, tokenizer, checkpoint=None, hardware=CPU):
    """Train a small model by this plan; returns the progress."""
    model, optimizer = model_and_optimizer(tokenizer)
    return train(plan, run, model, tokenizer, optimizer, hardware, checkpoint)


def steps_saved(run):
    return [step_of(checkpoint) for checkpoint in all_checkpoints(run)]


# ---- a run that diverges ----


def learnable_batch(step):
    """Sequences that count upwards: a model learns them within 20 steps."""
    inputs, _ = masked_sequences(8, seed=step)
    inputs = (inputs[:, :1] % 50 + range(16)).astype("int64")
    return batch_of(inputs, inputs + 1, 8)


def explosive_plan(**changes):
    """A plan of 60 steps that learns, until its rate is multiplied by 1000 at step 31."""
    explosive = {"steps": 60, "lr_drop": ((31, 1000.0),), "keep": 2}
    plan = small_plan(learnable_batch, **(explosive | {"eval_every": 5, "save_every": 5} | changes))
    has_validation = plan.settings.eval_every > 0
    validation = {"val": learnable_batch(10_000).micro_batches} if has_validation else {}
    return replace(plan, validation=validation)
