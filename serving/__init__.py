"""Serving models to several people: serve.py → app → api → engine → answer.

`app` puts the parts together, `guard` stands before all of them, and `engine` is all that knows
how answers are made.
"""
