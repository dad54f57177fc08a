"""What of the usage is shown: days, project, model, time zone, kind of cost. An empty field leaves all in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from stackk_tui.report import format as f
from stackk_tui.tui.screens.form_screen import FormScreen
from stackk_tui.tui.usage_wish import COST_WORDS, Wish, account_name, everything
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import Field
from stackk_tui.tui.widgets.heading import Words

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import CostMode
    from stackk_tui.stack import Stack

ALL_ACCOUNTS = "all of them"


@dataclass(frozen=True, slots=True)
class Names:
    """What there is to filter by."""

    projects: tuple[str, ...]
    models: tuple[str, ...]


class NamesRead(Message, bubble=False):
    """It is known which projects and models there are."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names


async def read_names(stack: "Stack") -> Names:
    """Gives what projects and models are called. Raises StackkError."""
    whole = everything(Wish())
    projects, models = await stack.usage_reports(
        [whole.model_copy(update={"by": "project"}), whole.model_copy(update={"by": "model"})]
    )
    return Names(
        tuple(row.label or row.key for row in projects.rows),
        tuple(row.label or row.key for row in models.rows),
    )


class UsageFilterScreen(FormScreen[Wish]):
    """Gives the wish as it was changed; None when it was left."""

    CSS_PATH: ClassVar = ["dialog.tcss", "usage_filter.tcss"]

    def __init__(self, wish: Wish, accounts: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._wish, self._accounts = wish, accounts

    def body(self) -> Iterable[Widget]:
        wish = self._wish
        with VerticalScroll(id="dialog", can_focus=False):
            yield Words(("Usage of which days, where, by what", "strong"), id="title")
            yield Words(("An empty field leaves everything in.", "quiet"))
            with Vertical(id="fields"):
                yield Field("since", "Since", "date", placeholder="2026-11-01", value=_iso(wish.since))
                yield Field("until", "Until", "date", placeholder="2026-11-30", value=_iso(wish.until))
                yield Field("project", "Project", placeholder="letters of its folder", value=wish.project)
                yield Field("model", "Model", placeholder="letters of its name", value=wish.model)
                yield Field("timezone", "Time zone", "zone", placeholder="your own", value=wish.timezone)
                yield Field("cost", "Cost", options=tuple(COST_WORDS), value=wish.cost_mode)
                if len(self._accounts) > 1:
                    options = (ALL_ACCOUNTS, *map(account_name, self._accounts))
                    value = ALL_ACCOUNTS if wish.account is None else account_name(wish.account)
                    yield Field("account", "Account", options=options, value=value)
            yield Words(("Cost auto: as recorded, else by list prices.", "quiet"), id="trouble")
            yield KeyBar(self.footer_keys(), id="dialog-keys")

    def on_mount(self) -> None:
        self.ask("names", read_names, NamesRead)

    @on(NamesRead)
    def _names_read(self, event: NamesRead) -> None:
        self.query_one("#field-project", Field).suggest(event.names.projects)
        self.query_one("#field-model", Field).suggest(event.names.models)

    def send(self, values: dict[str, str]) -> None:
        since, until = f.calendar_day(values["since"]), f.calendar_day(values["until"])
        if since and until and since > until:
            self.complain("until", "That is before the first day")
            return
        account = self._wish.account
        if name := values.get("account"):
            account = next((label for label in self._accounts if account_name(label) == name), None)
        self.dismiss(
            Wish(
                span=self._wish.span,
                since=since,
                until=until,
                project=values["project"],
                model=values["model"],
                timezone=values["timezone"],
                cost_mode=cast("CostMode", values["cost"]),
                account=account,
            )
        )


def _iso(day: object) -> str:
    return str(day) if day else ""
