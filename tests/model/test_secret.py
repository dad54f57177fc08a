"""A secret does not show itself anywhere but where it is revealed."""

import copy
import io
import json
import logging
import pickle
import traceback

import pytest
from rich.console import Console
from rich.traceback import Traceback

from stackk_tui.model.secret import Secret

PLAIN = "sk-ant-" + "admin01-do-not-show-me"


def test_reveals_what_it_holds() -> None:
    assert Secret(PLAIN).reveal() == PLAIN


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "{:>80}".format, "{!r}".format, lambda s: f"{s}", "%s".__mod__, "%r".__mod__],
)
def test_any_way_of_writing_it_hides_it(show) -> None:
    written = show(Secret(PLAIN))
    assert "Secret(****)" in written
    assert "do-not-show" not in written


def test_containers_hide_it() -> None:
    assert "do-not-show" not in repr({"key": [Secret(PLAIN)], "also": (Secret(PLAIN),)})


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_is_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(PLAIN), protocol)


@pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, json.dumps, vars])
def test_is_not_copied_or_serialised(take) -> None:
    with pytest.raises(TypeError) as caught:
        take(Secret(PLAIN))
    assert "do-not-show" not in str(caught.value)


def test_equality_tells_secrets_apart() -> None:
    assert Secret(PLAIN) == Secret(PLAIN)
    assert Secret(PLAIN) != Secret(PLAIN + "x")
    assert Secret(PLAIN) != PLAIN
    assert Secret("\ud800") == Secret("\ud800")  # a lone surrogate is no crash
    assert len({Secret(PLAIN), Secret(PLAIN)}) == 1


def test_length_and_truth_are_those_of_the_text() -> None:
    assert len(Secret(PLAIN)) == len(PLAIN)
    assert not Secret("")


def test_a_traceback_with_local_variables_hides_it() -> None:
    def deep(key: Secret) -> None:
        holder = {"key": key}
        raise RuntimeError("boom", holder)

    out = io.StringIO()
    try:
        deep(Secret(PLAIN))
    except RuntimeError as error:
        console = Console(file=out, width=200)
        console.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
        out.write(str(traceback.TracebackException.from_exception(error, capture_locals=True)))
        out.write("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    assert "Secret(****)" in out.getvalue()
    assert "do-not-show" not in out.getvalue()


def test_a_log_line_hides_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").debug("key %s %r", Secret(PLAIN), Secret(PLAIN))
    assert "do-not-show" not in caplog.text
    assert "Secret(****)" in caplog.text
