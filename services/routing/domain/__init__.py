"""The rules of the ladder: plain functions on values, without I/O and without frameworks.

``case.py`` holds the state and how it changes; ``opening.py``, ``climbing.py``, ``actions.py`` and ``ticking.py`` are
what can happen; ``ladder.py`` says who owns at a rung; ``terms.py`` until when.
"""
