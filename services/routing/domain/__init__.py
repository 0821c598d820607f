"""The rules of the ladder: plain functions on values, without I/O and without frameworks.

``case.py`` holds the state and how it changes; ``opening.py``, ``climbing.py``, ``doing.py`` and ``ticking.py`` are
what can happen; ``actions.py`` is the table of what people may do, ``parts.py`` says what they are to a ticket,
``ladder.py`` who owns at a rung, ``terms.py`` until when.
"""
