"""What has happened in the stack, as past facts. Screens listen; nothing is awaited on them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackk_tui.model.errors import StackkError

if TYPE_CHECKING:
    from stackk_tui.model.alert import Alert  # pydantic: too heavy for the first paint


@dataclass(frozen=True, slots=True)
class RefreshStarted:
    service_id: str


@dataclass(frozen=True, slots=True)
class ServiceRefreshed:
    service_id: str


@dataclass(frozen=True, slots=True)
class RefreshFailed:
    service_id: str
    error: StackkError


@dataclass(frozen=True, slots=True)
class ServicesConnected:
    service_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """Its own data changed here, e.g. a price was typed in."""

    service_id: str


@dataclass(frozen=True, slots=True)
class ServiceDisconnected:
    service_id: str


@dataclass(frozen=True, slots=True)
class BudgetsChanged:
    """One was set or removed here."""


@dataclass(frozen=True, slots=True)
class CurrencyChanged:
    """Totals are wanted in another currency, or by other rates."""


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """An alert for the person before this screen, told once among all copies of this program."""

    alert: "Alert"


Event = (
    RefreshStarted
    | ServiceRefreshed
    | RefreshFailed
    | ServicesConnected
    | ServiceChanged
    | ServiceDisconnected
    | CurrencyChanged
    | BudgetsChanged
    | AlertRaised
)
