"""What Windows refuses: to rename, delete or cut a file that a program has open or mapped.

    apply_windows_rules(monkeypatch)     this process must close its own files first

    held = HeldFile(times=3)             another program has a file open, at the first three tries
    monkeypatch.setattr(os, "replace", held.guard(os.replace))
    monkeypatch.setattr("tools.files.time", Clock())     nobody has to wait

The errors are those of Windows: an OSError with `winerror`, which no other system sets.
"""

import builtins
import errno
import os
from pathlib import Path

ACCESS_DENIED, SHARING_VIOLATION, USER_MAPPED_FILE = 5, 32, 1224


def windows_error(winerror, *paths):
    """The PermissionError that Windows raises; `winerror` is None for an error of `open`."""
    names = [str(path) for path in paths]
    problem = PermissionError(errno.EACCES, "in use by another process", names[0])
    if len(names) > 1:
        problem.filename2 = names[1]
    problem.winerror = winerror
    return problem


class HeldFile:
    """A file that another program has open while the first `times` calls are made."""

    def __init__(self, times, winerror=SHARING_VIOLATION, name=""):
        self.times = times
        self.winerror = winerror
        self.name = name  # only calls about paths that end with this
        self.calls = 0

    def guard(self, function):
        """The function, refused while the file is held."""

        def guarded(*paths, **options):
            named = [path for path in paths if isinstance(path, (str, Path))]
            if any(str(path).endswith(self.name) for path in named):
                self.calls += 1
                if self.calls <= self.times:
                    raise windows_error(self.winerror, *named)
            return function(*paths, **options)

        return guarded


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


# ---- this process's own files ----


def open_files():
    """The regular files that this process has open."""
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            path = os.readlink(f"/proc/self/fd/{descriptor}")
        except FileNotFoundError:  # that of the listing itself
            continue
        if os.path.isfile(path):
            found.add(path)
    return found


def mapped_files():
    """The files that this process has mapped into its memory."""
    with builtins.open("/proc/self/maps") as lines:
        return {line.split(maxsplit=5)[-1].strip() for line in lines if "/" in line}


def _refuse(path, used, winerror):
    path = os.path.realpath(path)
    in_use = [name for name in used if name == path or name.startswith(path + os.sep)]
    if in_use:
        raise windows_error(winerror, *in_use)


def apply_windows_rules(monkeypatch):
    """Refuse what Windows would, as long as `monkeypatch` lasts."""
    monkeypatch.setattr("tools.files.PATIENCE", 0.0)  # no other program is there to wait for

    def checked(function, has_target=False):
        def call(path, *others, **options):
            folder = options.get("dir_fd")
            if folder is not None:
                start = os.readlink(f"/proc/self/fd/{folder}")
                path_checked = os.path.join(start, path)
            else:
                path_checked = path
            for each in [path_checked, *others[: 1 if has_target else 0]]:
                _refuse(each, open_files(), SHARING_VIOLATION)
                _refuse(each, mapped_files(), ACCESS_DENIED)
            return function(path, *others, **options)

        return call

    def truncate(path, length, function=os.truncate):
        _refuse(path, mapped_files(), USER_MAPPED_FILE)
        return function(path, length)

    for name in ("replace", "rename"):
        monkeypatch.setattr(os, name, checked(getattr(os, name), has_target=True))
    for name in ("unlink", "remove", "rmdir"):
        monkeypatch.setattr(os, name, checked(getattr(os, name)))
    monkeypatch.setattr(os, "truncate", truncate)
