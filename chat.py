"""Talk with a model in the terminal.

    python chat.py                                        # runs/baseball
    python chat.py --model runs/general --temperature 1   # another run or GPT-2 folder, more random
    python chat.py --temperature 0 --show-speed           # always the likeliest token
    python chat.py < questions.txt > answers.txt          # one message per line

A line that begins with / is a command; /help lists the commands. Ctrl-C stops an answer; exit, quit
or bye, Ctrl-D, or Ctrl-C twice at the prompt, quits. If a conversation leaves no room for
--max-new-tokens in the context, the model forgets the oldest turns. The same --seed and the same
lines give the same answers. With a pipe or a file, answers go to standard output and everything
else to standard error, and a line such as "Bye!" is a message like the others; /quit quits.

A base model, such as runs/pretrained, does not answer; generate.py lets it complete a text.
"""

import argparse
import os
import re
from typing import TYPE_CHECKING

from tools.command_line import (
    add_answer_flags,
    add_hardware_flags,
    run_script,
    seed_problems,
)
from tools.messages import describe_error
from tools.terminal import Terminal

if TYPE_CHECKING:
    from network.chat_session import ChatSession, Reply

COMMANDS = {
    "/help": "list the commands",
    "/reset": "forget the conversation",
    "/retry": "answer again with another seed; at temperature 0 nothing changes",
    "/model RUN": "switch to another model and keep the conversation",
    "/temperature X": "0: always the likeliest token; higher values are more random",
    "/speed": "turn the tokens per second after each answer on or off",
    "/save FILE": "write the conversation to a new file",
    "/quit": "quit, like exit, bye, Ctrl-D, or Ctrl-C twice",
}
QUIT_COMMANDS = ("/quit", "/exit", "/bye")
GOODBYE = re.compile(r"(exit|quit|bye)(\(\))?\s*[.!]*", re.IGNORECASE)


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and start the conversation."""
    parser = argparse.ArgumentParser(
        prog="chat.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--model",
        default="runs/baseball",
        metavar="RUN",
        help="a run folder, a checkpoint in one, or a GPT-2 folder (default: runs/baseball)",
    )
    add_answer_flags(add)
    add("--show-speed", action="store_true", help="show tokens per second after each answer")
    add_hardware_flags(add)
    args = parser.parse_args(argv)
    run_script(parser, lambda: run(args), "stopped")


def run(args: argparse.Namespace) -> None:
    """Load the model and converse. Raises ValueError if a flag or the model is unusable."""
    terminal = Terminal("you > ")
    if terminal.is_interactive:
        terminal.remark(f"Loading {args.model} …")  # importing torch takes a while

    from network.chat_session import ChatSession, load_assistant
    from network.hardware import choose_hardware
    from network.sampling import sampling_of

    problems = ["--max-new-tokens must be 1 or more"] if args.max_new_tokens < 1 else []
    sampling = sampling_of(args, problems + seed_problems(args))
    hardware = choose_hardware(args.device, args.dtype, "off")
    assistant = load_assistant(args.model, hardware)
    session = ChatSession(assistant, sampling, args.max_new_tokens, args.seed)
    Chat(session, terminal, args.show_speed).converse()


class Chat:
    """A conversation in the terminal: takes lines, shows answers, carries out commands."""

    def __init__(self, session: "ChatSession", terminal: Terminal, shows_speed: bool):
        self.session = session
        self.terminal = terminal
        self.shows_speed = shows_speed
        self.introduce_model()
        if terminal.is_interactive:
            terminal.remark("/help lists the commands.")

    def introduce_model(self) -> None:
        """Show what the model is, and how long its answers can be if that is less than wanted."""
        session = self.session
        self.terminal.remark(session.assistant.describe())
        if session.max_new_tokens < session.wanted_new_tokens:
            half = f"{session.max_new_tokens} tokens, half the context"
            self.terminal.remark(f"Answers have at most {half}, to leave room for the question.")

    def converse(self) -> None:
        """Take line after line, until a goodbye, the end of the input, or Ctrl-C twice in a row."""
        interrupted = False
        while True:
            try:
                line = self.terminal.ask()
                interrupted = False
                if line is None or self.is_goodbye(line):
                    return
                self.handle_line(line)
            except KeyboardInterrupt:
                if not self.terminal.is_interactive:
                    raise
                print()
                if interrupted:
                    return
                interrupted = True
                self.terminal.remark("Ctrl-C again quits.")

    def is_goodbye(self, line: str) -> bool:
        """Whether a line quits: /quit, or a word such as "exit" or "Bye!" that a person typed.

        In piped input such a word is a message. Each message there has its answer, and a file of
        messages may well contain "Bye!"; quitting would silently drop what follows.
        """
        if line.startswith(QUIT_COMMANDS):
            return line.split()[0] in QUIT_COMMANDS
        return self.terminal.is_typed and GOODBYE.fullmatch(line) is not None

    def handle_line(self, line: str) -> None:
        """Answer a message, or carry out a command; an empty line does nothing."""
        if line.startswith("/"):
            try:
                self.run_command(*line.split(maxsplit=1))
            except BrokenPipeError:
                raise
            except (ValueError, OSError) as problem:
                self.terminal.remark(describe_error(problem))
        elif line:
            try:
                reply = self.session.ask(line)
            except ValueError as problem:  # the message is too long
                self.terminal.remark(str(problem))
            else:
                self.show(reply)

    def show(self, reply: "Reply") -> None:
        """Show an answer as it is generated, and make it part of the conversation.

        If Ctrl-C stops the answer, the part shown so far is kept.
        """
        remark = self.terminal.remark
        if reply.turn.forgets:
            remark("The conversation exceeds the context: the model forgets the oldest turns.")
        try:
            with self.terminal.answering(self.session.assistant.name):
                for word in reply:
                    self.terminal.show(word)
            if not reply.text:
                remark("(no answer)")
        except KeyboardInterrupt:
            if not self.terminal.is_interactive:
                raise
            remark("(stopped)")
        self.session.record(reply.turn, reply.text)
        speed = reply.describe_speed()
        if self.shows_speed and speed:
            remark(speed)

    def run_command(self, command: str, argument: str = "") -> None:
        """Carry out a command. Raises ValueError or OSError if that is not possible."""
        match command:
            case "/help":
                lines = [f"{name:16}{meaning}" for name, meaning in COMMANDS.items()]
                self.terminal.remark("\n".join(lines))
            case "/reset":
                self.session.reset()
                self.terminal.remark("The conversation is forgotten.")
            case "/retry":
                self.retry()
            case "/model":
                self.change_model(argument)
            case "/temperature":
                self.set_temperature(argument)
            case "/speed":
                self.toggle_speed()
            case "/save":
                self.save(argument)
            case _:
                raise ValueError(f"There is no command {command}; /help lists the commands.")

    def retry(self) -> None:
        """Answer the last question again. Raises ValueError if there is none."""
        reply = self.session.retry()
        if self.session.sampling.temperature == 0:
            self.terminal.remark(
                "At temperature 0 every answer is the likeliest one; /temperature 0.8 varies them."
            )
        self.show(reply)

    def change_model(self, run: str) -> None:
        """Switch to another model; without `run`, name the current one.

        Raises ValueError or OSError, and keeps the current model, if the other cannot be loaded.
        """
        if run:
            self.session.load(run)
            self.introduce_model()
        else:
            current = self.session.assistant.run
            self.terminal.remark(f"The model is {current}; /model RUN switches to another.")

    def set_temperature(self, number: str) -> None:
        """Set the sampling temperature. Raises ValueError, and keeps it, if that is impossible."""
        kept = f"it stays at {self.session.sampling.temperature:g}."
        try:
            temperature = float(number)
        except ValueError:
            reason = "/temperature takes a number from 0 up, such as 0.7"
            raise ValueError(f"{reason}; {kept}") from None
        try:
            self.session.set_temperature(temperature)
        except ValueError as problem:
            raise ValueError(f"{problem}; {kept}") from None
        self.terminal.remark(f"The temperature is {self.session.sampling.temperature:g}.")

    def toggle_speed(self) -> None:
        """Show the speed after each answer from now on, or no longer."""
        self.shows_speed = not self.shows_speed
        after = "is shown after each answer" if self.shows_speed else "is no longer shown"
        self.terminal.remark(f"The speed {after}.")

    def save(self, name: str) -> None:
        """Write the conversation in Nectar's form to a new file.

        Raises ValueError if the file exists already or cannot be written.
        """
        if not name:
            raise ValueError("/save takes the name of a new file, such as /save talk.txt.")
        if not self.session.messages:
            raise ValueError("There is nothing to save yet.")
        try:
            with open(os.path.expanduser(name), "x", encoding="utf-8") as file:
                file.write(self.session.as_text() + "\n")
        except OSError as problem:
            reason = f"{name} cannot be written as a new file: {problem.strerror}."
            raise ValueError(reason) from None
        self.terminal.remark(f"{name} holds the conversation.")


if __name__ == "__main__":
    main()
