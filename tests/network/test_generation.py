"""Generation: greedy answers, batches, the stop rule."""

import pytest
import torch

import network.sampling
from model import GPTConfig
from network.decoding import for_generation
from network.generation import Answer, answer_all, generate
from network.model_folder import save_model
from network.sampling import GREEDY, Sampling
from tests.support.models import model_with_large_weights

CONTEXT = 48
FULL_CONTEXT = list(range(CONTEXT - 8))  # room for eight tokens
PROMPTS = [
    [1, 2, 3],
    [50, 7, 9],
    [100, 101, 102],
    [5] * 30,
    [7],
    FULL_CONTEXT,
    [300, 301, 302],
]
SAMPLINGS = [
    GREEDY,
    Sampling(1.0, top_k=0),
    Sampling(0.7, top_k=40, top_p=0.9, repetition_penalty=1.3),
]


@pytest.fixture(scope="module")
def config(tokenizer):
    return GPTConfig(
        vocab_size=tokenizer.vocab_size, n_positions=CONTEXT, n_embd=32, n_layer=2, n_head=2
    )


@pytest.fixture(scope="module")
def model(config):
    return for_generation(model_with_large_weights(config), torch.device("cpu"), torch.float32)


def answer_to(model, tokenizer, prompt, max_new_tokens, sampling=GREEDY, seed=0):
    pieces = generate(model, tokenizer, [prompt], max_new_tokens, sampling, [seed])
    return "".join(piece for [piece] in pieces)


def test_greedy_answers_equal_those_of_transformers_up_to_the_stop_rule(
    config, model, tokenizer, tmp_path
):
    import transformers

    save_model(tmp_path, model_with_large_weights(config), tokenizer)
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
        expected = tokenizer.decode(ids).partition("\n\nHuman:")[0]
        assert answer_to(model, tokenizer, prompt, 8) == expected


def test_packed_weights_change_the_logits_by_rounding_only(config, model):
    ids = torch.tensor([[5, 6, 7, 8]])
    plain = model_with_large_weights(config)
    with torch.no_grad():
        expected = plain.logits(plain(ids))
        difference = model.logits(model(ids)) - expected
    norm = torch.linalg.vector_norm
    assert norm(difference) < 1e-5 * norm(expected)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_answers_do_not_depend_on_what_else_is_in_the_batch(model, tokenizer, sampling):
    answer_counts = []
    together = answer_all(
        model,
        tokenizer,
        PROMPTS,
        12,
        sampling,
        seed=3,
        batch_size=2,
        on_answer=answer_counts.append,
    )
    assert sum(answer_counts) == len(PROMPTS)
    alone = [
        answer_to(model, tokenizer, prompt, 12, sampling, seed=3 + number).strip()
        for number, prompt in enumerate(PROMPTS)
    ]
    assert together == alone
    assert len(set(together)) > 3


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_longer_prompt_is_read_to_its_end_while_the_others_are_answered(
    model, tokenizer, sampling
):
    prompts = [[1, 2, 3], [7], [50, 7, 9, 100, 101, 102, 300], FULL_CONTEXT]
    steps = list(generate(model, tokenizer, prompts, 12, sampling, range(4)))
    for number, prompt in enumerate(prompts):
        gained = [pieces[number] for pieces in steps]
        assert gained[: len(prompt) - 1] == [""] * (len(prompt) - 1)
        expected = answer_to(model, tokenizer, prompt, 12, sampling, seed=number)
        assert "".join(piece or "" for piece in gained) == expected


def test_generation_ends_when_the_context_is_full(model, tokenizer):
    pieces = [piece for [piece] in generate(model, tokenizer, [FULL_CONTEXT], 100)]
    assert sum(piece is not None for piece in pieces) <= 8
    too_long = [[1] * CONTEXT, [1] * (CONTEXT + 12)]
    assert answer_all(model, tokenizer, [*too_long, [2]], 3)[:2] == ["", ""]


def test_a_prompt_that_fills_the_context_has_no_answer_and_hinders_no_other(model, tokenizer):
    full = [1] * CONTEXT
    assert list(generate(model, tokenizer, [full], 3)) == []
    together = list(generate(model, tokenizer, [full, [2]], 3))
    assert all(pieces[0] is None or pieces[0] == "" for pieces in together)
    assert "".join(pieces[1] or "" for pieces in together) == answer_to(model, tokenizer, [2], 3)


@pytest.mark.parametrize(
    ("prompts", "problem"),
    [
        ([[1], []], "none may be empty"),
        ([], "at least one prompt"),
        ([[1], [1] * (CONTEXT + 1)], f"{CONTEXT + 1} tokens does not fit .* context of {CONTEXT}"),
    ],
)
def test_empty_prompts_and_those_that_exceed_the_context_are_refused(
    model, tokenizer, prompts, problem
):
    with pytest.raises(ValueError, match=problem):
        next(generate(model, tokenizer, prompts, 3))


def test_the_same_seed_gives_the_same_text_and_another_seed_another(model, tokenizer):
    sampling = Sampling(1.0, top_k=0)
    first, again, other = [
        answer_to(model, tokenizer, [1], 20, sampling, seed) for seed in (1, 1, 2)
    ]
    assert first == again
    assert first != other


# ---- The stop rule, and whole characters ----


def add_tokens(text, tokenizer):
    """Add the tokens of a text to an answer until it ends; return it and the pieces it showed."""
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
def test_text_is_shown_completely_and_in_whole_characters(text, tokenizer):
    answer, pieces = add_tokens(text, tokenizer)
    assert "".join(pieces) == text and answer.has_ended
    assert "\ufffd" not in "".join(pieces)


@pytest.fixture
def recite(monkeypatch, model, tokenizer):
    """Let the model say a text, whatever its logits are; return the pieces of it."""

    def recite(text, **options):
        tokens = iter([*tokenizer.encode(text), tokenizer.end_of_text])
        monkeypatch.setattr(network.sampling, "sample", lambda *_: torch.tensor([next(tokens)]))
        return [piece for [piece] in generate(model, tokenizer, [[7]], 47, **options)]

    return recite


def test_without_a_stop_text_only_the_end_of_the_document_ends_it(recite):
    text = "Nine.\n\nHuman: And how\n\nHum"
    assert "".join(recite(text)) == "Nine."
    assert "".join(recite(text, stop_text="")) == text


def test_without_a_stop_text_no_whole_character_is_held_back(recite, tokenizer):
    text = "a\n\nHuman: ⚾"
    pieces = recite(text, stop_text="")
    expected = [tokenizer.decode([token]) for token in tokenizer.encode("a\n\nHuman:")]
    assert pieces[: len(expected)] == expected and pieces[-1] == ""


def test_another_stop_text_ends_the_answer_before_it(recite):
    assert "".join(recite("One.\nTwo.\n\nThree.", stop_text="\n\n")) == "One.\nTwo."


def test_the_answer_ends_before_a_human_turn_and_shows_none_of_it(tokenizer):
    answer, pieces = add_tokens("Nine.\n\nHuman: And how many", tokenizer)
    assert "".join(pieces) == "Nine." and answer.has_ended
    assert not any("\n" in piece for piece in pieces)


def test_end_of_text_ends_the_answer_and_shows_what_was_held_back(tokenizer):
    answer = Answer(tokenizer)
    pieces = [answer.add(token) for token in tokenizer.encode("Yes.\n\nHu")]
    assert "".join(pieces) == "Yes."
    assert answer.add(tokenizer.end_of_text) == "\n\nHu" and answer.has_ended


def test_half_a_character_at_the_end_is_shown_as_the_replacement_character(tokenizer):
    half = tokenizer.vocab["⚾".encode()[:1]]
    answer = Answer(tokenizer)
    assert answer.add(half) == "" and answer.add(tokenizer.end_of_text) == "\ufffd"
