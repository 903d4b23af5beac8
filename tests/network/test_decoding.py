"""Decoding in fixed shapes: the results of the growing cache, and what becomes of its memory."""

import warnings

import pytest
import torch

from model import FixedCache, GPTConfig
from network import decoding
from network.decoding import GrowingDecoder, open_decoder, power_of_two, use_fixed_shapes
from network.generation import answer_all, generate
from network.sampling import GREEDY, Sampling
from tests.support.models import model_with_large_weights, relative_error

CONTEXT = 150
SAMPLINGS = [GREEDY, Sampling(1.0, 0), Sampling(0.7, 40, 0.9, 1.3)]
PROMPTS = [[1, 2, 3], [50, 7, 9], [100, 101, 102], [5] * 100, [7], [300, 301, 302], [4, 5, 6]]


@pytest.fixture(scope="module")
def make_model(tokenizer):
    def make_model(kernels="fused", fixed=True):
        shape = {"n_positions": CONTEXT, "n_embd": 32, "n_layer": 2, "n_head": 2}
        config = GPTConfig(vocab_size=tokenizer.vocab_size, **shape)
        model = model_with_large_weights(config, kernels)
        model.requires_grad_(False)
        if fixed:
            use_fixed_shapes(model)
        return model

    return make_model


@pytest.fixture
def model(make_model):
    return make_model()


@pytest.fixture(scope="module")
def growing_model(make_model):
    return make_model(fixed=False)


def random_ids(model, *shape):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randint(model.config.vocab_size, shape, generator=generator)


def text_of(steps, number=0):
    return "".join(pieces[number] or "" for pieces in steps)


# ---- the results ----


@pytest.mark.parametrize("kernels", ["manual", "fused"])
def test_logits_in_fixed_shapes_equal_those_of_the_growing_cache_at_every_position(
    make_model, kernels
):
    model = make_model(kernels)
    ids = random_ids(model, 3, CONTEXT)
    expected = model.logits(model(ids))
    growing = GrowingDecoder(model, 3, CONTEXT)
    growing.prefill(ids[:, :5])
    with open_decoder(model, 3, CONTEXT) as fixed:
        first = fixed.prefill(ids[:, :5])
        assert relative_error(first, expected[:, 4]) < 1e-5
        for position in range(5, CONTEXT):
            logits = fixed.decode(ids[:, position])
            assert relative_error(logits, growing.decode(ids[:, position])) < 1e-5, position
            assert relative_error(logits, expected[:, position]) < 1e-4, position
        with pytest.raises(ValueError, match=f"there is room for {CONTEXT}"):
            fixed.decode(ids[:, 0])


@pytest.mark.parametrize("kept", [[2, 0], [4], [0, 1, 2, 3], [5, 3, 1]])
def test_kept_sequences_go_on_as_if_nothing_had_happened(model, kept):
    ids = random_ids(model, 6, 40)
    expected = model.logits(model(ids))
    with open_decoder(model, 6, 50) as decoder:
        decoder.prefill(ids[:, :20])
        for position in range(20, 25):
            decoder.decode(ids[:, position])
        decoder.keep(torch.tensor(kept))
        for position in range(25, 30):
            logits = decoder.decode(ids[kept, position])
            assert relative_error(logits, expected[kept, position]) < 1e-4
        decoder.keep(torch.tensor([len(kept) - 1]))
        for position in range(30, 35):
            logits = decoder.decode(ids[kept[-1:], position])
            assert relative_error(logits, expected[kept[-1:], position]) < 1e-4


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_answers_in_fixed_shapes_are_those_of_the_growing_cache(
    model, growing_model, tokenizer, sampling, batch_size
):
    settings = {"max_new_tokens": 70, "sampling": sampling, "seed": 3, "batch_size": batch_size}
    answers = answer_all(model, tokenizer, PROMPTS, **settings)
    assert answers == answer_all(growing_model, tokenizer, PROMPTS, **settings)
    assert len(set(answers)) > 3


def test_two_answers_at_the_same_time_do_not_disturb_each_other(model, growing_model, tokenizer):
    prompts = [[1, 2, 3]], [[50, 7, 9]]
    pairs = zip(*(generate(model, tokenizer, prompt, 30) for prompt in prompts), strict=False)
    first, second = zip(*pairs)
    for steps, prompt in ((first, prompts[0]), (second, prompts[1])):
        expected = list(generate(growing_model, tokenizer, prompt, 30))
        assert text_of(steps) == text_of(expected[: len(steps)])


def test_a_fixed_cache_takes_one_token_at_a_time(model):
    with open_decoder(model, 1, 64) as decoder:
        memory = decoder.memory
    part = memory.cache.view(1, 64)
    cache = FixedCache(part.keys, part.values, memory.position, memory.causal_mask, 0)
    with pytest.raises(ValueError, match="one token at a time, not 2"):
        model(torch.tensor([[1, 2]]), cache)


# ---- its memory ----


def test_the_next_answer_uses_the_memory_of_the_last_one_if_it_fits(model):
    with open_decoder(model, 3, 60) as first:
        assert first.memory.positions == 64 and len(first.memory.tokens) == 4
        with open_decoder(model, 1, 10) as second:  # at the same time
            assert second.memory is not first.memory
    with open_decoder(model, 4, 64) as again:
        assert again.memory is first.memory
    with open_decoder(model, 5, 64) as larger:
        assert larger.memory is not first.memory and len(larger.memory.tokens) == 8
    with open_decoder(model, 1, CONTEXT) as longer:
        assert longer.memory.positions == 192  # the context, in whole blocks of 64
    assert model.idle_step_memory == [longer.memory]


def test_an_abandoned_answer_gives_its_memory_back(model, tokenizer):
    steps = generate(model, tokenizer, [[1, 2, 3]], 20)
    next(steps)
    assert model.idle_step_memory == []
    steps.close()
    assert len(model.idle_step_memory) == 1


def test_a_large_cache_is_not_kept_for_the_next_answer(model, monkeypatch):
    monkeypatch.setattr(decoding, "IDLE_BYTES", 2 * 2 * 32 * 64 * 4)  # one row in two layers
    with open_decoder(model, 1, 64):
        pass
    assert len(model.idle_step_memory) == 1
    with open_decoder(model, 2, 64):
        pass
    assert model.idle_step_memory == []


def test_weights_that_have_moved_get_memory_with_new_graphs(model):
    with open_decoder(model, 1, 60) as before:
        pass
    model.load_state_dict(model.state_dict())  # in place
    with open_decoder(model, 1, 60) as after:
        assert after.memory is before.memory
    model.double()
    with open_decoder(model, 1, 60) as after:
        assert after.memory is not before.memory


def test_nothing_of_an_earlier_answer_is_left_in_the_memory(model, growing_model, tokenizer):
    with open_decoder(model, 2, 64) as decoder:
        decoder.memory.cache.keys.fill_(torch.nan)
        decoder.memory.cache.values.fill_(torch.nan)
    answer = text_of(generate(model, tokenizer, [[1, 2, 3]], 30))
    assert answer == text_of(generate(growing_model, tokenizer, [[1, 2, 3]], 30))


@pytest.mark.parametrize("number, power", [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (64, 64)])
def test_powers_of_two_are_rounded_up_to(number, power):
    assert power_of_two(number) == power


# ---- recording, with a recorder that calls the function again instead of a graph ----


class Recorder:
    """Stands in for GraphRecorder. `spoil` is what recording or a replay does besides."""

    def __init__(self, spoil_record=lambda: None, spoil_replay=lambda: None):
        self.spoil_record, self.spoil_replay = spoil_record, spoil_replay
        self.runs = self.records = self.replays = 0

    def run(self, step):
        self.runs += 1
        step()

    def record(self, step):
        self.records += 1
        self.spoil_record()

        def replay():
            self.replays += 1
            step()
            self.spoil_replay()

        return replay


def decode_with(model, recorder, tokens=20):
    """Decode tokens with the recorder; return the memory, and the largest error of the logits."""
    ids = random_ids(model, 2, tokens + 4)
    expected = model.logits(model(ids))
    errors = []
    with open_decoder(model, 2, 64) as decoder:
        decoder.memory.recorder = recorder
        decoder.prefill(ids[:, :4])
        for position in range(4, tokens + 4):
            logits = decoder.decode(ids[:, position])
            errors.append(relative_error(logits, expected[:, position]))
    return decoder.memory, max(errors)


def test_the_second_step_in_the_same_shapes_is_recorded_and_then_replayed(model):
    recorder = Recorder()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        memory, error = decode_with(model, recorder)
    # The first two steps run; the second is recorded too, and its replay is compared.
    assert (recorder.runs, recorder.records, recorder.replays) == (2, 1, 19)
    assert list(memory.graphs) == [(2, 64)] and error < 1e-4


def test_if_recording_fails_the_first_cause_is_named_and_the_steps_run_as_they_are(model):
    def fail():
        try:
            raise RuntimeError("operation not permitted\nwhen capturing")
        except RuntimeError:
            raise RuntimeError("a previous error") from None

    recorder = Recorder(spoil_record=fail)
    with pytest.warns(UserWarning, match=r"without a CUDA graph.*\(operation not permitted\)"):
        memory, error = decode_with(model, recorder)
    assert error < 1e-4 and recorder.records == 1 and not memory.graphs


def test_a_graph_that_gives_other_logits_is_not_used(model):
    with open_decoder(model, 2, 64) as decoder:
        memory = decoder.memory
    recorder = Recorder(spoil_replay=lambda: memory.logits.add_(1))
    with pytest.warns(UserWarning, match="the graph gave other logits"):
        used, error = decode_with(model, recorder)
    assert used is memory and error < 1e-4 and recorder.replays == 1
