import json
import os
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from model import GPT, GPTConfig
from network.model_folder import load_model, save_model
from training import run_folder as checkpoint
from training.run_folder import load_checkpoint, newest_checkpoint, prune, publish, save_checkpoint


@pytest.fixture(scope="module")
def model(tokenizer):
    return GPT(
        GPTConfig(vocab_size=tokenizer.vocab_size, n_positions=32, n_embd=48, n_layer=2, n_head=3),
        seed=1,
    )


@pytest.fixture
def run(model, tokenizer, tmp_path):
    folder = tmp_path / "run"
    save_model(folder, model, tokenizer)
    return folder


def equal(a, b):
    return all(
        torch.equal(x, y)
        for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


IDS = torch.arange(20).unsqueeze(0)


def test_a_saved_model_loads_as_the_same_one(run, model, tokenizer):
    loaded, loaded_tokenizer = load_model(run)
    assert equal(loaded, model) and loaded.config == model.config
    assert loaded_tokenizer.merges_sha256 == tokenizer.merges_sha256


def test_transformers_loads_a_run_folder_with_our_logits_and_our_token_ids(run, model, tokenizer):
    import transformers

    reference = transformers.AutoModelForCausalLM.from_pretrained(run)
    assert not reference.training or all(
        not isinstance(module, torch.nn.Dropout) or module.p == 0 for module in reference.modules()
    )
    assert torch.allclose(reference(IDS).logits, model.logits(model(IDS)), atol=1e-5)
    their_tokenizer = transformers.AutoTokenizer.from_pretrained(run)
    for text in ("Who hit 60 home runs?", "<|endoftext|> in a text", "naïve ⚾ 王"):
        assert their_tokenizer.encode(text) == tokenizer.encode(text)
    assert their_tokenizer.eos_token_id == reference.config.eos_token_id == tokenizer.end_of_text


@pytest.mark.parametrize("prefix", [True, False])
def test_a_folder_saved_by_transformers_loads_in_ours(tmp_path, tokenizer, prefix):
    import transformers

    reference = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=tokenizer.vocab_size, n_positions=32, n_embd=48, n_layer=2, n_head=3
        )
    ).eval()
    reference.save_pretrained(tmp_path)
    tokenizer.save(tmp_path)
    tensors = {
        name if prefix else name.removeprefix("transformer."): tensor
        for name, tensor in load_file(tmp_path / "model.safetensors").items()
    }
    tensors[("transformer." if prefix else "") + "h.0.attn.bias"] = torch.ones(
        1, 1, 32, 32
    )  # as in OpenAI's published file
    save_file(tensors, tmp_path / "model.safetensors")
    ours, _ = load_model(tmp_path)
    assert torch.allclose(ours.logits(ours(IDS)), reference(IDS).logits, atol=1e-5)


def test_a_gpt2_saved_without_its_tokenizer_gets_openais(tmp_path):
    import transformers

    transformers.GPT2LMHeadModel(
        transformers.GPT2Config(n_positions=8, n_embd=8, n_layer=1, n_head=1)
    ).save_pretrained(tmp_path)
    assert load_model(tmp_path)[1].name == "gpt2"


def test_published_names_and_shapes_are_those_of_gpt2(run):
    shapes = {
        name: tuple(tensor.shape) for name, tensor in load_file(run / "model.safetensors").items()
    }
    assert (
        shapes["wte.weight"] == (512, 48)
        and shapes["h.1.attn.c_attn.weight"] == (48, 144)
        and shapes["h.0.mlp.c_proj.weight"] == (192, 48)
    )
    config = json.loads((run / "config.json").read_text())
    assert [
        config[name] for name in ("attn_pdrop", "embd_pdrop", "resid_pdrop", "eos_token_id")
    ] == [0.0, 0.0, 0.0, 511]


def damage(run, how):
    weights, config = run / "model.safetensors", run / "config.json"
    tensors = load_file(weights)
    if how == "no folder":
        shutil.rmtree(run)
    elif how == "no weights":
        weights.unlink()
    elif how == "torn weights":
        weights.write_bytes(weights.read_bytes()[:-50])
    elif how == "garbage":
        weights.write_bytes(os.urandom(500))
    elif how == "nan":
        tensors["wpe.weight"][3, 3] = float("nan")
        save_file(tensors, weights)
    elif how == "one tensor missing":
        del tensors["ln_f.bias"]
        save_file(tensors, weights)
    elif how == "other shape":
        config.write_text(config.read_text().replace('"n_embd": 48', '"n_embd": 96'))
    elif how == "other model":
        config.write_text(config.read_text().replace('"gpt2"', '"llama"'))
    elif how == "broken config":
        config.write_text("[1, 2")
    elif how == "no tokenizer":
        (run / "merges.txt").unlink()


@pytest.mark.parametrize(
    "how",
    [
        "no folder",
        "no weights",
        "torn weights",
        "garbage",
        "nan",
        "one tensor missing",
        "other shape",
        "other model",
        "broken config",
        "no tokenizer",
    ],
)
def test_a_damaged_run_folder_is_refused_in_a_sentence(run, how):
    damage(run, how)
    with pytest.raises(ValueError, match=str(run)):
        load_model(run)


def test_a_checkpoint_brings_back_weights_and_training_state(tmp_path, model, tokenizer):
    state = {
        "progress": {"step": 7, "best_loss": float("inf")},
        "optimizer": [{"state": {0: {"exp_avg": torch.arange(3.0)}}}],
    }
    saved = save_checkpoint(tmp_path, 7, model, tokenizer, state)
    assert saved.name == "step_0000007" and newest_checkpoint(tmp_path) == saved
    other = GPT(model.config, seed=9)
    loaded = load_checkpoint(saved, other)
    assert equal(other, model)
    assert loaded["progress"] == state["progress"]
    assert torch.equal(loaded["optimizer"][0]["state"][0]["exp_avg"], torch.arange(3.0))


def test_a_checkpoint_cut_short_at_any_file_is_never_taken_for_one(
    tmp_path, model, tokenizer, monkeypatch
):
    save_checkpoint(tmp_path, 1, model, tokenizer, {})
    for broken in ("save_file", "torch.save", "os.replace"):
        with monkeypatch.context() as patch:
            patch.setattr(
                f"checkpoint.{broken}",
                lambda *_, **__: (_ for _ in ()).throw(OSError("no space left")),
            )
            with pytest.raises(OSError):
                save_checkpoint(tmp_path, 2, model, tokenizer, {})
        assert newest_checkpoint(tmp_path).name == "step_0000001"
    assert save_checkpoint(tmp_path, 2, model, tokenizer, {}) == newest_checkpoint(tmp_path)


def test_only_the_newest_are_kept_and_the_published_weights_survive(tmp_path, model, tokenizer):
    for step in (5, 10, 15, 20):
        publish(save_checkpoint(tmp_path, step, model, tokenizer, {}), tmp_path)
    prune(tmp_path, 0)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 4
    prune(tmp_path, 2)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == [
        "step_0000015",
        "step_0000020",
    ]
    shutil.rmtree(tmp_path / "checkpoints")
    assert equal(load_model(tmp_path)[0], model)


def test_publishing_works_without_hard_links(tmp_path, model, tokenizer, monkeypatch):
    monkeypatch.setattr(checkpoint.os, "link", lambda *_: (_ for _ in ()).throw(OSError))
    publish(save_checkpoint(tmp_path, 1, model, tokenizer, {}), tmp_path)
    assert equal(load_model(tmp_path)[0], model)
