"""What finetune.py prints about its data."""

from tests.support.text import as_pool, random_conversations
from text.batches import MixedBatches
from text.mixture import Mixture
from text.mixture_summary import describe_mixture


def advice(batch_size, shares=(1.0,)):
    """The advice on the batch size, with 30 conversations of --data and 10 replayed ones."""
    own = as_pool("own", shares[0], random_conversations(30))
    pools = [own]
    if len(shares) > 1:
        replayed = as_pool("replayed", shares[1], random_conversations(10, seed=1))
        replayed.is_replay = True
        # Pools of equal answers, so that the shares are those of the conversations too.
        replayed.mean_targets = own.mean_targets
        pools.append(replayed)
    lines = describe_mixture(Mixture(pools, {}), MixedBatches(pools, batch_size, 4096, 0), steps=2)
    return [line for line in lines if line.startswith("each step reads")]


def test_a_step_that_reads_the_data_several_times_is_advised_against():
    assert advice(30) == []
    assert advice(75) == [
        "each step reads the 30 conversations of --data 2.5 times; "
        "--batch-size 30 would take more, smaller steps"
    ]


def test_replayed_conversations_of_a_step_do_not_count_as_those_of_the_data():
    assert advice(40, shares=(0.75, 0.25)) == []
    assert advice(80, shares=(0.75, 0.25)) == [
        "each step reads the 30 conversations of --data 2.0 times; "
        "--batch-size 40 would take more, smaller steps"
    ]
