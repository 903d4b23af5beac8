"""Python imports this at its start if the folder is on PYTHONPATH: every wait is cut to 10 ms."""

import time

_sleep = time.sleep


def sleep_briefly(seconds: float) -> None:
    _sleep(min(seconds, 0.01))


time.sleep = sleep_briefly
