"""The rules of the ladder: plain functions on values, without I/O and without frameworks.

The state and how it changes: ``case.py``. Who owns at a rung: ``ladder.py``; who is told besides: ``told.py``; until
when: ``terms.py``; when the clock rings next: ``ringing.py``.

What happens to a ticket by itself: ``opening.py`` (it gets its first owner), ``ticking.py`` (its clock rings, a post is
out of reach), ``climbing.py``, ``giving.py`` (a post gets it), ``holding.py`` (a post has another holder),
``aftermath.py`` (what follows for others), ``restamping.py`` (holidays become known), ``erasing.py``.

What people do with it: ``doing.py`` looks whether it is open to them, by ``parts.py`` (what they are to the ticket) and
``actions.py`` (the table of all actions), and does it; ``deeds.py`` is what the trail is told of it. The effects:
``effects.py`` (owner and handler carry it along), ``transferring.py``, ``watching.py``, ``pausing.py``,
``contacting.py``, ``rejecting.py``, ``summoning.py``, ``residents.py``, ``reopening.py``; of several tickets
``merging.py`` and ``splitting.py``.

``preview.py`` runs the same rules for a ticket that is never filed.
"""
