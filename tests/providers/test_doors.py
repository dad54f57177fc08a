"""Every way in says what it is good for."""

from typing import get_args

import pytest

from stackk_tui.model.capability import Capability
from stackk_tui.providers.doors import Door
from stackk_tui.providers.registry import infos

DOORS = [(info.id, door) for info in infos() for door in info.doors]


@pytest.mark.parametrize(("provider", "door"), DOORS, ids=[f"{name}-{door.method}" for name, door in DOORS])
def test_a_door_says_what_it_can_show_and_what_no_api_gives(provider: str, door: Door) -> None:
    assert door.can, "an empty page"
    assert door.can <= set(get_args(Capability))
    assert door.unknown
    assert door.shows
    assert not door.can_destroy or (door.secret_label and not door.at_vendor)


def test_what_a_page_signs_in_to_is_ended_by_itself_not_by_choice() -> None:
    page = Door("oauth", "t", "s", secret_label="Client secret", at_vendor=True, can=frozenset({"revoke"}))
    token = Door("token", "t", "s", secret_label="Token", can=frozenset({"revoke", "picker"}))
    assert not page.can_destroy
    assert token.can_destroy
    assert (page.picker, token.picker) == (False, True)
