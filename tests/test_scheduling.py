"""How the tests are dealt to the processes of `make test`."""

from types import SimpleNamespace

from tests.support.scheduling import LONGEST, GroupScheduling
from tests.support.scripts import ROOT


class Node:
    """A process that notes which tests it is given, and runs none."""

    gateway = SimpleNamespace(id="a process")
    shutting_down = False

    def __init__(self):
        self.given = []

    def send_runtest_some(self, numbers):
        self.given.append([TESTS[number] for number in numbers])

    def shutdown(self):
        self.shutting_down = True


SHORT = [f"tests/tools/test_files.py::test_{number}[a::b]" for number in range(4)]
PRETRAIN = [f"tests/scripts/test_pretrain.py::test_{number}" for number in range(3)]
BASEBALL = [
    *(f"tests/baseball/test_facts.py::test_{number}" for number in range(2)),
    *(f"tests/scripts/test_prepare_baseball.py::test_{number}" for number in range(2)),
]
TESTS = [*SHORT, *BASEBALL[:2], *PRETRAIN, *BASEBALL[2:]]


def test_a_process_gets_whole_groups_and_the_longest_ones_come_first():
    options = SimpleNamespace(loadscopereorder=True)
    config = SimpleNamespace(option=options, getvalue=lambda _: ["2*popen"])
    scheduler = GroupScheduling(config)
    first, second = Node(), Node()
    for node in (first, second):
        scheduler.add_node(node)
        scheduler.add_node_collection(node, TESTS)
    scheduler.schedule()
    assert (first.given, second.given) == ([BASEBALL], [PRETRAIN])
    scheduler.mark_test_complete(second, TESTS.index(PRETRAIN[0]))
    assert second.given == [PRETRAIN, SHORT]


def test_the_longest_groups_exist():
    assert [name for name in LONGEST[1:] if not (ROOT / name).is_file()] == []
