"""Saving a model as a Hugging Face GPT-2 folder, and loading one.

    config.json, model.safetensors                   shape and weights
    generation_config.json                           the tokens that other programs stop at
    vocab.json, merges.txt, tokenizer_config.json    the tokenizer, the context, the chat template

`AutoModelForCausalLM.from_pretrained(folder)` loads what `save_model` wrote. `load_model` loads a
GPT-2 that `transformers` saved: weights in a single model.safetensors, and a tokenizer in
tokenizer.json, in vocab.json and merges.txt, or nowhere if it is OpenAI's. GPT-2's published
matrices belong to Conv1D layers and are (inputs, outputs), the transpose of our Linear weights.
"""

import errno
import json
import math
import os
import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from model import GPT, GPTConfig
from network.chat_template import CHAT_TEMPLATE
from text.tokenizer import Tokenizer, load_tokenizer
from tools.files import (
    flush_file_to_disk,
    flush_folder_to_disk,
    move,
    read_json,
    replace_file,
    retry_while_held,
    wait_until_readable,
)
from tools.memory import lacks_memory_for
from tools.messages import damaged, missing

CONV1D_WEIGHT = re.compile(r"(c_attn|c_proj|c_fc)\.weight$")
CAUSAL_MASK = re.compile(r"\.attn\.(masked_)?bias$")  # a buffer that old GPT-2 files carry along
TOKENIZER_FILES = ("vocab.json", "merges.txt", "tokenizer.json")
OTHER_WEIGHTS = "take an earlier checkpoint, or train again"  # if those of a folder are unusable
# What this network does, in the keys of config.json. A key may be missing there, but not differ.
SUPPORTED = {
    "model_type": "gpt2",
    "activation_function": "gelu_new",
    "layer_norm_epsilon": 1e-5,
    "tie_word_embeddings": True,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
}


# ---- writing ----


def save_model(
    folder: Path | str, model: GPT, tokenizer: Tokenizer, is_chat_model: bool = False
) -> None:
    """Write the files of a Hugging Face GPT-2 folder, flushed to disk.

    A chat model's tokenizer_config.json has the chat template. Creates the folder if necessary.
    Raises OSError if the files cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder, _tokenizer_settings(model.config, is_chat_model))
    _write_json(folder / "config.json", _hugging_face_config(model.config, tokenizer))
    _write_json(folder / "generation_config.json", _generation_config(tokenizer))
    path, temporary = folder / "model.safetensors", folder / "model.safetensors.tmp"
    tensors = _gpt2_tensors(model)
    retry_while_held(lambda: _write_tensors(tensors, temporary, path))
    flush_file_to_disk(temporary)
    move(temporary, path)
    flush_folder_to_disk(folder)


def _write_tensors(tensors: dict[str, Tensor], temporary: Path, path: Path) -> None:
    """Write the file `temporary`; an OSError names `path`."""
    try:
        save_file(tensors, temporary, metadata={"format": "pt"})
    except SafetensorError as problem:  # safetensors reports disk errors this way
        raise disk_error(problem, path) from None


def _write_json(path: Path, content: dict) -> None:
    replace_file(path, json.dumps(content, indent=2) + "\n")


def _tokenizer_settings(config: GPTConfig, is_chat_model: bool) -> dict:
    """What tokenizer_config.json says about the model.

    The chat template writes <|endoftext|> after each answer. `transformers` must read that as the
    control token, and then it reads the same characters in a message as one, too.
    """
    settings: dict = {"model_max_length": config.n_positions}
    if is_chat_model:
        settings |= {"split_special_tokens": False, "chat_template": CHAT_TEMPLATE}
    return settings


def _generation_config(tokenizer: Tokenizer) -> dict:
    end_of_text = tokenizer.end_of_text
    return {
        "bos_token_id": end_of_text,
        "eos_token_id": end_of_text,
        "pad_token_id": end_of_text,
    }


def _gpt2_tensors(model: GPT) -> dict[str, Tensor]:
    """The parameters with GPT-2's names and shapes, in float32 on the CPU."""
    return {name: _gpt2_tensor(name, tensor) for name, tensor in model.named_parameters()}


def _gpt2_tensor(name: str, parameter: Tensor) -> Tensor:
    tensor = parameter.detach()
    if CONV1D_WEIGHT.search(name):
        tensor = tensor.T
    return tensor.to("cpu", torch.float32).contiguous()


def _hugging_face_config(config: GPTConfig, tokenizer: Tokenizer) -> dict:
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        **vars(config),
        "n_ctx": config.n_positions,  # the older name of n_positions; GGUF converters need it
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "initializer_range": 0.02,
        "tie_word_embeddings": True,
        "attn_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "resid_pdrop": 0.0,
        "bos_token_id": tokenizer.end_of_text,
        "eos_token_id": tokenizer.end_of_text,
    }


def disk_error(problem: Exception, path: Path) -> OSError:
    """The OSError behind a library's exception about a failed write; it names the file.

    The error is the exception's context, or its number is in the message; if there is neither, the
    disk is assumed to be full. On Windows the message has Windows' own number, such as 112 for a
    full disk; OSError turns it into the usual one.
    """
    if isinstance(problem.__context__, OSError) and problem.__context__.errno:
        cause = problem.__context__
        winerror = getattr(cause, "winerror", None)
        return OSError(cause.errno, cause.strerror, str(path), winerror)
    named = re.search(r"(?:I/O error: )?([^:]*) \(os error (\d+)\)", str(problem))
    if named is None:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    number = int(named[2])
    winerror = number if os.name == "nt" else None
    return OSError(number, named[1].strip(), str(path), winerror)


# ---- reading ----


def load_model(
    folder: Path | str, kernels: str = "fused", remedy: str | None = None
) -> tuple[GPT, Tokenizer]:
    """Load the model and tokenizer of a run, a checkpoint, or any Hugging Face GPT-2 folder.

    The model is on the CPU, in float32. Raises ValueError with the file and the remedy if the
    folder is missing, incomplete, corrupt or not a GPT-2. `remedy` is the one for a missing or
    corrupt file; by default, to train another model or to take another one.
    """
    folder = Path(folder)
    config = read_config(folder, remedy)
    _check_size(folder, config, remedy or OTHER_WEIGHTS)
    model = GPT(config, kernels, seed=None)
    load_weights(folder, model, remedy or OTHER_WEIGHTS)
    return model, _read_tokenizer(folder, config)


def _read_tokenizer(folder: Path, config: GPTConfig) -> Tokenizer:
    """The folder's tokenizer, or OpenAI's if a GPT-2 was saved without one."""
    has_tokenizer = any((folder / name).exists() for name in TOKENIZER_FILES)
    if config.vocab_size == GPTConfig().vocab_size and not has_tokenizer:
        return load_tokenizer("gpt2")
    tokenizer = load_tokenizer(folder)
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(
            f"{folder}: the model has {config.vocab_size:,} tokens and its tokenizer "
            f"{tokenizer.vocab_size:,}; they do not belong together. If the model's embedding was "
            "only padded, or tokens were added that nothing needs, load it with transformers, call "
            f"model.resize_token_embeddings({tokenizer.vocab_size}), and save it again"
        )
    return tokenizer


def load_weights(folder: Path | str, model: GPT, remedy: str = OTHER_WEIGHTS) -> None:
    """Fill the model from the folder's model.safetensors, in place.

    Names of tensors may begin with `transformer.`. Raises ValueError if the file is missing or
    corrupt, with the remedy, or if its tensors do not match the model.
    """
    path = Path(folder) / "model.safetensors"
    tensors = _read_tensors(path, remedy)
    parameters = dict(model.named_parameters())
    unmatched = sorted(parameters.keys() ^ tensors.keys())
    if unmatched:
        raise ValueError(
            f"{path} does not hold a GPT-2 of {model.config.n_layer} layers; "
            f"missing or unexpected tensors: {', '.join(unmatched[:3])}"
        )
    for name, parameter in parameters.items():
        tensor = tensors[name].T if CONV1D_WEIGHT.search(name) else tensors[name]
        _check_tensor(path, name, tensor, parameter, remedy)
        with torch.no_grad():
            parameter.copy_(tensor.float())


def _read_tensors(path: Path, remedy: str) -> dict[str, Tensor]:
    """The tensors by our parameter names.

    Leaves out the output layer, which is `wte` again, and causal masks, which are not weights.
    """
    try:
        wait_until_readable(path)  # safetensors would say that a file in use does not exist
        stored = load_file(path)
    except PermissionError:
        raise
    except FileNotFoundError:
        raise _no_weights(path.parent, remedy) from None
    except (OSError, SafetensorError) as problem:
        if lacks_memory_for(path, problem):
            raise
        raise damaged(path, problem, remedy) from None
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in stored.items()}
    return {
        name: tensor
        for name, tensor in tensors.items()
        if name != "lm_head.weight" and not CAUSAL_MASK.search(name)
    }


def _check_tensor(path: Path, name: str, tensor: Tensor, parameter: Tensor, remedy: str) -> None:
    if tensor.shape != parameter.shape:
        raise ValueError(
            f"{path}: {name} has the shape {tuple(tensor.shape)}, but config.json asks for "
            f"{tuple(parameter.shape)}"
        )
    if not tensor.is_floating_point():
        dtype = str(tensor.dtype).removeprefix("torch.")
        raise ValueError(f"{path}: {name} holds {dtype}, not floating-point numbers")
    low_and_high = torch.aminmax(tensor.float())  # 50 times as fast as isfinite().all()
    if not all(map(math.isfinite, low_and_high)):  # aminmax passes NaN on
        raise ValueError(f"{path}: {name} holds numbers that are not finite; {remedy}")


def read_config(folder: Path, remedy: str | None = None) -> GPTConfig:
    """The shape in the folder's config.json.

    Raises ValueError if there is none, with the remedy (by default, to train a model), or if it is
    not a GPT-2 that this project can run.
    """
    path = folder / "config.json"
    if not path.is_file():
        remedy = remedy or f"train one with pretrain.py or finetune.py --out {folder}"
        raise missing(folder, "holds no model (config.json is missing)", remedy)
    try:
        values = read_json(path)
        config = GPTConfig(**{name: values[name] for name in vars(GPTConfig())})
    except (OSError, ValueError, KeyError, TypeError) as problem:
        reason = f"{type(problem).__name__}: {problem}"
        raise ValueError(f"{path} is not the configuration of a GPT-2 ({reason})") from None
    for name, value in SUPPORTED.items():
        if values.get(name, value) != value:
            raise ValueError(
                f"{path}: {name} is {values[name]!r}; this project's GPT-2 has {value!r}"
            )
    if values.get("n_inner") not in (None, 4 * config.n_embd):
        raise ValueError(
            f"{path}: n_inner is {values['n_inner']!r}; this project's GPT-2 has 4 × n_embd"
        )
    return config


def _check_size(folder: Path, config: GPTConfig, remedy: str) -> None:
    """Raise ValueError if model.safetensors is missing or too small for this many weights.

    A weight takes at least one byte. A corrupt config.json could otherwise ask for more memory
    than there is.
    """
    path, width = folder / "model.safetensors", config.n_embd
    embeddings = (config.vocab_size + config.n_positions) * width
    block = 12 * width**2 + 13 * width
    final_norm = 2 * width
    weights = embeddings + config.n_layer * block + final_norm
    if not path.is_file():
        raise _no_weights(folder, remedy)
    size = path.stat().st_size
    if weights > size:
        raise ValueError(
            f"{folder}: config.json asks for {weights:,} weights, and model.safetensors has only "
            f"{size:,} bytes; one of them is corrupt: {remedy}"
        )


def _no_weights(folder: Path, remedy: str) -> ValueError:
    """The error about a folder without model.safetensors; its weights may be in another form."""
    what = "is missing"
    convert = (
        "load it with transformers and save it again: AutoModelForCausalLM"
        f'.from_pretrained("{folder}").save_pretrained("{folder}", max_shard_size="100GB")'
    )
    if (folder / "model.safetensors.index.json").is_file():
        what = "is missing, since the weights are in several files"
        remedy = convert
    elif list(folder.glob("pytorch_model*.bin")):
        what = "is missing; the weights are in pytorch_model.bin, a pickle that is not read here"
        remedy = convert
    return missing(folder / "model.safetensors", what, remedy)
