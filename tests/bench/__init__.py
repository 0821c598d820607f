"""How fast Loumen is, and which share of what the machine can do: ``python -m tests.bench [PART…]``."""
