"""A model as a Hugging Face GPT-2 folder: ours read by transformers, and theirs read by us."""

import errno
import json
import os
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from model import GPT, GPTConfig
from network.model_folder import disk_error, load_model, load_weights, read_config, save_model

SHAPE = {"n_positions": 32, "n_embd": 48, "n_layer": 2, "n_head": 3}
IDS = torch.arange(20).unsqueeze(0)


@pytest.fixture(scope="module")
def model(tokenizer):
    return GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **SHAPE), seed=1)


@pytest.fixture
def run(model, tokenizer, tmp_path):
    folder = tmp_path / "run"
    save_model(folder, model, tokenizer)
    return folder


def have_equal_weights(model, other):
    pairs = zip(model.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(ours, theirs) for ours, theirs in pairs)


# ---- saved and loaded again ----


def test_a_saved_model_loads_as_the_same_one(run, model, tokenizer):
    loaded, loaded_tokenizer = load_model(run)
    assert have_equal_weights(loaded, model)
    assert loaded.config == model.config
    assert loaded_tokenizer.merges_sha256 == tokenizer.merges_sha256


def test_transformers_loads_a_run_folder_with_our_logits_and_our_token_ids(run, model, tokenizer):
    import transformers

    reference = transformers.AutoModelForCausalLM.from_pretrained(run)
    dropouts = [module for module in reference.modules() if isinstance(module, torch.nn.Dropout)]
    assert dropouts and all(dropout.p == 0 for dropout in dropouts)
    assert torch.allclose(reference(IDS).logits, model.logits(model(IDS)), atol=1e-5)
    their_tokenizer = transformers.AutoTokenizer.from_pretrained(run)
    for text in ("Who hit 60 home runs?", "<|endoftext|> in a text", "naïve ⚾ 王"):
        assert their_tokenizer.encode(text) == tokenizer.encode(text)
    assert their_tokenizer.eos_token_id == reference.config.eos_token_id == tokenizer.end_of_text


@pytest.mark.parametrize("prefix", ["transformer.", ""])
def test_a_folder_saved_by_transformers_loads_in_ours(tmp_path, tokenizer, prefix):
    import transformers

    config = transformers.GPT2Config(vocab_size=tokenizer.vocab_size, **SHAPE)
    reference = transformers.GPT2LMHeadModel(config).eval()
    reference.save_pretrained(tmp_path)
    tokenizer.save(tmp_path)
    tensors = {
        prefix + name.removeprefix("transformer."): tensor
        for name, tensor in load_file(tmp_path / "model.safetensors").items()
    }
    # OpenAI's published file holds the causal mask too.
    tensors[prefix + "h.0.attn.bias"] = torch.ones(1, 1, 32, 32)
    save_file(tensors, tmp_path / "model.safetensors")
    ours, _ = load_model(tmp_path)
    assert torch.allclose(ours.logits(ours(IDS)), reference(IDS).logits, atol=1e-5)


def test_a_gpt2_saved_without_its_tokenizer_gets_openais(tmp_path):
    import transformers

    config = transformers.GPT2Config(n_positions=8, n_embd=8, n_layer=1, n_head=1)
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    assert load_model(tmp_path)[1].name == "gpt2"


def test_published_names_and_shapes_are_those_of_gpt2(run):
    tensors = load_file(run / "model.safetensors")
    expected = {
        "wte.weight": (512, 48),
        "h.1.attn.c_attn.weight": (48, 144),
        "h.0.mlp.c_proj.weight": (192, 48),
    }
    assert {name: tuple(tensors[name].shape) for name in expected} == expected
    config = json.loads((run / "config.json").read_text())
    names = ["attn_pdrop", "embd_pdrop", "resid_pdrop", "eos_token_id"]
    assert [config[name] for name in names] == [0.0, 0.0, 0.0, 511]


def test_a_half_precision_folder_is_read_as_float32(run, model):
    weights = run / "model.safetensors"
    halves = {name: tensor.bfloat16() for name, tensor in load_file(weights).items()}
    save_file(halves, weights)
    loaded, _ = load_model(run)
    assert torch.equal(loaded.wte.weight, model.wte.weight.bfloat16().float())


# ---- damage ----


def rewrite(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def change_tensors(run, change):
    tensors = load_file(run / "model.safetensors")
    change(tensors)
    save_file(tensors, run / "model.safetensors")


def cut_weights(run):
    weights = run / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])


def put_nan(tensors):
    tensors["wpe.weight"][3, 3] = float("nan")


def make_whole_numbers(tensors):
    tensors["ln_f.bias"] = tensors["ln_f.bias"].int()


DAMAGE = {
    "no folder": shutil.rmtree,
    "no weights": lambda run: (run / "model.safetensors").unlink(),
    "torn weights": cut_weights,
    "garbage": lambda run: (run / "model.safetensors").write_bytes(os.urandom(500)),
    "nan": lambda run: change_tensors(run, put_nan),
    "whole numbers": lambda run: change_tensors(run, make_whole_numbers),
    "one tensor missing": lambda run: change_tensors(run, lambda tensors: tensors.pop("ln_f.bias")),
    "other shape": lambda run: rewrite(run / "config.json", '"n_embd": 48', '"n_embd": 96'),
    "fewer layers": lambda run: rewrite(run / "config.json", '"n_layer": 2', '"n_layer": 1'),
    "other model": lambda run: rewrite(run / "config.json", '"gpt2"', '"llama"'),
    "broken config": lambda run: (run / "config.json").write_text("[1, 2"),
    "no tokenizer": lambda run: (run / "merges.txt").unlink(),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_run_folder_is_refused_in_a_sentence(run, name):
    DAMAGE[name](run)
    with pytest.raises(ValueError, match=str(run)):
        load_model(run)


@pytest.mark.parametrize(
    "name, value",
    [
        ("activation_function", "relu"),
        ("layer_norm_epsilon", 1e-6),
        ("tie_word_embeddings", False),
        ("n_inner", 100),
    ],
)
def test_a_gpt2_that_computes_something_else_is_refused(run, name, value):
    path = run / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(ValueError, match=f"{path}: {name} is {value!r}"):
        read_config(run)


def test_weights_of_another_size_are_refused_before_memory_is_taken(run):
    rewrite(run / "config.json", '"vocab_size": 512', '"vocab_size": 1000000000')
    with pytest.raises(ValueError, match="one of them is corrupt"):
        load_model(run)


def test_weights_of_another_number_of_layers_are_refused(run, model, tokenizer):
    other = GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **SHAPE | {"n_layer": 3}))
    with pytest.raises(ValueError, match="does not hold a GPT-2 of 3 layers; missing or unexp"):
        load_weights(run, other)


# ---- errors of the disk ----


def from_an_error_being_handled():
    try:
        raise OSError(errno.EIO, "input/output error")
    except OSError:
        try:
            raise RuntimeError("PytorchStreamWriter failed writing file")
        except RuntimeError as problem:
            return problem


@pytest.mark.parametrize(
    "problem, number",
    [
        (RuntimeError("I/O error: No space left (os error 28)"), errno.ENOSPC),
        (RuntimeError("I/O error: Read-only file system (os error 30)"), errno.EROFS),
        (RuntimeError("no number at all"), errno.ENOSPC),
        (from_an_error_being_handled(), errno.EIO),
    ],
)
def test_the_number_of_a_disk_error_is_found_in_a_librarys_exception(tmp_path, problem, number):
    error = disk_error(problem, tmp_path / "file")
    assert error.errno == number
    assert error.filename == str(tmp_path / "file")
