"""model_folder."""

import errno
import json
import math
import os
import re
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from model import GPT, GPTConfig
from text.tokenizer import Tokenizer, load_tokenizer
from tools.files import (
    flush_file_to_disk,
    flush_folder_to_disk,
    read_json,
    replace_file,
)

CONV1D_WEIGHT = re.compile(r"(c_attn|c_proj|c_fc)\.weight$")


BUFFER = re.compile(
    r"\.attn\.(masked_)?bias$"
)  # the causal mask, which old GPT-2 files carry along


def save_model(folder, model: GPT, tokenizer: Tokenizer) -> None:
    """Write config.json, model.safetensors and the tokenizer's files into the folder, flushed to disk."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    replace_file(
        folder / "config.json",
        json.dumps(_hugging_face_config(model.config, tokenizer), indent=2) + "\n",
    )
    path, temporary = folder / "model.safetensors", folder / "model.safetensors.tmp"
    try:
        save_file(_gpt2_tensors(model), temporary, metadata={"format": "pt"})
    except SafetensorError as problem:  # its way of passing on what the disk says
        raise OSError(_errno_in(problem), str(problem), str(path)) from None
    flush_file_to_disk(temporary)
    os.replace(temporary, path)
    flush_folder_to_disk(folder)


def load_model(folder, kernels: str = "fused") -> tuple[GPT, Tokenizer]:
    """The model and tokenizer of a run folder, a checkpoint, or any Hugging Face GPT-2 folder; on the CPU, in float32.

    Raises ValueError with the file and the remedy where the folder is missing, incomplete, damaged or not a GPT-2.
    """
    folder = Path(folder)
    config_file = folder / "config.json"
    if not config_file.is_file():
        raise ValueError(
            f"{folder} holds no model (config.json is missing); train one with pretrain.py or finetune.py --out {folder}"
        )
    config = _read_config(config_file)
    _check_size(folder, config)
    model = GPT(config, kernels, seed=None)
    load_weights(folder, model)
    if config.vocab_size == 50257 and not any(
        (folder / name).exists() for name in ("vocab.json", "merges.txt", "tokenizer.json")
    ):
        return model, load_tokenizer("gpt2")  # `transformers` saved the model without its tokenizer
    tokenizer = load_tokenizer(folder)
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(
            f"{folder}: the model has {config.vocab_size:,} tokens and its tokenizer {tokenizer.vocab_size:,}; they do not belong together"
        )
    return model, tokenizer


def load_weights(folder, model: GPT) -> None:
    """Fill the model from the folder's model.safetensors, with or without the `transformer.` prefix."""
    path = Path(folder) / "model.safetensors"
    try:
        tensors = {
            name.removeprefix("transformer."): tensor for name, tensor in load_file(path).items()
        }
    except (OSError, SafetensorError) as problem:
        raise ValueError(f"{path} is missing or damaged ({problem})") from None
    tensors = {
        name: tensor
        for name, tensor in tensors.items()
        if name != "lm_head.weight" and not BUFFER.search(name)
    }
    parameters = dict(model.named_parameters())
    if missing := sorted(parameters.keys() ^ tensors.keys()):
        raise ValueError(
            f"{path} is not a GPT-2 of {model.config.n_layer} layers: {', '.join(missing[:3])} missing or not expected"
        )
    for name, parameter in parameters.items():
        tensor = tensors[name].T if CONV1D_WEIGHT.search(name) else tensors[name]
        if tensor.shape != parameter.shape:
            raise ValueError(
                f"{path}: {name} is {tuple(tensor.shape)}, and config.json asks for {tuple(parameter.shape)}"
            )
        if not tensor.is_floating_point():
            raise ValueError(
                f"{path}: {name} holds {str(tensor.dtype).removeprefix('torch.')}, not floating-point numbers"
            )
        tensor = tensor.float()
        if not all(
            map(math.isfinite, torch.aminmax(tensor))
        ):  # 50 times as fast as isfinite().all(), and NaN gets through it
            raise ValueError(
                f"{path}: {name} holds numbers that are not finite; take an earlier checkpoint"
            )
        with torch.no_grad():
            parameter.copy_(tensor)


def _check_size(folder: Path, config: GPTConfig) -> None:
    """Before memory is taken: raise ValueError where config.json asks for more weights than the file can hold at a byte each."""
    width, path = config.n_embd, folder / "model.safetensors"
    asked = (config.vocab_size + config.n_positions + 2) * width + config.n_layer * (
        12 * width**2 + 13 * width
    )
    if not path.is_file():
        raise ValueError(f"{path} is missing")
    if asked > path.stat().st_size:
        raise ValueError(
            f"{folder}: config.json asks for {asked:,} weights, and model.safetensors has only {path.stat().st_size:,} bytes; one of them is damaged"
        )


def _gpt2_tensors(model: GPT) -> dict[str, torch.Tensor]:
    return {
        name: (parameter.detach().T if CONV1D_WEIGHT.search(name) else parameter.detach())
        .to("cpu", torch.float32)
        .contiguous()
        for name, parameter in model.named_parameters()
    }


def _hugging_face_config(config: GPTConfig, tokenizer: Tokenizer) -> dict:
    return {
        "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], **vars(config), "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5, "initializer_range": 0.02, "tie_word_embeddings": True,
        "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0,
        "bos_token_id": tokenizer.end_of_text, "eos_token_id": tokenizer.end_of_text,
    }  # fmt: skip


def _read_config(path: Path) -> GPTConfig:
    try:
        values = read_json(path)
        config = GPTConfig(**{name: values[name] for name in vars(GPTConfig())})
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ValueError(
            f"{path} is not the configuration of a GPT-2 ({type(problem).__name__}: {problem})"
        ) from None
    ours = {"model_type": "gpt2", "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True,
            "scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False}  # fmt: skip
    for name, value in ours.items():
        if values.get(name, value) != value:
            raise ValueError(
                f"{path}: {name} is {values[name]!r}; this project's GPT-2 has {value!r}"
            )
    if values.get("n_inner") not in (None, 4 * config.n_embd):
        raise ValueError(
            f"{path}: n_inner is {values['n_inner']!r}; this project's GPT-2 has 4 × n_embd"
        )
    return config


def _errno_in(problem: Exception) -> int:
    """The number that a library hides in its message, or in the error it was handling; without one, that of a full disk."""
    if isinstance(problem.__context__, OSError) and problem.__context__.errno:
        return problem.__context__.errno
    number = re.search(r"os error (\d+)", str(problem))
    return int(number[1]) if number else errno.ENOSPC
