import pytest
import torch

from model import GPT, GPTConfig
from network.generation import (
    GREEDY,
    Answer,
    Sampling,
    answer_all,
    for_generation,
    generate,
    sample,
)
from network.model_folder import save_model


@pytest.fixture(scope="module")
def config(tokenizer):
    return GPTConfig(
        vocab_size=tokenizer.vocab_size, n_positions=48, n_embd=32, n_layer=2, n_head=2
    )


def wild_model(config):
    """Random weights far enough from each other that no two next tokens are nearly as likely."""
    model = GPT(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(
                0.3
                * torch.randn(
                    parameter.shape, generator=torch.Generator().manual_seed(parameter.numel())
                )
            )
    return model


@pytest.fixture(scope="module")
def model(config):
    return for_generation(wild_model(config), torch.device("cpu"), torch.float32)


def text_of(model, tokenizer, prompt, max_new_tokens, sampling=GREEDY, seed=0):
    return "".join(
        piece for [piece] in generate(model, tokenizer, [prompt], max_new_tokens, sampling, [seed])
    )


PROMPTS = [[1, 2, 3], [50, 7, 9], [100, 101, 102], [5] * 30, [7], list(range(40)), [300, 301, 302]]


def test_greedy_answers_equal_those_of_transformers_up_to_the_stop_rule(
    config, model, tokenizer, tmp_path
):
    import transformers

    save_model(tmp_path, wild_model(config), tokenizer)
    reference = transformers.AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    for prompt in PROMPTS:
        ids = reference.generate(
            torch.tensor([prompt]),
            max_new_tokens=8,
            do_sample=False,
            pad_token_id=tokenizer.end_of_text,
        )[0, len(prompt) :].tolist()
        if tokenizer.end_of_text in ids:
            ids = ids[: ids.index(tokenizer.end_of_text)]
        assert (
            text_of(model, tokenizer, prompt, 8) == tokenizer.decode(ids).partition("\n\nHuman:")[0]
        )


def test_packed_weights_change_the_logits_by_rounding_only(config, model):
    ids = torch.tensor([[5, 6, 7, 8]])
    plain = wild_model(config)
    with torch.no_grad():
        expected = plain.logits(plain(ids))
        assert torch.linalg.vector_norm(
            model.logits(model(ids)) - expected
        ) < 1e-5 * torch.linalg.vector_norm(expected)


@pytest.mark.parametrize(
    "sampling",
    [GREEDY, Sampling(1.0, top_k=0), Sampling(0.7, top_k=40, top_p=0.9, repetition_penalty=1.3)],
)
def test_answers_do_not_depend_on_what_else_is_in_the_batch(model, tokenizer, sampling):
    reports = []
    together = answer_all(
        model, tokenizer, PROMPTS, 12, sampling, seed=3, batch_size=2, on_answer=reports.append
    )
    assert sum(reports) == len(PROMPTS)
    assert together == [
        text_of(model, tokenizer, prompt, 12, sampling, 3 + number).strip()
        for number, prompt in enumerate(PROMPTS)
    ]
    assert len(set(together)) > 3


def test_generation_ends_where_the_context_does(model, tokenizer):
    assert (
        sum(piece is not None for [piece] in generate(model, tokenizer, [list(range(40))], 100))
        <= 48 - 40
    )
    assert answer_all(model, tokenizer, [[1] * 48, [1] * 60, [2]], 3)[:2] == ["", ""]
    with pytest.raises(ValueError, match="equally long"):
        next(generate(model, tokenizer, [[1], [1, 2]], 3))


def test_the_same_seed_gives_the_same_text_and_another_another(model, tokenizer):
    texts = [text_of(model, tokenizer, [1], 20, Sampling(1.0, top_k=0), seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


# ---- the stop rule, and whole characters ----


def pieces_of(text, tokenizer):
    answer = Answer(tokenizer)
    ids = tokenizer.encode(text)
    pieces = []
    for number, token in enumerate(ids):
        pieces.append(answer.add(token, is_last=number == len(ids) - 1))
        if answer.has_ended:
            break
    return answer, pieces


@pytest.mark.parametrize(
    "text",
    [
        "Ünïcödé ⚾ 漢字 👩‍👩‍👧 naïve",
        "a\n\nHum",
        "\n\n\nHuman",
        "no stop\n\nHumans: no",
        "x\n\nHumanity",
    ],
)
def test_text_comes_in_whole_characters_and_nothing_is_lost(text, tokenizer):
    answer, pieces = pieces_of(text, tokenizer)
    assert "".join(pieces) == text and answer.has_ended
    assert "\ufffd" not in "".join(pieces)


def test_the_answer_stops_where_the_human_would_speak_without_showing_the_beginning_of_it(
    tokenizer,
):
    answer, pieces = pieces_of("Nine.\n\nHuman: And how many", tokenizer)
    assert "".join(pieces) == "Nine." and answer.has_ended
    assert not any("\n" in piece for piece in pieces)


def test_end_of_text_ends_the_answer_and_sets_free_what_was_held_back(tokenizer):
    answer = Answer(tokenizer)
    pieces = [answer.add(token) for token in tokenizer.encode("Yes.\n\nHu")]
    assert "".join(pieces) == "Yes."
    assert answer.add(tokenizer.end_of_text) == "\n\nHu" and answer.has_ended


def test_half_a_character_at_the_end_is_shown_as_such_and_not_lost(tokenizer):
    half = tokenizer.vocab["⚾".encode()[:1]]
    answer = Answer(tokenizer)
    assert answer.add(half) == "" and answer.add(tokenizer.end_of_text) == "\ufffd"


# ---- sampling ----

LOGITS = torch.log(torch.tensor([0.5, 0.25, 0.15, 0.1]))


def frequencies(sampling, number=4000):
    generators = [torch.Generator().manual_seed(seed) for seed in range(number)]
    tokens = sample(
        LOGITS.expand(number, 4), sampling, generators, torch.zeros(number, 1, dtype=torch.int64)
    )
    return (torch.bincount(tokens, minlength=4) / number).tolist()


@pytest.mark.parametrize(
    "sampling, expected",
    [
        (Sampling(1.0, top_k=0), [0.5, 0.25, 0.15, 0.1]),
        (Sampling(0.5, top_k=0), [0.25 / 0.345, 0.0625 / 0.345, 0.0225 / 0.345, 0.01 / 0.345]),
        (Sampling(1.0, top_k=2), [2 / 3, 1 / 3, 0, 0]),
        (Sampling(1.0, top_k=0, top_p=0.7), [2 / 3, 1 / 3, 0, 0]),
        (Sampling(1.0, top_k=0, top_p=0.76), [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0]),
        (Sampling(0.0), [1, 0, 0, 0]),
    ],
)
def test_tokens_are_drawn_from_the_stated_distribution(sampling, expected):
    assert frequencies(sampling) == pytest.approx(expected, abs=0.035)


def test_the_repetition_penalty_is_the_published_one():
    logits, seen = torch.tensor([[2.0, 1.9, -1.0]]), torch.tensor([[0, 2]])
    assert sample(logits, Sampling(0, repetition_penalty=1.2), [], seen).tolist() == [
        1
    ]  # 2.0 / 1.2 < 1.9
    assert sample(logits, Sampling(0, repetition_penalty=1.0), [], seen).tolist() == [0]


def test_settings_out_of_range_are_named():
    with pytest.raises(ValueError, match="temperature must be 0 or more; top_p must be over 0"):
        Sampling(-1, top_p=0)
