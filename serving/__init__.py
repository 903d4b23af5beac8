"""Serving models to several people: the engine, OpenAI's API, the guard, and the pages.

    serve.py → app → api, pages → engine → answer, network.continuous
                  └→ guard
"""
