"""Which of pytest-xdist's processes runs which tests: whole files, and the longest ones first."""

from xdist.scheduler import LoadScopeScheduling

# Groups that take ten seconds or more, longest first: one that begins last leaves cores idle.
LONGEST = [
    "baseball",
    "tests/scripts/test_pretrain.py",
    "tests/training/test_compiling.py",
    "tests/scripts/test_finetune.py",
    "tests/text/test_hub.py",
    "tests/training/test_divergence.py",
    "tests/robustness/test_crashes.py",
    "tests/robustness/test_readers.py",
    "tests/training/test_held_checkpoints.py",
    "tests/scripts/test_chat.py",
    "tests/scripts/test_prepare_fineweb.py",
    "tests/scripts/test_small_data.py",
]


def group_of(test_id):
    """The tests that one process runs together, so that it makes what they share only once.

    Those are the tests of a file, and all tests about baseball, which share all facts.
    """
    path, _, _ = test_id.partition("::")
    return "baseball" if "baseball" in path else path


def rank_of(test_id):
    """The position of a test's group in LONGEST; all others come after them."""
    group = group_of(test_id)
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)


class GroupScheduling(LoadScopeScheduling):
    """Gives each process a group at a time, in the order in which they were collected."""

    def _split_scope(self, nodeid):
        return group_of(nodeid)
