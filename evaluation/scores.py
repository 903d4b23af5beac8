"""Scoring models on questions: their answers, and their losses on reference answers and choices."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from evaluation.answers import Question
from evaluation.report import ModelDescription, Settings
from evaluation.variations import (
    Asker,
    Plan,
    VariationScores,
    ask_variations,
    judge,
    plan_variations,
    spread,
)
from kernels import LOGITS_IN_A_CHUNK
from model import GPT
from network.decoding import for_generation
from network.generation import answer_all
from network.hardware import Hardware
from network.model_folder import load_model
from text.batches import NOT_A_TARGET, MicroBatch, pack
from text.conversation import TokenizedConversation, join, prompt_ids, tokenize_exchange
from text.tokenizer import Tokenizer

SCORED_TOKENS = 4096  # tokens of a micro-batch of reference answers and choices


@dataclass(frozen=True)
class ModelScores:
    """The results of one model, in the order of the questions."""

    model: ModelDescription
    answers: list[str | None]  # None if the question and its answer exceed the model's context
    right: list[bool]
    bits: list[float]  # the loss on each reference answer; NaN if it exceeds the context
    choice_bits: list[tuple[float, ...]]  # the loss on each choice; () if there are none to score
    variations: list[VariationScores]  # the same questions, asked in other ways

    def part(self, start: int, stop: int) -> "ModelScores":
        """The scores of the questions from `start` up to `stop`."""
        return replace(
            self,
            answers=self.answers[start:stop],
            right=self.right[start:stop],
            bits=self.bits[start:stop],
            choice_bits=self.choice_bits[start:stop],
            variations=[variation.part(start, stop) for variation in self.variations],
        )


def score_models(
    runs: Mapping[str, str],
    questions: list[Question],
    hardware: Hardware,
    settings: Settings,
) -> list[ModelScores]:
    """Score one model after the other; `runs` maps names in the report to run folders."""
    plan = plan_variations(questions, settings.turns, settings.typing, settings.seed)
    total = len(questions) * len(runs) * (1 + plan.extra_answers)
    with tqdm(total=total, unit=" answers", disable=None, dynamic_ncols=True) as progress_bar:
        return [
            score_model(name, run, questions, plan, hardware, settings, progress_bar)
            for name, run in runs.items()
        ]


def score_model(
    name: str,
    run: str,
    questions: list[Question],
    plan: Plan,
    hardware: Hardware,
    settings: Settings,
    progress_bar: tqdm,
) -> ModelScores:
    """Load a model, let it answer greedily, judge its answers, and measure its loss.

    `plan` says in which other ways the questions are asked. If a question and its reference answer,
    or one of its choices, exceed the context, the model is not asked, and that counts as wrong. The
    model's memory is freed on return. Raises ValueError or OSError if the folder holds no complete
    model.
    """
    model, tokenizer = load_model(run)
    description = _describe(name, run, model, tokenizer)
    model = for_generation(model, hardware.device, hardware.dtype)
    exchanges = [_tokenize(question, tokenizer) for question in questions]
    context = description.context
    fitting = [n for n, group in enumerate(exchanges) if max(map(len, group)) <= context]
    progress_bar.set_description(Path(run).name)
    progress_bar.update((len(questions) - len(fitting)) * (1 + plan.extra_answers))

    answer = partial(
        answer_all,
        model,
        tokenizer,
        max_new_tokens=settings.max_new_tokens,
        batch_size=settings.batch_size,
        on_answer=progress_bar.update,
    )
    prompts = [prompt_ids(questions[number].messages, tokenizer, context) for number in fitting]
    answers = spread(answer(prompts), fitting, len(questions))
    bits, choice_bits = _reference_and_choice_bits(model, exchanges, fitting)
    asker = Asker(answer, tokenizer, context, settings.max_new_tokens)
    variations = ask_variations(plan, questions, answers, asker)
    right = judge(answers, questions)
    return ModelScores(description, answers, right, bits, choice_bits, variations)


def _reference_and_choice_bits(
    model: GPT, exchanges: list[list[TokenizedConversation]], fitting: list[int]
) -> tuple[list[float], list[tuple[float, ...]]]:
    """The bits of each question's reference answer, and of each of its choices.

    `fitting` are the indices of the questions that fit the context; the others get NaN and ().
    """
    groups = [exchanges[number] for number in fitting]
    losses = spread(_group_bits(model, groups), fitting, len(exchanges))
    bits = [group[0] if group else math.nan for group in losses]
    choice_bits = [tuple(group[1:]) if group else () for group in losses]
    return bits, choice_bits


def _tokenize(question: Question, tokenizer: Tokenizer) -> list[TokenizedConversation]:
    """The conversation with the reference answer, and then with each choice as the answer.

    The mask is 1 only on the tokens of that answer; for a choice, not on its <|endoftext|>.
    """
    before = zip(question.before[::2], question.before[1::2])
    earlier = [tokenize_exchange(*exchange, tokenizer) for exchange in before]
    hidden = [TokenizedConversation(one.ids, np.zeros_like(one.mask)) for one in earlier]
    conversations = [
        join([*hidden, tokenize_exchange(question.question, answer, tokenizer)])
        for answer in (question.answer, *question.choices)
    ]
    for conversation in conversations[1:]:
        conversation.mask[-1] = 0
    return conversations


def _describe(name: str, run: str, model: GPT, tokenizer: Tokenizer) -> ModelDescription:
    return ModelDescription(
        name=name,
        run=run,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        context=model.config.n_positions,
        tokenizer=tokenizer.name,
        vocabulary=tokenizer.vocab_size,
    )


def _group_bits(model: GPT, groups: list[list[TokenizedConversation]]) -> Iterator[list[float]]:
    """The loss on each exchange of each group, in bits; the groups share micro-batches."""
    bits = iter(answer_bits(model, list(chain.from_iterable(groups))))
    return (list(islice(bits, len(group))) for group in groups)


def answer_bits(model: GPT, exchanges: list[TokenizedConversation]) -> list[float]:
    """The loss on the tokens of each exchange that are masked as learned, Σ −log2 p, in bits."""
    bits = np.zeros(len(exchanges))
    with torch.inference_mode():
        for micro_batch in pack(exchanges, SCORED_TOKENS):
            bits[list(micro_batch.numbers)] = _row_losses(model, micro_batch) / np.log(2)
    return bits.tolist()


def _row_losses(model: GPT, micro_batch: MicroBatch) -> np.ndarray:
    """The loss of each row, Σ −ln p(target), in nats, (row,).

    Logits are computed for targets only, a few hundred at a time: at 50,257 numbers per target,
    they would otherwise take most of the memory.
    """
    device = model.wte.weight.device
    rows, times = np.nonzero(micro_batch.targets != NOT_A_TARGET)
    targets = torch.from_numpy(micro_batch.targets[rows, times]).to(device)  # (target,)
    states = model(torch.from_numpy(micro_batch.inputs).to(device))  # (row, time, n_embd)
    states = states[torch.from_numpy(rows), torch.from_numpy(times)]  # (target, n_embd)
    chunk = max(1, LOGITS_IN_A_CHUNK // model.config.vocab_size)
    losses = []
    for chunk_states, chunk_targets in zip(states.split(chunk), targets.split(chunk)):
        logits = model.logits(chunk_states).float()  # (target, vocab_size)
        losses.append(F.cross_entropy(logits, chunk_targets, reduction="none").cpu())
    target_losses = torch.cat(losses).double().numpy()
    return np.bincount(rows, target_losses, minlength=len(micro_batch.inputs))
