"""finetune.py: learning, resuming, choosing weights, several processes, and wrong inputs."""

import csv
import json
import shutil
from argparse import Namespace

import numpy as np
import pytest
import torch

import finetune
from model import GPT, GPTConfig
from network.chat_template import has_chat_template
from network.model_folder import load_model, save_model
from tests.support.scripts import ROOT
from tests.support.small_scripts import run_small_script, start_two_small, wait_for_end
from text import batches, mixture
from text.batches import MixedBatches
from text.mixture import mix
from training import padding
from training.checkpoints import step_of
from training.loss_log import read_loss_log

NECTAR = ROOT / "sample" / "nectar.jsonl"
WITHOUT_TIMES = ["step", "tokens", "split", "loss", "learning_rate", "gradient_norm"]
SETTINGS = {
    "--batch-size": 24,
    "--micro-tokens": 1024,
    "--steps": 12,
    "--dtype": "float32",
    "--max-lr": 3e-3,
    "--eval-every": 3,
    "--save-every": 4,
    "--keep": 0,
    "--sample-every": 0,
    "--eval-tokens": 2000,
    "--device": "cpu",
}
ONE_STEP = [
    "--steps",
    "1",
    "--batch-size",
    "4",
    "--eval-every",
    "0",
    "--sample-every",
    "0",
    "--device",
    "cpu",
]
FLAGS = [str(part) for flag_and_value in SETTINGS.items() for part in flag_and_value]


def prepare_nectar(tokenizer_folder, out, *more):
    from prepare_nectar import main

    paths = ["--source", NECTAR, "--tokenizer", tokenizer_folder, "--out", out]
    main([*map(str, paths), *more])


@pytest.fixture(scope="module")
def nectar_folder(tokenizer_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nectar")
    prepare_nectar(tokenizer_folder, folder, "--val-fraction", "0.1")
    return folder


@pytest.fixture(scope="module")
def start(tokenizer, tmp_path_factory):
    """A small untrained model in a folder, as if pretrained; its context is 96."""
    folder = tmp_path_factory.mktemp("start")
    shape = {"n_positions": 96, "n_embd": 32, "n_layer": 2, "n_head": 2}
    save_model(folder, GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **shape)), tokenizer)
    return folder


def paths_of(start, data, out):
    return ["--model", str(start), "--data", str(data), "--out", str(out)]


def tune(start, data, out, *more):
    finetune.main([*paths_of(start, data, out), *FLAGS, *map(str, more)])


@pytest.fixture(scope="module")
def tuned(start, nectar_folder, data_folder, tmp_path_factory):
    """12 steps on the sample conversations with a quarter of replayed text."""
    run = tmp_path_factory.mktemp("runs") / "tuned"
    tune(start, nectar_folder, run, "--replay", f"{data_folder}:0.25")
    return run


def rows_without_times(run):
    with open(run / "loss.csv", newline="") as file:
        return [[row[name] for name in WITHOUT_TIMES] for row in csv.DictReader(file)]


def losses_by_split(run):
    """Every split's losses by step."""
    losses = {}
    for row in read_loss_log(run / "loss.csv"):
        losses.setdefault(row.split, {})[row.step] = row.loss
    return losses


def weights_of(folder):
    return (folder / "model.safetensors").read_bytes()


# ---- whole runs ----


def test_the_run_learns_and_reports_validation_on_each_part(tuned, data_folder):
    losses = losses_by_split(tuned)
    replayed_split = f"val/{data_folder.name}"
    assert set(losses) == {"train", "val", "val/nectar", replayed_split}
    assert losses["val/nectar"][12] < losses["val/nectar"][0] - 0.3
    assert list(losses["val"]) == [0, 3, 6, 9, 12]
    for step, whole in losses["val"].items():
        expected = 0.75 * losses["val/nectar"][step] + 0.25 * losses[replayed_split][step]
        assert whole == pytest.approx(expected, abs=2e-6)


def test_a_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(
    tuned, start, nectar_folder, data_folder, tmp_path
):
    killed = shutil.copytree(tuned, tmp_path / "killed")
    for checkpoint in (killed / "checkpoints").iterdir():
        if checkpoint.name > "step_0000004":
            shutil.rmtree(checkpoint)
    tune(start, nectar_folder, killed, "--replay", f"{data_folder}:0.25", "--resume")
    assert rows_without_times(killed) == rows_without_times(tuned)
    last = "checkpoints/step_0000012"
    assert weights_of(killed / last) == weights_of(tuned / last)
    assert weights_of(killed) == weights_of(tuned)


def test_resuming_from_a_checkpoint_without_weights_names_the_remedy(
    tuned, start, nectar_folder, data_folder, tmp_path, capsys
):
    run = shutil.copytree(tuned, tmp_path / "run")
    newest = run / "checkpoints/step_0000012"
    (newest / "model.safetensors").unlink()
    with pytest.raises(SystemExit) as end:
        tune(start, nectar_folder, run, "--replay", f"{data_folder}:0.25", "--resume")
    assert end.value.code == 2
    missing = f"{newest / 'model.safetensors'} is missing"
    assert f"{missing}; delete {newest} to resume from the one before" in capsys.readouterr().err


def test_without_save_every_each_new_best_and_the_last_step_are_saved(
    start, nectar_folder, tmp_path
):
    tune(start, nectar_folder, tmp_path, "--save-every", 0)
    losses = losses_by_split(tmp_path)["val"]
    del losses[0]  # of the weights it starts from
    best = {step for step in losses if losses[step] == min(losses[s] for s in losses if s <= step)}
    saved = {path.name for path in (tmp_path / "checkpoints").iterdir()}
    assert saved == {f"step_{step:07d}" for step in best | {12}}


def test_free_padding_makes_fewer_micro_batches_and_the_same_losses(
    tuned, start, nectar_folder, data_folder, tmp_path, monkeypatch
):
    before = json.loads((tuned / "run.json").read_text())
    assert before["free_padding"] == 0
    packed = []  # (free padding, micro-batches) of each batch and of each validation set
    pack = batches.pack

    def note(conversations, micro_tokens, free_padding=0):
        result = pack(conversations, micro_tokens, free_padding)
        packed.append((free_padding, len(result), len(pack(conversations, micro_tokens))))
        return result

    monkeypatch.setattr(batches, "pack", note)
    monkeypatch.setattr(mixture, "pack", note)
    monkeypatch.setattr(padding, "free_padding", lambda config, hardware: 256)
    tune(start, nectar_folder, tmp_path / "run", "--replay", f"{data_folder}:0.25")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["free_padding"] == 256
    assert {free for free, _, _ in packed} == {256}
    assert all(number <= without for _, number, without in packed)
    assert sum(number for _, number, _ in packed) < sum(without for _, _, without in packed)
    losses, expected = losses_by_split(tmp_path / "run"), losses_by_split(tuned)
    assert losses.keys() == expected.keys()
    for split in expected:
        assert losses[split] == pytest.approx(expected[split], abs=1e-4)


def test_the_best_weights_by_validation_become_the_runs_own(start, nectar_folder, tmp_path):
    run = tmp_path / "best"
    settings = ["--lr-drop", "4:1000", "--warmup-steps", 0]  # from step 4 on it only gets worse
    tune(start, nectar_folder, run, *settings, "--on-divergence", "ignore")
    validation = losses_by_split(run)["val"]
    del validation[0]  # no checkpoint has the starting weights
    assert min(validation, key=validation.get) == 3
    assert weights_of(run) == weights_of(run / "checkpoints/step_0000003")


def test_the_newest_weights_become_the_runs_own_unless_they_are_far_worse(
    start, nectar_folder, tmp_path
):
    healthy, diverged = tmp_path / "healthy", tmp_path / "diverged"
    tune(start, nectar_folder, healthy, "--weights", "newest")
    assert weights_of(healthy) == weights_of(healthy / "checkpoints/step_0000012")
    settings = ["--weights", "newest", "--lr-drop", "5:1000", "--warmup-steps", 0]
    tune(start, nectar_folder, diverged, *settings, "--on-divergence", "ignore")
    assert losses_by_split(diverged)["val"][12] > losses_by_split(diverged)["val"][3] + 1
    assert weights_of(diverged) == weights_of(diverged / "checkpoints/step_0000004")


def test_two_processes_take_the_same_steps(tuned, start, nectar_folder, data_folder, tmp_path):
    run = tmp_path / "run"
    flags = [*paths_of(start, nectar_folder, run), *FLAGS, "--replay", f"{data_folder}:0.25"]
    processes = start_two_small("finetune.py", *flags)
    statuses, outputs = zip(*map(wait_for_end, processes))
    assert statuses == (0, 0), outputs
    losses = losses_by_split(run)["train"]
    assert losses == pytest.approx(losses_by_split(tuned)["train"], abs=1e-4)


def test_a_model_tuned_on_conversations_has_a_chat_template(tuned, start, data_folder, tmp_path):
    assert has_chat_template(tuned)
    assert has_chat_template(tuned / "checkpoints" / "step_0000012")
    short = ["--steps", 1, "--batch-size", 2]
    tune(start, data_folder, tmp_path / "text", *short)  # from a model that knows only text
    assert not has_chat_template(tmp_path / "text")
    tune(tuned, data_folder, tmp_path / "chat", *short)
    assert has_chat_template(tmp_path / "chat")


def make_older(folder):
    """Take away what folders did not have at first: n_ctx, generation settings, chat template."""
    (folder / "generation_config.json").unlink()
    for name, entries in {
        "config.json": ["n_ctx"],
        "tokenizer_config.json": ["model_max_length", "chat_template"],
    }.items():
        content = json.loads((folder / name).read_text())
        for entry in entries:
            del content[entry]
        (folder / name).write_text(json.dumps(content))


def test_a_run_of_an_earlier_version_is_resumed_and_gets_the_newer_files(
    tuned, start, nectar_folder, data_folder, tmp_path
):
    older = shutil.copytree(tuned, tmp_path / "older")
    shutil.rmtree(older / "checkpoints" / "step_0000012")
    for folder in [older, *(older / "checkpoints").iterdir()]:
        make_older(folder)
    assert not has_chat_template(older)
    assert load_model(older)
    tune(start, nectar_folder, older, "--replay", f"{data_folder}:0.25", "--resume")
    last = "checkpoints/step_0000012"
    for name in ("config.json", "generation_config.json", "tokenizer_config.json"):
        assert (older / last / name).read_bytes() == (tuned / last / name).read_bytes()


def test_a_gpt2_folder_of_transformers_can_be_tuned(nectar_folder, tokenizer, tmp_path, capsys):
    import transformers

    config = transformers.GPT2Config(
        vocab_size=tokenizer.vocab_size,
        n_positions=80,
        n_embd=32,
        n_layer=1,
        n_head=2,
        bos_token_id=tokenizer.end_of_text,
        eos_token_id=tokenizer.end_of_text,
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path / "theirs")
    tokenizer.save(tmp_path / "theirs")
    tune(tmp_path / "theirs", nectar_folder, tmp_path / "run", "--steps", 2)
    assert load_model(tmp_path / "run")[0].config.n_positions == 80
    output = capsys.readouterr().out
    assert "nectar: " in output
    assert "padding" in output
    assert "lost their oldest turns" in output


# ---- turns and careless typing ----


def test_exchanges_are_joined_by_default_and_left_alone_with_max_turns_1(
    tokenizer, nectar_folder, tmp_path, capsys
):
    shape = {"n_positions": 256, "n_embd": 32, "n_layer": 1, "n_head": 2}
    model = GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **shape))
    save_model(tmp_path / "start", model, tokenizer)
    tune(tmp_path / "start", nectar_folder, tmp_path / "joined", "--steps", 1)
    assert "24 conversations, joined into" in capsys.readouterr().out
    single = ["--steps", 1, "--max-turns", 1]
    tune(tmp_path / "start", nectar_folder, tmp_path / "single", *single)
    assert "joined into" not in capsys.readouterr().out


def test_a_run_from_before_these_settings_is_resumed_without_them(start, nectar_folder, tmp_path):
    whole = tmp_path / "whole"
    tune(start, nectar_folder, whole, "--max-turns", 1, "--careless", 0)
    older = shutil.copytree(whole, tmp_path / "older")
    shutil.rmtree(older / "checkpoints" / "step_0000012")
    content = json.loads((older / "run.json").read_text())
    del content["settings"]["max_turns"], content["settings"]["careless"]
    (older / "run.json").write_text(json.dumps(content))
    tune(start, nectar_folder, older, "--resume")
    assert rows_without_times(older) == rows_without_times(whole)
    settings = json.loads((older / "run.json").read_text())["settings"]
    assert (settings["max_turns"], settings["careless"]) == (1, 0.0)


def test_a_resumed_run_keeps_its_turns_and_typing_and_refuses_others(
    tuned, start, nectar_folder, data_folder, tmp_path, capsys
):
    run = shutil.copytree(tuned, tmp_path / "run")
    flags = ["--replay", f"{data_folder}:0.25", "--resume"]
    with pytest.raises(SystemExit):
        tune(start, nectar_folder, run, *flags, "--max-turns", 2, "--careless", 0.1)
    message = capsys.readouterr().err
    assert "--max-turns was 8, now 2" in message and "--careless was 0.3, now 0.1" in message


# ---- settings ----


def test_settings_of_the_starting_run_are_inherited_and_printed(
    tuned, nectar_folder, tmp_path, capsys
):
    muon, checkpoint = tmp_path / "muon", tmp_path / "muon" / "checkpoints" / "step_0000001"
    tune(tuned, nectar_folder, muon, "--steps", 1, "--optimizer", "muon")
    capsys.readouterr()
    for number, model in enumerate((muon, checkpoint)):
        tune(model, nectar_folder, tmp_path / f"next_{number}", "--steps", 1)
        assert f"from {model}: optimizer muon, kernels fused" in capsys.readouterr().out


def test_a_resumed_run_keeps_its_own_settings_and_says_so(tuned, nectar_folder, tmp_path, capsys):
    run = tmp_path / "muon"
    tune(tuned, nectar_folder, run, "--steps", 1, "--optimizer", "muon")
    capsys.readouterr()
    tune(tuned, nectar_folder, run, "--steps", 2, "--resume")
    output = capsys.readouterr().out
    assert f"from {run / 'checkpoints' / 'step_0000001'}: optimizer muon" in output
    assert f"from {tuned}" not in output


def rates_of(run):
    settings = json.loads((run / "run.json").read_text())["settings"]
    return settings["max_lr"], settings["min_lr"]


def test_the_default_rate_is_that_of_the_optimizer_also_an_inherited_one(
    start, nectar_folder, tmp_path
):
    """By rates.py's rule at a width of 32: 0.3 · 2e-3 · 256 / 32, and 0.3 · 8e-3 · √(256 / 32)."""
    adamw, muon, inherited = (tmp_path / name for name in ("adamw", "muon", "inherited"))
    finetune.main([*paths_of(start, nectar_folder, adamw), *ONE_STEP])
    assert rates_of(adamw) == pytest.approx((4.8e-3, 4.8e-4))
    finetune.main([*paths_of(start, nectar_folder, muon), *ONE_STEP, "--optimizer", "muon"])
    finetune.main([*paths_of(muon, nectar_folder, inherited), *ONE_STEP])
    assert rates_of(muon) == rates_of(inherited) == pytest.approx((6.8e-3, 6.8e-4))


def test_a_run_with_another_default_rate_is_resumed_with_its_own(start, nectar_folder, tmp_path):
    run = tmp_path / "run"
    command = [*paths_of(start, nectar_folder, run), *ONE_STEP]
    finetune.main([*command, "--max-lr", "2e-4"])  # an earlier version's default
    finetune.main([*command, "--steps", "2", "--resume"])
    assert rates_of(run) == pytest.approx((2e-4, 2e-5))
    assert [step_of(path) for path in sorted((run / "checkpoints").iterdir())] == [1, 2]


def test_a_run_that_stopped_before_its_first_checkpoint_begins_anew_with_the_defaults(
    start, nectar_folder, tmp_path
):
    run = tmp_path / "run"
    run.mkdir()
    stopped = {"settings": {"max_lr": 2e-4, "min_lr": 2e-5, "optimizer": "adamw"}}
    (run / "run.json").write_text(json.dumps(stopped))
    finetune.main(
        [*paths_of(start, nectar_folder, run), *ONE_STEP, "--optimizer", "muon", "--resume"]
    )
    assert rates_of(run) == pytest.approx((6.8e-3, 6.8e-4))


def test_flags_and_nonsense_in_a_run_json_are_not_replaced_by_inherited_settings():
    args = Namespace(optimizer="adamw", kernels=None)
    assert finetune.inherit(args, {"optimizer": "muon", "kernels": "manual"}) == {
        "kernels": "manual"
    }
    args = Namespace(optimizer=None, kernels=None)
    assert finetune.inherit(args, {"optimizer": "sgd", "kernels": ["manual"]}) == {}
    assert finetune.inherit(args, {}) == {}


def test_run_json_has_the_readings_of_each_pool(tuned, nectar_folder, data_folder):
    readings = json.loads((tuned / "run.json").read_text())["readings"]
    assert set(readings) == {"nectar", data_folder.name}
    size = len(np.load(nectar_folder / "train_offsets.npy")) - 1
    assert 0 < readings["nectar"]["conversation"] < 12 * 24 / size


@pytest.mark.parametrize(
    "keeps_best, best, said", [(True, 3, True), (True, 12, False), (False, 3, False)]
)
def test_readings_are_those_of_the_step_whose_weights_are_kept(
    nectar_folder, tokenizer, capsys, keeps_best, best, said
):
    mixture = mix(nectar_folder, [], "train", tokenizer, 96)
    batches = MixedBatches(mixture.pools, 24, 1024, seed=0)
    plan, progress = Namespace(keeps_best=keeps_best, steps=12), Namespace(best_step=best)
    finetune.print_readings(batches, plan, progress)
    size = len(mixture.pools[0].conversations)
    expected = [
        "the weights of step 3 are kept, as their validation loss is the lowest:",
        f"nectar: each conversation is read {3 * 24 / size:.1f} times",
    ]
    assert capsys.readouterr().out.splitlines() == (expected if said else [])


def test_run_json_has_every_setting(tuned, start, nectar_folder, data_folder):
    settings = json.loads((tuned / "run.json").read_text())["settings"]
    expected = {
        "model": str(start),
        "data": str(nectar_folder),
        "out": str(tuned),
        "replay": [f"{data_folder}:0.25"],
        "batch_size": 24,
        "micro_tokens": 1024,
        "epochs": 3,
        "steps": 12,
        "eval_tokens": 2000,
        "weights": "best",
        "max_turns": 8,
        "careless": 0.3,
        "optimizer": "adamw",
        "max_lr": 3e-3,
        "min_lr": 3e-3 / 10,
        "warmup_steps": 1,
        "schedule": "cosine",
        "cooldown": None,
        "lr_drop": [],
        "eval_every": 3,
        "save_every": 4,
        "keep": 0,
        "on_divergence": "stop",
        "sample_every": 0,
        "tensorboard": False,
        "resume": False,
        "device": "cpu",
        "dtype": "float32",
        "compile": "auto",
        "kernels": "fused",
        "seed": 0,
    }
    assert settings == expected


def test_a_replayed_folder_and_its_share():
    assert finetune.parse_replay("data/nectar:0.3") == ("data/nectar", 0.3)
    assert finetune.parse_replay("C:/data:0.5") == ("C:/data", 0.5)


@pytest.mark.parametrize("text", ["data", "data:", ":0.3", "data:0", "data:1", "data:x", "a:nan"])
def test_a_malformed_replay_is_refused(text):
    with pytest.raises(ValueError, match="--replay takes FOLDER:FRACTION"):
        finetune.parse_replay(text)


# ---- wrong inputs ----


@pytest.mark.parametrize(
    "more, expected",
    [
        (["--replay", "nowhere:0.3"], "nowhere holds no prepared data"),
        (["--replay", "data"], "FOLDER:FRACTION"),
        (["--replay", "a:0.5", "b:0.6"], "must leave something for --data"),
        (["--model", "nowhere"], "nowhere holds no model"),
        (["--data", "nowhere"], "python prepare_nectar.py --out nowhere, or python prepare_baseb"),
        (["--steps", "0", "--eval-every", "-1"], "--eval-every must be 0 or more"),
        (["--steps", "0", "--eval-every", "-1"], "--steps must be 1 or more"),
        (["--cooldown", "0.5"], "--cooldown is part of --schedule trapezoid"),
        (["--epochs", "nan"], "--epochs must be over 0"),
        (["--max-turns", "0", "--careless", "1.1"], "--max-turns must be 1 or more"),
        (["--max-turns", "0", "--careless", "1.1"], "--careless is a share, from 0 to 1"),
        (["--careless", "nan"], "--careless is a share"),
    ],
)
def test_a_wrong_input_is_one_sentence(start, nectar_folder, tmp_path, capsys, more, expected):
    with pytest.raises(SystemExit) as end:
        finetune.main([*paths_of(start, nectar_folder, tmp_path / "run"), "--device", "cpu", *more])
    assert end.value.code == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_data_of_another_tokenizer_is_refused(start, tmp_path, capsys):
    from tokenizer_bpe import count_pieces, train_tokenizer

    train_tokenizer(count_pieces(["other text"] * 10), 260, "other").save(tmp_path / "tokenizer")
    prepare_nectar(tmp_path / "tokenizer", tmp_path / "data")
    with pytest.raises(SystemExit) as end:
        tune(start, tmp_path / "data", tmp_path / "run")
    assert end.value.code == 2
    assert "another tokenizer" in capsys.readouterr().err


# ---- memory and --check ----


def test_auto_takes_the_longest_conversation_at_least_and_check_changes_nothing(
    start, nectar_folder, tmp_path, capsys
):
    run = tmp_path / "run"
    auto = ["--micro-tokens", "auto"]
    tune(start, nectar_folder, run, *auto, "--check")
    assert "ready: the same command without --check starts it" in capsys.readouterr().out
    assert not run.exists()
    tune(start, nectar_folder, run, *auto, "--steps", 2)
    content = json.loads((run / "run.json").read_text())
    assert content["micro_batching"]["asked"] == "auto"
    assert content["settings"]["micro_tokens"] == content["micro_batching"]["tokens"] >= 95


@pytest.mark.skipif(torch.cuda.is_available(), reason="auto finds a card")
def test_a_run_of_the_card_is_not_resumed_on_the_cpu_by_auto(tuned, start, nectar_folder, tmp_path):
    run = shutil.copytree(tuned, tmp_path / "run")
    content = json.loads((run / "run.json").read_text())
    content |= {"device": "NVIDIA GeForce RTX 4070, bfloat16", "device_type": "cuda"}
    (run / "run.json").write_text(json.dumps(content))
    replay = ["--replay", *content["settings"]["replay"]]
    status, output = run_small_script(
        "finetune.py",
        *paths_of(start, nectar_folder, run),
        *FLAGS,
        *replay,
        "--resume",
        "--steps",
        14,
        "--device",
        "auto",
    )
    assert status == 2, output
    assert "ran on NVIDIA GeForce RTX 4070, bfloat16, but --device auto finds" in output
    assert "add --device cpu" in output


@pytest.mark.parametrize("flag", ["--micro-tokens=many", "--micro-tokens=0"])
def test_an_impossible_number_of_tokens_at_a_time_is_refused(flag):
    status, output = run_small_script("finetune.py", flag)
    assert status == 2, output
    assert "--micro-tokens" in output
    assert "Traceback" not in output
