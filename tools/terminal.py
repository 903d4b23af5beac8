"""A terminal for a conversation: a prompt, colours, line breaks between words, hidden keys.

If input or output is a pipe or a file, there are no colours or prompts, lines are not broken, and
remarks go to standard error, so that standard output holds only the answers. Piped input may be
UTF-8, or UTF-16 or UTF-32 with a byte order mark.
"""

import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

from tools.command_line import printable
from tools.piped_lines import piped_lines
from tools.text_files import BOM

BOLD_CYAN, BOLD_GREEN, DIM = "1;36", "1;32", "2"  # for the escape sequence \033[…m
# Unicode's categories of control and format characters (byte order marks, zero-width spaces), and
# of spaces.
INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}


class Terminal:
    """Asks for lines, and shows remarks and answers."""

    def __init__(self, prompt: str):
        has_input = sys.stdin is not None  # it is None if the shell closed it, with <&-
        self.is_typed = has_input and sys.stdin.isatty()
        self.is_interactive = self.is_typed and sys.stdout.isatty()
        is_dumb = os.environ.get("TERM") == "dumb"
        self.has_colour = self.is_interactive and not is_dumb and not os.environ.get("NO_COLOR")
        self.column = 0
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # invalid bytes must not raise errors
        self.piped_lines: Iterator[str] = iter(())
        if has_input and not self.is_typed:
            self.piped_lines = piped_lines(sys.stdin.buffer, "standard input")
        self.prompt = ""
        self.typed_so_far = lambda: ""  # unknown without readline
        if self.is_interactive:
            self.prompt = self.paint(prompt, BOLD_CYAN)
            with suppress(ImportError):  # Windows has no readline; its console edits lines itself
                self._use_readline()

    def _use_readline(self) -> None:
        import readline

        # Escape sequences between \001 and \002 do not count towards the width of the prompt.
        self.prompt = re.sub("(\033.*?m)", "\001\\1\002", self.prompt)
        self.typed_so_far = readline.get_line_buffer
        readline.parse_and_bind("set enable-bracketed-paste on")  # pasted lines are one message

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour, or unchanged if the terminal has no colours."""
        return f"\033[{colour}m{text}\033[0m" if self.has_colour else text

    def ask(self) -> str | None:
        """The next line: "" if it is blank or was discarded with Ctrl-C, None after the last one.

        Raises KeyboardInterrupt for Ctrl-C on an empty line, and ValueError with the line's number
        if piped input is not text.
        """
        if not self.is_typed:
            return _as_message(next(self.piped_lines, None))
        try:
            self._print_blank_line()
            return _as_message(input(self.prompt))
        except EOFError:
            self._print_blank_line()
            return None
        except KeyboardInterrupt:
            if not self.typed_so_far():
                raise
            print()
            return ""

    def _print_blank_line(self) -> None:
        if self.is_interactive:
            print()

    def remark(self, text: str) -> None:
        """Show a message from the program, dimmed to tell it from the model's answers."""
        text = printable(text)
        if not self.is_interactive:
            print(text, file=sys.stderr, flush=True)
            return
        width = shutil.get_terminal_size().columns
        paragraphs = [
            textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
            for line in text.split("\n")
        ]
        print(self.paint("\n".join(paragraphs), DIM), flush=True)

    @contextmanager
    def answering(self, name: str) -> Iterator[None]:
        """Print the model's name before an answer, and a newline after it.

        Keys typed during the answer are not shown; they appear at the next prompt.
        """
        if self.is_interactive:
            print(self.paint(f"{name} > ", BOLD_GREEN), end="", flush=True)
            self.column = len(name) + 3
        try:
            with _keys_hidden() if self.is_interactive else nullcontext():
                yield
        finally:
            print(flush=True)

    def show(self, word: str) -> None:
        """Print a word and the white space before it, on a new line if this one is full."""
        if self.is_interactive and word[0] == " " and "\n" not in word:
            is_full = self.column + len(word) > shutil.get_terminal_size().columns
            if is_full:
                word = "\n" + word.lstrip()
        *earlier_lines, line = word.split("\n")
        self.column = len(line) if earlier_lines else self.column + len(line)
        print(printable(word), end="", flush=True)


def _as_message(line: str | None) -> str | None:
    """A line without white space around it; "" if nothing in it is visible. None stays None."""
    if line is None:
        return None
    if all(unicodedata.category(character) in INVISIBLE for character in line):
        return ""
    # No blank lines in a pasted message: after one, "Human:" would begin a new turn.
    return re.sub(r"\s*\n\s*", "\n", line.removeprefix(BOM).strip())


@contextmanager
def _keys_hidden() -> Iterator[None]:
    """Keep the terminal from showing what is typed."""
    try:
        import termios
    except ImportError:  # on Windows
        yield
        return
    settings = termios.tcgetattr(sys.stdin)
    input_flags, output_flags, control_flags, local_flags, *others = settings
    local_flags &= ~termios.ECHO
    hidden = [input_flags, output_flags, control_flags, local_flags, *others]
    termios.tcsetattr(sys.stdin, termios.TCSANOW, hidden)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, settings)
