"""The trail: who did what, when and from where. It only grows, and each entry is sealed onto the one before it."""
