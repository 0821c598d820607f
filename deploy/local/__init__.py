"""The whole of Loumen on one machine, for development and demonstration: ``python -m deploy.local``."""
