"""Signing in on the vendor's own page: the real stack, over HTTP to the pretend vendor and its pretend page."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from textual import events
from textual.pilot import Pilot

from stackk_tui.config import Settings
from stackk_tui.model.board import Board
from stackk_tui.sandbox.anthropic import AnthropicSandbox
from stackk_tui.sandbox.oauth import OAuthSandbox
from stackk_tui.sandbox.oauth_style import ANTHROPIC, PUBLIC
from stackk_tui.stack import Stack
from stackk_tui.tui.app import StackkApp
from stackk_tui.tui.screens.add_service import AddServiceScreen
from stackk_tui.tui.screens.at_vendor import AtVendorScreen
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.screens.pick_workspace import PickWorkspaceScreen
from stackk_tui.tui.screens.unlock import UnlockScreen
from stackk_tui.tui.screens.vault import VaultScreen
from stackk_tui.tui.widgets.address import Address
from stackk_tui.tui.widgets.fields import SecretInput
from tests.conftest import LoopbackServer

from .driving import drive
from .scenes import ADDRESS, EMPTY, FULL, press, rounds

pytestmark = pytest.mark.anyio

LONG = 60.0
"""Seconds after which something that should have happened has not."""


class Vendor:
    """The API and the authorization server of one vendor, at one address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
        self.api = AnthropicSandbox(clock=self.clock)
        self.page = OAuthSandbox(self.clock, style=ANTHROPIC)
        self.api.bearer_check = lambda token: "admin" if self.page.grants.active(token) else None

    def clock(self) -> datetime:
        return self.now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.page if scope["path"].startswith("/oauth/") else self.api
        await app(scope, receive, send)

    @property
    def env(self) -> dict[str, str]:
        return {
            "ANTHROPIC_CLIENT_ID": PUBLIC.id,
            "STACKK_ANTHROPIC_API_URL": self.url,
            "STACKK_ANTHROPIC_AUTHORIZE_URL": f"{self.url}/oauth/authorize",
            "STACKK_ANTHROPIC_TOKEN_URL": f"{self.url}/oauth/token",
            "STACKK_ANTHROPIC_REVOKE_URL": f"{self.url}/oauth/revoke",
        }

    @property
    def secrets(self) -> list[str]:
        """Everything it has given out."""
        grants = self.page.grants
        return [*grants.codes, *grants.access, *grants.refresh]


@pytest.fixture
async def vendor(loopback_server: LoopbackServer) -> AsyncIterator[Vendor]:
    made = Vendor(loopback_server.url)
    loopback_server.app = made
    yield made
    loopback_server.app = None


@dataclass
class Person:
    """Presses keys, reads the screen, and has a browser."""

    app: StackkApp
    pilot: Pilot[None]
    seen: list[str]

    async def press(self, *keys: str) -> None:
        for key in keys:
            await press(self.pilot, key)
            if key == "enter":
                await rounds(self.pilot)

    async def paste(self, text: str) -> None:
        event = events.Paste(text)
        event.set_sender(self.app)
        self.app._driver.send_message(event)
        await rounds(self.pilot)

    @property
    def text(self) -> str:
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text[:width].rstrip() for strip in lines[:height])

    @property
    def address(self) -> str:
        return self.app.screen.query_one(Address).address

    async def until(self, happened: Callable[[], object]) -> None:
        until = asyncio.get_running_loop().time() + LONG
        while not happened():
            assert asyncio.get_running_loop().time() < until, self.text
            await asyncio.sleep(0.005)
            await rounds(self.pilot, 1)
        await rounds(self.pilot)
        self.seen += [self.text, self.app.export_screenshot()]

    async def until_on(self, screen: type) -> None:
        await self.until(lambda: isinstance(self.app.screen, screen) and self.app.screen.is_mounted)

    async def until_said(self, *words: str) -> None:
        await self.until(lambda: all(some in " ".join(self.text.split()) for some in words))

    async def through_the_door(self) -> None:
        await self.press("a")
        await self.until_said("Console organization, OAuth")
        await self.press("enter", "j", "j", "enter")

    async def open_page(self) -> None:
        await self.through_the_door()
        await self.until_on(AtVendorScreen)

    async def begin(self) -> None:
        await self.open_page()
        await self.until_said("Waiting on this machine", "10 min left")


async def answer_of(address: str) -> str:
    """Opens the page, agrees, and gives the address the browser is sent to."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(address)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def browse(address: str) -> httpx.Response:
    target = await answer_of(address)
    async with httpx.AsyncClient(trust_env=False) as browser:
        return await browser.get(target)


@asynccontextmanager
async def person(
    settings: Settings, vendor: Vendor, *, size: tuple[int, int] = (120, 36), board: Board = EMPTY
) -> AsyncIterator[Person]:
    async def open_stack() -> Stack:
        return await Stack.open(settings, clock=vendor.clock)

    app = StackkApp(board, open_stack, now=vendor.clock, theme="stackk")
    async with app.run_test(size=size, notifications=True) as pilot:
        await rounds(pilot)
        yield Person(app, pilot, [])


MakeSettings = Callable[..., Settings]


async def test_agreeing_in_a_browser_on_this_machine_leads_to_the_workspaces(
    settings: MakeSettings, vendor: Vendor
) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        assert "full power over the organization" in ada.text
        page = await browse(ada.address)
        assert page.status_code == 200
        await ada.until_on(PickWorkspaceScreen)
        await ada.until_said("Production")
        await ada.press("enter")
        await ada.until_on(ServiceDetailScreen)
        await ada.until(lambda: any(seen.path.endswith("cost_report") for seen in vendor.api.seen))
        await ada.until_said("THIS MONTH")
        shown = "\n".join(ada.seen)
    assert len(vendor.secrets) == 3
    assert not [secret for secret in vendor.secrets if secret in shown]


@pytest.mark.parametrize("ready", [True, False])
async def test_the_answer_can_be_pasted(settings: MakeSettings, vendor: Vendor, ready: bool) -> None:
    """Wherever the focus is; also in the form that a page shows."""
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        answer = await answer_of(ada.address)
        if not ready:
            given = parse_qs(urlsplit(answer).query)
            answer = f"{given['code'][0]}#{given['state'][0]}"
            await ada.press("p")
        await ada.paste(f" {answer[:40]}\n{answer[40:]}\n")
        field = ada.app.screen.query_one(SecretInput)
        assert field.value == f" {answer}"
        assert answer not in ada.text
        await ada.until(lambda: True)
        await ada.press("enter")
        await ada.until_on(PickWorkspaceScreen)
        assert field.value == ""
        shown = "\n".join(ada.seen)
    assert not [secret for secret in vendor.secrets if secret in shown]


async def test_what_is_pasted_cannot_be_taken_out_of_the_field(
    settings: MakeSettings, vendor: Vendor
) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        code = "code-which-nobody-may-see-0123456789"
        await ada.paste(code)
        field = ada.app.screen.query_one(SecretInput)
        assert field.value == code
        field.action_select_all()
        await ada.press("ctrl+c", "ctrl+x", "super+c", "ctrl+insert")
        field.action_copy()
        field.action_cut()
        assert ada.app.clipboard == ""
        assert field.value == code
        assert ada.app.screen.get_selected_text() in (None, "")
        assert code not in ada.text
        assert code not in ada.app.export_screenshot()


async def test_a_wrong_answer_is_said_in_place_and_the_sign_in_goes_on(
    settings: MakeSettings, vendor: Vendor
) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        answer = await answer_of(ada.address)
        code = parse_qs(urlsplit(answer).query)["code"][0]
        await ada.paste(code)
        await ada.press("enter")
        await ada.until_said("✖", "Waiting on this machine")
        assert code not in ada.text
        assert ada.app.screen.query_one(SecretInput).value == ""
        await ada.paste(answer)
        await ada.press("enter")
        await ada.until_on(PickWorkspaceScreen)
    assert vendor.page.grants.counts["error invalid_grant"] == 0


async def test_declining_at_the_page_is_said_and_r_starts_again(
    settings: MakeSettings, vendor: Vendor
) -> None:
    vendor.page.server.decision = "deny"
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        first = ada.address
        await browse(first)
        await ada.until_said("✖", "r start again")
        assert first[:60] not in ada.text
        assert "min left" not in ada.text
        vendor.page.server.decision = "approve"
        await ada.press("r")
        await ada.until_said("Waiting on this machine")
        assert ada.address != first
        await browse(ada.address)
        await ada.until_on(PickWorkspaceScreen)


async def test_a_code_that_the_server_refuses_is_said(settings: MakeSettings, vendor: Vendor) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        answer = await answer_of(ada.address)
        vendor.now += timedelta(minutes=2)  # longer than a code lives
        await ada.paste(answer)
        await ada.press("enter")
        await ada.until_said("✖", "r start again")
        shown = "\n".join(ada.seen)
    assert not [secret for secret in vendor.secrets if secret in shown]


async def test_the_time_is_counted_coarsely_and_ends(settings: MakeSettings, vendor: Vendor) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        screen = ada.app.screen
        assert isinstance(screen, AtVendorScreen)
        for gone, words in ((61, "9 min left"), (500, "2 min left"), (545, "60 s left"), (591, "10 s left")):
            vendor.now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC) + timedelta(seconds=gone)
            screen._show_time()
            await rounds(ada.pilot)
            assert words in ada.text
        address = ada.address
        vendor.now += timedelta(seconds=10)
        screen._show_time()
        await ada.until_said("The time for this sign-in is over.", "r start again")
        await ada.until(
            lambda: all(worker.is_finished for worker in screen.workers if worker.name == "sign_in")
        )
        with pytest.raises(httpx.ConnectError):
            await browse(address)


async def test_leaving_closes_the_listener_and_keeps_nothing(settings: MakeSettings, vendor: Vendor) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        answer = await answer_of(ada.address)
        await ada.press("escape")
        await ada.until_on(AddServiceScreen)
        await ada.until(
            lambda: all(worker.is_finished for worker in ada.app.workers if worker.name == "sign_in")
        )
        async with httpx.AsyncClient(trust_env=False) as browser:
            with pytest.raises(httpx.ConnectError):
                await browser.get(answer)
    assert not vendor.page.grants.access


@pytest.mark.parametrize("moment", ["starting", "finishing"])
async def test_leaving_at_any_moment(settings: MakeSettings, vendor: Vendor, moment: str) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        if moment == "starting":
            await ada.through_the_door()
            await ada.until_on(AtVendorScreen)
        else:
            await ada.begin()
            answer = await answer_of(ada.address)
            vendor.api.latency = 30.0  # whose sign-in it is will not be known
            await ada.paste(answer)
            await ada.press("enter")
            await ada.until_said("Finishing with the provider…")
            await ada.until(lambda: vendor.api.seen)
        await ada.press("escape")
        await ada.until_on(AddServiceScreen)
        await ada.until(
            lambda: all(worker.is_finished for worker in ada.app.workers if worker.name == "sign_in")
        )
        assert not ada.app.screen.query(AtVendorScreen)


def busy(app: StackkApp) -> list[str]:
    """Whatever is under way but following what happens on this machine, which never ends."""
    return [worker.name for worker in app.workers if worker.name != "follow"]


async def test_leaving_the_picker_leads_back_to_the_list(settings: MakeSettings, vendor: Vendor) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        await browse(ada.address)
        await ada.until_on(PickWorkspaceScreen)
        await ada.press("escape")
        await ada.until_on(AddServiceScreen)
        await ada.until(lambda: vendor.page.grants.counts["revoked"] or not busy(ada.app))


# what can be done with the address


async def test_copying_the_address(settings: MakeSettings, vendor: Vendor) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        await ada.press("y")
        assert ada.app.clipboard == ada.address
        await ada.until_said("Sent to the clipboard.")


async def test_the_address_stands_whole_from_edge_to_edge_and_can_be_selected(
    settings: MakeSettings, vendor: Vendor
) -> None:
    async with person(settings(**vendor.env), vendor, size=(60, 30)) as ada:
        await ada.begin()
        assert ada.address in ada.text.replace("\n", "")
        widget = ada.app.screen.query_one(Address)
        widget.text_select_all()
        assert ada.app.screen.get_selected_text() == ada.address


async def test_the_address_in_a_file_is_private_and_goes_with_the_sign_in(
    settings: MakeSettings, vendor: Vendor, tmp_path: Path
) -> None:
    os.umask(os.umask(0))
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        await ada.press("w")
        await ada.until_said("The address is in")
        (written,) = (tmp_path / "stackk" / "state" / "sign-in").iterdir()
        assert written.read_text() == f"{ada.address}\n"
        assert stat.S_IMODE(written.stat().st_mode) == 0o600
        await ada.press("escape")
        await ada.until(lambda: not written.exists())


async def test_keys_are_letters_while_the_answer_is_typed(settings: MakeSettings, vendor: Vendor) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        await ada.press("down", *"yworp")
        assert ada.app.screen.query_one(SecretInput).value == "yworp"
        assert ada.app.clipboard == ""
        assert "f1 help" in ada.text
        await ada.press("up", "y")
        assert ada.app.clipboard == ada.address


async def test_a_browser_is_opened_where_it_can_show_itself(
    settings: MakeSettings, vendor: Vendor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = tmp_path / "opened"
    program = tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s" "$1" > "{opened}.half"\nmv "{opened}.half" "{opened}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        assert "o open" not in ada.text
        await ada.press("o", "escape", "escape", "escape")
        await ada.until(lambda: ada.app.screen is ada.app.dashboard)
        monkeypatch.setenv("DISPLAY", ":0")
        await ada.begin()
        assert "o open" in ada.text
        assert not opened.exists()
        await ada.press("o")
        await ada.until(opened.exists)
        assert opened.read_text() == ada.address


async def test_over_ssh_the_port_forward_is_said_and_no_browser_offered(
    settings: MakeSettings, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5000 192.0.2.2 22")
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        port = urlsplit(parse_qs(urlsplit(ada.address).query)["redirect_uri"][0]).port
        assert f"ssh -L {port}:127.0.0.1:{port} host" in ada.text
        assert "o open" not in ada.text


@pytest.mark.parametrize("plain", [False, True])
async def test_the_address_is_a_link_where_that_is_not_turned_off(plain: bool) -> None:
    async with drive(plain=plain) as driven:
        await driven.press("a", "enter", "j", "j", "enter")
        lines = driven.app.screen._compositor.render_strips()
        links = {
            segment.style.link for strip in lines for segment in strip if segment.style and segment.style.link
        }
        assert links == (set() if plain else {ADDRESS})


# where it is kept


async def test_without_a_place_to_keep_it_that_is_asked_first(settings: MakeSettings, vendor: Vendor) -> None:
    made = settings(**vendor.env, STACKK_TOKEN_STORE="vault")
    async with person(made, vendor) as ada:
        await ada.open_page()
        await ada.until_on(VaultScreen)
        await ada.press("escape")
        await ada.until_said("Nothing was started.", "r start again")
        assert not vendor.page.server.seen
        await ada.press("r")
        await ada.until_on(VaultScreen)
        await ada.press("enter", *"correct horse", "enter", *"correct horse", "enter")
        await ada.until_said("Waiting on this machine", "kept in an encrypted file")
        await browse(ada.address)
        await ada.until_on(PickWorkspaceScreen)
        await ada.until_said("Production")
        await ada.press("enter")
        await ada.until_on(ServiceDetailScreen)
    vault = made.paths.vault.read_text()
    assert not [secret for secret in vendor.secrets if secret in vault]
    async with person(made, vendor, board=FULL) as later:
        await later.until_on(UnlockScreen)
        await later.press("escape")
        await later.through_the_door()
        await later.until_on(UnlockScreen)
        await later.press(*"correct horse", "enter")
        await later.until_on(AtVendorScreen)
        await later.until_said("Waiting on this machine")


# signing in again


async def test_signing_in_again_when_the_vendor_has_ended_it(settings: MakeSettings, vendor: Vendor) -> None:
    async with person(settings(**vendor.env), vendor) as ada:
        await ada.begin()
        await browse(ada.address)
        await ada.until_on(PickWorkspaceScreen)
        await ada.until_said("Production")
        await ada.press("enter")
        await ada.until_on(ServiceDetailScreen)
        await ada.until_said("THIS MONTH", "fresh")
        for access in vendor.page.grants.access.values():
            access.family.revoked = True
        vendor.now += timedelta(minutes=6)
        await ada.press("r")
        await ada.until_said("sign in again: c")
        await ada.press("c")
        await ada.until_on(AtVendorScreen)
        await ada.until_said("sign in again", "Waiting on this machine")
        await browse(ada.address)
        await ada.until_on(ServiceDetailScreen)
        stack = await ada.app.stack()
        assert len(await stack.services()) == 1
