"""scores."""

from dataclasses import dataclass
from pathlib import Path

SCORED_TOKENS = 4096  # how many tokens of reference answers go through the model at a time


def read_sets(paths: list[str]) -> dict:
    """Question sets by name, the file's without its ending. Raises ValueError where two have the same."""
    from evaluation.answers import read_questions

    sets = {}
    for path in paths:
        if Path(path).stem in sets:
            raise ValueError(f'two question sets are called "{Path(path).stem}"; rename a file')
        sets[Path(path).stem] = read_questions(path)
    return sets


def display_names(runs: list[str]) -> list[str]:
    """The folders' names, longer where two are alike: ["runs/a", "old/a", "runs/b"] -> ["runs/a", "old/a", "b"]."""
    parts = [Path(run).absolute().parts for run in runs]
    names = []
    for own in parts:
        length = next(
            length
            for length in range(1, len(own) + 1)
            if length == len(own) or [other[-length:] for other in parts].count(own[-length:]) == 1
        )
        names.append("/".join(own[-length:]))
    return names


@dataclass(frozen=True)
class Result:
    """What one model made of the questions, in their order."""

    about: dict  # the model's size, context and tokenizer
    answers: list  # what it said; None where the question and its answer do not fit its context
    is_right: list
    bits: list  # the loss on each reference answer; NaN where it does not fit


def ask(run: str, questions: list, hardware, max_new_tokens: int, batch_size: int, bar) -> Result:
    """Load a model, ask it everything, and let go of it."""
    from evaluation.answers import is_right
    from network.generation import answer_all, for_generation
    from network.model_folder import load_model
    from text.conversation import prompt_ids, tokenize_exchange

    model, tokenizer = load_model(run)
    size = sum(parameter.numel() for parameter in model.parameters())
    about = {
        "parameters": size,
        "context": model.config.n_positions,
        "tokenizer": tokenizer.name,
        "vocabulary": tokenizer.vocab_size,
    }
    model = for_generation(model, hardware.device, hardware.dtype)
    context = model.config.n_positions
    exchanges = [
        tokenize_exchange(question.question, question.answer, tokenizer) for question in questions
    ]
    fitting = [number for number, exchange in enumerate(exchanges) if len(exchange) <= context]
    bar.set_description(Path(run).name)
    bar.update(len(questions) - len(fitting))
    prompts = [prompt_ids([questions[number].question], tokenizer, context) for number in fitting]
    texts = answer_all(
        model, tokenizer, prompts, max_new_tokens, batch_size=batch_size, on_answer=bar.update
    )
    answers, bits = (
        dict(zip(fitting, texts)),
        dict(zip(fitting, answer_bits(model, [exchanges[number] for number in fitting]))),
    )
    right = [
        number in answers and is_right(answers[number], question)
        for number, question in enumerate(questions)
    ]
    numbers = range(len(questions))
    return Result(
        about,
        [answers.get(number) for number in numbers],
        right,
        [bits.get(number, float("nan")) for number in numbers],
    )


def answer_bits(model, exchanges: list) -> list[float]:
    """Σ −log2 p(token) over what the assistant says in each of the exchanges, its <|endoftext|> included.

    Logits are made for those tokens only, and a few hundred at a time: with 50,257 scores each they are most of the memory.
    """
    import numpy as np
    import torch
    import torch.nn.functional as F

    from model import LOGITS_IN_A_CHUNK
    from text.batches import NOT_A_TARGET, pack

    device, chunk = model.wte.weight.device, max(1, LOGITS_IN_A_CHUNK // model.config.vocab_size)
    nats = []
    with torch.inference_mode():
        for inputs, targets, _ in pack(exchanges, SCORED_TOKENS):
            rows, places = np.nonzero(targets != NOT_A_TARGET)
            hidden = model(torch.from_numpy(inputs).to(device))[
                torch.from_numpy(rows), torch.from_numpy(places)
            ]  # (targets, n_embd)
            wanted = torch.from_numpy(targets[rows, places]).to(device)
            losses = [
                F.cross_entropy(model.logits(some).float(), goals, reduction="none").cpu()
                for some, goals in zip(hidden.split(chunk), wanted.split(chunk))
            ]
            nats += np.bincount(rows, torch.cat(losses).double(), minlength=len(inputs)).tolist()
    packed = sorted(
        range(len(exchanges)), key=lambda number: len(exchanges[number]), reverse=True
    )  # the order in which `pack` takes them
    return [loss / np.log(2) for _, loss in sorted(zip(packed, nats))]
