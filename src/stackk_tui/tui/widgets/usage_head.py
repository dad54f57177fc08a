"""The lines above the figures of usage: where one is, what goes on now, the groupings, what was asked."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widget import Widget

from stackk_tui.tui.usage_wish import filter_words
from stackk_tui.tui.widgets.bars import MessageLine
from stackk_tui.tui.widgets.heading import Heading
from stackk_tui.tui.widgets.live_strip import LiveStrip
from stackk_tui.tui.widgets.usage_tabs import UsageTabs

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import LiveUsage
    from stackk_tui.tui.drill import Trail
    from stackk_tui.tui.usage_reading import Asked

TITLE = "Usage on this machine"


class UsageHead(Vertical):
    """Four lines."""

    DEFAULT_CSS = """
    UsageHead { height: auto; }
    """

    def compose(self) -> Iterable[Widget]:
        yield Heading(TITLE, id="top")
        yield LiveStrip(id="live")
        yield UsageTabs(id="tabs")
        yield MessageLine(id="asked")

    def show(self, trail: "Trail", asked: "Asked", zone: str, state: str, *, accounts: int = 1) -> None:
        """Shows where one is and what was asked; `state` is said dimly at the right end."""
        way = ["Usage", *trail.titles] if trail.deep else [TITLE]
        self.query_one("#top", Heading).show_way(way)
        self.query_one("#tabs", UsageTabs).show(trail.level.tab, trail.tabs)
        days = (asked.today, asked.calendar_end)
        parts = filter_words(asked.wish, trail.level, *days, zone, accounts=accounts)
        self.query_one("#asked", MessageLine).say(parts, "quiet", state)

    def say(self, words: str) -> None:
        """Says dimly in the first line what is being done; empty takes it back."""
        heading = self.query_one("#top", Heading)
        heading.say(((words, "quiet"),) if words else ())

    def show_live(self, live: "LiveUsage", now: datetime) -> None:
        """Shows what goes on now."""
        self.query_one(LiveStrip).show(live, now)

    def live_failed(self) -> None:
        """Takes away what went on: it cannot be read now."""
        self.query_one(LiveStrip).fail()
