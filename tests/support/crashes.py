"""Interrupt runs in all the ways that a long run meets, and check that nothing is lost.

    make crash
    python -m tests.support.crashes --rounds 200 --seed 0

Each round takes one of the scripts and one of these faults:

    killed             SIGKILL at a random moment
    killed at a write  SIGKILL just before a random call that changes files, so that every phase of
                       every write has its turn
    disk full          all calls that change files fail from a random one on; or no file can grow
                       beyond a random size
    read-only          all calls that change files fail
    two at once        the same command is started a second time while the first still runs

In half of the rounds a second or third fault follows while the script recovers from the one
before. Then the same command is run once more, with --resume if the script has it, and must
succeed. The folder must then hold what an undisturbed run leaves, bit for bit: shards, weights,
optimizer state, reports, and loss.csv except for its two columns of times. If a script can notice
a fault, it must end with status 2 and a sentence. No fault may cost more than --save-every steps.
"""

import argparse
import errno
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.support.crash_stage import SAVE_EVERY, Differs, contents, require, set_the_stage
from training.checkpoints import newest_checkpoint, step_of
from training.loss_log import read_loss_log

FAULTS = {  # how often each is chosen
    "killed": 3,
    "killed at a write": 5,
    "disk full": 4,
    "read-only": 1,
    "two at once": 2,
}
TIMEOUT = 300  # seconds


# ---- one round ----


def play(reference, faults, out, chance):
    """Let each fault happen to a script in turn, then let it finish.

    Returns what exactly was done. Raises Differs if the script does not end as undisturbed.
    """
    done = reference.script.name
    for number, fault in enumerate(faults):
        again = number > 0
        if fault == "two at once":
            done += ", twice at once"
            run_two_at_once(reference, out, chance, done, again)
            continue
        settings, description = choose(reference, fault, chance)
        done += ", " + description
        interrupt(reference, fault, settings, out, done, again)
    finish(reference, out, done)
    return done


def choose(reference, fault, chance):
    """Choose the moment of a fault; returns the settings for faults.py, and a description."""
    call = chance.randint(1, reference.calls)
    if fault == "killed":
        seconds = chance.uniform(0, 1.1 * reference.seconds)
        return {"seconds": seconds}, f"killed after {seconds:.2f} s"
    if fault == "killed at a write":
        return {"kill_at": call}, f"killed at call {call}"
    if fault == "read-only":
        return {"fail_at": 1, "errno": errno.EROFS}, "in a read-only folder"
    if chance.random() < 0.5:
        return {"fail_at": call, "errno": errno.ENOSPC}, f"with a disk full from call {call} on"
    # Mostly a small size, because there are more small files than large ones.
    size = int(reference.largest_file * chance.random() ** 3)
    return {"file_bytes": size}, f"with files limited to {size:,} bytes"


def interrupt(reference, fault, settings, out, done, again):
    """Run the script with a fault, and check how it ends."""
    script = reference.script
    process = script.start(out, settings, again)
    try:
        output, _ = process.communicate(timeout=settings.get("seconds", TIMEOUT))
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    status = process.returncode
    require("Traceback" not in output, f"{done}: a traceback", output)
    if "kill" not in fault:
        has_sentence = f"{script.name}: " in output
        require(status in (0, 2), f"{done}: status {status}", output)
        require(status == 0 or has_sentence, f"{done}: status 2 without a sentence", output)
    if fault == "read-only":
        noticed = status == 2 or contents(out) == reference.files
        require(noticed, f"{done}: the script did not notice", output)
    if script.resumes:
        steps = steps_to_repeat(out)
        require(steps <= SAVE_EVERY, f"{done}: {steps} steps have to be repeated")


def steps_to_repeat(run_folder):
    """How many steps of an interrupted run are logged but not in a checkpoint."""
    try:
        rows = read_loss_log(run_folder / "loss.csv")
    except (OSError, ValueError):  # the run has not even begun
        return 0
    logged = max((row.step for row in rows), default=0)
    newest = newest_checkpoint(run_folder)
    saved = step_of(newest) if newest else 0
    return logged - saved


def run_two_at_once(reference, out, chance, done, again):
    """Start the script twice, the second time a moment after the first has claimed the folder.

    The first to claim it runs undisturbed; the other refuses to write, or starts after it ended.
    """
    first = reference.script.start(out, {}, again)
    while not (out / ".lock").exists() and first.poll() is None:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.2 * reference.seconds))
    second_status, second_output = reference.script.run(out, {}, again=True)
    try:
        first_output, _ = first.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        first.kill()
        raise Differs(f"{done}: the first one did not end in {TIMEOUT} s") from None
    ends = [(first.returncode, first_output), (second_status, second_output)]
    for status, output in ends:
        refused = status == 2 and "another process is writing" in output
        require(status == 0 or refused, f"{done}: status {status}", output)
    require(0 in (first.returncode, second_status), f"{done}: neither succeeded", first_output)


def finish(reference, out, done):
    """Run the same command once more; it must succeed and leave what an undisturbed run leaves."""
    status, output = reference.script.run(out, {}, again=True)
    require(status == 0, f"{done}: the same command again ended with status {status}", output)
    different = sorted(set(contents(out).items()) ^ set(reference.files.items()))
    require(not different, f"{done}: files differ from an undisturbed run's: {different}")


# ---- many rounds ----


@dataclass(frozen=True)
class Outcome:
    """What happened in a round."""

    script: str
    faults: list[str]
    is_same: bool  # whether the folder was as an undisturbed run leaves it
    description: str


def play_random_round(references, folder, seed, number):
    """Play round `number`, in which seed and number alone decide what goes wrong."""
    chance = random.Random(f"{seed} {number}")
    weights = [reference.script.weight for reference in references.values()]
    [reference] = chance.choices(list(references.values()), weights)
    fault_count = chance.choice((1, 1, 2, 3))
    faults = chance.choices(list(FAULTS), FAULTS.values(), k=fault_count)
    out = folder / f"round{number}" / reference.script.stem
    name = reference.script.name
    try:
        return Outcome(name, faults, True, play(reference, faults, out, chance))
    except Differs as difference:
        return Outcome(name, faults, False, f"DIFFERS: {difference}")
    finally:
        shutil.rmtree(out.parent, ignore_errors=True)


def print_table(outcomes, names):
    """Print how often each fault was injected into each script."""
    count = Counter((outcome.script, fault) for outcome in outcomes for fault in outcome.faults)
    print(f"\n{'rounds':20}" + "".join(f"{fault:>19}" for fault in FAULTS))
    for name in names:
        print(f"{name:20}" + "".join(f"{count[name, fault]:19}" for fault in FAULTS))
    different = sum(not outcome.is_same for outcome in outcomes)
    print(
        f"{len(outcomes)} rounds, {count.total()} faults injected; "
        f"rounds that ended differently: {different}"
    )


def main(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--rounds", type=int, default=200, metavar="N", help="(default: 200)")
    add("--seed", type=int, default=0, metavar="N", help="decides the rounds (default: 0)")
    add("--jobs", type=int, default=2, metavar="N", help="rounds at a time (default: 2)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        outcomes = play_rounds(args, Path(name))
    sys.exit(not all(outcome.is_same for outcome in outcomes))


def play_rounds(args, folder):
    """Play all rounds, print each and a table of all; returns the outcomes."""
    references = set_the_stage(folder)
    for name, reference in references.items():
        print(f"{name}: {reference.seconds:.1f} s, {reference.calls} calls that change files")

    def play_and_print(number):
        outcome = play_random_round(references, folder, args.seed, number)
        print(f"{number + 1}/{args.rounds}  {outcome.description}", flush=True)
        return outcome

    with ThreadPoolExecutor(args.jobs) as pool:
        outcomes = list(pool.map(play_and_print, range(args.rounds)))
    print_table(outcomes, references)
    return outcomes


if __name__ == "__main__":
    main()
