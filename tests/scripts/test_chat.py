"""Talking with a model: through a pipe in this process, and in a terminal that the tests hold the other end of."""

import fcntl
import io
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time

import pytest
import torch

import chat
from model import GPT, GPTConfig
from network import generation as generate
from network.model_folder import save_model
from tests.support.scripts import ROOT

CONTEXT = 128
LEFT, UP, COLOUR = "\x1b[D", "\x1b[A", r"\x1b\[[\d;]*m"


def save_talker(folder, tokenizer, context=CONTEXT, seed=0, never_ends=False):
    """A small model with random weights in the folder."""
    model = GPT(
        GPTConfig(
            vocab_size=tokenizer.vocab_size, n_positions=context, n_embd=32, n_layer=2, n_head=2
        ),
        seed=seed,
    )
    if never_ends:  # a bias that the row of <|endoftext|> points away from
        with torch.no_grad():
            model.ln_f.bias.fill_(1)
            model.wte.weight[tokenizer.end_of_text] = -1
    save_model(folder, model, tokenizer)
    return str(folder)


@pytest.fixture(scope="module")
def run(tokenizer, tmp_path_factory):
    return save_talker(tmp_path_factory.mktemp("runs") / "talker", tokenizer)


@pytest.fixture(scope="module")
def other_run(tokenizer, tmp_path_factory):
    return save_talker(tmp_path_factory.mktemp("runs") / "other", tokenizer, seed=1)


@pytest.fixture
def say(run, monkeypatch, capfd):
    """Pipe lines into chat.py; return its exit status, the answers' text, and the remarks."""

    def say(*lines, flags=(), model=run):
        monkeypatch.setattr(
            sys,
            "stdin",
            io.TextIOWrapper(
                io.BytesIO(
                    "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
                ),
                "utf-8",
            ),
        )
        status = 0
        try:
            chat.main(
                [
                    "--model",
                    str(model),
                    "--device",
                    "cpu",
                    "--dtype",
                    "float32",
                    "--max-new-tokens",
                    "8",
                    *map(str, flags),
                ]
            )
        except SystemExit as end:
            status = end.code
        return status, *capfd.readouterr()

    return say


@pytest.fixture
def asked(monkeypatch):
    """What the model is asked: for each answer, the prompt, the most new tokens, and the seed."""
    calls, original = [], generate.generate

    def recording(model, tokenizer, prompts, max_new_tokens, sampling, seeds):
        calls.append((prompts[0], max_new_tokens, seeds[0], sampling, model))
        return original(model, tokenizer, prompts, max_new_tokens, sampling, seeds)

    monkeypatch.setattr(generate, "generate", recording)
    return calls


@pytest.fixture
def answers(monkeypatch):
    """Put words in the model's mouth: each answer is the next of these lists of pieces."""
    scripted = []
    monkeypatch.setattr(generate, "generate", lambda *_: ([piece] for piece in scripted.pop(0)))
    return scripted


# ---- through a pipe ----


def test_a_piped_conversation_gives_each_answer_and_nothing_else_and_status_0(say, answers):
    answers += [[" Thr", "ee str", "ikes", ".", "\n", ""], [" Four balls."]]
    status, output, _ = say("How many strikes make an out?", "", "  And how many balls a walk?  ")
    assert (status, output) == (0, "Three strikes.\nFour balls.\n")


def test_an_answer_keeps_the_white_space_inside_it_and_loses_that_around_it(say, answers):
    answers += [["\n ", " A list:\n", "\n- ", "one\n", "-  two", " \n"], ["x" * 100], [" ", "\n"]]
    assert say("a", "b", "c")[1] == f"A list:\n\n- one\n-  two\n{'x' * 100}\n\n"


def test_what_could_steer_the_terminal_is_made_harmless(say, answers):
    answers += [
        [" red: \x1b[31m", " title: \x9d0;", " back\rward", " bell\a,\ttab,", " ok: é 球 👍🏽"]
    ]
    assert say("x")[1] == "red: �[31m title: �0; back�ward bell�,\ttab, ok: é 球 👍🏽\n"


def test_the_same_seed_gives_the_same_conversation_and_another_seed_another(say):
    lines = ["Who is on first?", "What?", "/retry", "I do not know."]
    first, again, other = (say(*lines, flags=["--seed", seed])[1] for seed in (5, 5, 6))
    assert first == again != other


def test_retry_asks_the_same_again_with_another_seed(say, asked):
    say("Who?", "Where?", "/retry", "/retry")
    _, second, third, fourth = asked
    assert second[0] == third[0] == fourth[0] and len({call[2] for call in asked}) == 4


def test_retry_replaces_the_answer_unless_there_is_none(say, answers, tmp_path):
    answers += [[" A."], [" B."], [" C."], [], [" E."]]
    say(
        "Who?",
        "/retry",
        "Where?",
        "/retry",
        f"/save {tmp_path / 'one'}",
        "/retry",
        f"/save {tmp_path / 'two'}",
    )
    assert (
        tmp_path / "one"
    ).read_text() == "Human: Who?\n\nAssistant: B.\n\nHuman: Where?\n\nAssistant: C.\n"
    assert (
        tmp_path / "two"
    ).read_text() == "Human: Who?\n\nAssistant: B.\n\nHuman: Where?\n\nAssistant: E.\n"


def test_reset_forgets_the_conversation(say, asked, tokenizer):
    _, _, remarks = say("Who?", "/reset", "/retry", "Where?")
    assert tokenizer.decode(asked[-1][0]) == "\n\nHuman: Where?\n\nAssistant:" and len(asked) == 2
    assert "There is no question yet" in remarks


def test_the_oldest_turns_are_forgotten_whole_so_that_the_answer_always_fits(
    say, answers, asked, tokenizer, tmp_path
):
    answers += [[f" Answer number {number} is", " this one."] for number in range(12)]
    questions = [f"Question {number}: " + "who was he? " * (number % 4) for number in range(12)]
    _, _, remarks = say(
        *questions, *[f"/save {tmp_path / 'talk.txt'}"], flags=["--max-new-tokens", 20]
    )
    saved = re.split(
        r"\n\n(?:Human|Assistant): ",
        "\n\n" + (tmp_path / "talk.txt").read_text().removesuffix("\n"),
    )[1:]
    assert saved[::2] == [question.strip() for question in questions]
    heard = [tokenizer.encode(f"\n\nHuman: {human}\n\nAssistant:") for human in saved[::2]]
    turns = [
        [*human, *tokenizer.encode(f" {assistant}"), tokenizer.end_of_text]
        for human, assistant in zip(heard, saved[1::2])
    ]
    kept = []
    for number, (prompt, max_new_tokens, *_) in enumerate(asked):
        whole = [
            sum(turns[start:number], []) + heard[number] for start in range(number + 1)
        ]  # after all the turns before, after all but one, …
        assert max_new_tokens == 20 and prompt == next(
            ids for ids in whole if len(ids) + 20 <= CONTEXT
        )
        kept.append(number - whole.index(prompt))
    assert 0 < kept[-1] < 11
    assert remarks.count("forgets the oldest turns") == 1


def test_a_message_longer_than_the_context_is_left_out_with_a_sentence(say, answers, tmp_path):
    answers += [[" A."], [" B."]]
    status, output, remarks = say("Who?", "so " * 200, "/retry", f"/save {tmp_path / 'talk.txt'}")
    assert (status, output) == (0, "A.\nB.\n") and "the context holds 120" in remarks
    assert (tmp_path / "talk.txt").read_text() == "Human: Who?\n\nAssistant: B.\n"


def test_the_longest_answer_is_half_the_context_at_most_and_that_is_said_once(say, asked):
    _, _, remarks = say("Who?", "Where?", flags=["--max-new-tokens", CONTEXT])
    assert [call[1] for call in asked] == [CONTEXT // 2] * 2
    assert remarks.count(f"at most {CONTEXT // 2} tokens") == 1


def test_another_model_goes_on_with_the_conversation(say, asked, tokenizer, other_run):
    _, output, remarks = say(
        "Who?", f"/model {other_run}", "/model", "Where?", flags=["--temperature", 0]
    )
    assert f"\nThe model is {other_run}" in remarks
    assert asked[0][-1] is not asked[1][-1]
    assert (
        tokenizer.decode(asked[1][0]).startswith("\n\nHuman: Who?\n\nAssistant: ")
        and len(output.split()) >= 2
    )


def test_a_bad_folder_leaves_the_model_as_it_is(say, asked, run, tmp_path):
    status, _, remarks = say("Who?", f"/model {tmp_path}", "/model", "Where?")
    assert (
        status == 0
        and f"{tmp_path} holds no model" in remarks
        and f"The model is {run};" in remarks
    )
    assert asked[0][-1] is asked[1][-1]


def test_temperature_is_set_by_command_and_nonsense_leaves_it(say, asked):
    _, _, remarks = say(
        "/temperature 0",
        "Who?",
        "/temperature hot",
        "/temperature -1",
        "/temperature nan",
        "/temperature",
        "Who?",
    )
    assert [call[3].temperature for call in asked] == [0, 0]
    assert remarks.count("takes a number from 0 up") == 4


def test_speed_is_shown_on_request(say, tmp_path, tokenizer):
    talker = save_talker(tmp_path / "run", tokenizer, never_ends=True)
    speeds = re.compile(r"8 written at [\d,]+ tokens/s")
    assert (
        len(speeds.findall(say("Who?", "/speed", "Who?", "/speed", "Who?", model=talker)[2])) == 1
    )
    assert len(speeds.findall(say("Who?", "Who?", flags=["--show-speed"], model=talker)[2])) == 2


def test_a_file_is_saved_once_and_never_overwritten(say, answers, tmp_path):
    answers += [[" A."]]
    taken = tmp_path / "taken.txt"
    taken.write_text("precious")
    status, _, remarks = say(
        f"/save {tmp_path / 'early'}",
        "Who?",
        "/save",
        f"/save {taken}",
        f"/save {tmp_path / 'no' / 'where'}",
    )
    assert status == 0 and taken.read_text() == "precious" and os.listdir(tmp_path) == ["taken.txt"]
    for sentence in (
        "There is nothing to save yet",
        "/save takes the name of a new file",
        "File exists",
        "No such file or directory",
    ):
        assert sentence in remarks


def test_help_lists_every_command_and_an_unknown_one_names_help(say):
    _, output, remarks = say("/help", "/hlep")
    assert output == "" and all(
        re.search(rf"^/{name}\b", remarks, re.MULTILINE)
        for name in "help reset retry model temperature speed save quit".split()
    )
    assert "There is no command /hlep; /help lists those there are.\n" in remarks


def test_quit_ends_before_the_lines_that_follow(say, answers):
    answers += [[" A."]]
    assert say("Who?", "/quit", "Where?")[:2] == (0, "A.\n")


def test_bytes_that_are_no_text_do_no_harm(say):
    assert say("\udcff\udcfe?")[0] == 0


def test_a_missing_or_damaged_run_ends_with_status_2_and_one_sentence(say, run, tmp_path):
    broken = {name: tmp_path / name for name in ("cut", "unconfigured", "wordless")}
    for folder in broken.values():
        shutil.copytree(run, folder)
    os.truncate(broken["cut"] / "model.safetensors", 1000)
    (broken["unconfigured"] / "config.json").write_text("{")
    (broken["wordless"] / "vocab.json").unlink()
    sentences = {
        tmp_path / "nowhere": "holds no model",
        broken["cut"]: "damaged",
        broken["unconfigured"]: "not the configuration",
        broken["wordless"]: "no tokenizer",
    }
    for folder, sentence in sentences.items():
        status, output, remarks = say("Who?", model=folder)
        assert (
            status == 2
            and output == ""
            and re.fullmatch(rf"chat\.py: .*{folder}.*{sentence}.*\n", remarks)
        )


@pytest.mark.parametrize(
    "flags, sentence",
    [
        (
            ["--temperature", -1, "--top-p", 0],
            "temperature must be 0 or more; top_p must be over 0",
        ),
        (["--max-new-tokens", 0], "--max-new-tokens must be 1 or more"),
        (["--device", "abacus"], "--device abacus is not available"),
    ],
)
def test_settings_out_of_range_end_with_status_2_and_a_sentence(say, flags, sentence):
    status, _, remarks = say(flags=flags)
    assert status == 2 and sentence in remarks and "Traceback" not in remarks


def test_ctrl_c_ends_a_piped_conversation_without_a_traceback(say, answers):
    def interrupted():
        yield " Three "
        raise KeyboardInterrupt

    answers += [interrupted()]
    status, output, remarks = say("How many?", "Who?")
    assert (status, output) == (130, "Three\n") and "Traceback" not in remarks


def test_help_comes_without_loading_torch():
    start = "import sys, chat; sys.argv = ['chat.py', '--help']\ntry: chat.main()\nexcept SystemExit: assert 'torch' not in sys.modules"
    result = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True)
    assert (
        result.returncode == 0
        and "python chat.py --model" in result.stdout
        and "--max-new-tokens" in result.stdout
    )


def test_a_reader_who_leaves_ends_it_quietly(run):
    command = f"{sys.executable} chat.py --model {run} --device cpu --max-new-tokens 8 | head -n 1"
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        input="Who?\n" * 2000,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert len(result.stdout.splitlines()) == 1
    assert not re.search("traceback|broken|error", result.stderr, re.IGNORECASE)


# ---- in a terminal ----


def test_lines_in_a_terminal_break_between_words(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setenv("COLUMNS", "20")
    text = (
        "Babe Ruth hit 714 home runs.\n\n- That was the record until 1974,\n- when Aaron broke it."
    )
    terminal = chat.Terminal()
    terminal.is_interactive, terminal.column = True, len("baseball > ")
    for word in chat.whole_words(re.findall("..?.?", text, re.DOTALL)):
        terminal.show(word)
    shown = capsys.readouterr().out
    assert re.split("[ \n]", shown) == re.split("[ \n]", text)
    lines = ("baseball > " + shown).split("\n")
    assert max(map(len, lines)) <= 20
    for line, following in zip(lines, lines[1:]):  # no line ends early without a reason
        assert (
            f"{line}\n".removeprefix("baseball > ") in text
            or len(line) + 1 + len(following.split()[0]) > 20
        )


class Person:
    """chat.py in a terminal of its own, and someone who types and reads there."""

    def __init__(self, *arguments, **environment):
        self.keyboard, terminal = os.openpty()
        command = [
            sys.executable,
            str(ROOT / "chat.py"),
            "--device",
            "cpu",
            "--dtype",
            "float32",
            *map(str, arguments),
        ]
        environment = (
            os.environ | {"TERM": "xterm", "OMP_NUM_THREADS": "1", "NO_COLOR": ""} | environment
        )

        def take_terminal():
            fcntl.ioctl(
                terminal, termios.TIOCSCTTY, 0
            )  # so that its Ctrl-C is a signal to the process
            signal.signal(
                signal.SIGINT, signal.SIG_DFL
            )  # which a shell's background jobs are born to ignore

        self.process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=take_terminal,
            env=environment,
        )
        os.close(terminal)
        self.seen = ""

    def types(self, keys):
        os.write(self.keyboard, keys.encode())

    def presses_ctrl_c_at_the_prompt(self):
        time.sleep(
            0.3
        )  # Python loses a signal in the microseconds between its prompt and its waiting for keys
        self.types("\x03")

    def sees(self, pattern, seconds=60):
        """Wait for it in what has come since the last call; return what came up to its end."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.seen)):
            assert select.select([self.keyboard], [], [], max(0, end - time.monotonic()))[0], (
                f"{pattern} does not come: {self.seen!r}"
            )
            self.seen += os.read(self.keyboard, 4096).decode(errors="replace")
        before, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return before

    def leaves(self):
        """Wait for the program's end; return its exit status."""
        try:
            while os.read(self.keyboard, 4096):
                pass
        except OSError:  # EIO: the other end is closed
            pass
        return self.process.wait(timeout=20)


@pytest.fixture
def sit_down():
    people = []

    def sit_down(*arguments, **environment):
        people.append(Person(*arguments, **environment))
        return people[-1]

    yield sit_down
    for person in people:
        person.process.kill()
        person.process.wait()
        os.close(person.keyboard)


def test_in_a_terminal_ctrl_c_stops_the_answer_and_not_the_program(sit_down, tokenizer, tmp_path):
    talker = save_talker(tmp_path / "run", tokenizer, context=16384, never_ends=True)
    person = sit_down("--model", talker, "--max-new-tokens", 8000, NO_COLOR="1")
    person.sees("you > ")
    person.types("Who he?" + 4 * LEFT + " is\n")
    for _ in range(2):
        person.sees("run > ")
        person.sees(r"\S+ ")
        person.types("§§§")
        shown = person.sees(r"\S+ ") + person.sees(r"\S+ ")
        person.types("\x03")
        shown += person.sees("you > ")
        assert "(stopped)" in shown and "§" not in shown and not re.search(COLOUR, shown)
        person.types(UP + "\n")
    person.sees("run > ")
    person.types("\x03")
    person.sees("you > ")
    person.types(f"/save {tmp_path / 'talk.txt'}\n")
    person.sees(r"holds\s+the\s+conversation")
    assert re.match(
        r"Human: Who is he\?\n\nAssistant: \S.*\n\nHuman: Who is he\?\n\nAssistant: \S",
        (tmp_path / "talk.txt").read_text(),
        re.DOTALL,
    )
    person.sees("you > ")
    person.types("half a line")
    person.sees("half a line")
    person.presses_ctrl_c_at_the_prompt()
    assert "again" not in person.sees("you > ")
    person.presses_ctrl_c_at_the_prompt()
    assert "Ctrl-C again quits" in person.sees("you > ")
    person.presses_ctrl_c_at_the_prompt()
    assert person.leaves() == 0


def test_in_a_terminal_the_speakers_have_colours_and_ctrl_d_quits(sit_down, run):
    person = sit_down("--model", run, "--max-new-tokens", 4)
    person.sees("you > ")
    person.types("Who?\n")
    assert re.search(COLOUR + "talker > ", person.sees("talker > "))
    person.sees("you > ")
    person.types("\x04")
    assert person.leaves() == 0
