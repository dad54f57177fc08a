"""Values to draw: boards, views and a stack that only answers. For drawing tests; the real stack has its own."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from stackk_tui.model.board import Board, BoardRow, ConvertedLine, Headline, RateLine, TotalLine
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.errors import InvalidInput, NetworkError, RateLimited, SignInNeeded, StackkError
from stackk_tui.model.events import Event, RefreshFailed, RefreshStarted, ServiceRefreshed, ServicesConnected
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import (
    Account,
    Billing,
    EnteredBilling,
    Plan,
    Service,
    Status,
    Workspace,
)
from stackk_tui.model.snapshot import Limit, Metric, Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import EVERYTHING, Burned, DayUsage, History, LimitHistory, Month, ServiceView
from stackk_tui.providers.base import Door, Finding, FormField, ProviderInfo
from stackk_tui.stack import Farewell, Outcome, SignedIn, StoreInfo, WorkspaceChoice
from stackk_tui.tui.app import StackkApp

from . import windows
from .foresight import Foresight

NOW = datetime(2026, 11, 22, 10, 14, tzinfo=UTC)
TODAY = NOW.date()


def ago(**parts: float) -> str:
    return (NOW - timedelta(**parts)).isoformat()


def wave(seed: float, days: int = 14, top: float = 10.0) -> tuple[float, ...]:
    return tuple(
        round(top * (0.55 + 0.45 * math.sin(seed + day * 0.9)) * (0.4 + day / days), 2) for day in range(days)
    )


ROWS = (
    BoardRow(
        "svc_plan", "vendor", "Acme plan", "ada@example.org", "subscription", "AI & ML", "#d97757", "ok",
        plan="Max 20x",
        headline=Headline("limit", "5-hour window", fill=0.61, resets_at="2026-11-22T13:00:00+00:00"),
        month_amount="200", month_provenance="list-price", spark=wave(1), renews="2026-12-10",
        renews_provenance="estimated", seen_at=ago(minutes=2),
    ),
    BoardRow(
        "svc_org", "vendor", "Acme", "whole organization", "organization", "AI & ML", "#d97757", "ok", plan="API",
        headline=Headline("limit", "spend", fill=0.6024, amount="500", currency="USD"),
        month_amount="301.20", month_provenance="measured", spark=wave(2), renews="2026-12-01",
        renews_provenance="measured", seen_at=ago(minutes=4),
    ),
    BoardRow(
        "svc_wait", "vendor", "Acme", "Code Review", "workspace", "AI & ML", "#d97757", "error",
        error="The provider asks us to wait.", retry_at="2026-11-22T10:42:00+00:00", plan="API",
        headline=Headline("cost", amount="96.11", currency="USD"),
        month_amount="96.11", month_provenance="measured", spark=(None, None, *wave(3, 12)), renews="2026-12-01",
        renews_provenance="measured", seen_at=ago(hours=3),
    ),
    BoardRow(
        "svc_local", "agent", "Agent Code", "this machine", "machine", "AI & ML", "#c15f3c", "ok", plan=None,
        headline=Headline("tokens", "today", amount="18200000"),
        month_amount="88.40", month_provenance="estimated", spark=wave(4), seen_at=ago(seconds=20),
    ),
    BoardRow(
        "svc_db", "base", "Postbase", "nimbus-api", "project", "Infrastructure", "#3ecf8e", "ok", plan="Pro",
        headline=Headline("limit", "disk", fill=0.93, amount=None), month_amount="25",
        month_provenance="list-price", spark=wave(5), renews="2026-12-03", renews_provenance="entered",
        seen_at=ago(minutes=9),
    ),
    BoardRow(
        "svc_host", "vendor", "Hostel", "nimbus", "team", "Infrastructure", "#888888", "sign-in-needed",
        error="The key was refused: it is no longer valid.", plan="Pro", headline=Headline(), month_amount="20",
        month_provenance="list-price", seen_at=ago(days=2),
    ),
    BoardRow(
        "svc_git", "custom", "GitForge Team", "", "subscription", "Other", "#8a8f98", "ok", plan=None,
        headline=Headline("price", "monthly", amount="12", currency="EUR", provenance="entered"), month_amount="12",
        month_currency="EUR", month_provenance="entered", renews="2026-12-14", renews_provenance="entered",
        seen_at=ago(minutes=1),
    ),
    BoardRow(
        "svc_old", "custom", "Old mail", "", "subscription", "Other", "#8a8f98", "disconnected", plan=None,
        headline=Headline("price", "yearly", amount="48", currency="EUR", provenance="entered"),
        seen_at=ago(days=40),
    ),
)  # fmt: skip

FULL = Board(
    rows=ROWS,
    month="2026-11-01",
    totals=(
        TotalLine("397.31", "USD", "measured"),
        TotalLine("245", "USD", "list-price"),
        TotalLine("12", "EUR", "entered"),
    ),
    made_at=NOW.isoformat(),
)
CONVERTED = replace(
    FULL,
    totals=(
        TotalLine("397.31", "USD", "measured"),
        TotalLine("220", "USD", "list-price"),
        TotalLine("5", "GBP", "entered"),
    ),
    converted=ConvertedLine(
        "567.93", "EUR", (RateLine("USD", "0.92", "2026-11-20"),), (TotalLine("5", "GBP", "entered"),)
    ),
)
OLD_RATE = replace(
    CONVERTED,
    totals=CONVERTED.totals[:2],
    converted=ConvertedLine("567.93", "EUR", (RateLine("USD", "0.92", "2026-09-20", old=True),)),
)
EMPTY = Board(month="2026-11-01", made_at=NOW.isoformat())

KEY_DOOR = Door(
    "admin-key",
    "Console organization, admin key",
    "usage, cost and limits of every workspace; needs an admin to make the key",
    secret_label="Admin key",
    secret_hint="Console → Settings → Admin keys.",
)
PAGE_DOOR = Door(
    "page",
    "Console organization, OAuth",
    "the same, with your own OAuth client; signed in to in a browser, here or elsewhere",
    at_vendor=True,
    more=True,
    warning="The scope org:admin is full power over the organization; Acme has no smaller one.",
)
ADDRESS = (
    "https://console.example.com/oauth/authorize?response_type=code&client_id=3b1f6c1e-5b0e-4d0c-9c1e-7f6a2d9e8c44"
    "&redirect_uri=http%3A%2F%2F127.0.0.1%3A49217%2Fcallback&scope=org%3Aadmin"
    "&state=EXAMPLEstateEXAMPLEstateEXAMPLEstateEXAMPLE"
    "&code_challenge=EXAMPLEchallengeEXAMPLEchallengeEXAMPLEchal&code_challenge_method=S256"
)
PROVIDERS = (
    ProviderInfo(
        "vendor", "Acme AI", "AI & ML", "#d97757", "Console organizations: tokens, cost and limits",
        (
            KEY_DOOR,
            Door("api-key", "Ordinary API key", "which workspace it belongs to; no usage, no cost",
                 secret_label="API key", secret_hint="Console → API keys."),
            PAGE_DOOR,
            Door("tool", "Console organization, through `acme`",
                 "the same, by Acme's own command, which keeps the sign-in", at_vendor=True, more=True),
        ),
        revoke_url="https://console.example.com/keys",
    ),
    ProviderInfo(
        "agent", "Agent Code", "AI & ML", "#c15f3c", "Tokens and API-equivalent value from this machine",
        (Door("local", "Agent Code on this machine", "tokens by day, project and model; needs no sign-in"),),
    ),
    ProviderInfo(
        "custom", "Something else", "Other", "#8a8f98", "Anything you pay for, typed in by you",
        (
            Door("manual", "Type it in", "name, price and next payment; nothing is asked of any server",
                 form=(
                     FormField("name", "Name", required=True, placeholder="GitForge Team"),
                     FormField("price", "Price", "money", required=True, placeholder="20.00"),
                     FormField("currency", "Currency", "currency", default="USD"),
                     FormField("cycle", "Paid", "cycle", default="monthly"),
                     FormField("next_payment", "Next payment", "date", placeholder="2026-12-03"),
                     FormField("category", "Category", "category", default="Other"),
                     FormField("color", "Colour", "color", default="#8a8f98"),
                 )),
        ),
    ),
)  # fmt: skip
FINDINGS = [
    Finding(
        "Agent Code transcripts",
        "214 sessions since 23 Oct",
        "local",
        "c",
        "show them, no sign-in needed",
        provider="agent",
    ),
    Finding("agent, signed in", "Max 20x"),
]
CHOICES = [
    WorkspaceChoice(Workspace(id="org", name="Acme", kind="organization", whole_account=True), False),
    WorkspaceChoice(
        Workspace(id="default", name="Default", color="#6c5bb9", created_at=datetime(2025, 1, 1, tzinfo=UTC)), False
    ),
    WorkspaceChoice(
        Workspace(id="w1", name="Production", color="#d97757", created_at=datetime(2025, 3, 4, tzinfo=UTC)), True
    ),
    WorkspaceChoice(
        Workspace(id="w2", name="Code Review [/b] 東京", color="#3ecf8e", created_at=datetime(2026, 6, 1, tzinfo=UTC)),
        False,
    ),
    WorkspaceChoice(
        Workspace(
            id="w3", name="Experiments 2024", created_at=datetime(2024, 2, 1, tzinfo=UTC),
            archived_at=datetime(2025, 2, 1, tzinfo=UTC),
        ),
        False,
    ),
]  # fmt: skip


PLAN_CAN = frozenset({"plan", "price", "limits"})
TYPED_CAN = frozenset({"price", "cycle"})


def measured(value: object) -> Figure[object]:
    return Figure(value=value, provenance=Provenance.MEASURED)


def view_of(row: BoardRow) -> ServiceView:
    """A view with everything a detail can show; rows of kind subscription have no usage."""
    usd = Money(amount=Decimal(row.month_amount or 0), currency=row.month_currency)
    usage = row.workspace_kind in ("organization", "workspace", "machine")
    workspace = Workspace(id="org", name=row.workspace, kind=row.workspace_kind, whole_account=True)
    price = (
        Figure(value=usd, provenance=Provenance(row.month_provenance)) if not usage else Figure.not_exposed()
    )
    renews = date.fromisoformat(row.renews) if row.renews else None
    billing = Billing(
        price=price,
        cycle="monthly",
        next_payment=Figure(value=renews, provenance=Provenance(row.renews_provenance)),
    )
    snapshot = Snapshot(
        fetched_at=datetime.fromisoformat(row.seen_at or NOW.isoformat()),
        plan=Figure(value=Plan(tier="x", label=row.plan), provenance=Provenance.MEASURED)
        if row.plan
        else Figure.not_exposed(),
        billing=billing,
        limits=(
            Limit(id="spend_month", label="Spend limit", used=0.6024, resets_at=datetime(2026, 12, 1, tzinfo=UTC),
                  cap=Money(amount=Decimal(500)), spent=Money(amount=Decimal("301.20"))),
            Limit(id="five_hour", label="5-hour window", used=0.97, resets_at=NOW + timedelta(hours=2, minutes=46)),
            Limit(id="rpm", label="Requests per minute", used=None),
        ) if row.plan else (),
        metrics=(
            Metric(id="keys", label="Active keys", value="12", section="Organization"),
            Metric(id="cc_sessions", label="Sessions, 30 days", value="1204", section="Code tool"),
            Metric(id="cc_cost", label="Cost, 30 days", value="96.11", unit="USD", section="Code tool"),
            Metric(id="disk", label="Database", value="8589934592", unit="bytes", section="Database"),
            Metric(id="seats", label="Seats", value=None, provenance=Provenance.NOT_PERMITTED, section="Organization"),
        ) if usage else (),
        notes=("Priority-tier usage is in the tokens and not in the cost.",) if usage else (),
        not_exposed=("balance", "next_payment"),
        not_permitted=("spend_limits",) if usage else (),
    )  # fmt: skip
    tokens = Tokens(input=23_900_000, output=6_000_000, cache_write_5m=14_300_000, cache_read=371_500_000)
    month = Month(
        first=date(2026, 11, 1), through=TODAY, last=date(2026, 11, 30), timezone="UTC",
        tokens=measured(tokens) if usage else Figure.not_exposed(),
        requests=Figure.not_exposed(),
        cost=Figure(value=usd, provenance=Provenance(row.month_provenance)) if usage else Figure.not_exposed(),
        unpriced_tokens=1_200_000 if row.service_id == "svc_local" else 0,
    )  # fmt: skip
    return ServiceView(
        service=Service(id=row.service_id, account_id="acc_1", provider=row.provider, name=row.name,
                        workspace=workspace, category=row.category, color=row.color,
                        connected=row.status != "disconnected", connected_at=NOW - timedelta(days=90),
                        last_synced_at=datetime.fromisoformat(row.seen_at) if row.seen_at else None),
        account=Account(id="acc_1", provider=row.provider, method="admin-key", label="Acme",
                        billing_scope="x", created_at=NOW),
        status=Status(row.status), snapshot=snapshot, billing=billing, month=month, spark=row.spark,
        can=EVERYTHING if usage else TYPED_CAN if row.provider == "custom" else PLAN_CAN,
    )  # fmt: skip


def with_windows(view: ServiceView) -> ServiceView:
    """The plan: no usage by day, but windows with readings, and logs that explain them."""
    assert view.snapshot is not None
    snapshot = view.snapshot.model_copy(
        update={"limits": windows.limits(NOW), "explained_by": "", "fetched_at": NOW, "metrics": ()}
    )
    return view.model_copy(update={"snapshot": snapshot, "paces": windows.paces(snapshot, NOW)})


MODELS = (("opus-5-5", 0.7, 6.0), ("sonnet-5-5", 0.25, 9.0), ("haiku-5-5", 0.05, 2.0), ("", 0.01, 0.0))


def history_of(service_id: str, days: int) -> History:
    """90 days with a gap of a week that nobody has read, and a weekend of true zeros."""
    span = tuple(TODAY - timedelta(days=days - 1 - i) for i in range(days))
    known = frozenset(d for d in span if not date(2026, 11, 5) <= d <= date(2026, 11, 8))
    usage = []
    for day in sorted(known):
        if day.weekday() == 6:
            continue
        size = 1 + math.sin(day.toordinal() * 0.7) * 0.6 + day.weekday() * 0.1
        for model, share, million in MODELS:
            tokens = Tokens(
                input=int(million * size * 100_000), output=int(million * size * 30_000),
                cache_write_5m=int(million * size * 80_000), cache_read=int(million * size * 1_500_000),
            )  # fmt: skip
            cost = (Decimal(str(round(size * share * 20, 4)))) if model != "haiku-5-5" else None
            usage.append(
                DayUsage(day=day, model=model, tokens=tokens if model else None, requests=None, cost=cost,
                         cost_by_kind={"input": cost} if cost else {},
                         unpriced_tokens=0 if cost is not None else tokens.total)
            )  # fmt: skip
    return History(
        service_id=service_id,
        timezone="UTC",
        currency="USD",
        days=span,
        token_days=known,
        cost_days=known,
        usage=tuple(usage),
    )


class PageFlow:
    """A sign-in on a page that takes the answer `right`, and stands still otherwise."""

    def __init__(self, stack: "AnsweringStack", listening: bool) -> None:
        self.address = ADDRESS
        self.listening = listening
        self.listener_problem = (
            ""
            if listening
            else "Port 49217 of this machine is used by another program; paste the answer instead."
        )
        self.port = 49217
        self.expires_at = NOW + timedelta(minutes=8, seconds=40)
        self.warning = PAGE_DOOR.warning
        self._stack = stack
        self._answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def paste(self, text: str) -> None:
        if text != "right":
            raise InvalidInput(
                "This is not an answer of this sign-in.",
                "Nothing was sent, and it goes on.",
                "Copy the whole address the browser ended on.",
            )
        self._answer.set_result(None)

    async def write_address(self) -> Path:
        return Path("/home/ada/.local/state/stackk-tui/sign-in/4711.txt")

    async def finish(self) -> SignedIn:
        try:
            await self._answer
            return await self._stack.sign_in("vendor", "admin-key")
        finally:
            self._stack.asked.append(("page-closed",))


class AnsweringStack(Foresight):
    """Gives the values of this file, and remembers what it was asked."""

    def __init__(self, board: Board = FULL) -> None:
        self.start_foresight(looks_ahead=False)
        self.shown = board
        self.asked: list[tuple[object, ...]] = []
        self.listeners: list[Callable[[Event], None]] = []
        self.store = StoreInfo("keyring", "open", "kept in the GNOME keyring of this machine")
        self.sign_in_error: StackkError | None = None
        self.workspaces_error: StackkError | None = None
        self.choices = CHOICES
        self.held = asyncio.Event()
        self.held.set()
        self.workspaces_held = asyncio.Event()
        self.workspaces_held.set()
        self.closed = False
        self.page_ready = self.page_listens = True
        self.empty_history = False
        self.asked_to_follow = 0
        self.logs_held = asyncio.Event()
        self.logs_held.set()
        self.logs_error: StackkError | None = None
        self.logs_files, self.logs_empty = 12, False
        self.currency_choice = CurrencyChoice()
        self.currency_error: StackkError | None = None

    def tell(self, event: Event) -> None:
        for listener in list(self.listeners):
            listener(event)

    async def close(self) -> None:
        self.closed = True

    def providers(self) -> tuple[ProviderInfo, ...]:
        return PROVIDERS

    async def findings(self) -> list[Finding]:
        return FINDINGS

    async def board(self) -> Board:
        return self.shown

    async def service(self, service_id: str) -> ServiceView:
        await self.held.wait()
        view = view_of(next(row for row in ROWS if row.service_id == service_id))
        return with_windows(view) if service_id == "svc_plan" else view

    async def services(self, ids: Sequence[str] | None = None) -> list[ServiceView]:
        return [view_of(row) for row in self.shown.rows]

    async def limit_history(self, service_id: str, days: int) -> list[LimitHistory]:
        self.asked.append(("limit_history", service_id, days))
        return windows.histories(NOW, days) if service_id == "svc_plan" else []

    async def burned(self, service_id: str) -> list[Burned]:
        self.asked.append(("burned", service_id))
        await self.logs_held.wait()
        if self.logs_error:
            raise self.logs_error
        return windows.burned(NOW, files=self.logs_files, empty=self.logs_empty)

    async def currency(self) -> CurrencyChoice:
        return self.currency_choice

    async def set_currency(self, show: str, rate: Rate | None = None) -> CurrencyChoice:
        self.asked.append(("set_currency", show, rate))
        if self.currency_error:
            raise self.currency_error
        return self.currency_choice

    async def history(self, service_id: str, days: int) -> History:
        if self.empty_history or service_id == "svc_plan":
            empty = history_of(service_id, days)
            return empty.model_copy(update={"token_days": frozenset(), "cost_days": frozenset(), "usage": ()})
        return history_of(service_id, days)

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def sign_in(
        self,
        provider_id: str,
        method: str,
        secret: Secret | None = None,
        form: Mapping[str, str] | None = None,
    ) -> SignedIn:
        self.asked.append(("sign_in", provider_id, method, secret, form))
        await self.held.wait()
        if self.sign_in_error:
            raise self.sign_in_error
        account = Account(
            id="acc_1", provider=provider_id, method=method, label="Acme", billing_scope="x", created_at=NOW
        )
        return SignedIn(account, "", picker=method == "admin-key")

    def missing(self, provider_id: str, method: str) -> str:
        return (
            ""
            if method == "page" and self.page_ready
            else f"needs {method.upper()}_CLIENT_ID, which is not set"
        )

    def check_door(self, provider_id: str, method: str) -> None:
        if self.missing(provider_id, method):
            raise InvalidInput(
                f"{method.upper()}_CLIENT_ID is not set.", "Nothing was sent.", "Set it and start again."
            )

    async def sign_in_at_vendor(
        self, provider_id: str, method: str, *, listen: bool = True, app: object = None
    ) -> PageFlow:
        self.asked.append(("page", provider_id, method))
        return PageFlow(self, self.page_listens)

    async def workspaces(self, account_id: str) -> list[WorkspaceChoice]:
        await self.workspaces_held.wait()
        if self.workspaces_error:
            raise self.workspaces_error
        return self.choices

    async def connect(
        self, account_id: str, workspace_ids: Sequence[str] = (), name: str | None = None
    ) -> list[ServiceView]:
        self.asked.append(("connect", account_id, tuple(workspace_ids)))
        self.shown = FULL
        self.tell(ServicesConnected(("svc_org",)))
        return [view_of(ROWS[1])]

    def forget(self, account_id: str) -> None:
        self.asked.append(("forget", account_id))

    async def discard(self, account_id: str) -> None:
        self.forget(account_id)

    async def refresh(self, ids: Sequence[str] | None = None, *, force: bool = False) -> list[Outcome]:
        self.asked.append(("refresh", ids if ids is None else tuple(ids), force))
        wanted = [row.service_id for row in self.shown.rows] if ids is None else list(ids)
        for service_id in wanted:
            self.tell(RefreshStarted(service_id))
        await self.held.wait()
        for service_id in wanted:
            self.tell(ServiceRefreshed(service_id))
        return [Outcome(service_id, "fetched") for service_id in wanted]

    async def follow(self) -> None:
        self.asked_to_follow += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.asked_to_follow -= 1

    def scan_progress(self) -> tuple[int, int] | None:
        return None

    async def edit_billing(self, service_id: str, entered: EnteredBilling) -> ServiceView:
        self.asked.append(("edit_billing", service_id, entered))
        return await self.service(service_id)

    async def plan_disconnect(self, service_id: str, *, purge: bool = False) -> Farewell:
        kept = () if purge else ("90 days of history, and the row on the dashboard",)
        gone = ("The history of 90 days",) if purge else ()
        return Farewell(
            deleted=("The key kept in the GNOME keyring", *gone),
            kept=kept,
            cannot=("The key itself still works: revoke it at https://console.example.com/keys",),
        )

    async def disconnect(
        self, service_id: str, *, purge: bool = False, revoke_token: bool = False
    ) -> Farewell:
        self.asked.append(("disconnect", service_id, purge, revoke_token))
        return await self.plan_disconnect(service_id, purge=purge)

    async def token_store(self) -> StoreInfo:
        return self.store

    async def unlock(self, passphrase: Secret) -> StoreInfo:
        from stackk_tui.model.errors import WrongPassphrase

        if passphrase.reveal() != "correct horse battery":
            raise WrongPassphrase(
                "That passphrase does not open the vault.", "Nothing was changed.", "Try again."
            )
        self.store = StoreInfo("vault", "open", "kept in an encrypted file")
        return self.store

    async def create_vault(self, passphrase: Secret) -> StoreInfo:
        self.asked.append(("create_vault", passphrase))
        self.store = StoreInfo("vault", "open", "kept in an encrypted file")
        return self.store

    async def move_tokens(self, where: str) -> StoreInfo:
        self.asked.append(("move_tokens", where))
        return self.store

    async def use_memory(self) -> StoreInfo:
        self.store = StoreInfo("memory", "open", "kept in memory until you quit")
        return self.store


REFUSED = SignInNeeded(
    "The provider refused this key.",
    "Nothing was kept.",
    "Check that it was copied whole, or make a new one.",
    request_id="req_011",
)
OFFLINE = NetworkError(
    "No connection to api.example.com.", "The figures shown are the last good ones.", "Press r."
)
SLOW_DOWN = RateLimited("The provider asks us to wait.", "", "", retry_at=NOW + timedelta(minutes=28))
FAILED_EVENT = RefreshFailed("svc_org", OFFLINE)


BOARDS = {"converted": CONVERTED, "old-rate": OLD_RATE}


def make(scene: str = "full", *, theme: str = "stackk", plain: bool = False, **options: object) -> StackkApp:
    """Gives the app on a stack that answers with this file's values; `app.scene` is that stack."""
    stack = AnsweringStack(EMPTY if scene == "empty" else FULL)
    if scene in BOARDS:
        stack.shown = BOARDS[scene]
    if scene == "ahead":
        stack.start_foresight(looks_ahead=True)
    if scene == "held":
        stack.held.clear()
    if scene == "refused":
        stack.sign_in_error = REFUSED
    if scene == "no-store":
        stack.store = StoreInfo("none", "none", "no place to keep a key was found on this machine")
    if scene == "locked":
        stack.store = StoreInfo("vault", "locked", "kept in an encrypted file")
    if scene == "no-workspaces":
        stack.choices = []
    if scene == "workspaces-fail":
        stack.workspaces_error = OFFLINE
    if scene == "slow-workspaces":
        stack.workspaces_held.clear()
    if scene == "nothing-set-up":
        stack.page_ready = False
    if scene == "no-listener":
        stack.page_listens = False
    if scene == "slow-logs":
        stack.logs_held.clear()
    if scene == "no-logs":
        stack.logs_files = 0
    if scene == "nothing-used":
        stack.logs_empty = True
    if scene == "logs-fail":
        stack.logs_error = OFFLINE
    if scene == "no-history":
        stack.empty_history = True

    may_open = asyncio.Event()
    if scene != "held-opening":
        may_open.set()

    async def open_stack() -> AnsweringStack:
        await may_open.wait()
        return stack

    app = StackkApp(
        stack.shown, open_stack, **{"now": lambda: NOW, "theme": theme, "plain": plain, **options}
    )
    app.scene = stack
    app.may_open = may_open
    return app


async def settle(pilot: Pilot[None]) -> None:
    """Lets everything happen that can: workers, their messages, the paint.

    Pilot's own pauses sleep until the process is idle; on a busy machine that is slow and no surer.
    """
    app = pilot.app
    for _ in range(2):
        await rounds(pilot)
        while app.scene.held.is_set() and app.may_open.is_set() and not waiting_for_an_answer(app):
            if all(
                w.is_finished or w.name == "follow" or waits_for_the_page(app, w.name) for w in app.workers
            ):
                break
            await asyncio.sleep(0.001)
            await rounds(pilot, 1)
    await rounds(pilot)


def waiting_for_an_answer(app: StackkApp) -> bool:
    """Whether a worker waits for a person, or for a scene that holds its answer back."""
    locked = any(type(screen).__name__ == "UnlockScreen" for screen in app.screen_stack)
    held = (app.scene.workspaces_held, app.scene.logs_held, app.scene.foresight_held)
    return locked or not all(event.is_set() for event in held)


def waits_for_the_page(app: StackkApp, worker: str) -> bool:
    """Whether a worker waits for what a person does in a browser."""
    return worker == "sign_in" and any(screen.has_class("-waiting") for screen in app.screen_stack)


async def rounds(pilot: Pilot[None], number: int = 3) -> None:
    """Lets every widget take what is in its queue, and what that puts into others."""
    for _ in range(number):
        await pilot._wait_for_screen()
        if pilot.app._running and pilot.app.screen_stack:
            pilot.app.screen._on_timer_update()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Sends keys as a terminal does."""
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        event = events.Key(name, key if len(key) == 1 else {"space": " "}.get(key))
        event.set_sender(pilot.app)
        pilot.app._driver.send_message(event)
        await rounds(pilot, 2)
