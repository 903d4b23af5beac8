"""Baseball out of the Lahman database, for questions and for reading.

lahman.py     the tables: names, careers, leaders, titles; and the ids of what can be stated about them
facts.py      questions with their answers, each in six phrasings or more
prose.py      the same in documents, without what is to be told nowhere
held_out.py   which facts and phrasings stay out of training, to be asked afterwards
articles.py   which articles of an encyclopaedia are about baseball
"""
