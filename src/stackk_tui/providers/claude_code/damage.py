"""What is in the index is not what was put in it."""


class Unreadable(Exception):
    """A value of the index cannot be understood: its file is damaged."""
