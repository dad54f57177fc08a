"""One member of a JSON file changes, and not a byte of the rest."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackk_tui.providers.claude_code.statusline.settings_text import ObjectText, checked

ENTRY = {"type": "command", "command": "x é"}
KEYS = st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
INDENTS = st.sampled_from([None, 0, 1, 2, 4, "\t"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "s": {\n    "a": 1\n  }\n}'),
        ('{"x":1}', '{"x":1, "s": {"a": 1}}'),
        ('{\n    "x": 1\n}\n', '{\n    "x": 1,\n    "s": {\n        "a": 1\n    }\n}\n'),
        ('{\r\n\t"x": 1\r\n}', '{\r\n\t"x": 1,\r\n\t"s": {\r\n\t\t"a": 1\r\n\t}\r\n}'),
    ],
    ids=["empty", "one line", "four spaces", "tabs and CRLF"],
)
def test_a_member_is_added_as_the_others_are_written(before: str, after: str) -> None:
    assert ObjectText(before).added("s", {"a": 1}) == after
    assert ObjectText(after).removed("s") == before


@settings(max_examples=150, deadline=None)
@given(OBJECTS, INDENTS, st.booleans(), st.sampled_from(["", "\n", "\r\n", " \n"]))
def test_adding_and_removing_leaves_every_byte(
    told: dict[str, Any], indent: Any, ascii_: bool, end: str
) -> None:
    told.pop("statusLine", None)
    text = json.dumps(told, indent=indent, ensure_ascii=ascii_) + end
    added = ObjectText(text).added("statusLine", ENTRY)
    assert json.loads(added) == {**told, "statusLine": ENTRY}
    assert list(json.loads(added)) == [*told, "statusLine"]
    assert ObjectText(added).removed("statusLine") == text


@settings(max_examples=150, deadline=None)
@given(OBJECTS, OBJECTS, VALUES, VALUES, INDENTS)
def test_replacing_changes_one_value_and_back(
    first: dict[str, Any], second: dict[str, Any], old: Any, new: Any, indent: Any
) -> None:
    told = {**first, "statusLine": old} | {key: value for key, value in second.items() if key != "statusLine"}
    text = json.dumps(told, indent=indent, ensure_ascii=False)
    replaced = ObjectText(text).replaced("statusLine", new)
    assert json.loads(replaced) == {**told, "statusLine": new}
    assert ObjectText(replaced).find("statusLine") is not None
    removed = ObjectText(text).removed("statusLine")
    assert json.loads(removed) == {key: value for key, value in told.items() if key != "statusLine"}


def test_numbers_escapes_and_odd_spaces_stay() -> None:
    text = '{ "a" :1.0e2 ,"s": {"a" : "\\u00e9"},\n\n"b":[1 ,2]}'
    assert ObjectText(text).replaced("s", "x") == '{ "a" :1.0e2 ,"s": "x",\n\n"b":[1 ,2]}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1, // why\n}', "line 1"),
        ('{\n"a": 1,\n}', "line 3"),
        ("", "line 1"),
        ("[]", "no object"),
        ("5", "no object"),
        ('{"a": 1} {"b": 2}', "Extra data"),
        ("\ufeff{}", "BOM"),
        ("[" * 100_000, "deeply|line 1"),
    ],
    ids=range(8),
)
def test_what_is_not_strict_json_is_refused_with_words(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        checked(text)


def test_a_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        ObjectText('{"s": 1, "s": 2}').find("s")
