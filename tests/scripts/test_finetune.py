"""Fine-tuning: the gradient of masked conversations, and the script."""

import csv
import shutil

import numpy as np
import pytest
import torch

import finetune
from model import GPT, GPTConfig
from network.hardware import Hardware
from network.model_folder import load_model, save_model
from tests.support.scripts import ROOT, run_script
from tests.support.text import as_pool, random_conversations
from text.batches import MixedBatches
from training.loop import GradientBuffer, accumulate_gradients
from training.loss_log import read_loss_log

CPU = Hardware(torch.device("cpu"))


@pytest.fixture(scope="module")
def nectar_folder(tokenizer_folder, tmp_path_factory):
    import prepare_nectar

    folder = tmp_path_factory.mktemp("nectar")
    prepare_nectar.main(
        [
            "--source",
            str(ROOT / "sample" / "nectar.jsonl"),
            "--tokenizer",
            str(tokenizer_folder),
            "--out",
            str(folder),
            "--val-fraction",
            "0.1",
        ]
    )
    return folder


@pytest.fixture(scope="module")
def start(tokenizer, tmp_path_factory):
    """A small untrained model in a folder, as if pretrained; its context is 96."""
    folder = tmp_path_factory.mktemp("start")
    save_model(
        folder,
        GPT(
            GPTConfig(
                vocab_size=tokenizer.vocab_size, n_positions=96, n_embd=32, n_layer=2, n_head=2
            )
        ),
        tokenizer,
    )
    return folder


# ---- the gradient ----


def test_a_step_of_64_conversations_has_the_gradient_of_the_mean_over_all_their_targets():
    """Against the same step in one piece, in float64, with PyTorch's own cross-entropy over the whole logits."""
    config = GPTConfig(vocab_size=100, n_positions=200, n_embd=32, n_layer=2, n_head=2)
    conversations = random_conversations(64)
    batch = MixedBatches([as_pool("all", 1.0, conversations)], 64, micro_tokens=1000, seed=0)(1)
    assert len(batch.micro_batches) > 5
    model = GPT(config)
    buffer = GradientBuffer(model)
    accumulate_gradients(model.loss, batch, buffer, CPU)

    reference = GPT(config, kernels="manual").double()
    longest = max(map(len, conversations))
    ids, targets = torch.zeros(64, longest, dtype=torch.long), torch.full((64, longest), -100)
    for row, conversation in enumerate(conversations):
        ids[row, : len(conversation)] = torch.from_numpy(conversation.ids)
        targets[row, : len(conversation) - 1] = torch.from_numpy(
            np.where(conversation.mask[1:], conversation.ids[1:], -100)
        )
    logits = reference(ids) @ reference.wte.weight.T
    loss = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=-100
    )
    loss.backward()
    assert float(buffer.loss) == pytest.approx(loss.item(), rel=1e-5)
    for (name, ours), theirs in zip(model.named_parameters(), reference.parameters()):
        if name.endswith("c_attn.bias"):  # the key's third of it has no gradient but rounding
            keep = torch.ones(3 * config.n_embd, dtype=torch.bool)
            keep[config.n_embd : 2 * config.n_embd] = False
            ours_gradient, expected = ours.grad[keep].double(), theirs.grad[keep]
        else:
            ours_gradient, expected = ours.grad.double(), theirs.grad
        assert torch.linalg.vector_norm(ours_gradient - expected) < 1e-5 * torch.linalg.vector_norm(
            expected
        ), name


# ---- the script ----

SETTINGS = ["--batch-size", "24", "--micro-tokens", "1024", "--steps", "12", "--dtype", "float32", "--max-lr", "3e-3", "--eval-every", "3",
            "--save-every", "4", "--keep", "0", "--sample-every", "0", "--eval-tokens", "2000"]  # fmt: skip


def tune(start, data, out, *more):
    finetune.main(
        ["--model", str(start), "--data", str(data), "--out", str(out), *SETTINGS, *map(str, more)]
    )


@pytest.fixture(scope="module")
def tuned(start, nectar_folder, data_folder, tmp_path_factory):
    """12 steps on the sample conversations with a quarter of replayed text."""
    run = tmp_path_factory.mktemp("runs") / "tuned"
    tune(start, nectar_folder, run, "--replay", f"{data_folder}:0.25")
    return run


def rows_without_clock(run):
    with open(run / "loss.csv", newline="") as file:
        return [
            [
                row[name]
                for name in ("step", "tokens", "split", "loss", "learning_rate", "gradient_norm")
            ]
            for row in csv.DictReader(file)
        ]


def test_the_run_learns_and_reports_validation_on_each_part(tuned, data_folder):
    log = read_loss_log(tuned / "loss.csv")
    by_split = {
        split: [row.loss for row in log if row.split == split]
        for split in {row.split for row in log}
    }
    assert set(by_split) == {"train", "val", "val/nectar", f"val/{data_folder.name}"}
    assert by_split["val/nectar"][-1] < by_split["val/nectar"][0] - 0.3
    for whole, nectar, replayed in zip(
        by_split["val"], by_split["val/nectar"], by_split[f"val/{data_folder.name}"]
    ):
        assert whole == pytest.approx(0.75 * nectar + 0.25 * replayed, abs=2e-6)


def test_a_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(
    tuned, start, nectar_folder, data_folder, tmp_path
):
    killed = tmp_path / "killed"
    shutil.copytree(tuned, killed)
    for checkpoint in (killed / "checkpoints").iterdir():
        if checkpoint.name > "step_0000004":
            shutil.rmtree(checkpoint)
    tune(start, nectar_folder, killed, "--replay", f"{data_folder}:0.25", "--resume")
    assert rows_without_clock(killed) == rows_without_clock(tuned)
    last = "checkpoints/step_0000012/model.safetensors"
    assert (killed / last).read_bytes() == (tuned / last).read_bytes()
    assert (killed / "model.safetensors").read_bytes() == (tuned / "model.safetensors").read_bytes()


def test_the_best_weights_by_validation_become_the_runs_own(start, nectar_folder, tmp_path):
    run = tmp_path / "run"
    settings = ["--lr-drop", "4:1000", "--warmup-steps", 0]  # from step 4 on it only gets worse
    tune(start, nectar_folder, run, *settings)
    validation = {
        row.step: row.loss
        for row in read_loss_log(run / "loss.csv")
        if row.split == "val" and row.step
    }
    best = min(validation, key=validation.get)
    assert (
        best == 3
        and (run / "model.safetensors").read_bytes()
        == (run / f"checkpoints/step_{best:07d}/model.safetensors").read_bytes()
    )
    tune(start, nectar_folder, tmp_path / "newest", *settings, "--weights", "newest")
    assert (tmp_path / "newest/model.safetensors").read_bytes() == (
        run / "checkpoints/step_0000012/model.safetensors"
    ).read_bytes()


def test_two_processes_under_torchrun_take_the_same_steps(
    tuned, start, nectar_folder, data_folder, tmp_path
):
    run = tmp_path / "run"
    status, output = run_script(
        "finetune.py",
        "--model",
        start,
        "--data",
        nectar_folder,
        "--out",
        run,
        *SETTINGS,
        "--replay",
        f"{data_folder}:0.25",
        two_processes=True,
    )
    assert status == 0, output
    losses = [
        [float(row[3]) for row in rows_without_clock(folder) if row[2] == "train"]
        for folder in (run, tuned)
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


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
    assert "nectar: " in output and "padding" in output and "trimmed to the context" in output


def test_settings_of_the_starting_run_are_inherited_and_printed(
    tuned, nectar_folder, tmp_path, capsys
):
    muon = tmp_path / "muon"
    tune(tuned, nectar_folder, muon, "--steps", 1, "--optimizer", "muon")
    capsys.readouterr()
    tune(muon, nectar_folder, tmp_path / "next", "--steps", 1)
    assert f"from {muon}: optimizer muon, kernels fused" in capsys.readouterr().out


@pytest.mark.parametrize(
    "more, expected",
    [
        (["--replay", "nowhere:0.3"], "nowhere holds no prepared data"),
        (["--replay", "data"], "FOLDER:FRACTION"),
        (["--replay", "a:0.5", "b:0.6"], "must leave something for --data"),
        (["--model", "nowhere"], "nowhere holds no model"),
        (["--data", "nowhere"], "python prepare_nectar.py --out nowhere"),
        (["--steps", "0", "--eval-every", "-1"], "--eval-every must be 0 or more"),
    ],
)
def test_a_wrong_input_is_one_sentence(start, nectar_folder, tmp_path, capsys, more, expected):
    with pytest.raises(SystemExit) as end:
        finetune.main(
            [
                "--model",
                str(start),
                "--data",
                str(nectar_folder),
                "--out",
                str(tmp_path / "run"),
                *more,
            ]
        )
    assert end.value.code == 2 and expected in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_data_of_another_tokenizer_is_refused(start, tmp_path, capsys):
    import prepare_nectar
    from tokenizer_bpe import count_pieces, train_tokenizer

    train_tokenizer(count_pieces(["other text"] * 10), 260, "other").save(tmp_path / "tokenizer")
    prepare_nectar.main(
        [
            "--source",
            str(ROOT / "sample" / "nectar.jsonl"),
            "--tokenizer",
            str(tmp_path / "tokenizer"),
            "--out",
            str(tmp_path / "data"),
        ]
    )
    with pytest.raises(SystemExit) as end:
        tune(start, tmp_path / "data", tmp_path / "run")
    assert end.value.code == 2 and "another tokenizer" in capsys.readouterr().err
