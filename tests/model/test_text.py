"""Text from outside cannot reach the terminal as anything but text."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stackk_tui.model.text import clean

_NASTY = list("\x1b\x9b\x9d\x90\x07\x9c\u202e\u2066\u200f\u2028\ud800]P_^X\r\n\t\x00")
_NASTY += ["\x1b\\", "]52;c;", "[2J", "[31m", "]8;;http://x", "0;title"]
_ALPHABET = [*map(chr, range(0x100 - len(_NASTY))), *_NASTY]
_TEXT = st.binary(max_size=60).map(lambda picks: "".join(_ALPHABET[pick] for pick in picks))


def harmless(text: str) -> bool:
    return not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for char in text)


@settings(max_examples=2_000, deadline=None)
@given(_TEXT)
@example("\x1b]52;c;never ends")
@example("\x1bPnever ends \x1b")
@example("\x9dnever ends")
def test_no_random_string_keeps_a_control_character(text: str) -> None:
    cleaned = clean(text)
    assert harmless(cleaned), ascii(cleaned)
    assert len(cleaned) <= 256
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Production", "Production"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]52;c;aGk=\x07b", "ab"),
        ("a\x1b]0;title\x1b\\b", "ab"),
        ("a\x1b]52;c;unterminated, to the end", "a"),
        ("a\x1bPunterminated", "a"),
        ("a\x9d0;title\x9cb", "ab"),
        ("a\x9b2Jb", "ab"),
        ("a\x1b[2", "a"),
        ("one\ttwo\r\nthree", "one two  three"),
        ("abc\u202edef", "abc\ufffddef"),
        ("bell\x07", "bell\ufffd"),
        ("\ud800", "\ufffd"),
        ("[/bold] [link=x]", "[/bold] [link=x]"),
        ("Zoë 東京 😀", "Zoë 東京 😀"),
    ],
)
def test_what_a_person_sees(sent: str, shown: str) -> None:
    assert clean(sent) == shown


def test_length_is_bounded_and_cheap() -> None:
    assert clean("x" * 10_000_000, limit=10) == "x" * 10
    assert clean("\x1b]" * 5_000_000 + "tail") == ""
