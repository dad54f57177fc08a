"""What is left on the terminal when the app breaks: where it broke, and nothing that anybody typed."""

import sys

from rich.traceback import Trace, Traceback

from stackk_tui.model.text import clean
from stackk_tui.net.redact import redact


def crash_report() -> Traceback:
    """Gives the error that is being handled, without local variables, and its message without secrets."""
    kind, error, trace = sys.exc_info()
    assert kind is not None
    assert error is not None
    found = Traceback.extract(kind, error, trace, show_locals=False)
    _quiet(found)
    return Traceback(found, show_locals=False, width=None)


def _quiet(trace: Trace) -> None:
    for stack in trace.stacks:
        stack.exc_value = _safe(stack.exc_value)
        stack.notes = [_safe(note) for note in stack.notes]
        if stack.syntax_error:
            stack.syntax_error.line = _safe(stack.syntax_error.line)
        for inner in stack.exceptions:  # of an exception group
            _quiet(inner)


def _safe(text: str) -> str:
    return redact(clean(text, 400))
