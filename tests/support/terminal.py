"""A person at a terminal: starts a script there, types keys, and reads what it shows."""

import fcntl
import os
import re
import select
import signal
import subprocess
import sys
import termios
import time

from tests.support.scripts import ROOT

LEFT, UP, CTRL_C, CTRL_D = "\x1b[D", "\x1b[A", "\x03", "\x04"
COLOUR = r"\x1b\[[\d;]*m"


class Person:
    """A script in a terminal of its own, and someone who types and reads there."""

    def __init__(self, *arguments, script="chat.py", **environment):
        self.keyboard, terminal = os.openpty()
        hardware = ["--device", "cpu", "--dtype", "float32"]
        command = [sys.executable, str(ROOT / script), *hardware, *map(str, arguments)]
        settings = {"TERM": "xterm", "OMP_NUM_THREADS": "1", "NO_COLOR": ""}

        def take_terminal():
            # The terminal then turns Ctrl-C into a signal. A shell's background jobs ignore it.
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        self.process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=take_terminal,
            env=os.environ | settings | environment,
        )
        os.close(terminal)
        self.unread = ""

    def types(self, keys):
        os.write(self.keyboard, keys.encode())

    def presses_ctrl_c_at_the_prompt(self):
        # Python loses a signal that comes after it prints the prompt and before it waits for keys.
        time.sleep(0.3)
        self.types(CTRL_C)

    def sees(self, pattern, seconds=60):
        """Wait until the pattern is in the unread output; return the output up to its end."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.unread)):
            left = max(0, end - time.monotonic())
            is_readable = bool(select.select([self.keyboard], [], [], left)[0])
            assert is_readable, f"{pattern} was not shown: {self.unread!r}"
            self.unread += os.read(self.keyboard, 4096).decode(errors="replace")
        seen = self.unread[: match.end()]
        self.unread = self.unread[match.end() :]
        return seen

    def exit_status(self, seconds=60):
        """Wait until the program ends; return its exit status."""
        end = time.monotonic() + seconds
        try:
            while True:
                left = end - time.monotonic()
                is_readable = left > 0 and bool(select.select([self.keyboard], [], [], left)[0])
                assert is_readable, "the program did not end"
                if not os.read(self.keyboard, 4096):
                    break
        except OSError:  # EIO: the other end is closed
            pass
        return self.process.wait(timeout=20)

    def leaves(self):
        """Kill the program and close the terminal."""
        self.process.kill()
        self.process.wait()
        os.close(self.keyboard)
