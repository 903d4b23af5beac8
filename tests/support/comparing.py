"""Small question files and models for compare.py, and one run of it."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import torch

import compare
from model import GPT, GPTConfig
from network.model_folder import save_model

BALL = [
    # (topic, question, answer, accepted)
    ("rules", "How many strikes make an out?", "Three strikes make an out.", ["three", "3"]),
    ("rules", "How many balls make a walk?", "Four.", ["four", "4"]),
    ("rules", "Is a foul ball a strike?", "Yes, with fewer than two strikes it is one.", ["yes"]),
    ("people", "Who hit 714 home runs?", "Babe Ruth did, and so did nobody before him.", ["ruth"]),
    ("people", "Who was José?", "José Canseco – a Cuban.", ["canseco"]),
]
OTHER = [
    ("all", "Is ice cold?", "Yes, it is.", ["yes"]),
    ("all", "What | is * 2 + 2?", "It is 4.", ["4"]),
]
QUESTIONS = {"ball": BALL, "other": OTHER}
TOO_LONG = ("rules", "What is long?" + " and long" * 40, "This question is.", ["question"])
NEW_TOKENS = 10


@dataclass(frozen=True)
class Comparison:
    """The results of one run of compare.py: report.json, the printed text, and the folder."""

    report: dict
    printed: str
    folder: Path


def write_questions(path, rows):
    fields = ("topic", "question", "answer", "accepted")
    lines = [json.dumps(dict(zip(fields, row))) + "\n" for row in rows]
    path.write_text("".join(lines))
    return path


def write_question_files(folder):
    """QUESTIONS, a file for each set; returns their paths."""
    return [write_questions(folder / f"{name}.jsonl", rows) for name, rows in QUESTIONS.items()]


def save_two_models(folder, tokenizer, first_context):
    """Save two models with random weights, the second with a context of 64; return their paths."""
    for seed, (name, context) in enumerate([("first", first_context), ("second", 64)]):
        save_model(folder / name, random_model(tokenizer.vocab_size, context, seed), tokenizer)
    return [folder / "first", folder / "second"]


def run_compare(runs, files, out, *flags):
    arguments = [*runs, "--questions", *files, "--out", out, "--device", "cpu"]
    arguments += ["--max-new-tokens", NEW_TOKENS, "--resamples", 500, *flags]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        compare.main([str(argument) for argument in arguments])
    report = json.loads((out / "report.json").read_text())
    return Comparison(report, printed.getvalue(), out)


def random_model(vocab_size, context, seed):
    """A model whose random weights are large enough to give each token a different chance."""
    shape = {"n_positions": context, "n_embd": 32, "n_layer": 2, "n_head": 2}
    model = GPT(GPTConfig(vocab_size=vocab_size, **shape), seed=seed)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            generator = torch.Generator().manual_seed(100 * seed + number)
            parameter.add_(0.15 * torch.randn(parameter.shape, generator=generator))
    return model
