"""What several tests share: a small tokenizer and a small data folder made from sample/, and a way to run the scripts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["HF_HUB_OFFLINE"] = "1"  # no test asks the network for anything
os.environ.setdefault("OMP_NUM_THREADS", "1")  # models this small are slower on more threads, and far slower where others compute

SAMPLE = ROOT / "sample" / "fineweb_edu.jsonl"


@pytest.fixture(scope="session")
def tokenizer():
    """512 tokens, trained on the sample corpus."""
    from tokenizer_bpe import count_pieces_in_files, train_tokenizer

    return train_tokenizer(count_pieces_in_files([SAMPLE]), 512, "test")


@pytest.fixture(scope="session")
def tokenizer_folder(tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="session")
def data_folder(tokenizer_folder, tmp_path_factory):
    """The sample corpus in shards of 30,000 tokens."""
    import prepare_fineweb

    folder = tmp_path_factory.mktemp("data")
    prepare_fineweb.main(["--source", str(SAMPLE), "--tokenizer", str(tokenizer_folder), "--out", str(folder), "--val-fraction", "0.08",
                          "--shard-tokens", "30000", "--workers", "1"])  # fmt: skip
    return folder


def start_script(name, *args, **options):
    """Start a script of the project in a process of its own, from the project's folder."""
    command = [sys.executable, *(["-m", "torch.distributed.run", "--nproc_per_node=2"] if options.pop("two_processes", False) else []), str(ROOT / name)]
    return subprocess.Popen([*command, *map(str, args)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def run_script(name, *args, **options):
    """Run it to its end; return its exit status and what it printed."""
    process = start_script(name, *args, **options)
    output, _ = process.communicate(timeout=240)
    return process.returncode, output
