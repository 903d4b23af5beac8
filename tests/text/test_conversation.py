import numpy as np
import pytest

from text.conversation import (
    BrokenConversation,
    as_text,
    prompt_ids,
    split_prompt,
    tokenize_conversation,
    tokenize_exchange,
    tokenize_text,
    trim,
)


@pytest.mark.parametrize(
    "prompt, turns, messages",
    [
        ("\n\nHuman: Hi.\n\nAssistant: ", 1, ["Hi."]),
        ("Human: Hi.\n\nAssistant:", None, ["Hi."]),
        (
            "\n\nHuman: Hi.\n\nAssistant: Hello!\n\nHuman: How are you?\n\nAssistant: ",
            2,
            ["Hi.", "Hello!", "How are you?"],
        ),
        (
            "\n\nHuman: What does 'Human: ' and 'Assistant: ' mean?\n\nAssistant: ",
            None,
            ["What does 'Human: ' and 'Assistant: ' mean?"],
        ),
        (
            "\n\nHuman: One.\nAssistant: is a word.\n\nAssistant: ",
            None,
            ["One.\nAssistant: is a word."],
        ),
        ("\n\nHuman: Go on:\n\nHuman: hello\n\nAssistant: ", None, ["Go on:\n\nHuman: hello"]),
        (
            "\n\nHuman: Complete this.\n\nAssistant: hello\n\nHuman: bye\n\nAssistant: ",
            1,
            ["Complete this.\n\nAssistant: hello\n\nHuman: bye"],
        ),
        (
            "\n\nHuman: A\n\nAssistant: B\n\nAssistant: C\n\nHuman: D\n\nAssistant: ",
            2,
            ["A", "B\n\nAssistant: C", "D"],
        ),
    ],
)
def test_prompts_are_split_into_turns_and_not_fooled_by_the_names_inside_a_message(
    prompt, turns, messages
):
    assert split_prompt(prompt, turns) == messages


@pytest.mark.parametrize(
    "prompt, turns, reason",
    [
        ("Hi.\n\nAssistant: ", None, "begin with the human"),
        ("\n\nHuman: Hi.", None, "end with the assistant"),
        ("\n\nHuman: \n\nAssistant: ", None, "empty message"),
        ("\n\nHuman: A\n\nAssistant: B\n\nHuman: C\n\nAssistant: ", 3, "told apart"),
    ],
)
def test_broken_prompts_are_told_with_a_reason(prompt, turns, reason):
    with pytest.raises(BrokenConversation, match=reason):
        split_prompt(prompt, turns)


def test_the_text_of_messages_splits_into_them_again():
    messages = ["Who?", "Ruth.", "When?\n\nIn which year?"]
    assert split_prompt(as_text(messages)) == messages
    assert as_text(["A", "B"]) == "\n\nHuman: A\n\nAssistant: B"


def test_the_mask_covers_what_the_assistant_says_and_its_end_of_text_and_nothing_else(tokenizer):
    conversation = tokenize_conversation(
        ["Who?", "Ruth did.", "When?", "In 1927."], tokenizer, 1024
    )
    learned = conversation.ids[conversation.mask == 1].tolist()
    end = tokenizer.end_of_text
    assert tokenizer.decode(learned).split("<|endoftext|>") == [" Ruth did.", " In 1927.", ""]
    assert (
        learned.count(end) == 2
        and tokenizer.decode(conversation.ids[conversation.mask == 0])
        == "\n\nHuman: Who?\n\nAssistant:\n\nHuman: When?\n\nAssistant:"
    )
    spoofed = tokenize_conversation(["<|endoftext|>", "x <|endoftext|>"], tokenizer, 1024)
    assert (spoofed.ids == end).sum() == 1  # the control token is never made from a user's text


def test_a_prompt_is_the_beginning_of_the_conversation_it_leads_to(tokenizer):
    messages = ["Who?", "Ruth did.", "When?", "In 1927."]
    whole = tokenize_conversation(messages, tokenizer, 1024).ids.tolist()
    prompt = prompt_ids(messages[:3], tokenizer, 1024)
    assert whole[: len(prompt)] == prompt


def test_too_long_conversations_lose_their_oldest_whole_turns(tokenizer):
    messages = [
        "first question",
        "first answer",
        "second question",
        "second answer",
        "third question",
        "third answer",
    ]
    lengths = [len(tokenize_exchange(*messages[i : i + 2], tokenizer)) for i in (0, 2, 4)]
    for limit in range(lengths[2], sum(lengths) + 1):
        kept = tokenize_conversation(messages, tokenizer, limit)
        exchanges = 3 if limit >= sum(lengths) else 2 if limit >= sum(lengths[1:]) else 1
        assert (
            kept.ids.tolist()
            == tokenize_conversation(messages[-2 * exchanges :], tokenizer, 1024).ids.tolist()
        )
        again = trim(tokenize_conversation(messages, tokenizer, 1024), tokenizer.end_of_text, limit)
        assert [piece.ids.tolist() for piece in again] == [kept.ids.tolist()] and again[
            0
        ].mask.tolist() == kept.mask.tolist()
    with pytest.raises(BrokenConversation, match="last exchange is too long"):
        tokenize_conversation(messages, tokenizer, lengths[2] - 1)


def test_plain_text_is_cut_to_the_context_and_all_of_it_is_learned(tokenizer):
    text = "Baseball is played by two teams of nine. " * 20
    pieces = tokenize_text(text, tokenizer, 50)
    ids = np.concatenate([piece.ids for piece in pieces])
    assert tokenizer.decode(ids) == text + "<|endoftext|>" and max(map(len, pieces)) == 50
    assert all(piece.mask.all() for piece in pieces)
    shorter = [part for piece in pieces for part in trim(piece, tokenizer.end_of_text, 20)]
    assert (
        np.concatenate([part.ids for part in shorter]).tolist() == ids.tolist()
        and max(map(len, shorter)) == 20
    )
