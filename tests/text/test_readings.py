"""How often conversations are read: the printed numbers against a count of what the steps draw."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.support.text import as_pool, random_conversations
from text.batches import MixedBatches
from text.examples import read_pools, save_conversations
from text.mixture import Mixture
from text.mixture_summary import describe_mixture
from text.readings import readings_as_json, readings_in_words, readings_of_pools

STEPS = 23


@pytest.fixture
def batches():
    """Facts in three phrasings, and a prose of longer texts."""
    facts = as_pool("facts", 0.75, random_conversations(60, longest=30))
    prose = as_pool("prose", 0.25, random_conversations(17, seed=1))
    facts = replace(facts, subject="fact", versions=3.0)
    return MixedBatches([facts, prose], 40, 4096, seed=0)


def test_readings_are_the_mean_count_of_what_the_steps_draw(batches):
    readings = readings_of_pools(batches, STEPS)
    for number, pool in enumerate(batches.pools):
        drawn = [one for step in range(1, STEPS + 1) for one in batches.drawn(step)[number]]
        counts = Counter(map(id, drawn))
        assert sum(counts.values()) / len(pool.conversations) == pytest.approx(readings[number])
        # A pool gives each conversation once before it gives any of them again.
        assert max(counts.values()) - readings[number] < 1


def test_a_fact_is_read_as_often_as_all_of_its_phrasings_together(batches):
    facts, prose = batches.pools
    assert readings_as_json(batches.pools, [2.0, 0.5]) == {
        "facts": {"conversation": 2.0, "fact": 6.0},
        "prose": {"conversation": 0.5},
    }
    words = "each conversation is read 2.0 times, each fact 6.0 times in 3.0 versions"
    assert readings_in_words(facts, 2.0) == words
    assert readings_in_words(prose, 0.5) == "each conversation is read 0.5 times"


def test_the_summary_says_how_often_each_pool_is_read(batches):
    mixture = Mixture(batches.pools, {})
    facts, prose = describe_mixture(mixture, batches, STEPS)[:2]
    readings = readings_of_pools(batches, STEPS)
    assert f"each conversation is read {readings[0]:.1f} times, each fact" in facts
    assert prose.endswith(f"each conversation is read {readings[1]:.1f} times")


def test_meta_json_says_what_a_part_tells_in_how_many_versions(tmp_path, tokenizer):
    conversations = random_conversations(6)
    parts = {"facts": {"share": 1.0, "subject": "fact", "versions": 2.5}, "prose": {"share": 1.0}}
    pairs = [(one, part) for part in parts for one in conversations]
    save_conversations(tmp_path, {"train": pairs}, {"parts": parts}, tokenizer)
    facts, prose = read_pools(tmp_path, "train", tokenizer, 256, {})
    assert (facts.subject, facts.versions) == ("fact", 2.5)
    assert (prose.subject, prose.versions) == ("", 1.0)


@pytest.mark.parametrize("versions", [0, -1, "many", None, float("inf")])
def test_an_impossible_number_of_versions_is_a_damaged_folder(tmp_path, tokenizer, versions):
    parts = {"facts": {"share": 1.0, "subject": "fact", "versions": versions}}
    pairs = [(one, "facts") for one in random_conversations(3)]
    save_conversations(tmp_path, {"train": pairs}, {"parts": parts}, tokenizer)
    with pytest.raises(ValueError, match="meta.json"):
        read_pools(tmp_path, "train", tokenizer, 256, {})
