"""Chatting with a model: through a pipe in this process, and in a terminal."""

import io
import os
import re
import shutil
import subprocess
import sys

import pytest

import chat
from network import chat_session
from network.chat_session import whole_words
from tests.support.scripts import ROOT
from tests.support.talkers import CONTEXT, save_talker
from tests.support.terminal import COLOUR, CTRL_C, CTRL_D, LEFT, UP, Person
from tools.terminal import Terminal

HARDWARE = ["--device", "cpu", "--dtype", "float32"]


@pytest.fixture(scope="module")
def run(tokenizer, tmp_path_factory):
    return save_talker(tmp_path_factory.mktemp("runs") / "talker", tokenizer)


@pytest.fixture(scope="module")
def other_run(tokenizer, tmp_path_factory):
    return save_talker(tmp_path_factory.mktemp("runs") / "other", tokenizer, seed=1)


@pytest.fixture
def say(run, monkeypatch, capfd):
    """Pipe lines, or the bytes `typed`, into chat.py.

    Returns its exit status, the answers' text, and the remarks.
    """

    def say(*lines, typed=None, flags=(), model=run):
        if typed is None:
            typed = "".join(line + "\n" for line in lines).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), "utf-8"))
        arguments = ["--model", model, *HARDWARE, "--max-new-tokens", 8, *flags]
        status = 0
        try:
            chat.main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
        return status, *capfd.readouterr()

    return say


@pytest.fixture
def asked(monkeypatch):
    """What `generate` gets for each answer: prompt, token limit, seed, sampling and model."""
    calls = []
    original = chat_session.generate

    def recording(model, tokenizer, prompts, max_new_tokens, sampling, seeds):
        calls.append((prompts[0], max_new_tokens, seeds[0], sampling, model))
        return original(model, tokenizer, prompts, max_new_tokens, sampling, seeds)

    monkeypatch.setattr(chat_session, "generate", recording)
    return calls


@pytest.fixture
def answers(monkeypatch):
    """The pieces of the next answers, in place of the model's."""
    scripted = []
    monkeypatch.setattr(chat_session, "generate", lambda *_: ([piece] for piece in scripted.pop(0)))
    return scripted


# ---- Through a pipe: answers ----


def test_a_piped_conversation_gives_each_answer_and_nothing_else_and_status_0(say, answers):
    answers += [[" Thr", "ee str", "ikes", ".", "\n", ""], [" Four balls."]]
    status, output, _ = say("How many strikes make an out?", "", "  And how many balls a walk?  ")
    assert (status, output) == (0, "Three strikes.\nFour balls.\n")


def test_an_answer_keeps_white_space_inside_it_and_loses_white_space_around_it(say, answers):
    answers += [["\n ", " A list:\n", "\n- ", "one\n", "-  two", " \n"], ["x" * 100], [" ", "\n"]]
    assert say("a", "b", "c")[1] == f"A list:\n\n- one\n-  two\n{'x' * 100}\n\n"


def test_characters_that_could_steer_the_terminal_are_replaced(say, answers):
    answers += [
        [" red: \x1b[31m", " title: \x9d0;", " back\rward", " bell\a,\ttab,", " ok: é 球 👍🏽"]
    ]
    assert say("x")[1] == "red: �[31m title: �0; back�ward bell�,\ttab, ok: é 球 👍🏽\n"


def test_the_same_seed_gives_the_same_conversation_and_another_seed_another(say):
    lines = ["Who is on first?", "What?", "/retry", "I do not know."]
    first, again, other = (say(*lines, flags=["--seed", seed])[1] for seed in (5, 5, 6))
    assert first == again != other


# ---- Through a pipe: what counts as a message ----


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("first", ["", "  \n", "/reset\n"])
def test_a_file_that_begins_with_a_byte_order_mark_gives_one_answer_a_question(
    say, asked, tokenizer, encoding, first
):
    status, output, _ = say(typed=f"{first}Who?\r\nWhat, naïve ⚾?\r\n".encode(encoding))
    prompts = [tokenizer.decode(call[0]) for call in asked]
    assert status == 0 and len(prompts) == 2
    assert prompts[0] == "\n\nHuman: Who?\n\nAssistant:"
    assert prompts[1].endswith("\n\nHuman: What, naïve ⚾?\n\nAssistant:")


@pytest.mark.parametrize("blank", ["", " \t", "\ufeff", "\u200b", "\xa0\u2060", "\x1a", "\u3000"])
def test_a_line_without_a_visible_character_is_no_message(say, asked, blank):
    say("Who?", blank, "What?", blank)
    assert len(asked) == 2


def test_a_line_that_is_not_text_ends_the_chat_with_its_number_after_the_answers_before_it(
    say, answers
):
    answers += [[" A."], [" B."]]
    status, output, remarks = say(typed=b"Who?\n\nWhat?\ncaf\xe9?\nWhere?\n")
    assert (status, output) == (2, "A.\nB.\n")
    assert re.search(r"chat\.py: standard input, line 4: not UTF-8 text .* iconv", remarks)


def test_in_piped_input_a_goodbye_is_a_message_with_an_answer(say, answers):
    answers += [[" A."], [" B."], [" C."]]
    assert say("exit", "Bye!", "What?")[:2] == (0, "A.\nB.\nC.\n")


@pytest.mark.parametrize("command", ["/quit", "/exit", "/bye"])
def test_in_piped_input_a_command_quits(say, answers, command):
    answers += [[" A."], [" B."]]
    assert say("Who?", f"{command}s", command, "What?")[:2] == (0, "A.\n")


# ---- Through a pipe: the context ----


def split_turns(text):
    """Human, assistant, human, … of a saved conversation."""
    return re.split(r"\n\n(?:Human|Assistant): ", "\n\n" + text.removesuffix("\n"))[1:]


def test_the_oldest_turns_are_forgotten_whole_so_that_the_answer_always_fits(
    say, answers, asked, tokenizer, tmp_path
):
    talk = tmp_path / "talk.txt"
    answers += [[f" Answer number {number} is", " this one."] for number in range(12)]
    questions = [f"Question {number}: " + "who was he? " * (number % 4) for number in range(12)]
    _, _, remarks = say(*questions, f"/save {talk}", flags=["--max-new-tokens", 20])
    saved = split_turns(talk.read_text())
    assert saved[::2] == [question.strip() for question in questions]
    prompts = [tokenizer.encode(f"\n\nHuman: {human}\n\nAssistant:") for human in saved[::2]]
    turns = [
        [*human, *tokenizer.encode(f" {assistant}"), tokenizer.end_of_text]
        for human, assistant in zip(prompts, saved[1::2])
    ]
    forgotten = []  # the number of turns missing from each prompt
    for number, (prompt, max_new_tokens, *_) in enumerate(asked):
        # The question after all the turns before it, after all but the first, …
        candidates = [sum(turns[start:number], []) + prompts[number] for start in range(number + 1)]
        fitting = [ids for ids in candidates if len(ids) + 20 <= CONTEXT]
        assert max_new_tokens == 20 and prompt == fitting[0]
        forgotten.append(candidates.index(prompt))
    assert 0 < forgotten[-1] < 11
    assert remarks.count("forgets the oldest turns") == 1


def test_a_message_longer_than_the_context_is_left_out_with_a_sentence(say, answers, tmp_path):
    answers += [[" A."], [" B."]]
    status, output, remarks = say("Who?", "so " * 200, "/retry", f"/save {tmp_path / 'talk.txt'}")
    assert (status, output) == (0, "A.\nB.\n") and "the context holds 120" in remarks
    assert (tmp_path / "talk.txt").read_text() == "Human: Who?\n\nAssistant: B.\n"


def test_an_answer_has_at_most_half_the_context_and_a_remark_says_so_once(say, asked):
    _, _, remarks = say("Who?", "Where?", flags=["--max-new-tokens", CONTEXT])
    assert [call[1] for call in asked] == [CONTEXT // 2] * 2
    assert remarks.count(f"at most {CONTEXT // 2} tokens") == 1


# ---- Through a pipe: commands ----


def test_retry_asks_the_same_again_with_another_seed(say, asked):
    say("Who?", "Where?", "/retry", "/retry")
    _, second, third, fourth = asked
    assert second[0] == third[0] == fourth[0] and len({call[2] for call in asked}) == 4


def test_retry_replaces_the_answer_unless_the_new_one_is_empty(say, answers, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    answers += [[" A."], [" B."], [" C."], [], [" E."]]
    say("Who?", "/retry", "Where?", "/retry", f"/save {one}", "/retry", f"/save {two}")
    first_turn = "Human: Who?\n\nAssistant: B.\n\n"
    assert one.read_text() == first_turn + "Human: Where?\n\nAssistant: C.\n"
    assert two.read_text() == first_turn + "Human: Where?\n\nAssistant: E.\n"


def test_retry_says_why_the_answer_is_the_same_at_temperature_0(say):
    remark = "At temperature 0 every answer is the likeliest one"
    assert remark in say("Who?", "/retry", flags=["--temperature", 0])[2]
    assert remark not in say("Who?", "/retry")[2]


def test_reset_forgets_the_conversation(say, asked, tokenizer):
    _, _, remarks = say("Who?", "/reset", "/retry", "Where?")
    assert tokenizer.decode(asked[-1][0]) == "\n\nHuman: Where?\n\nAssistant:" and len(asked) == 2
    assert "There is no question yet" in remarks


def test_another_model_continues_the_conversation(say, asked, tokenizer, other_run):
    lines = ["Who?", f"/model {other_run}", "/model", "Where?"]
    _, output, remarks = say(*lines, flags=["--temperature", 0])
    assert f"\nThe model is {other_run}" in remarks
    assert asked[0][-1] is not asked[1][-1]
    assert tokenizer.decode(asked[1][0]).startswith("\n\nHuman: Who?\n\nAssistant: ")
    assert len(output.split()) >= 2


def test_a_bad_folder_leaves_the_model_as_it_is(say, asked, run, tmp_path):
    status, _, remarks = say("Who?", f"/model {tmp_path}", "/model", "Where?")
    assert status == 0
    assert f"{tmp_path} holds no model" in remarks and f"The model is {run};" in remarks
    assert asked[0][-1] is asked[1][-1]


def test_temperature_is_set_by_command_and_nonsense_leaves_it(say, asked):
    no_numbers = ["/temperature hot", "/temperature"]
    out_of_range = ["/temperature -1", "/temperature nan", "/temperature 0.0005"]
    _, _, remarks = say("/temperature 0", "Who?", *no_numbers, *out_of_range, "Who?")
    assert [call[3].temperature for call in asked] == [0, 0]
    assert remarks.count("takes a number from 0 up, such as 0.7; it stays at 0.") == 2
    assert remarks.count("temperature must be 0 or more; it stays at 0.") == 2
    assert "temperature must be 0, or at least 0.001; it stays at 0." in remarks


def test_speed_is_shown_on_request(say, tmp_path, tokenizer):
    talker = save_talker(tmp_path / "run", tokenizer, never_ends=True)

    def speeds_shown(*lines, flags=()):
        remarks = say(*lines, flags=flags, model=talker)[2]
        return len(re.findall(r"8 written at [\d,]+ tokens/s", remarks))

    assert speeds_shown("Who?", "/speed", "Who?", "/speed", "Who?") == 1
    assert speeds_shown("Who?", "Who?", flags=["--show-speed"]) == 2


def test_a_file_is_saved_once_and_never_overwritten(say, answers, tmp_path):
    answers += [[" A."]]
    taken = tmp_path / "taken.txt"
    taken.write_text("precious")
    early, nowhere = tmp_path / "early", tmp_path / "no" / "where"
    saves = ["/save", f"/save {taken}", f"/save {nowhere}"]
    status, _, remarks = say(f"/save {early}", "Who?", *saves)
    assert status == 0 and taken.read_text() == "precious" and os.listdir(tmp_path) == ["taken.txt"]
    assert "There is nothing to save yet" in remarks
    assert "/save takes the name of a new file" in remarks
    assert "File exists" in remarks
    assert "No such file or directory" in remarks


def test_help_lists_every_command_and_an_unknown_one_names_help(say):
    _, output, remarks = say("/help", "/hlep")
    assert output == ""
    for name in ["help", "reset", "retry", "model", "temperature", "speed", "save", "quit"]:
        assert re.search(rf"^/{name}\b", remarks, re.MULTILINE)
    assert "There is no command /hlep; /help lists the commands.\n" in remarks


# ---- Through a pipe: how it ends ----


def cut_weights(folder):
    os.truncate(folder / "model.safetensors", 1000)


def cut_configuration(folder):
    (folder / "config.json").write_text("{")


def delete_vocabulary(folder):
    (folder / "vocab.json").unlink()


@pytest.mark.parametrize(
    "damage, sentence",
    [
        (cut_weights, "(damaged|corrupt)"),
        (cut_configuration, "not the configuration"),
        (delete_vocabulary, "no tokenizer"),
        (shutil.rmtree, "holds no model"),
    ],
)
def test_a_missing_or_damaged_run_ends_with_status_2_and_one_sentence(
    say, run, tmp_path, damage, sentence
):
    folder = tmp_path / "broken"
    shutil.copytree(run, folder)
    damage(folder)
    status, output, remarks = say("Who?", model=folder)
    assert status == 2 and output == ""
    assert re.fullmatch(rf"chat\.py: .*{folder}.*{sentence}.*\n", remarks)


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


def test_a_closed_output_pipe_ends_the_script_quietly(run):
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


def test_help_comes_without_loading_torch():
    program = """
import sys, chat
sys.argv = ["chat.py", "--help"]
try:
    chat.main()
except SystemExit:
    assert "torch" not in sys.modules
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0
    assert "python chat.py --model" in result.stdout and "--max-new-tokens" in result.stdout


# ---- In a terminal ----


def test_lines_in_a_terminal_break_between_words(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setenv("COLUMNS", "20")
    text = (
        "Babe Ruth hit 714 home runs.\n\n- That was the record until 1974,\n- when Aaron broke it."
    )
    terminal = Terminal("you > ")
    terminal.is_interactive = True
    terminal.column = len("baseball > ")
    for word in whole_words(re.findall("..?.?", text, re.DOTALL)):
        terminal.show(word)
    shown = capsys.readouterr().out
    assert re.split("[ \n]", shown) == re.split("[ \n]", text)
    lines = ("baseball > " + shown).split("\n")
    assert max(map(len, lines)) <= 20
    for line, following in zip(lines, lines[1:]):
        if f"{line}\n".removeprefix("baseball > ") not in text:
            next_word = following.split()[0]
            assert len(line) + 1 + len(next_word) > 20


@pytest.fixture
def sit_down():
    """Start chat.py in a terminal, with a person there."""
    people = []

    def sit_down(*arguments, **environment):
        people.append(Person(*arguments, **environment))
        return people[-1]

    yield sit_down
    for person in people:
        person.leaves()


def test_ctrl_c_in_a_terminal_stops_the_answer_and_not_the_program(sit_down, tokenizer, tmp_path):
    talker = save_talker(tmp_path / "run", tokenizer, context=16384, never_ends=True)
    person = sit_down("--model", talker, "--max-new-tokens", 8000, NO_COLOR="1")
    person.sees("you > ")
    person.types("Who he?" + 4 * LEFT + " is\n")
    for _ in range(2):
        person.sees("run > ")
        person.sees(r"\S+ ")
        person.types("§§§")
        shown = person.sees(r"\S+ ") + person.sees(r"\S+ ")
        person.types(CTRL_C)
        shown += person.sees("you > ")
        assert "(stopped)" in shown and "§" not in shown and not re.search(COLOUR, shown)
        person.types(UP + "\n")
    person.sees("run > ")
    person.types(CTRL_C)
    person.sees("you > ")
    person.types(f"/save {tmp_path / 'talk.txt'}\n")
    person.sees(r"holds\s+the\s+conversation")
    turn = r"Human: Who is he\?\n\nAssistant: \S"
    saved = (tmp_path / "talk.txt").read_text()
    assert re.match(rf"{turn}.*\n\n{turn}", saved, re.DOTALL)


def test_ctrl_c_at_the_prompt_discards_a_line_and_twice_in_a_row_quits(sit_down, run):
    person = sit_down("--model", run)
    person.sees("you > ")
    person.types("half a line")
    person.sees("half a line")
    person.presses_ctrl_c_at_the_prompt()
    assert "again" not in person.sees("you > ")
    person.presses_ctrl_c_at_the_prompt()
    assert "Ctrl-C again quits" in person.sees("you > ")
    person.presses_ctrl_c_at_the_prompt()
    assert person.exit_status() == 0


def test_in_a_terminal_the_speakers_have_colours_and_ctrl_d_quits(sit_down, run):
    person = sit_down("--model", run, "--max-new-tokens", 4)
    person.sees("you > ")
    person.types("Who?\n")
    assert re.search(COLOUR + "talker > ", person.sees("talker > "))
    person.sees("you > ")
    person.types(CTRL_D)
    assert person.exit_status() == 0


GOODBYES = ["exit", "quit", "bye", "EXIT", "Bye!", "  Quit. ", "quit()", "/quit", "/bye"]


@pytest.mark.parametrize("line", GOODBYES)
def test_a_goodbye_typed_alone_on_a_line_leaves_and_is_not_sent_to_the_model(
    monkeypatch, asked, run, line
):
    typed = iter(["Who exit?", "exit here", "bye?", "buy", line])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    chat.main(["--model", run, *HARDWARE, "--max-new-tokens", "2"])
    assert len(asked) == 4 and next(typed, "none left") == "none left"


def test_help_in_a_terminal_names_the_words_that_leave_and_one_leaves(sit_down, run):
    person = sit_down("--model", run)
    person.sees("you > ")
    person.types("/help\n")
    shown = person.sees("/quit.*\n")
    assert "exit" in shown and "bye" in shown
    person.sees("you > ")
    person.types("Exit.\n")
    assert person.exit_status() == 0
