"""What report.md and report.html say about their numbers. Words in `backticks` are code."""

from evaluation.report import Report

DIFFERENCES = (
    'A row "A vs B" gives the numbers of A minus those of B, accuracy in percentage points. If one'
    " model is right and the other wrong, the right one wins the question; otherwise the one with"
    " fewer bits wins. The win share is that of A; a tie counts as half a win."
)
CHOICES = (
    "Of the texts given with a question, a model chooses the one that has the fewest bits per byte"
    " as its answer, not counting <|endoftext|>. Chance is what a guess gets. The second table is"
    " about the text with the fewest bits, which favours short ones. Differences between models,"
    " which only report.md lists, are in percentage points of the first table."
)
VARIATIONS = (
    "At turn t, a question is asked after t - 1 others of these sets, each with the model's own"
    " answer; a conversation too long for the context loses its oldest turns, as in a chat."
    ' "typed: …" is careless typing: `lower` case, no punctuation `marks`, `keywords` without the'
    " little words, a `letter` lost, doubled or swapped, a `greeting`, a `please`, a `thanks`, in"
    " wordings that fine-tuning never uses. An answer has leaked if it contains an accepted form of"
    " an earlier question, or repeats an earlier answer, and the model's answer at turn 1 does not."
)


def describe_method(report: Report) -> str:
    """How the models were asked, and what the intervals are."""
    settings = report.settings
    return (
        "Every question was asked in the model's own conversation format, and answered"
        f" greedily with at most {settings.max_new_tokens} tokens ({settings.device}). Numbers in"
        f" brackets are 95% intervals: percentiles of {settings.resamples:,} resamples of the"
        f" questions, the same ones for all models (paired bootstrap, seed {settings.seed})."
    )
