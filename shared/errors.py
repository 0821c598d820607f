"""Errors that say by themselves what to do about them."""


class Transient(Exception):
    """It will work later: the message is held and tried again, and no retry is counted."""
