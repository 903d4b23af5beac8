"""A loss or gradient that is not finite stops a run."""

import math

import pytest

from training.finite import check_finite
from training.gradient import StepResult


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
