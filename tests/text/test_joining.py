"""Exchanges joined into conversations of several turns."""

import numpy as np
import pytest
import torch

from network import chat_session
from network.chat_session import ChatSession, load_assistant
from network.chat_template import CHAT_TEMPLATE
from network.generation import GREEDY
from network.hardware import Hardware
from tests.support.talkers import CONTEXT, save_talker
from tests.support.text import as_pool, random_conversations
from text.batches import MixedBatches
from text.conversation import TokenizedConversation, tokenize_conversation, tokenize_text
from text.joining import Joining, is_exchange
from text.mixture import Mixture
from text.transforms import make_transforms

END = 7  # stands for <|endoftext|> in the made-up conversations of this file


def exchange(number, length=10, targets=4):
    """A made-up exchange whose tokens name it, and whose last token is END."""
    ids = np.full(length, 100 + number)
    ids[-1] = END
    mask = np.zeros(length, dtype=np.uint8)
    mask[length - targets :] = 1
    return TokenizedConversation(ids, mask)


def numbers_in(conversation):
    """The exchanges in a conversation, told from their tokens."""
    ends = np.flatnonzero(conversation.ids == END)
    return (conversation.ids[ends - 1] - 100).tolist()


def two_turns(number):
    first, second = exchange(number), exchange(number + 1)
    return TokenizedConversation(
        np.concatenate([first.ids, second.ids]), np.concatenate([first.mask, second.mask])
    )


def plain_text(length=12):
    return TokenizedConversation(np.arange(length) + 5000, np.ones(length, dtype=np.uint8))


def test_a_single_exchange_is_told_from_text_from_several_turns_and_from_a_lone_answer():
    assert is_exchange(exchange(0))
    assert not is_exchange(plain_text())
    assert not is_exchange(two_turns(0))
    assert not is_exchange(TokenizedConversation(np.arange(4), np.array([1, 0, 0, 1])))
    assert not is_exchange(TokenizedConversation(np.arange(4), np.array([0, 1, 1, 0])))


def test_every_exchange_is_in_exactly_one_conversation_and_the_others_stay_as_they_are():
    exchanges = [exchange(number) for number in range(200)]
    others = [plain_text(), two_turns(500)]
    joined = Joining(8, 1024, seed=3)([others[0], *exchanges, others[1]], step=1)
    assert joined[:2] == others  # the very same objects
    found = [number for conversation in joined[2:] for number in numbers_in(conversation)]
    assert sorted(found) == list(range(200))
    for conversation in joined[2:]:
        expected = [exchanges[number] for number in numbers_in(conversation)]
        assert conversation.ids.tolist() == np.concatenate([one.ids for one in expected]).tolist()
        assert conversation.mask.tolist() == np.concatenate([one.mask for one in expected]).tolist()


def test_conversations_of_every_length_are_equally_frequent():
    exchanges = [exchange(number) for number in range(20_000)]
    joined = Joining(4, 1024, seed=0)(exchanges, step=1)
    turns = np.bincount([len(numbers_in(conversation)) for conversation in joined])[1:]
    assert turns / turns.sum() == pytest.approx(np.full(4, 0.25), abs=0.015)


def test_no_conversation_exceeds_the_context_and_long_exchanges_stay_whole():
    random = np.random.default_rng(0)
    exchanges = [exchange(n, int(random.integers(5, 97))) for n in range(500)]
    joined = Joining(8, 96, seed=0)(exchanges, step=4)
    lengths = [len(conversation) for conversation in joined]
    assert max(lengths) <= 96
    assert sum(lengths) == sum(map(len, exchanges))
    assert len(joined) < 400


def test_the_same_exchange_is_never_twice_in_a_conversation():
    few = [exchange(number) for number in range(3)]
    joined = Joining(8, 1024, seed=0)(few * 100, step=1)
    for conversation in joined:
        numbers = numbers_in(conversation)
        assert len(set(numbers)) == len(numbers)


def test_pools_are_mixed_within_conversations():
    baseball = [exchange(number) for number in range(100)]
    replay = [exchange(number + 1000) for number in range(100)]
    joined = Joining(4, 1024, seed=0)([*baseball, *replay], step=1)
    longer = [numbers_in(conversation) for conversation in joined]
    longer = [numbers for numbers in longer if len(numbers) > 1]
    mixed = [numbers for numbers in longer if min(numbers) < 1000 <= max(numbers)]
    assert len(mixed) > len(longer) / 2


# ---- batches ----


def dialogue_pools():
    return [
        as_pool("facts", 0.7, [exchange(number) for number in range(70)]),
        as_pool("long", 0.3, [exchange(number + 100, 40, 20) for number in range(30)]),
        as_pool("prose", 0.2, [plain_text() for _ in range(20)]),
    ]


def batches_with(transforms=(), micro_tokens=512, rank=0, world_size=1):
    return MixedBatches(
        dialogue_pools(), 60, micro_tokens, 5, rank, world_size, transforms=transforms
    )


def test_one_turn_joins_nothing(tokenizer):
    mixture = Mixture(dialogue_pools(), {})
    flags = {"careless": 0.0, "seed": 5, "tokenizer": tokenizer, "context": 128}
    assert make_transforms(max_turns=1, mixture=mixture, **flags) == []
    assert make_transforms(max_turns=2, mixture=mixture, **flags) == [Joining(2, 128, seed=5)]


def test_joining_changes_neither_what_is_drawn_nor_the_number_of_target_tokens():
    plain, joining = batches_with(), batches_with([Joining(8, 128, seed=5)])
    for step in range(1, 8):
        assert plain.drawn_before(step) == joining.drawn_before(step)
        expected = sum(one.mask[1:].sum() for pool in plain.drawn(step) for one in pool)
        batch = joining(step)
        learned = sum((targets >= 0).sum() for _, targets, _ in batch.micro_batches)
        assert batch.target_count == learned == expected
        assert len(joining.transformed(step)) < 50


def test_a_step_is_the_same_for_any_history_micro_batch_size_and_number_of_processes():
    def contents(*batches):
        rows = []
        for batch in batches:
            for inputs, _, _ in batch.micro_batches:
                rows += [row[row > 0].tobytes() for row in inputs]
        return sorted(rows)

    transforms = [Joining(8, 128, seed=5)]
    after_others = batches_with(transforms)
    for step in range(1, 9):
        whole = after_others(step)
    assert contents(whole) == contents(batches_with(transforms)(8))
    assert contents(whole) == contents(batches_with(transforms, micro_tokens=128)(8))
    shares = [batches_with(transforms, rank=rank, world_size=3)(8) for rank in range(3)]
    assert contents(*shares) == contents(whole)
    assert contents(whole) != contents(batches_with(transforms)(9))


def test_padding_of_joined_conversations_stays_under_five_percent():
    pool = as_pool("all", 1.0, random_conversations(3000, longest=60))
    batches = MixedBatches([pool], 1000, 4096, seed=0, transforms=[Joining(8, 256, seed=0)])
    for step in (1, 2, 3):
        batch = batches(step)
        assert len(batches.transformed(step)) < 500
        assert 1 - batch.tokens / batch.padded_tokens < 0.05


# ---- the text form ----

MESSAGES = [
    "Who hit 60?",
    "Babe Ruth did, in 1927.",
    "What is 2 + 3?",
    "It is 5.",
    "And 3 + 3?",
    "6.",
]


def joined_with_its_messages(messages, tokenizer):
    """All exchanges of these messages, joined, and the messages in the order of the joined ones."""
    exchanges = [
        tokenize_conversation(messages[start : start + 2], tokenizer, 1024)
        for start in range(0, len(messages), 2)
    ]
    for seed in range(1000):
        joined = Joining(3, 1024, seed)(exchanges, step=1)
        if len(joined) == 1:
            break
    text = tokenizer.decode(joined[0].ids.tolist())
    order = sorted(range(0, len(messages), 2), key=lambda number: text.index(messages[number]))
    return joined[0], [part for number in order for part in messages[number : number + 2]]


def test_joined_exchanges_are_the_tokens_that_a_chat_sends_for_the_same_history(
    tokenizer, tmp_path, monkeypatch
):
    joined, messages = joined_with_its_messages(MESSAGES, tokenizer)
    sent = []

    def answer(model, tokenizer, prompts, *_):
        sent.extend(prompts)
        return iter([[messages[2 * len(sent) - 1]]])

    monkeypatch.setattr(chat_session, "generate", answer)
    folder = save_talker(tmp_path / "talker", tokenizer)
    session = ChatSession(load_assistant(folder, Hardware(torch.device("cpu"))), GREEDY, 8)
    for question in messages[::2]:
        reply = session.ask(question)
        assert list(reply)
        session.record(reply.turn, reply.text)
    starts_of_answers = np.flatnonzero(np.diff(joined.mask) == 1) + 1
    assert len(joined) < CONTEXT - 8  # so that the chat forgets nothing
    for prompt, start in zip(sent, starts_of_answers, strict=True):
        assert prompt == joined.ids[:start].tolist()


def test_joined_exchanges_are_the_tokens_of_the_chat_template(tokenizer):
    import jinja2

    joined, messages = joined_with_its_messages(MESSAGES, tokenizer)
    roles = ["user", "assistant"] * 3
    text = (
        jinja2.Environment()
        .from_string(CHAT_TEMPLATE)
        .render(
            messages=[{"role": role, "content": text} for role, text in zip(roles, messages)],
            eos_token="\0",
            add_generation_prompt=False,
        )
    )
    rendered = []
    for part in text.split("\0")[:-1]:
        rendered += [*tokenizer.encode(part), tokenizer.end_of_text]
    assert joined.ids.tolist() == rendered


def test_plain_text_is_not_joined_to_a_conversation(tokenizer):
    pieces = tokenize_text("Babe Ruth was a pitcher before he hit home runs. " * 20, tokenizer, 64)
    exchanges = [tokenize_conversation(MESSAGES[:2], tokenizer, 64)]
    joined = Joining(8, 1024, seed=0)([*pieces, *exchanges], step=1)
    assert joined[: len(pieces)] == pieces
    assert len(joined) == len(pieces) + 1
