"""Remembers and answers: the record of all that happened, the directory, and who reported.

Owns: the ledger, the read tables, reporters (encrypted, erasable), the directory, parked messages. Hears: all events,
reporters, parked messages. Says: the directory has changed. Answers: tickets, timelines, lists, the audit's questions.
"""
