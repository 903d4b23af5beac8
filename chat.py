"""Talk with a model in the terminal.

    python chat.py                                          # runs/baseball
    python chat.py --model runs/general --temperature 1     # any run folder or Hugging Face GPT-2 folder; bolder
    python chat.py --temperature 0 --show-speed             # always the likeliest token
    python chat.py < questions.txt > answers.txt            # a message a line; remarks go to the error output

A line that begins with / is a command, and /help lists them. Ctrl-C stops an answer; Ctrl-D, or Ctrl-C twice at the prompt, quits.
Of a conversation that leaves no room for --max-new-tokens in the context the model forgets the oldest turns. The same --seed and the
same lines give the same answers.
"""

import argparse
import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tools.command_line import (
    LARGEST_SEED,
    add_hardware_flags,
    in_words,
    printable,
    run_script,
    seed_problems,
)

COMMANDS = {
    "/help": "list the commands",
    "/reset": "forget the conversation",
    "/retry": "answer the last question again, with another seed",
    "/model RUN": "go on with another model, the conversation kept",
    "/temperature X": "0 takes the likeliest token each time, higher is bolder",
    "/speed": "show tokens a second after each answer, or stop showing them",
    "/save FILE": "write the conversation into a new file",
    "/quit": "leave, as Ctrl-D does, and Ctrl-C twice",
}
BOLD_CYAN, BOLD_GREEN, DIM = "1;36", "1;32", "2"
WORD = re.compile(
    r"\s*\S+(?=\s)|\s*\S{40}"
)  # a word ends at a space; 40 characters without one, as in Chinese, wait no longer


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="chat.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--model",
        default="runs/baseball",
        metavar="RUN",
        help="a run folder, a checkpoint in one, or any Hugging Face GPT-2 folder (default: runs/baseball)",
    )
    add(
        "--temperature",
        type=float,
        default=0.7,
        metavar="F",
        help="0 takes the likeliest token each time, higher is bolder (default: 0.7)",
    )
    add(
        "--top-k",
        type=int,
        default=50,
        metavar="N",
        help="choose among the N likeliest tokens; 0: among all (default: 50)",
    )
    add(
        "--top-p",
        type=float,
        default=0.95,
        metavar="F",
        help="choose among the likeliest tokens that together have this probability (default: 0.95)",
    )
    add(
        "--repetition-penalty",
        type=float,
        default=1.1,
        metavar="F",
        help="over 1, what was said already becomes less likely (default: 1.1)",
    )
    add(
        "--max-new-tokens",
        type=int,
        default=256,
        metavar="N",
        help="the longest answer, in tokens; at most half the model's context (default: 256)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of the random choices; each answer has its own, made from this one (default: 0)",
    )
    add("--show-speed", action="store_true", help="show tokens a second after each answer")
    add_hardware_flags(add)
    args = parser.parse_args(argv)
    run_script(parser, lambda: converse(Chat(args, Terminal())), "stopped")


def converse(chat: "Chat") -> None:
    """Take line after line, until /quit, the end of the input, or Ctrl-C twice in a row."""
    interrupted = False
    while True:
        try:
            line = chat.terminal.ask()
            interrupted = False
            if line.split()[:1] == ["/quit"]:
                return
            elif line.startswith("/"):
                chat.obey(*line.split(maxsplit=1))
            elif line:
                chat.reply(chat.messages, line)
        except KeyboardInterrupt:
            if not chat.terminal.is_interactive:
                raise
            print()
            if interrupted:
                return
            interrupted = True
            chat.terminal.remark("Ctrl-C again quits.")


class Chat:
    """A model, the conversation so far, and how answers are chosen."""

    def __init__(self, args, terminal: "Terminal"):
        """Raises ValueError or OSError for settings out of range and for a run folder without a whole model."""
        if terminal.is_interactive:
            terminal.remark(f"Loading {args.model} …")  # importing torch takes its time
        from network.generation import Sampling
        from network.hardware import choose_hardware

        problems = ["--max-new-tokens must be 1 or more"] if args.max_new_tokens < 1 else []
        problems += seed_problems(args)
        try:
            self.sampling = Sampling(
                args.temperature, args.top_k, args.top_p, args.repetition_penalty
            )
        except ValueError as problem:
            problems.append(str(problem))
        if problems:
            raise ValueError("; ".join(problems))
        self.args, self.terminal = args, terminal
        self.hardware = choose_hardware(args.device, args.dtype, "off")
        self.shows_speed = args.show_speed
        self.answers = 0  # begun so far, which makes each one's seed
        self.reset()
        self.load(args.model)
        if terminal.is_interactive:
            terminal.remark("/help lists the commands.")

    def reset(self) -> None:
        self.messages: list[str] = []  # human, assistant, human, assistant, …
        self.last: tuple[list[str], str] | None = (
            None  # the last question, after the messages before it
        )
        self.is_trimmed = False

    def load(self, run: str) -> None:
        """Change to this run's model. Raises ValueError or OSError where it has none; then the old one stays."""
        from network.generation import for_generation
        from network.model_folder import load_model

        model, tokenizer = load_model(run)
        model = for_generation(model, self.hardware.device, self.hardware.dtype)
        self.run, self.model, self.tokenizer, self.context = (
            run,
            model,
            tokenizer,
            model.config.n_positions,
        )
        self.max_new_tokens = min(self.args.max_new_tokens, self.context // 2)
        parameters = sum(parameter.numel() for parameter in model.parameters())
        self.terminal.remark(
            f"{run}: {parameters:,} parameters, a context of {self.context:,} tokens, {self.hardware.describe()}."
        )
        if self.max_new_tokens < self.args.max_new_tokens:
            self.terminal.remark(
                f"An answer has at most {self.max_new_tokens} tokens, half the context, so that the question has room too."
            )

    def reply(self, messages: list[str], question: str) -> None:
        """Answer the question that follows these messages, in view; with both it becomes the conversation.

        A stopped answer counts as far as it went. Without an answer the conversation stays what it was.
        """
        from network.generation import generate
        from text.conversation import BrokenConversation, as_text, prompt_ids

        limit = self.context - self.max_new_tokens
        try:
            prompt = prompt_ids([*messages, question], self.tokenizer, limit)
        except BrokenConversation:
            tokens = len(self.tokenizer.encode(as_text([question])))
            self.terminal.remark(
                f"That message has {tokens:,} tokens; beside an answer of {self.max_new_tokens:,} the context holds {limit:,}, so it is left out."
            )
            return
        if not self.is_trimmed and len(prompt) < len(
            prompt_ids([*messages, question], self.tokenizer, sys.maxsize)
        ):
            self.is_trimmed = True
            self.terminal.remark(
                "The conversation is now longer than the context: the model forgets the oldest turns."
            )
        self.last = messages, question
        self.answers += 1
        seed = (self.args.seed + self.answers - 1) % (LARGEST_SEED + 1)
        clock = [time.perf_counter()]  # the start, and when each token came

        def pieces():
            for [piece] in generate(
                self.model, self.tokenizer, [prompt], self.max_new_tokens, self.sampling, [seed]
            ):
                clock.append(time.perf_counter())
                yield piece or ""

        answer = ""
        try:
            with self.terminal.answering(Path(self.run).resolve().name):
                for word in whole_words(pieces()):
                    answer += word
                    self.terminal.show(word)
            if not answer:
                self.terminal.remark("(no answer)")
        except KeyboardInterrupt:
            if not self.terminal.is_interactive:
                raise
            self.terminal.remark("(stopped)")
        if answer:
            self.messages = [*messages, question, answer]
        if self.shows_speed and len(clock) > 2:
            written = len(clock) - 1  # the first of them comes with reading the prompt
            rate = (written - 1) / (clock[-1] - clock[1])
            self.terminal.remark(
                f"({len(prompt)} tokens read in {clock[1] - clock[0]:.2f} s, {written} written at {rate:,.0f} tokens/s)"
            )

    def obey(self, command: str, argument: str = "") -> None:
        """Carry out a command, or say why not."""
        say = self.terminal.remark
        try:
            match command:
                case "/help":
                    say("\n".join(f"{name:16}{meaning}" for name, meaning in COMMANDS.items()))
                case "/reset":
                    self.reset()
                    say("The conversation is forgotten.")
                case "/retry":
                    self.reply(*self.last) if self.last else say(
                        "There is no question yet that could be answered again."
                    )
                case "/model":
                    self.load(argument) if argument else say(
                        f"The model is {self.run}; /model RUN changes to another."
                    )
                case "/temperature":
                    self.set_temperature(argument)
                case "/speed":
                    self.shows_speed = not self.shows_speed
                    say(
                        "The speed stands under each answer."
                        if self.shows_speed
                        else "The speed is no longer shown."
                    )
                case "/save":
                    self.save(argument)
                case _:
                    say(f"There is no command {command}; /help lists those there are.")
        except BrokenPipeError:
            raise
        except (ValueError, OSError) as problem:
            say(in_words(problem))

    def set_temperature(self, number: str) -> None:
        try:
            self.sampling = replace(self.sampling, temperature=float(number))
        except ValueError:
            raise ValueError(
                f"/temperature takes a number from 0 up, such as 0.7; it stays at {self.sampling.temperature:g}."
            ) from None
        self.terminal.remark(f"The temperature is {self.sampling.temperature:g}.")

    def save(self, name: str) -> None:
        """Write the conversation in Nectar's form, into a new file: a slip of the fingers must not cost an old one."""
        from text.conversation import as_text

        if not name or not self.messages:
            raise ValueError(
                "There is nothing to save yet."
                if name
                else "/save takes the name of a new file, such as /save talk.txt."
            )
        try:
            with open(os.path.expanduser(name), "x", encoding="utf-8") as file:
                file.write(as_text(self.messages).strip() + "\n")
        except OSError as problem:
            raise ValueError(
                f"{name} cannot be written as a new file: {problem.strerror}."
            ) from None
        self.terminal.remark(f"{name} holds the conversation.")


class Terminal:
    """What a person types and sees. Where input or output is a pipe or a file, answers are all there is on the standard output."""

    def __init__(self):
        self.is_interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self.has_colour = (
            self.is_interactive
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )
        self.column = 0
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            stream.reconfigure(
                errors="replace"
            )  # neither a byte that is no text nor a letter that the screen lacks ends the talk
        self.prompt = self.paint("you > ", BOLD_CYAN) if self.is_interactive else ""
        self.typed_so_far = str  # "" where nobody knows
        if self.is_interactive:
            with suppress(
                ImportError
            ):  # Windows has no readline; its console moves and remembers by itself
                import readline

                self.prompt = re.sub(
                    "(\033.*?m)", "\001\\1\002", self.prompt
                )  # what stands between takes no room on the line
                self.typed_so_far = readline.get_line_buffer
                readline.parse_and_bind(
                    "set enable-bracketed-paste on"
                )  # several lines pasted are one message

    def paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.has_colour else text

    def ask(self) -> str:
        """The next message or command: "" for one taken back with Ctrl-C, /quit at the end of the input."""
        try:
            print(end="\n" * self.is_interactive)
            return re.sub(
                r"\s*\n\s*", "\n", input(self.prompt).strip()
            )  # a blank line that was pasted could begin a turn, as in "\n\nHuman:"
        except EOFError:
            print(end="\n" * self.is_interactive)
            return "/quit"
        except KeyboardInterrupt:
            if not self.typed_so_far():
                raise
            print()
            return ""

    def remark(self, text: str) -> None:
        text = printable(text)
        if self.is_interactive:
            width = shutil.get_terminal_size().columns  # names of files stay whole
            text = "\n".join(
                textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
                for line in text.split("\n")
            )
        print(
            self.paint(text, DIM),
            file=sys.stdout if self.is_interactive else sys.stderr,
            flush=True,
        )

    @contextmanager
    def answering(self, name: str):
        """Around an answer: the name of who gives it, a closing newline, and keys that do not show, so that they wait for the next prompt."""
        settings = None
        try:
            if self.is_interactive:
                print(self.paint(f"{name} > ", BOLD_GREEN), end="", flush=True)
                self.column = len(name) + 3
                with suppress(ImportError):  # Windows has no termios
                    import termios

                    settings = termios.tcgetattr(sys.stdin)
                    termios.tcsetattr(
                        sys.stdin,
                        termios.TCSANOW,
                        [*settings[:3], settings[3] & ~termios.ECHO, *settings[4:]],
                    )
            yield
        finally:
            if settings:
                termios.tcsetattr(sys.stdin, termios.TCSANOW, settings)
            print(flush=True)

    def show(self, word: str) -> None:
        """Print a word and the white space before it, on the next line where this one has no room left. It can do nothing but be read."""
        if (
            self.is_interactive
            and word[0] == " "
            and "\n" not in word
            and self.column + len(word) > shutil.get_terminal_size().columns
        ):
            word = "\n" + word.lstrip()
        line = word.rpartition("\n")[2]
        self.column = len(line) + (self.column if line == word else 0)
        print(printable(word), end="", flush=True)


def whole_words(pieces: Iterable[str]) -> Iterator[str]:
    """Text that comes in pieces, as words with the white space before them; what surrounds the whole is left out.

    [" Thr", "ee str", "ikes\\n"] -> "Three", " strikes"
    """
    text, is_first = "", True
    for piece in pieces:
        text = (text + piece).lstrip() if is_first else text + piece
        while word := WORD.match(text):
            yield word[0]
            text, is_first = text[word.end() :], False
    if text.strip():
        yield text.rstrip()


if __name__ == "__main__":
    main()
