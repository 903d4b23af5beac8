"""Completing texts: in this process, through pipes, and in a terminal."""

import io
import re
import subprocess
import sys

import pytest
import torch

import generate
from model import GPTConfig
from network import sampling
from network.model_folder import load_model, save_model
from network.sampling import Sampling
from tests.support.models import model_with_large_weights
from tests.support.scripts import ROOT
from tests.support.talkers import save_talker
from tests.support.terminal import CTRL_C, Person
from training.sampling import text_writer

CONTEXT = 64
LONG = "Ruth hit it over the wall. " * 12  # more tokens than the context


@pytest.fixture(scope="module")
def run(tokenizer, tmp_path_factory):
    shape = {"n_positions": CONTEXT, "n_embd": 32, "n_layer": 2, "n_head": 2}
    model = model_with_large_weights(GPTConfig(vocab_size=tokenizer.vocab_size, **shape))
    folder = tmp_path_factory.mktemp("runs") / "run"
    save_model(folder, model, tokenizer)
    return folder


@pytest.fixture
def complete(run, monkeypatch, capfd):
    """Run generate.py; return its exit status, standard output, and standard error."""

    def complete(*arguments, typed=b"", model=run):
        stream = io.BufferedReader(io.BytesIO(typed))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream, "utf-8"))
        hardware = ["--device", "cpu", "--dtype", "float32"]
        status = 0
        try:
            generate.main([str(a) for a in ["--model", model, *hardware, *arguments]])
        except SystemExit as end:
            status = end.code
        return status, *capfd.readouterr()

    return complete


@pytest.fixture
def recites(monkeypatch, tokenizer):
    """Let every model say a text, and then end the document, whatever its logits are."""

    def recites(text):
        tokens = iter([*tokenizer.encode(text), tokenizer.end_of_text])
        monkeypatch.setattr(sampling, "sample", lambda *_: torch.tensor([next(tokens)]))

    return recites


# ---- What is written ----


def reference_completion(run, tokenizer, ids, max_new_tokens):
    """The greedy completion by `transformers`: no cache, the whole text read again for a token."""
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(run).eval()
    ids, new = list(ids), []
    with torch.no_grad():
        while len(new) < max_new_tokens and len(ids) < CONTEXT:
            token = model(torch.tensor([ids])).logits[0, -1].argmax().item()
            if token == tokenizer.end_of_text:
                break
            new.append(token)
            ids.append(token)
    token_bytes = {id: token for token, id in tokenizer.vocab.items()}
    text = b"".join(token_bytes[id] for id in new).decode("utf-8", "replace")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", text)


@pytest.mark.parametrize("text", ["Babe Ruth", "", "The \u26be", "One.<|endoftext|>Two", LONG])
def test_the_greedy_text_is_that_of_a_plain_loop_over_transformers(complete, run, tokenizer, text):
    end = tokenizer.end_of_text
    ids = {
        "": [end],
        "One.<|endoftext|>Two": [*tokenizer.encode("One."), end, *tokenizer.encode("Two")],
        LONG: tokenizer.encode(LONG)[-(CONTEXT - 20) :],
    }.get(text, tokenizer.encode(text))
    expected = reference_completion(run, tokenizer, ids, 20)
    status, output, _ = complete(text, "--temperature", 0, "--max-new-tokens", 20)
    assert (status, output) == (0, f"{text}{expected}\n")
    assert len(expected) > 5


def test_the_text_goes_on_to_the_end_of_the_context_and_a_remark_says_so(complete, run, tokenizer):
    ids = tokenizer.encode("Babe Ruth")
    expected = reference_completion(run, tokenizer, ids, 1000)
    _, output, remarks = complete("Babe Ruth", "--temperature", 0, "--max-new-tokens", 1000)
    assert output == f"Babe Ruth{expected}\n"
    assert f"leaves room for {CONTEXT - len(ids)} more" in remarks


def test_a_prompt_longer_than_the_context_keeps_its_end_and_a_remark_says_so(
    complete, run, tokenizer
):
    number = len(tokenizer.encode(LONG))
    status, _, remarks = complete(LONG, "--max-new-tokens", 20)
    assert status == 0
    assert f"The prompt has {number} tokens, more than the context of {CONTEXT}" in remarks
    assert f"reads the last {CONTEXT - 20} and adds up to 20" in remarks
    _, _, remarks = complete("Babe", LONG, "--max-new-tokens", 1000)
    assert f"Prompt 2: The prompt has {number}" in remarks
    assert f"reads the last {CONTEXT // 2} and adds up to {CONTEXT // 2}" in remarks


def test_a_human_turn_does_not_end_a_text_and_the_end_of_the_document_does(complete, recites):
    recites(" 1.\n\nHuman: 2.\n\nHum")
    assert complete("0.")[:2] == (0, "0. 1.\n\nHuman: 2.\n\nHum\n")


def test_characters_that_could_steer_the_terminal_are_replaced(complete, recites):
    recites(" \x1b[31m red\a \x9d0; é ⚾\n\tx")
    assert complete("a\x1b[2J\rb")[1] == "a�[2J�b �[31m red� �0; é ⚾\n\tx\n"


def test_the_same_seed_gives_the_same_text_alone_and_among_others(complete):
    arguments = ["--max-new-tokens", 20, "--temperature", 1]
    alone = {
        (prompt, seed): complete(prompt, "--seed", seed, *arguments)[1]
        for prompt in ("Babe", "Ty Cobb")
        for seed in (5, 6, 7)
    }
    _, output, remarks = complete("Babe", "--seed", 5, "Ty Cobb", "--samples", 3, *arguments)
    assert output == "\n".join(alone.values())
    assert len(set(alone.values())) == 6
    announced = re.findall(r"\(prompt (\d) of 2, seed (\d)\)", remarks)
    assert announced == [(prompt, seed) for prompt in "12" for seed in "567"]


def test_with_the_default_flags_the_text_is_the_sample_that_pretraining_shows(
    complete, run, tokenizer
):
    model, _ = load_model(run)
    sample = text_writer(tokenizer, "The", 20, seed=3)(model.requires_grad_(False))
    _, output, _ = complete("The", "--seed", 3, "--max-new-tokens", 20)
    assert "\n\nHuman:" not in sample.text
    shown = sample.prompt + sample.text
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", shown)
    assert output == text + "\n"


def test_the_defaults_of_the_flags_are_those_of_the_sampling(monkeypatch):
    taken = []
    monkeypatch.setattr(generate, "run", taken.append)
    generate.main(["x"])
    flags = {name: getattr(taken[0], name) for name in vars(Sampling())}
    assert flags == vars(Sampling())


# ---- Where prompts come from, and where output goes ----


def test_only_texts_go_to_standard_output_and_remarks_to_standard_error(complete, recites):
    recites(" Ruth")
    status, output, remarks = complete("Babe")
    assert (status, output) == (0, "Babe Ruth\n")
    assert "parameters, a context of 64 tokens" in remarks and "Ruth" not in remarks
    recites(" Ruth")
    assert complete("Babe", "--no-prompt")[1] == " Ruth\n"


def test_a_model_that_adds_nothing_is_said_to(complete, recites):
    recites("")
    _, output, remarks = complete("Babe")
    assert output == "Babe\n" and "adds nothing" in remarks


@pytest.mark.parametrize(
    "content",
    [
        b"Babe\nRuth\n",
        b"Babe\r\nRuth",
        b"\xef\xbb\xbfBabe\nRuth\n",
        "Babe\nRuth\n".encode("utf-16"),
        "\ufeffBabe\r\nRuth\r\n".encode("utf-32-be"),
    ],
)
def test_a_file_and_piped_input_are_one_prompt_in_any_encoding_without_the_last_newline(
    complete, recites, tmp_path, content
):
    (tmp_path / "prompt.txt").write_bytes(content)
    recites(" was")
    assert complete(typed=content)[:2] == (0, "Babe\nRuth was\n")
    recites(" was")
    assert complete("--file", tmp_path / "prompt.txt")[:2] == (0, "Babe\nRuth was\n")


def test_of_several_last_newlines_one_is_left_out(complete, recites):
    recites("Two")
    assert complete(typed=b"One\n\n")[1] == "One\nTwo\n"


def test_arguments_come_before_files_and_piped_input_is_then_not_read(complete, tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name.upper())
    files = ["--file", tmp_path / "a", "--file", tmp_path / "b"]
    _, output, _ = complete(*files, "First", "--max-new-tokens", 1, typed=b"Never")
    beginnings = ["First", "A", "B"]
    assert re.match(".*\n\n".join(beginnings), output, re.DOTALL) and "Never" not in output


def test_empty_input_begins_a_document(complete):
    arguments = ["--max-new-tokens", 8, "--seed", 2]
    status, output, remarks = complete("", *arguments)
    assert status == 0
    assert complete(*arguments) == (status, output, remarks)


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["--file", "nowhere.txt"], ["nowhere.txt: No such file"]),
        (["--file", "."], [".: Is a directory"]),
        (
            ["x", "--samples", 0, "--max-new-tokens", 0, "--temperature", -1, "--seed", -1],
            ["--samples must", "--max-new-tokens must", "temperature must", "--seed must"],
        ),
        (["x", "--device", "abacus"], ["--device abacus is not available"]),
        (["x", "--model", "nowhere"], ["nowhere holds no model", "train one with pretrain.py"]),
    ],
)
def test_a_mistake_ends_with_status_2_and_a_sentence(complete, arguments, expected):
    status, output, remarks = complete(*arguments)
    assert (status, output) == (2, "")
    assert re.fullmatch(r"generate\.py: .*\n", remarks)
    assert all(part in remarks for part in expected)


def test_input_that_is_not_text_is_refused_with_its_line(complete, tmp_path):
    content = b"one\ntwo\ncaf\xe9\n"
    (tmp_path / "latin.txt").write_bytes(content)
    for status, output, remarks in (
        complete(typed=content),
        complete("--file", tmp_path / "latin.txt"),
    ):
        assert (status, output) == (2, "")
        assert re.search(r"(standard input|latin\.txt), line 3: not UTF-8 text", remarks)


def test_a_closed_output_pipe_ends_the_script_quietly(run):
    command = f"{sys.executable} generate.py --model {run} --device cpu --samples 999 x | head -n 1"
    result = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert not re.search("traceback|broken|error", result.stderr, re.IGNORECASE)


def test_help_comes_without_loading_torch_and_gives_the_command_lines():
    program = """
import sys, generate
sys.argv = ["generate.py", "--help"]
try:
    generate.main()
except SystemExit:
    assert not {"torch", "numpy", "tiktoken"} & set(sys.modules)
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert 'python generate.py "' in result.stdout and "--samples" in result.stdout


# ---- In a terminal ----


@pytest.fixture
def sit_down():
    """Start generate.py in a terminal, with a person there."""
    people = []

    def sit_down(*arguments, **environment):
        people.append(Person(*arguments, script="generate.py", **environment))
        return people[-1]

    yield sit_down
    for person in people:
        person.leaves()


def test_without_a_prompt_in_a_terminal_a_sentence_says_what_to_give(sit_down, run):
    person = sit_down("--model", run)
    person.sees(r'generate\.py: there is no prompt; give one, such as: python generate\.py "')
    assert person.exit_status() == 2


def test_a_text_appears_token_by_token_and_ctrl_c_ends_it_with_status_130(
    sit_down, tokenizer, tmp_path
):
    talker = save_talker(tmp_path / "run", tokenizer, context=16384, never_ends=True)
    person = sit_down("--model", talker, "Babe Ruth", "--max-new-tokens", 16000)
    person.sees("Babe Ruth")
    for _ in range(3):
        person.sees(r"\S+\s")  # long before the 16,000 tokens are written
    person.types(CTRL_C)
    shown = person.sees(r"\ngenerate\.py: stopped\r\n")
    assert "Traceback" not in shown and "\x1b" not in shown
    assert person.exit_status() == 130
