"""Generation on a graphics card: the CPU's texts, from CUDA graphs and without them."""

import warnings
from collections import defaultdict
from contextlib import contextmanager

import pytest
import torch

from model import GPTConfig
from network import decoding
from network.continuous import ContinuousBatch, Request
from network.decoding import for_generation, open_decoder
from network.generation import answer_all, generate
from network.sampling import GREEDY, Sampling
from tests.support.models import model_with_large_weights, random_ids, relative_error

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

CONTEXT = 150
SAMPLINGS = [GREEDY, Sampling(1.0, 0), Sampling(0.7, 40, 0.9, 1.3)]
PROMPTS = [[1, 2, 3], [50, 7, 9], [100, 101, 102], [5] * 100, [7], [300, 301, 302], [4, 5, 6]]


@pytest.fixture(autouse=True)
def exact_products():
    """No TF32: texts are compared token by token."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    yield
    torch.set_float32_matmul_precision(before)


def model_on(vocab_size, device, dtype=torch.float32):
    shape = {"n_positions": CONTEXT, "n_embd": 96, "n_layer": 3, "n_head": 4}
    model = model_with_large_weights(GPTConfig(vocab_size=vocab_size, **shape), deviation=0.2)
    return for_generation(model, torch.device(device), dtype)


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(0.7, 40, 0.9, 1.3)])
@pytest.mark.parametrize("batch_size", [1, 64])
def test_cuda_gives_the_texts_of_the_cpu(tokenizer, sampling, batch_size):
    settings = {"max_new_tokens": 70, "sampling": sampling, "seed": 3, "batch_size": batch_size}
    answers = [
        answer_all(model_on(tokenizer.vocab_size, device), tokenizer, PROMPTS, **settings)
        for device in ("cpu", "cuda")
    ]
    assert answers[0] == answers[1]
    assert len(set(answers[0])) > 3


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.bfloat16, 0.03)])
def test_cuda_graphs_give_the_logits_of_the_growing_cache(tokenizer, dtype, tolerance):
    model = model_on(tokenizer.vocab_size, "cuda", dtype)
    ids = random_ids(model.config, batch=3).cuda()
    with torch.inference_mode(), open_decoder(model, 3, CONTEXT) as fixed:
        growing = decoding.GrowingDecoder(model, 3, CONTEXT)
        growing.prefill(ids[:, :5])
        fixed.prefill(ids[:, :5])
        for position in range(5, CONTEXT):
            logits = fixed.decode(ids[:, position])
            expected = growing.decode(ids[:, position])
            assert relative_error(logits, expected) < tolerance, position
        assert sorted(fixed.memory.graphs) == [(4, 64), (4, 128), (4, 192)]


def test_cuda_rows_that_end_leave_the_others_alone(tokenizer):
    model = model_on(tokenizer.vocab_size, "cuda")
    ids = random_ids(model.config, batch=6, time=60).cuda()
    expected = model.logits(model(ids))
    kept = list(range(6))
    with torch.inference_mode(), open_decoder(model, 6, 60) as decoder:
        decoder.prefill(ids[:, :20])
        for position in range(20, 60):
            logits = decoder.decode(ids[kept, position])
            assert relative_error(logits, expected[kept, position]) < 1e-4, position
            if position % 8 == 0:
                decoder.keep(torch.arange(1, len(kept), device="cuda"))
                kept = kept[1:]
        assert {rows for rows, _ in decoder.memory.graphs} == {8, 4, 2, 1}


def test_cuda_tokens_are_recorded_without_a_warning(tokenizer):
    model = model_on(tokenizer.vocab_size, "cuda")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer_all(model, tokenizer, PROMPTS, 40)
    assert model.idle_step_memory[0].graphs


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(0.7, 40, 0.9, 1.3)])
def test_cuda_waits_for_the_device_once_a_token(tokenizer, sampling):
    model = model_on(tokenizer.vocab_size, "cuda")
    steps = generate(model, tokenizer, [[1, 2, 3]], 40, sampling, [0], stop_text="")
    for _ in range(4):
        next(steps)
    with waits_in_tolist() as waits:
        for _ in range(5):
            next(steps)
    assert len(waits) == 5


@contextmanager
def waits_in_tolist():
    """Raise an error when PyTorch waits for the device, except in `tolist`; yields those waits."""
    waits = []
    to_list = torch.Tensor.tolist

    def allowed_to_wait(tensor):
        if tensor.is_cuda:
            waits.append(tensor.shape)
        report_waits("default")
        numbers = to_list(tensor)
        report_waits("error")
        return numbers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "tolist", allowed_to_wait)
        report_waits("error")
        try:
            yield waits
        finally:
            report_waits("default")


def report_waits(mode):
    """Let PyTorch raise an error when it waits for the device, or not ("default")."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that this does not notice every wait
        torch.cuda.set_sync_debug_mode(mode)


def test_cuda_texts_are_the_same_when_recording_fails(tokenizer, monkeypatch):
    prompts = [[1, 2, 3], [50, 7, 9]]
    settings = {"max_new_tokens": 40, "batch_size": 2}
    model = model_on(tokenizer.vocab_size, "cuda")
    expected = answer_all(model, tokenizer, prompts, **settings)
    compute = decoding.last_logits

    def compute_and_wait(*arguments):
        logits = compute(*arguments)
        if torch.cuda.is_current_stream_capturing():
            logits.sum().item()
        return logits

    monkeypatch.setattr(decoding, "last_logits", compute_and_wait)
    model = model_on(tokenizer.vocab_size, "cuda")
    with pytest.warns(UserWarning, match="without a CUDA graph"):
        assert answer_all(model, tokenizer, prompts, **settings) == expected
    assert torch.cuda.current_stream() == torch.cuda.default_stream()
    monkeypatch.undo()
    model = model_on(tokenizer.vocab_size, "cuda")  # and the device still records
    assert answer_all(model, tokenizer, prompts, **settings) == expected
    assert model.idle_step_memory[0].graphs


def test_cuda_memory_of_graphs_is_freed_with_the_model(tokenizer):
    torch.cuda.synchronize()
    model = model_on(tokenizer.vocab_size, "cuda")
    answer_all(model, tokenizer, PROMPTS, 40)  # cuBLAS keeps its workspace from here on
    del model
    before = torch.cuda.memory_allocated()
    model = model_on(tokenizer.vocab_size, "cuda")
    answer_all(model, tokenizer, PROMPTS, 40)
    assert torch.cuda.memory_allocated() > before
    del model
    assert torch.cuda.memory_allocated() == before


# ---- answers that begin and end one by one, as serve.py makes them ----


def test_cuda_answers_that_come_and_go_are_those_of_the_cpu(tokenizer):
    answers = [
        come_and_go(model_on(tokenizer.vocab_size, device), tokenizer) for device in ("cpu", "cuda")
    ]
    assert answers[0] == answers[1]
    assert len(set(answers[0].values())) == len(PROMPTS)


def come_and_go(model, tokenizer):
    """The answers to PROMPTS, by number: each begins three steps after the last, and is longer."""
    waiting = [
        Request(prompt, 20 + 4 * number, SAMPLINGS[number % 3], number, stops=())
        for number, prompt in enumerate(PROMPTS)
    ]
    batch = ContinuousBatch(model, tokenizer)
    texts = defaultdict(str)
    step = 0
    while waiting or len(batch):
        if waiting and step % 3 == 0:
            batch.add(waiting.pop(0))
        for number, gain in batch.step().items():
            texts[number] += gain.text
        step += 1
    return texts


@pytest.mark.parametrize("samplings", [[SAMPLINGS[2]] * 3, SAMPLINGS])
def test_cuda_answers_made_together_wait_for_the_device_once_a_token(tokenizer, samplings):
    batch = ContinuousBatch(model_on(tokenizer.vocab_size, "cuda"), tokenizer)
    for number, sampling in enumerate(samplings):
        batch.add(Request([7] * (1 + number), 40, sampling, number, stops=()))
    for _ in range(3):  # as it is, recorded, and replayed
        batch.step()
    with waits_in_tolist() as waits:
        for _ in range(5):
            batch.step()
        batch.remove([1])  # a row that is moved
    assert waits == [(3,)] * 5
    assert sorted(batch._decoder._memory.graphs) == [(4, 64)]
    batch.step()
    batch.remove([0, 2])
    assert len(batch) == 0
