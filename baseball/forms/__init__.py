"""Every form in which people ask about a fact, besides the direct question.

    reverse      Which player hit 60 home runs in 1927?
    clues        This left-handed pitcher was born in 1935 and ... Who was he?
    true_false   Is it true that Babe Ruth hit 54 home runs in 1927?
    choice       How many home runs did Babe Ruth hit in 1927? 54, 60 or 61?
    fill_in      Fill in the blank: Babe Ruth hit ___ home runs in 1927.
    follow_up    And in 1928?

item.py        what can be asked in every form, and the exchanges made of it
from_facts.py  facts as items
census.py      whom a hint fits, by the tables: a reverse question must have one answer
rivals.py      plausible wrong answers
source.py      what all forms are made from
build.py       the source, and exchanges for training and for tests
wordings/      the words of each form; no Python needed to add one

**What a form gives away.** An exchange carries the statements of all items that it is made of, as a
direct question does. It is made of trained items only, so nothing held out is the answer to it or a
clue in it. Its wrong candidates may be anything that is wrong: being one of three does not give a
value away.

**Wordings.** Each form has wordings to train on, and others that are only asked afterwards.
"""
