"""Sequences at different positions in one batch, and answers that begin and end one by one."""

import pytest
import torch

from model import GPTConfig
from network import continuous
from network.continuous import ContinuousBatch, Request
from network.decoding import cache_for, for_generation, last_logits
from network.generation import generate
from network.sampling import GREEDY, Sampling
from network.staggered import StaggeredDecoder
from tests.support.models import model_with_large_weights, random_ids, relative_error

CONTEXT = 96
PROMPTS = [[1, 2, 3], [50, 7, 9], [5] * 30, [7], list(range(CONTEXT - 8)), [300, 301, 302]]
SAMPLINGS = [GREEDY, Sampling(1.0, top_k=0), Sampling(0.7, 40, 0.9, 1.3)]


@pytest.fixture(scope="module")
def model(tokenizer):
    shape = {"n_positions": CONTEXT, "n_embd": 32, "n_layer": 2, "n_head": 2}
    model = model_with_large_weights(GPTConfig(vocab_size=tokenizer.vocab_size, **shape))
    return for_generation(model, torch.device("cpu"), torch.float32)


def join(decoder, ids, positions=CONTEXT):
    """Let a prompt, (time,), join; returns the logits after it."""
    cache = cache_for(decoder.model, 1, len(ids))
    logits = last_logits(decoder.model, ids.unsqueeze(0), cache)
    decoder.join(cache, positions)
    return logits


# ---- the decoder ----


@torch.inference_mode()
def test_logits_are_those_of_each_sequence_alone_while_others_join_and_leave(model):
    ids = random_ids(model.config, batch=5)
    expected = model.logits(model(ids))
    decoder = StaggeredDecoder(model)
    lengths = {}  # of the sequences in the batch, in the order of their rows
    events = {0: (0, 3), 2: (1, 40), 5: (2, 1), 9: (3, 60), 14: (4, 7)}  # step: (joins, length)
    leaves = {12: 1, 20: 0, 30: 4}
    for step in range(36):
        if step in events:
            sequence, length = events[step]
            logits = join(decoder, ids[sequence, :length])
            assert relative_error(logits, expected[sequence, length - 1]) < 1e-4
            lengths[sequence] = length
        if step in leaves:
            rows = [row for row, sequence in enumerate(lengths) if sequence != leaves[step]]
            decoder.keep(rows)
            del lengths[leaves[step]]
        rows, positions = list(lengths), list(lengths.values())
        logits = decoder.decode(ids[rows, positions])
        assert relative_error(logits, expected[rows, positions]) < 1e-4, step
        lengths = {sequence: length + 1 for sequence, length in lengths.items()}


@torch.inference_mode()
def test_a_row_holds_nothing_of_a_sequence_that_has_left_it(model):
    ids = random_ids(model.config, batch=2)
    decoder = StaggeredDecoder(model)
    join(decoder, ids[0, :5])
    join(decoder, ids[1, :50])
    decoder._memory.cache.values[:, 1] = torch.nan
    decoder.keep([0])
    join(decoder, ids[1, :5])
    assert decoder.decode(ids[:, 5]).isfinite().all()


@torch.inference_mode()
def test_a_sequence_cannot_become_longer_than_its_room(model):
    decoder = StaggeredDecoder(model)
    join(decoder, random_ids(model.config)[0, : CONTEXT - 1])
    decoder.decode(torch.tensor([1]))
    # The memory is rounded up to whole blocks of positions; the model's context is not.
    with pytest.raises(ValueError, match=f"context of {CONTEXT}"):
        decoder.decode(torch.tensor([1]))


# ---- the answers ----


def finish(batch, arrivals):
    """Run a batch until it is empty; `arrivals` maps steps to requests. Returns texts and gains."""
    texts, gains, numbers = {}, {}, {}
    step = 0
    while len(batch) or step <= max(arrivals):
        if step in arrivals:
            numbers[batch.add(arrivals[step])] = arrivals[step].seed
        for number, gain in batch.step().items():
            seed = numbers[number]
            texts[seed] = texts.get(seed, "") + gain.text
            gains[seed] = gain
        step += 1
    return texts, gains


def alone(model, tokenizer, request):
    [stop] = request.stops or [""]
    steps = generate(
        model,
        tokenizer,
        [request.prompt],
        request.max_new_tokens,
        request.sampling,
        [request.seed],
        stop,
    )
    return "".join(piece for [piece] in steps)


def test_answers_that_begin_one_by_one_are_those_of_generate(model, tokenizer):
    requests = [
        Request(prompt, 12 + 5 * number, SAMPLINGS[number % 3], seed=number)
        for number, prompt in enumerate(PROMPTS)
    ]
    texts, gains = finish(ContinuousBatch(model, tokenizer), {2 * r.seed: r for r in requests})
    expected = {request.seed: alone(model, tokenizer, request) for request in requests}
    assert texts == expected
    assert len(set(texts.values())) == len(PROMPTS)
    assert all(gain.has_ended for gain in gains.values())


def test_a_long_prompt_is_read_in_pieces_while_other_answers_grow(model, tokenizer, monkeypatch):
    monkeypatch.setattr(continuous, "READ_TOKENS", 16)
    batch = ContinuousBatch(model, tokenizer)
    first = batch.add(Request([7], 60, Sampling(1.0, top_k=0), seed=3, stops=()))
    batch.step()
    long = Request([5] * 50, 4, GREEDY, seed=0, stops=())
    number = batch.add(long)
    gained = [batch.step() for _ in range(4)]
    assert [number in gains for gains in gained] == [False, False, False, True]
    assert all(first in gains for gains in gained)
    text = gained[-1][number].text + "".join(batch.step()[number].text for _ in range(3))
    assert text == alone(model, tokenizer, long)


def test_an_answer_that_is_removed_leaves_the_others_as_they_are(model, tokenizer):
    kept = Request([50, 7, 9], 30, Sampling(1.0, top_k=0), seed=5, stops=())
    batch = ContinuousBatch(model, tokenizer)
    removed = [batch.add(Request([3] * n, 40, GREEDY, 0, ())) for n in (1, 20)]
    number = batch.add(kept)
    text = ""
    for step in range(30):
        text += batch.step()[number].text
        if step in (3, 9):
            batch.remove([removed.pop()])
    assert text == alone(model, tokenizer, kept)
    assert len(batch) == 0


def test_the_end_of_an_answer_says_why_it_ended(model, tokenizer):
    request = Request([7], 40, GREEDY, 0, stops=())
    whole = alone(model, tokenizer, request)
    stop = whole[8:11]
    texts, gains = finish(
        ContinuousBatch(model, tokenizer),
        {0: request, 1: Request([7], 40, GREEDY, 1, stops=("never there", stop))},
    )
    assert texts[1] == whole[: whole.index(stop)]
    assert gains[0].tokens == 40 and not gains[0].has_stopped
    assert gains[1].has_stopped


@pytest.mark.parametrize(
    "prompt, tokens, problem",
    [
        ([], 5, "empty"),
        ([1], 0, "max_new_tokens must be 1"),
        ([1] * CONTEXT, 5, f"context of {CONTEXT}"),
    ],
)
def test_requests_without_a_prompt_or_room_are_refused(model, tokenizer, prompt, tokens, problem):
    with pytest.raises(ValueError, match=problem):
        ContinuousBatch(model, tokenizer).add(Request(prompt, tokens, GREEDY, 0))
