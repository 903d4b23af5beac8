"""Ask a model loaded by `transformers` the questions of compare.py. benchmarks/peers.py calls this.

The prompt is the model's own chat template up to where the answer begins. A model without one
completes

    Question: How many strikes make an out?
    Answer:
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jinja2 import TemplateError
from safetensors import SafetensorError
from torch import Tensor
from tqdm import tqdm
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from evaluation.answers import Question
from evaluation.report import ModelDescription, Settings
from evaluation.scores import ModelScores
from evaluation.variations import judge, spread
from network.hardware import Hardware
from tools.messages import first_line

GGUF = ".gguf"
ROLES = ("user", "assistant")
PLAIN_QUESTION, PLAIN_ANSWER = "Question: ", "Answer:"


@dataclass(frozen=True)
class Peer:
    """A model and its tokenizer. Its turn ends with the token `end`, or with another of `stops`."""

    name: str  # in the report
    path: str
    model: Any
    tokenizer: Any
    context: int
    end: int
    stops: frozenset[int]


@dataclass(frozen=True)
class Reference:
    """The ids of a prompt, and of the answer whose loss is measured after it."""

    prompt: list[int]
    target: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.target)


def load_peer(path: str, name: str, hardware: Hardware) -> Peer:
    """Load a folder, a .gguf file, or a model of the hub.

    The weights of a quantised .gguf file are dequantised to `hardware.dtype`. Generation settings
    that come with the model, such as a repetition penalty, are dropped. Raises ValueError if
    `transformers` does not load the model, or if its context or its end of a turn is unknown.
    """
    source: dict[str, Any] = {"pretrained_model_name_or_path": path}
    if path.endswith(GGUF):
        file = Path(path)
        source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(**source)
        model: Any = AutoModelForCausalLM.from_pretrained(**source, dtype=hardware.dtype)
        end = _end_of_turn(tokenizer)
    except (OSError, ValueError, KeyError, ImportError, SafetensorError, TemplateError) as problem:
        reason = first_line(problem)
        raise ValueError(f"transformers does not load {path}: {reason}") from None
    context = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if not context:
        raise ValueError(f"the configuration of {path} does not state its context")
    stops = {end, tokenizer.eos_token_id, *_as_list(model.generation_config.eos_token_id)}
    model.generation_config = GenerationConfig()
    model = model.to(hardware.device).eval()
    return Peer(name, path, model, tokenizer, context, end, frozenset(stops - {None}))


def _as_list(ids: int | list[int] | None) -> list[int | None]:
    return list(ids) if isinstance(ids, list) else [ids]


def _end_of_turn(tokenizer: Any) -> int:
    """The first special token that the chat template writes after an answer.

    Without one it is the tokenizer's end-of-text token. Raises ValueError if there is neither.
    """
    _, _, closing = _render_answer(tokenizer, ["?"], "x")
    for token in tokenizer(closing, add_special_tokens=False).input_ids:
        if token in tokenizer.all_special_ids:
            return token
    if tokenizer.eos_token_id is None:
        raise ValueError("its tokenizer has no token that ends an answer")
    return tokenizer.eos_token_id


# ---- the conversation as text, and as ids ----


def _render(tokenizer: Any, messages: Sequence[str]) -> str:
    """A conversation as text; if the last message is the human's, up to where the answer begins."""
    is_asked = len(messages) % 2 == 1
    if not tokenizer.chat_template:
        names = (PLAIN_QUESTION, f"{PLAIN_ANSWER} ")
        lines = [names[number % 2] + message for number, message in enumerate(messages)]
        return "\n".join([*lines, PLAIN_ANSWER] if is_asked else lines)
    turns = [
        {"role": ROLES[number % 2], "content": message} for number, message in enumerate(messages)
    ]
    return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=is_asked)


def _render_answer(tokenizer: Any, messages: Sequence[str], answer: str) -> tuple[str, str, str]:
    """The text before an answer, the answer with the white space before it, and what ends it.

    Raises ValueError if the text of the answered conversation does not begin with that before it.
    """
    answer = answer.strip()  # some templates strip messages
    prompt, answered = _render(tokenizer, messages), _render(tokenizer, [*messages, answer])
    rest = answered.removeprefix(prompt)
    before, found, closing = rest.partition(answer)
    if not answered.startswith(prompt) or not found or before.strip():
        raise ValueError(f"its chat template does not write an answer after its prompt: {rest!r}")
    return prompt, before + answer, closing


def _references(peer: Peer, question: Question) -> list[Reference]:
    """The question with its reference answer and the end of the turn, then with each choice."""
    answer = _reference(peer, question.messages, question.answer)
    with_end = Reference(answer.prompt, [*answer.target, peer.end])
    choices = [_reference(peer, question.messages, choice) for choice in question.choices]
    return [with_end, *choices]


def _reference(peer: Peer, messages: list[str], answer: str) -> Reference:
    """The ids of the conversation up to the answer, and those of the answer.

    Both are encoded together where that leaves the prompt's ids as they are. A chat template writes
    the special tokens; without one the tokenizer adds those at the beginning, if it has any.
    """
    tokenizer = peer.tokenizer
    prompt, answer, _ = _render_answer(tokenizer, messages, answer)
    adds_special = not tokenizer.chat_template
    prompt_ids = tokenizer(prompt, add_special_tokens=adds_special).input_ids
    ids = tokenizer(prompt + answer, add_special_tokens=adds_special).input_ids
    if ids[: len(prompt_ids)] == prompt_ids:
        return Reference(prompt_ids, ids[len(prompt_ids) :])
    return Reference(prompt_ids, tokenizer(answer, add_special_tokens=False).input_ids)


# ---- answers and losses ----


def score_peer(peer: Peer, questions: list[Question], settings: Settings) -> ModelScores:
    """The peer's greedy answers, judged, and its losses, computed as in evaluation/scores.py.

    A question that exceeds the peer's context with its reference answer, or with one of its
    choices, is not asked, and counts as wrong.
    """
    groups = [_references(peer, question) for question in questions]
    fitting = [n for n, group in enumerate(groups) if max(map(len, group)) <= peer.context]
    given = _answer_all(peer, [groups[n][0].prompt for n in fitting], settings)
    answers = spread(given, fitting, len(questions))
    bits_of_fitting = _all_bits(peer, [groups[n] for n in fitting])
    losses = spread(bits_of_fitting, fitting, len(questions))
    return ModelScores(
        model=_describe(peer),
        answers=answers,
        right=judge(answers, questions),
        bits=[group[0] if group else math.nan for group in losses],
        choice_bits=[tuple(group[1:]) if group else () for group in losses],
        variations=[],
    )


def _describe(peer: Peer) -> ModelDescription:
    return ModelDescription(
        name=peer.name,
        run=peer.path,
        parameters=sum(parameter.numel() for parameter in peer.model.parameters()),
        context=peer.context,
        tokenizer=f"that of {peer.name}",
        vocabulary=len(peer.tokenizer),
    )


def _answer_all(peer: Peer, prompts: Sequence[list[int]], settings: Settings) -> list[str]:
    """The greedy answer to each prompt; prompts of similar length share a batch."""
    answers: dict[int, str] = {}
    by_length = sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
    with _progress_bar(f"{peer.name}, answers", len(prompts)) as progress_bar:
        for start in range(0, len(by_length), settings.batch_size):
            numbers = by_length[start : start + settings.batch_size]
            batch = [prompts[number] for number in numbers]
            answers |= zip(numbers, _answer_batch(peer, batch, settings.max_new_tokens))
            progress_bar.update(len(numbers))
    return [answers[number] for number in range(len(prompts))]


def _answer_batch(peer: Peer, prompts: list[list[int]], max_new_tokens: int) -> list[str]:
    """The greedy answers to prompts, which are padded on the left."""
    length = max(map(len, prompts))
    ids = torch.full((len(prompts), length), peer.end)
    is_prompt = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, length - len(prompt) :] = torch.tensor(prompt)
        is_prompt[row, length - len(prompt) :] = 1
    greedy = GenerationConfig(
        max_new_tokens=min(max_new_tokens, peer.context - length),
        do_sample=False,
        eos_token_id=sorted(peer.stops),
        pad_token_id=peer.end,
    )
    device = peer.model.device
    generated = peer.model.generate(
        ids.to(device), attention_mask=is_prompt.to(device), generation_config=greedy
    )
    return [_as_answer(peer, row) for row in generated[:, length:].tolist()]


def _as_answer(peer: Peer, generated: list[int]) -> str:
    """The text of a row of generated tokens up to the first that ends a turn."""
    ends = [place for place, token in enumerate(generated) if token in peer.stops]
    kept = generated[: ends[0]] if ends else generated
    text = peer.tokenizer.decode(kept, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text.strip()


def _all_bits(peer: Peer, groups: Sequence[list[Reference]]) -> list[list[float]]:
    """The loss on the targets of each group of references, in bits."""
    bits = []
    with _progress_bar(f"{peer.name}, losses", len(groups)) as progress_bar:
        for group in groups:
            bits.append(_bits_of_group(peer, group))
            progress_bar.update()
    return bits


def _bits_of_group(peer: Peer, references: list[Reference]) -> list[float]:
    """The loss on the target of each reference, Σ −log2 p(token), in bits."""
    rows = [[*reference.prompt, *reference.target] for reference in references]
    length = max(map(len, rows))
    ids = torch.tensor([row + [peer.end] * (length - len(row)) for row in rows])
    with torch.inference_mode():
        logits = peer.model(ids.to(peer.model.device)).logits  # (row, time, vocab_size)
    return [_bits(row, reference) for row, reference in zip(logits, references)]


def _bits(logits: Tensor, reference: Reference) -> float:
    """The loss on the target, given the logits (time, vocab_size) of the prompt and the target."""
    predicted = logits[len(reference.prompt) - 1 : len(reference) - 1].float()
    target = torch.tensor(reference.target, device=predicted.device)
    return F.cross_entropy(predicted, target, reduction="sum").item() / math.log(2)


def _progress_bar(name: str, total: int) -> tqdm:
    progress_bar = tqdm(total=total, unit=" questions", disable=None, dynamic_ncols=True)
    progress_bar.set_description(name)
    return progress_bar
