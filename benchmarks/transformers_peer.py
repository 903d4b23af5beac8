"""Asking a model of another library the questions of compare.py. benchmarks/peers.py calls this."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from tqdm import tqdm
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from evaluation.answers import Question, is_right
from evaluation.report import ModelDescription, Settings
from evaluation.scores import ModelScores
from network.hardware import Hardware

PLAIN_QUESTION, PLAIN_ANSWER = "Question: ", "Answer:"  # for a model without a chat template
GGUF = ".gguf"
ROLES = ("user", "assistant")


@dataclass(frozen=True)
class Peer:
    """A model and a tokenizer of `transformers`; `end` is the id that ends the model's turn."""

    name: str  # in the report
    path: str
    model: Any
    tokenizer: Any
    end: int

    @property
    def context(self) -> int:
        """The most tokens that the model reads."""
        return self.model.config.max_position_embeddings


@dataclass(frozen=True)
class Continuation:
    """The ids of a prompt and of what is to follow it."""

    prompt: list[int]
    answer: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def load_peer(path: str, name: str, hardware: Hardware) -> Peer:
    """Load a folder, a .gguf file, or a model of the hub.

    The weights of a quantised .gguf file are computed back to `hardware.dtype`. Raises ValueError
    if `transformers` finds no model there.
    """
    source: dict[str, Any] = {"pretrained_model_name_or_path": path}
    if path.endswith(GGUF):
        file = Path(path)
        source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    try:
        tokenizer = AutoTokenizer.from_pretrained(**source)
        model: Any = AutoModelForCausalLM.from_pretrained(**source, dtype=hardware.dtype)
    except (OSError, ValueError, ImportError) as problem:
        raise ValueError(f"transformers does not load {path}: {problem}") from None
    model = model.to(hardware.device).eval()
    return Peer(name, path, model, tokenizer, _end_of_turn(tokenizer))


def _end_of_turn(tokenizer: Any) -> int:
    """The token that the chat template writes after an answer, or else the tokenizer's own end."""
    *_, closing = _render_answer(tokenizer, ["?"], "x")
    ids = tokenizer(closing, add_special_tokens=False).input_ids
    return ids[0] if ids else tokenizer.eos_token_id


def _render_answer(tokenizer: Any, messages: Sequence[str], answer: str) -> tuple[str, str, str]:
    """The text before an answer, the answer with the white space before it, and what ends it.

    Raises ValueError if the chat template writes the conversation in another way once it has the
    answer.
    """
    prompt, answered = _render(tokenizer, messages), _render(tokenizer, [*messages, answer])
    rest = answered.removeprefix(prompt)
    before, found, closing = rest.partition(answer)
    if not answered.startswith(prompt) or not found or before.strip():
        raise ValueError(f"the chat template does not write an answer after its prompt: {rest!r}")
    return prompt, before + answer, closing


def _render(tokenizer: Any, messages: Sequence[str]) -> str:
    """A conversation as text; if the human has the last word, it ends where the answer begins."""
    is_asked = len(messages) % 2 == 1
    if not tokenizer.chat_template:
        names = (PLAIN_QUESTION, f"{PLAIN_ANSWER} ")
        lines = [names[number % 2] + message for number, message in enumerate(messages)]
        return "\n".join([*lines, PLAIN_ANSWER] if is_asked else lines)
    turns = [
        {"role": ROLES[number % 2], "content": message} for number, message in enumerate(messages)
    ]
    return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=is_asked)


def score_peer(peer: Peer, questions: list[Question], settings: Settings) -> ModelScores:
    """The peer's greedy answers, judged, and its losses, as evaluation/scores.py has them for ours.

    A question that exceeds the peer's context with its reference answer, or with one of its
    choices, is not asked, and counts as wrong.
    """
    groups = [_continuations(peer, question) for question in questions]
    fitting = [n for n, group in enumerate(groups) if max(map(len, group)) <= peer.context]
    answers = _answer_all(peer, {n: groups[n][0].prompt for n in fitting}, settings)
    losses = {n: _answer_bits(peer, groups[n]) for n in fitting}
    numbers = range(len(questions))
    return ModelScores(
        model=_describe(peer),
        answers=[answers.get(n) for n in numbers],
        right=[n in answers and is_right(answers[n], questions[n]) for n in numbers],
        bits=[losses[n][0] if n in losses else math.nan for n in numbers],
        choice_bits=[tuple(losses.get(n, [])[1:]) for n in numbers],
        variations=[],
    )


def _describe(peer: Peer) -> ModelDescription:
    return ModelDescription(
        name=peer.name,
        run=peer.path,
        parameters=sum(parameter.numel() for parameter in peer.model.parameters()),
        context=peer.context,
        tokenizer=type(peer.tokenizer).__name__,
        vocabulary=len(peer.tokenizer),
    )


def _continuations(peer: Peer, question: Question) -> list[Continuation]:
    """The question with its reference answer and the end of the turn, then with each choice."""
    answer = _continue(peer, question.messages, question.answer)
    with_end = Continuation(answer.prompt, [*answer.answer, peer.end])
    choices = [_continue(peer, question.messages, choice) for choice in question.choices]
    return [with_end, *choices]


def _continue(peer: Peer, messages: list[str], answer: str) -> Continuation:
    """The ids of the conversation up to the answer, and those of the answer.

    Both are encoded together where that leaves the prompt's ids as they are.
    """
    prompt, answer, _ = _render_answer(peer.tokenizer, messages, answer)
    encode = partial(peer.tokenizer, add_special_tokens=False)
    prompt_ids = encode(prompt).input_ids
    ids = encode(prompt + answer).input_ids
    if ids[: len(prompt_ids)] == prompt_ids:
        return Continuation(prompt_ids, ids[len(prompt_ids) :])
    return Continuation(prompt_ids, encode(answer).input_ids)


def _answer_all(peer: Peer, prompts: Mapping[int, list[int]], settings: Settings) -> dict[int, str]:
    """The greedy answer to each prompt, by its number; prompts of similar length share a batch."""
    answers: dict[int, str] = {}
    by_length = sorted(prompts, key=lambda number: len(prompts[number]))
    progress_bar = tqdm(total=len(prompts), unit=" answers", disable=None, dynamic_ncols=True)
    progress_bar.set_description(peer.name)
    with progress_bar:
        for start in range(0, len(by_length), settings.batch_size):
            numbers = by_length[start : start + settings.batch_size]
            batch = [prompts[number] for number in numbers]
            answers |= zip(numbers, _answer_batch(peer, batch, settings.max_new_tokens))
            progress_bar.update(len(numbers))
    return answers


def _answer_batch(peer: Peer, prompts: list[list[int]], max_new_tokens: int) -> list[str]:
    """The greedy answers to prompts, which are padded on the left."""
    length = max(map(len, prompts))
    ids = torch.full((len(prompts), length), peer.end)
    is_prompt = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, length - len(prompt) :] = torch.tensor(prompt)
        is_prompt[row, length - len(prompt) :] = 1
    greedy = GenerationConfig(
        max_new_tokens=max_new_tokens,
        do_sample=False,
        eos_token_id=[peer.end],
        pad_token_id=peer.end,
    )
    device = peer.model.device
    generated = peer.model.generate(
        ids.to(device), attention_mask=is_prompt.to(device), generation_config=greedy
    )
    texts = peer.tokenizer.batch_decode(generated[:, length:], skip_special_tokens=True)
    return [text.strip() for text in texts]


def _answer_bits(peer: Peer, continuations: list[Continuation]) -> list[float]:
    """The loss on the answer of each continuation, Σ −log2 p(token), in bits."""
    rows = [[*one.prompt, *one.answer] for one in continuations]
    length = max(map(len, rows))
    ids = torch.tensor([row + [peer.end] * (length - len(row)) for row in rows])
    with torch.inference_mode():
        logits = peer.model(ids.to(peer.model.device)).logits  # (row, time, vocab_size)
    bits = []
    for row_logits, one in zip(logits, continuations):
        start = len(one.prompt)
        predicted = row_logits[start - 1 : len(one) - 1].float()
        targets = torch.tensor(one.answer, device=predicted.device)
        bits.append(F.cross_entropy(predicted, targets, reduction="sum").item() / math.log(2))
    return bits
