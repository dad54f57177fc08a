"""Pretend vendors over real HTTP, for the demo and the tests. Knows nothing of the rest of the house."""
