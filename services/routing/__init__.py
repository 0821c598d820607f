"""Routing: carries each ticket up the ladder.

Owns the open case: owner, handler, level, clock, and the ticket's hash chain.
Hears commands (``SubmitTicket``, the RPC ``act``), news of unreachable posts, directory events.
Says ticket events, through the outbox.
"""
