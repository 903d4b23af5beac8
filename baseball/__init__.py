"""Baseball from the Lahman database, as questions with answers and as prose.

lahman/            the tables: names, careers, leaders, titles
statements.py      the ids of what can be stated about them
wording.py         numbers, dates and names in words
phrasings.py       the files of questions and prose lines, which anyone can extend
toml_files.py      reading such files
facts/             questions with their answers, each in six phrasings or more
prose/             documents that tell the same, without what must stay hidden
held_out.py        which facts and phrasings stay out of training, to be asked afterwards
articles.py        which articles of an encyclopedia are about baseball
settings.py        what prepare_baseball.py was asked for
preparation.py     its steps, in order
parts.py           facts, prose and articles, added to the data set
dataset.py         the data set: conversations by split and part
question_files.py  the questions to ask afterwards, and those that other tests ask
"""
