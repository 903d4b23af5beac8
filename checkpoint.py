"""A run folder: weights, tokenizer and training state, written so that a crash loses nothing.

    runs/pretrained/config.json, model.safetensors, vocab.json, merges.txt     a Hugging Face GPT-2 folder
    runs/pretrained/run.json, loss.csv                                         every setting; what was learned when
    runs/pretrained/checkpoints/step_0003000/                                  the same folder and training_state.pt

`AutoModelForCausalLM.from_pretrained("runs/pretrained")` loads it, and `load_model` loads a GPT-2 folder that `transformers` saved
(one model.safetensors; a tokenizer other than OpenAI's as vocab.json and merges.txt).
GPT-2's published matrices are those of its Conv1D layers, (inputs, outputs): our Linear weights transposed.
"""

import errno
import json
import math
import os
import re
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from files import errors_name, flush_file_to_disk, flush_folder_to_disk, flush_to_disk, read_json, replace_file
from model import GPT, GPTConfig
from tokenizer_bpe import Tokenizer, load_tokenizer

CONV1D_WEIGHT = re.compile(r"(c_attn|c_proj|c_fc)\.weight$")
BUFFER = re.compile(r"\.attn\.(masked_)?bias$")  # the causal mask, which old GPT-2 files carry along
CHECKPOINT_NAME = re.compile(r"step_(\d{7,})$")


# ---- a Hugging Face GPT-2 folder ----


def save_model(folder, model: GPT, tokenizer: Tokenizer) -> None:
    """Write config.json, model.safetensors and the tokenizer's files into the folder, flushed to disk."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    replace_file(folder / "config.json", json.dumps(_hugging_face_config(model.config, tokenizer), indent=2) + "\n")
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
        raise ValueError(f"{folder} holds no model (config.json is missing); train one with pretrain.py or finetune.py --out {folder}")
    config = _read_config(config_file)
    _check_size(folder, config)
    model = GPT(config, kernels, seed=None)
    load_weights(folder, model)
    if config.vocab_size == 50257 and not any((folder / name).exists() for name in ("vocab.json", "merges.txt", "tokenizer.json")):
        return model, load_tokenizer("gpt2")  # `transformers` saved the model without its tokenizer
    tokenizer = load_tokenizer(folder)
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(f"{folder}: the model has {config.vocab_size:,} tokens and its tokenizer {tokenizer.vocab_size:,}; they do not belong together")
    return model, tokenizer


def load_weights(folder, model: GPT) -> None:
    """Fill the model from the folder's model.safetensors, with or without the `transformer.` prefix."""
    path = Path(folder) / "model.safetensors"
    try:
        tensors = {name.removeprefix("transformer."): tensor for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as problem:
        raise ValueError(f"{path} is missing or damaged ({problem})") from None
    tensors = {name: tensor for name, tensor in tensors.items() if name != "lm_head.weight" and not BUFFER.search(name)}
    parameters = dict(model.named_parameters())
    if missing := sorted(parameters.keys() ^ tensors.keys()):
        raise ValueError(f"{path} is not a GPT-2 of {model.config.n_layer} layers: {', '.join(missing[:3])} missing or not expected")
    for name, parameter in parameters.items():
        tensor = tensors[name].T if CONV1D_WEIGHT.search(name) else tensors[name]
        if tensor.shape != parameter.shape:
            raise ValueError(f"{path}: {name} is {tuple(tensor.shape)}, and config.json asks for {tuple(parameter.shape)}")
        if not tensor.is_floating_point():
            raise ValueError(f"{path}: {name} holds {str(tensor.dtype).removeprefix('torch.')}, not floating-point numbers")
        tensor = tensor.float()
        if not all(map(math.isfinite, torch.aminmax(tensor))):  # 50 times as fast as isfinite().all(), and NaN gets through it
            raise ValueError(f"{path}: {name} holds numbers that are not finite; take an earlier checkpoint")
        with torch.no_grad():
            parameter.copy_(tensor)


def _check_size(folder: Path, config: GPTConfig) -> None:
    """Before memory is taken: raise ValueError where config.json asks for more weights than the file can hold at a byte each."""
    width, path = config.n_embd, folder / "model.safetensors"
    asked = (config.vocab_size + config.n_positions + 2) * width + config.n_layer * (12 * width**2 + 13 * width)
    if not path.is_file():
        raise ValueError(f"{path} is missing")
    if asked > path.stat().st_size:
        raise ValueError(f"{folder}: config.json asks for {asked:,} weights, and model.safetensors has only {path.stat().st_size:,} bytes; one of them is damaged")


def _gpt2_tensors(model: GPT) -> dict[str, torch.Tensor]:
    return {
        name: (parameter.detach().T if CONV1D_WEIGHT.search(name) else parameter.detach()).to("cpu", torch.float32).contiguous()
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
        raise ValueError(f"{path} is not the configuration of a GPT-2 ({type(problem).__name__}: {problem})") from None
    ours = {"model_type": "gpt2", "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True,
            "scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False}  # fmt: skip
    for name, value in ours.items():
        if values.get(name, value) != value:
            raise ValueError(f"{path}: {name} is {values[name]!r}; this project's GPT-2 has {value!r}")
    if values.get("n_inner") not in (None, 4 * config.n_embd):
        raise ValueError(f"{path}: n_inner is {values['n_inner']!r}; this project's GPT-2 has 4 × n_embd")
    return config


# ---- checkpoints ----


def save_checkpoint(run, step: int, model: GPT, tokenizer: Tokenizer, training_state: dict) -> Path:
    """Write RUN/checkpoints/step_NNNNNNN under a temporary name, flush it to disk, then give it its name.

    `training_state` holds tensors and plain values only. A checkpoint that is there already is left as it is. Raises OSError where
    the disk does not take it; nothing of it is left there then.
    """
    final = Path(run) / "checkpoints" / f"step_{step:07d}"
    if final.exists():
        return final
    temporary = final.with_name(f".{final.name}.tmp")
    _remove_leftovers(final.parent)
    try:
        save_model(temporary, model, tokenizer)
        with errors_name(temporary / "training_state.pt"):
            _save_training_state(temporary / "training_state.pt", training_state)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)  # whoever has to make room should not have to look for it
        raise
    flush_folder_to_disk(temporary)
    os.replace(temporary, final)
    flush_folder_to_disk(final.parent)
    return final


def _save_training_state(path: Path, training_state: dict) -> None:
    with open(path, "wb") as file:
        try:
            torch.save(training_state, file)
        except RuntimeError as problem:  # torch's way of passing on what the disk says
            raise OSError(_errno_in(problem), "not written to the end", str(path)) from None
        flush_to_disk(file)


def _errno_in(problem: Exception) -> int:
    """The number that a library hides in its message, or in the error it was handling; without one, that of a full disk."""
    if isinstance(problem.__context__, OSError) and problem.__context__.errno:
        return problem.__context__.errno
    number = re.search(r"os error (\d+)", str(problem))
    return int(number[1]) if number else errno.ENOSPC


def _remove_leftovers(checkpoints: Path) -> None:
    """What a crash left of a checkpoint that was being written or deleted."""
    for leftover in checkpoints.glob(".step_*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)


def newest_checkpoint(run) -> Path | None:
    """The checkpoint with the most steps, or None."""
    checkpoints = _checkpoints(run)
    return checkpoints[-1] if checkpoints else None


def load_checkpoint(checkpoint: Path, model: GPT) -> dict:
    """Fill the model from a checkpoint; return its training state. Raises ValueError where it is damaged."""
    load_weights(checkpoint, model)
    path = checkpoint / "training_state.pt"
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # torch raises whatever its unpickler or the zip reader stumbles on
        raise ValueError(f"{path} is damaged ({type(problem).__name__}); delete {checkpoint} to resume from the one before") from None


def publish(checkpoint: Path, run) -> None:
    """Make a checkpoint's model the run folder's own; each file is replaced in one step, the weights last."""
    run = Path(run)
    for source in sorted(checkpoint.iterdir(), key=lambda path: path.suffix == ".safetensors"):
        published, temporary = run / source.name, run / (source.name + ".tmp")
        temporary.unlink(missing_ok=True)
        if source.name == "training_state.pt" or (published.exists() and published.samefile(source)):
            continue  # of two names of one file, `replace` would leave both
        try:
            os.link(source, temporary)  # the same bytes under a second name: no time, no space
        except OSError:  # a file system without hard links
            shutil.copyfile(source, temporary)
            flush_file_to_disk(temporary)
        os.replace(temporary, published)
    flush_folder_to_disk(run)


def prune(run, keep: int) -> None:
    """Delete all but the newest `keep` checkpoints (0 keeps all), and what a crash left of others."""
    _remove_leftovers(Path(run) / "checkpoints")
    for checkpoint in _checkpoints(run)[:-keep] if keep else []:
        doomed = checkpoint.with_name(f".{checkpoint.name}.tmp")  # so that half a checkpoint never bears a checkpoint's name
        os.replace(checkpoint, doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _checkpoints(run) -> list[Path]:
    folder = Path(run) / "checkpoints"
    found = [path for path in folder.iterdir() if CHECKPOINT_NAME.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: int(CHECKPOINT_NAME.fullmatch(path.name)[1]))


# ---- run.json ----


def write_run_json(run, content: dict) -> None:
    Path(run).mkdir(parents=True, exist_ok=True)
    replace_file(Path(run) / "run.json", json.dumps(content, indent=2) + "\n")


def read_run_json(run) -> dict:
    """Raises ValueError where there is none or it is damaged."""
    path = Path(run) / "run.json"
    try:
        content = read_json(path)
        settings = content.get("settings") if isinstance(content, dict) else None
        drops = settings.get("lr_drop", []) if isinstance(settings, dict) else None
        if not isinstance(drops, list) or type(settings.get("steps", 1)) is not int or any(not isinstance(drop, list) or len(drop) != 2 or type(drop[0]) is not int or type(drop[1]) not in (int, float) for drop in drops):
            raise ValueError("its settings are missing or not what a training script writes")
        return content
    except (OSError, ValueError) as problem:
        raise ValueError(f"{path} is missing or damaged ({problem})") from None
