"""Which of pytest-xdist's processes runs which tests: whole files, and the longest ones first."""

from xdist.scheduler import LoadScopeScheduling

# The groups that take longest, in this order. One that began last would leave the other cores idle.
LONGEST = [
    "baseball",
    "tests/scripts/test_pretrain.py",
    "tests/training/test_compiling.py",
    "tests/robustness/test_crashes.py",
    "tests/text/test_hub.py",
    "tests/scripts/test_chat.py",
    "tests/scripts/test_finetune.py",
    "tests/scripts/test_prepare_fineweb.py",
    "tests/robustness/test_windows.py",
    "tests/training/test_divergence.py",
    "tests/robustness/test_readers.py",
    "tests/network/test_decoding.py",
    "tests/serving/test_engine.py",
    "tests/scripts/test_generate.py",
    "tests/serving/test_guard.py",
    "tests/evaluation/test_compare.py",
    "tests/test_model.py",
    "tests/evaluation/test_variations.py",
    "tests/scripts/test_tokenizer_bpe.py",
    "tests/scripts/test_serve.py",
    "tests/text/test_pieces.py",
]


def group_of(test_id):
    """The group of a test: its file, or "baseball" for all files about it, which share all facts.

    One process runs all tests of a group, so that it makes what they share only once.
    """
    path, _, _ = test_id.partition("::")
    return "baseball" if "baseball" in path else path


def rank_of(group):
    """The position of a group in LONGEST; all others come after them."""
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)


class GroupScheduling(LoadScopeScheduling):
    """Gives a process that is about to finish its tests the longest group left."""

    def _split_scope(self, nodeid):
        return group_of(nodeid)

    def _assign_work_unit(self, node):
        longest = min(self.workqueue, key=rank_of)
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
