"""Accounts of staff: who may sign in, for which person of the directory, and with which tokens."""
