"""Data folders mixed for fine-tuning: their shares, their names, and what is validated on."""

import numpy as np
import pytest

from tests.support.text import as_pool, random_conversations
from text.batches import MixedBatches
from text.conversation import TokenizedConversation
from text.examples import save_conversations
from text.mixture import Mixture, first_tokens, mix, pack_validation


def conversation(length, targets):
    mask = np.zeros(length, dtype=np.uint8)
    mask[length - targets :] = 1
    return TokenizedConversation(np.arange(1, length + 1), mask)


def write_folder(folder, tokenizer, parts, has_validation=True):
    """A conversation and a plain text of 12 tokens in each part.

    `parts` maps a part's name to its entry in meta.json.
    """
    pairs = [(conversation(12, targets), part) for part in parts for targets in (5, 12)]
    meta = {"parts": parts}
    save_conversations(
        folder, {"train": pairs, "val": pairs if has_validation else []}, meta, tokenizer
    )
    return str(folder)


@pytest.fixture
def baseball(tmp_path, tokenizer):
    parts = {"facts": {"share": 3}, "prose": {"share": 1}}
    return write_folder(tmp_path / "baseball", tokenizer, parts)


@pytest.fixture
def nectar(tmp_path, tokenizer):
    return write_folder(tmp_path / "nectar", tokenizer, {"nectar": {}})


def shares_of(mixture):
    return {pool.name: pool.share for pool in mixture.pools}


# ---- mixing ----


def test_one_folder_of_one_part_is_validated_as_val(nectar, tokenizer):
    mixture = mix(nectar, [], "val", tokenizer, 64)
    assert shares_of(mixture) == {"nectar": 1.0}
    assert mixture.split_names == ["val"]
    assert mixture.split_shares == {}
    assert mixture.new_indices == [0]


def test_replayed_folders_get_their_fractions_and_the_data_the_rest(
    baseball, nectar, data_folder, tokenizer
):
    mixture = mix(baseball, [(nectar, 0.3), (str(data_folder), 0.2)], "train", tokenizer, 64)
    replayed = data_folder.name
    expected = {"facts": 0.375, "prose": 0.125, "nectar": 0.3, replayed: 0.2}
    assert shares_of(mixture) == pytest.approx(expected)
    assert mixture.new_indices == [0, 1]
    assert mixture.split_names == ["val/facts", "val/prose", "val/nectar", f"val/{replayed}"]
    assert sum(mixture.split_shares.values()) == pytest.approx(1)
    identity = mixture.identity
    assert identity["facts"] == [2, 0.375]
    assert identity["nectar"] == [2, 0.3]


def test_fractions_that_leave_nothing_are_refused(baseball, nectar, tokenizer):
    with pytest.raises(ValueError, match="must leave something for --data"):
        mix(baseball, [(nectar, 0.5), (nectar, 0.5)], "train", tokenizer, 64)


def test_parts_of_one_name_in_two_folders_are_called_after_their_folders(
    tmp_path, nectar, tokenizer
):
    other = write_folder(tmp_path / "other, too", tokenizer, {"nectar": {}, "chats": {}})
    mixture = mix(nectar, [(other + "/", 0.5)], "train", tokenizer, 64)
    expected = {"nectar_nectar": 0.5, "other_ too_nectar": 0.25, "chats": 0.25}
    assert shares_of(mixture) == pytest.approx(expected)
    assert mixture.split_names == [f"val/{name}" for name in expected]
    assert mixture.new_indices == [0]


def test_a_part_has_the_same_name_in_a_split_that_only_one_of_the_folders_has(
    tmp_path, nectar, tokenizer
):
    other = write_folder(tmp_path / "other", tokenizer, {"nectar": {}}, has_validation=False)
    assert list(shares_of(mix(other, [(nectar, 0.5)], "val", tokenizer, 64))) == ["nectar_nectar"]


def test_parts_are_called_after_a_folder_whose_path_does_not_name_it(
    tmp_path, nectar, tokenizer, monkeypatch
):
    write_folder(tmp_path / "other", tokenizer, {"nectar": {}})
    monkeypatch.chdir(tmp_path / "other")
    mixture = mix(nectar, [(".", 0.5)], "train", tokenizer, 64)
    assert shares_of(mixture) == {"nectar_nectar": 0.5, "other_nectar": 0.5}


def test_one_folder_given_twice_is_refused(nectar, baseball, tokenizer):
    for first, replays in (
        (nectar, [(nectar, 0.5)]),
        (nectar, [(nectar + "/", 0.5)]),
        (baseball, [(nectar, 0.3), (nectar, 0.3)]),
    ):
        with pytest.raises(ValueError, match="both have a part named nectar_nectar; .* once"):
            mix(first, replays, "train", tokenizer, 64)


def test_two_folders_of_one_name_with_parts_of_one_name_are_refused(tmp_path, nectar, tokenizer):
    other = write_folder(tmp_path / "other" / "nectar", tokenizer, {"nectar": {}})
    with pytest.raises(ValueError, match="let the folders have different names"):
        mix(nectar, [(other, 0.5)], "train", tokenizer, 64)


def test_what_does_not_fit_the_context_is_counted(nectar, tokenizer):
    assert mix(nectar, [], "train", tokenizer, 64).too_long == {}
    assert mix(nectar, [], "train", tokenizer, 8).too_long == {
        "left out (last exchange is too long)": 1,
        "plain texts cut into pieces": 1,
    }


# ---- steps and validation ----


def test_an_epoch_reads_every_new_conversation_once_on_average():
    own = as_pool("own", 0.75, [conversation(12, 3)] * 300)
    replayed = as_pool("replayed", 0.25, [conversation(12, 3)] * 50)
    mixture = Mixture([own, replayed], {})
    assert mixture.new_indices == [0, 1]  # until one of them is marked as replayed
    replayed.is_replay = True
    assert mixture.new_indices == [0]
    batches = MixedBatches(mixture.pools, 40, 4096, seed=0)
    steps = mixture.steps_for(2.0, 40)
    assert steps == 20  # 2 × 300 conversations, 30 of them in a batch of 40
    drawn = sum(len(batches.drawn(step)[0]) for step in range(1, steps + 1))
    assert drawn == 600


def test_a_small_part_of_an_epoch_is_one_step():
    mixture = Mixture([as_pool("own", 1.0, random_conversations(10))], {})
    assert mixture.steps_for(0.001, 1000) == 1


def test_validation_takes_the_first_conversations_up_to_the_number_of_tokens():
    conversations = random_conversations(20)
    lengths = [len(conversation) for conversation in conversations]
    three = sum(lengths[:3])
    assert first_tokens(conversations, three) == conversations[:3]
    assert first_tokens(conversations, three + 1) == conversations[:4]
    assert first_tokens(conversations, 10**9) == conversations
    assert first_tokens(conversations, 1) == conversations[:1]


def test_each_pool_is_validated_under_the_name_of_its_split():
    pools = [as_pool(name, 0.5, random_conversations(9, seed)) for seed, name in enumerate("ab")]
    packed = pack_validation(Mixture(pools, {}), 300, 128)
    assert list(packed) == ["val/a", "val/b"]
    for pool, micro_batches in zip(pools, packed.values()):
        targets = sum(int((micro_batch.targets >= 0).sum()) for micro_batch in micro_batches)
        expected = sum(chosen.target_count for chosen in first_tokens(pool.conversations, 300))
        assert targets == expected
