"""Keeping this process's memory to itself. Standard library only: it runs at start."""

import sys

_PR_SET_DUMPABLE = 4


def harden_process() -> None:
    """Writes no core files and, on Linux, shuts out other processes of the same user (secrets design §10).

    What a system does not know or refuses is left out. Programs we start are not shut off in this way, but
    write no core files either.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):  # Windows has none; a sandbox may refuse
        pass
    if sys.platform == "linux":
        try:
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        except (ImportError, OSError, AttributeError):  # a C library without it
            pass
