"""Baseball data for fine-tuning: questions with answers, prose and encyclopedia articles.

Facts and prose are written from the Lahman database; articles are picked by a rule.

lahman/            the tables: players, teams, leaders, series
franchise_names.py the names a franchise has used
statements/        ids of the statements that facts and prose make
wording.py         numbers, dates and names in English
phrasings.py       loads and checks the files of questions and prose lines
toml_files.py      reads TOML files, with errors that name the file and line
knowledge/         what no table holds: rules, terms, history
facts/             questions with their answers, each in six phrasings or more
forms/             the same facts in other forms: the reverse, clues, true or false, choices, ...
prose/             documents that tell the same facts, except those that must stay hidden
held_out.py        which facts and phrasings stay out of training, to be asked afterwards
only_in_prose.py   which facts only the prose tells
other_tests.py     the questions of other tests, which are never trained on
drawing.py         pseudo-random choices that depend on a seed and on what is chosen
articles.py        which articles are about baseball; its words are in article_words.toml
settings.py        the checked command line of prepare_baseball.py
preparation.py     the steps of prepare_baseball.py, in order
parts.py           adds facts, prose and articles to the data set
dataset.py         the data set: conversations by split and part
question_files.py  writes the questions to ask afterwards
"""
