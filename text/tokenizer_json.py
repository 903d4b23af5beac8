"""Reading tokenizer.json, the one file in which the `tokenizers` library stores a tokenizer.

Since version 5, `transformers` saves a GPT-2's tokenizer in this file alone. It can describe many
kinds of tokenizers. Only GPT-2's kind is read here: byte-level BPE with GPT-2's split into pieces,
text that is neither changed before nor added to, and <|endoftext|> as the only added token.
"""

from pathlib import Path
from typing import Any

from tools.files import read_json
from tools.messages import damaged

ANOTHER_MODEL = "take a model whose tokenizer is byte-level BPE with GPT-2's way to split text"
SAVE_AGAIN = "save the model and its tokenizer again"


class _OfAnotherKind(ValueError):
    """A tokenizer of another kind than GPT-2's: what is different about it, and what to do."""

    def __init__(self, what: str, remedy: str = ANOTHER_MODEL):
        super().__init__(f"{what}; {remedy}")


def read_tokenizer_json(
    path: Path, end_of_text: str
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The id of each token, `end_of_text` included, and the merges in the order learned.

    Tokens are written in GPT-2's characters, as in vocab.json. Raises ValueError if the tokenizer
    is of another kind, or the file corrupt.
    """
    try:
        content = read_json(path)
        _check_model(content["model"])
        _check_steps(content)
        ids = _read_ids(content, end_of_text)
        merges = [_read_merge(merge) for merge in content["model"]["merges"]]
    except _OfAnotherKind as difference:
        raise not_gpt2_form(path, f"{difference}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        reason = f"not a tokenizer: {type(problem).__name__}: {str(problem)[:200]}"
        raise damaged(path, reason, SAVE_AGAIN) from None
    return ids, merges


def not_gpt2_form(path: Path, difference: str) -> ValueError:
    """The error about a tokenizer of another kind than GPT-2's."""
    return ValueError(f"{path} holds a tokenizer that is not in GPT-2's form: {difference}")


# ---- is it of GPT-2's form? ----


def _check_model(model: dict) -> None:
    """Raise _OfAnotherKind unless the model is a plain BPE."""
    kind = model.get("type", "BPE" if "merges" in model else "unknown")
    if kind != "BPE":
        raise _OfAnotherKind(f"the tokenizer is a {kind} model, not BPE")
    for option in ("continuing_subword_prefix", "end_of_word_suffix"):
        if model.get(option):
            raise _OfAnotherKind(f"its tokens have a {option} ({model[option]!r}), unlike GPT-2's")
    if model.get("byte_fallback"):
        raise _OfAnotherKind("its BPE merges characters and falls back to bytes, unlike GPT-2's")
    if model.get("dropout"):
        what = f"it leaves out merges at random (dropout is {model['dropout']})"
        raise _OfAnotherKind(what, f"set its dropout to null, and {SAVE_AGAIN}")


def _check_steps(content: dict) -> None:
    """Raise _OfAnotherKind if a step before or after the BPE differs from GPT-2's."""
    normalizer = content.get("normalizer")
    if normalizer and normalizer.get("normalizers") != []:  # a Sequence of nothing does nothing
        raise _OfAnotherKind(f"it changes the text first (normalizer {normalizer.get('type')})")
    _check_pre_tokenizer(content.get("pre_tokenizer"))
    post_processor = content.get("post_processor")
    added = _tokens_added_to_texts(post_processor) if post_processor else []
    if added:
        what = f"it adds {', '.join(added)} to every text, which this project does not"
        raise _OfAnotherKind(what, f"remove its post_processor, and {SAVE_AGAIN}")
    decoder = content.get("decoder")
    if decoder and decoder.get("type") != "ByteLevel":
        raise _OfAnotherKind(f"it is not byte-level (decoder {decoder.get('type')})")


def _check_pre_tokenizer(pre_tokenizer: dict | None) -> None:
    pre_tokenizer = pre_tokenizer or {}
    kind = pre_tokenizer.get("type", "none")
    if kind == "Sequence":
        kinds = [step.get("type", "none") for step in pre_tokenizer["pretokenizers"]]
        kind = "Sequence of " + ", ".join(map(str, kinds))
    if kind != "ByteLevel":
        raise _OfAnotherKind(f"it does not split text as GPT-2 does (pre_tokenizer {kind})")
    if not pre_tokenizer.get("use_regex", True):
        raise _OfAnotherKind("it does not split text into words as GPT-2 does (use_regex is false)")
    if pre_tokenizer.get("add_prefix_space", True):  # the library's default
        what = "it puts a space before every text, unlike GPT-2 (add_prefix_space is true)"
        raise _OfAnotherKind(what, f"load it with add_prefix_space=False, and {SAVE_AGAIN}")


def _tokens_added_to_texts(post_processor: dict) -> list[str]:
    """The tokens that a post-processor adds to a text, such as ["[CLS]", "[SEP]"]."""
    kind = post_processor.get("type")
    if kind == "ByteLevel":
        return []
    if kind == "Sequence":
        steps = post_processor["processors"]
        return [token for step in steps for token in _tokens_added_to_texts(step)]
    if kind == "TemplateProcessing":
        pieces = [piece.get("SpecialToken") for piece in post_processor["single"]]
        return [str(piece["id"]) for piece in pieces if piece]
    return [f"the tokens of {kind}"]


# ---- ids and merges ----


def _read_ids(content: dict, end_of_text: str) -> dict[str, int]:
    """The id of each token. Raises _OfAnotherKind unless `end_of_text` is the only added token."""
    added = {token["content"]: token["id"] for token in content.get("added_tokens") or []}
    others = [token for token in added if token != end_of_text]
    ids = {**content["model"]["vocab"], **added}
    if end_of_text not in ids:
        raise _OfAnotherKind(f"it has no {end_of_text}, which ends every document here")
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        what = f"it has other added tokens than {end_of_text}: {', '.join(others[:3])}{more}"
        remedy = "save the model with the tokenizer it had before they were added"
        raise _OfAnotherKind(what, f"this project has no place for them; {remedy}")
    return ids


def _read_merge(merge: Any) -> tuple[str, str]:
    """["t", "h"], or "t h" as older versions write it -> ("t", "h")."""
    first, second = merge.split(" ") if isinstance(merge, str) else merge
    return first, second
