"""Page views and visitors of a project, where it has Web Analytics (`api/vercel.md` §8). Production only."""

from datetime import datetime, timedelta

from stackk_tui.model.clock import utc_midnight
from stackk_tui.model.errors import NetworkError, RateLimited, StackkError, TimedOut, Unavailable
from stackk_tui.model.snapshot import Metric
from stackk_tui.providers.vercel.wire import Visits

SECTION = "Web Analytics"
DAYS = 7
_FOR_NOW = (NetworkError, RateLimited, TimedOut, Unavailable)


def since(now: datetime) -> datetime:
    """Gives the first moment that is counted: with today, seven UTC days."""
    return utc_midnight(now.date() - timedelta(days=DAYS - 1))


def metrics(found: Visits, now: datetime) -> list[Metric]:
    """Gives what one project has. Visitors of several projects are not added: some may be the same."""
    return [
        _metric("page_views_7d", f"Page views, {DAYS} days", found.pageviews, "views", now),
        _metric("visitors_7d", f"Visitors, {DAYS} days", found.visitors, "visitors", now),
    ]


def for_now(error: StackkError) -> bool:
    """Whether it may be told later. Other errors mean that the project has none, or not for this token."""
    return isinstance(error, _FOR_NOW)


def _metric(name: str, label: str, count: int, unit: str, now: datetime) -> Metric:
    return Metric(id=name, label=label, value=str(count), unit=unit, section=SECTION, as_of=now)
