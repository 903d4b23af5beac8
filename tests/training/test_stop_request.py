"""A request to stop, by a signal."""

import os
import signal

import pytest

from training.stop_request import StopRequest, stop_on_signals


def send(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    "number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (None, 143)]
)
def test_the_exit_status_is_128_plus_the_signal_or_sigterms_if_another_process_got_it(
    number, status
):
    request = StopRequest(number)
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


def test_a_launcher_with_another_process_id_than_the_parents_has_ended():
    assert not StopRequest(launcher=os.getppid()).is_made
    request = StopRequest(launcher=os.getppid() + 1)
    assert request.is_made
    assert request.exit_status == 143


def test_without_a_launcher_nobody_is_missed():
    with stop_on_signals() as request:
        assert not request.is_orphaned
