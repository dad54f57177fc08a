"""stackk-tui: plans, usage, limits and cost of the services you pay for, in a terminal."""

__version__ = "0.1.0"
