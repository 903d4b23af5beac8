"""Stopping a run: by a signal, or because its loss is not finite."""

import math
import os
import signal

import pytest

from training.gradient import StepResult
from training.stopping import StopRequest, check_finite, stop_on_signals


def send(number):
    os.kill(os.getpid(), number)


# ---- signals ----


@pytest.mark.parametrize(
    "number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (None, 143)]
)
def test_the_exit_status_is_128_plus_the_signal_or_sigterms_if_another_process_got_it(
    number, status
):
    request = StopRequest()
    request.signal = number
    assert request.exit_status == status
    assert request.is_made == (number is not None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_interrupts_nothing(number):
    with stop_on_signals() as request:
        assert not request.is_made
        send(number)
        assert request.is_made
        assert request.exit_status == 128 + number


def test_a_second_ctrl_c_interrupts_at_once():
    with pytest.raises(KeyboardInterrupt), stop_on_signals():
        send(signal.SIGINT)
        send(signal.SIGINT)


def test_a_second_sigterm_does_not_interrupt():
    with stop_on_signals() as request:
        send(signal.SIGTERM)
        send(signal.SIGTERM)
        send(signal.SIGINT)
    assert request.exit_status == 143  # the first counts


def test_the_signals_do_what_they_did_before_when_the_run_has_ended():
    numbers = [signal.SIGINT, signal.SIGTERM]
    before = [signal.getsignal(number) for number in numbers]
    with pytest.raises(ZeroDivisionError), stop_on_signals():
        assert [signal.getsignal(number) for number in numbers] != before
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in numbers] == before


# ---- a loss or gradient that is not finite ----


def test_finite_numbers_pass(tmp_path):
    check_finite(StepResult(1e30, 1e30, False), 1, tmp_path, is_first=True)


@pytest.mark.parametrize("loss, norm", [(math.nan, 1.0), (1.0, math.inf), (-math.inf, math.nan)])
def test_a_loss_or_gradient_that_is_not_finite_stops_with_step_and_remedy(tmp_path, loss, norm):
    result = StepResult(loss, norm, False)
    with pytest.raises(ValueError) as problem:
        check_finite(result, 22, tmp_path, is_first=True)
    assert str(problem.value) == (
        f"step 22: the loss is {loss} and the gradient norm {norm}; "
        "stopped before they reach the weights. "
        "There is no checkpoint yet: start again with --resume and a lower --max-lr"
    )
    with pytest.raises(SystemExit) as end:  # one process speaks
        check_finite(result, 22, tmp_path, is_first=False)
    assert end.value.code == 2


def test_the_remedy_names_the_last_good_checkpoint(tmp_path):
    for step in (10, 20):
        (tmp_path / "checkpoints" / f"step_{step:07d}").mkdir(parents=True)
    with pytest.raises(ValueError) as problem:
        check_finite(StepResult(math.nan, 1.0, False), 22, tmp_path, is_first=True)
    newest = tmp_path / "checkpoints" / "step_0000020"
    assert str(problem.value).endswith(
        f"The last good checkpoint is {newest}: resume from it at half the learning rate "
        "with --resume --lr-drop 21:0.5"
    )
