"""Nectar (Zhu et al. 2023) to tokenized conversations: each prompt with its best-ranked answer.

    python prepare_nectar.py                                                       # berkeley-nest/Nectar, gpt2 tokens, to data/nectar
    python prepare_nectar.py --source sample/nectar.jsonl --tokenizer data/tokenizer --out data/sample-nectar
    python prepare_nectar.py --tokenizer runs/pretrained                           # with the tokenizer of a model

Ends with a table of what was kept, and what was not, by reason.
"""

import argparse

from tools.command_line import run_script, split_problems

LIMIT = 1024  # tokens of a stored conversation; finetune.py trims further where the model's context is shorter
LICENCES = {
    "berkeley-nest/Nectar": "Apache-2.0, for non-commercial use; its answers keep the terms of the models that wrote them"
}


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="prepare_nectar.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--source",
        nargs="+",
        default=["berkeley-nest/Nectar"],
        metavar="HUB_ID|FILE",
        help='the data set on the hub, or .parquet and .jsonl[.gz|.xz|.zst] files with its columns "prompt", "answers" and "turns" (default: berkeley-nest/Nectar)',
    )
    add(
        "--tokenizer",
        default="gpt2",
        metavar="gpt2|FOLDER",
        help="that of the model to be tuned: gpt2, or a folder that holds one, such as its run (default: gpt2)",
    )
    add(
        "--out",
        default="data/nectar",
        metavar="FOLDER",
        help="where the conversations go (default: data/nectar)",
    )
    add(
        "--val-fraction",
        type=float,
        default=0.02,
        metavar="F",
        help="share of the prompts set aside for validation, chosen by a hash of the prompt (default: 0.02)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="another seed sets other prompts aside for validation (default: 0)",
    )
    args = parser.parse_args(argv)
    run_script(parser, lambda: prepare(args), "stopped; the same command goes on where it stopped")


def prepare(args) -> None:
    if problems := split_problems(args):
        raise ValueError("; ".join(problems))
    from collections import Counter
    from pathlib import Path

    from tqdm import tqdm

    from text.conversation import BrokenConversation, tokenize_conversation
    from text.examples import save_conversations
    from text.shards import is_for_validation
    from text.sources import open_source, remembered
    from text.tokenizer import load_tokenizer
    from tools.files import claim_folder

    tokenizer = load_tokenizer(args.tokenizer)
    source = open_source(args.source, columns=["prompt", "answers", "turns"])
    claim_folder(args.out)
    notebook = Path(args.out) / "rows.part"
    kept, turns, dropped, trimmed = {"train": [], "val": []}, Counter(), Counter(), 0
    with tqdm(unit=" prompts", unit_scale=True, disable=None, dynamic_ncols=True) as bar:
        for number, rows in remembered(
            source, prompt_and_messages, notebook, {"source": args.source}
        ):
            bar.total = source.rows
            for prompt, messages in rows:
                try:
                    if isinstance(messages, str):
                        raise BrokenConversation(messages)
                    conversation = tokenize_conversation(messages, tokenizer, LIMIT)
                except BrokenConversation as reason:
                    dropped[str(reason)] += 1
                    continue
                split = (
                    "val"
                    if is_for_validation(
                        prompt.encode("utf-8", errors="surrogatepass"), args.val_fraction, args.seed
                    )
                    else "train"
                )
                kept[split].append((conversation, "nectar"))
                exchanges = int((conversation.ids == tokenizer.end_of_text).sum())
                turns[split] += exchanges
                trimmed += exchanges < len(messages) // 2
            bar.update(number)
    if not kept["train"]:
        raise ValueError(
            f"{source.name} holds no conversation to learn from ({dict(dropped) or 'it is empty'})"
        )
    meta = {
        "source": args.source,
        "licence": LICENCES.get(args.source[0], "that of the source"),
        "val_fraction": args.val_fraction,
        "seed": args.seed,
        "parts": {"nectar": {}},
        "dropped": dict(dropped),
    }
    save_conversations(args.out, kept, meta, tokenizer)
    notebook.unlink()
    print(table(kept, turns))
    print(
        f"{trimmed:,} lost their oldest turns to fit {LIMIT:,} tokens; dropped: "
        + (", ".join(f"{number:,} {reason}" for reason, number in dropped.most_common()) or "none")
    )
    print(f"{args.out} is ready: python finetune.py --data {args.out}")


def prompt_and_messages(row: dict) -> list:
    """[prompt, messages], or [None, the reason why the row is no conversation]."""
    from text.conversation import BrokenConversation

    try:
        return [row.get("prompt"), read_row(row)]
    except BrokenConversation as reason:
        return [None, str(reason)]


def read_row(row: dict) -> list[str]:
    """A row of Nectar to messages, the last one its best-ranked answer. Raises BrokenConversation with the reason."""
    from text.conversation import ASSISTANT, HUMAN, BrokenConversation, split_prompt

    prompt, answers, turns = row.get("prompt"), row.get("answers"), row.get("turns")
    if not isinstance(prompt, str) or not prompt.strip():
        raise BrokenConversation("has no prompt")
    try:
        best = min(answers, key=lambda answer: float(answer["rank"]))["answer"].strip()
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BrokenConversation("has no ranked answer") from None
    if not best:
        raise BrokenConversation("has an empty best answer")
    if HUMAN in best or ASSISTANT in best:
        raise BrokenConversation("has an answer that speaks for both sides")
    return [*split_prompt(prompt, turns if type(turns) is int else None), best]


def table(kept: dict, turns) -> str:
    lines = [f"{'':8}{'conversations':>15}{'turns':>12}{'tokens':>15}{'targets':>15}"]
    for split, pairs in kept.items():
        tokens, targets = (
            sum(len(conversation) for conversation, _ in pairs),
            sum(int(conversation.mask.sum()) for conversation, _ in pairs),
        )
        lines.append(f"{split:8}{len(pairs):15,}{turns[split]:12,}{tokens:15,}{targets:15,}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
