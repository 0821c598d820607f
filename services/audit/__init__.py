"""The proof that the one sentence holds of a running system: one owner, one level, one clock, and the record whole."""
