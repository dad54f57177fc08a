"""What all screens share: how they ask the stack, the cover for a small terminal, their keys and help."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.worker import WorkType

from stackk_tui.model.errors import StackkError
from stackk_tui.tui.keys import Key, Scope, footer
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.widgets.bars import KeyBar, TooSmall

if TYPE_CHECKING:
    from stackk_tui.stack import Stack
    from stackk_tui.tui.app import StackkApp

Answer = TypeVar("Answer")
ResultT = TypeVar("ResultT")

WIDTHS: list[tuple[int, str]] | None = [
    (0, "-tiny"),
    (40, "-narrow"),
    (70, "-normal"),
    (100, "-wide"),
    (120, "-full"),
]
HEIGHTS: list[tuple[int, str]] | None = [(0, "-flat"), (12, "-short"), (24, "-tall")]


class Asking(Screen[ResultT], Generic[ResultT]):
    """A screen that asks the stack in workers and is told by messages."""

    SCOPE: ClassVar[Scope]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def compose(self) -> ComposeResult:
        yield from self.body()
        yield TooSmall(id="too-small")

    def body(self) -> Iterable[Widget]:
        """Gives the screen's own widgets."""
        raise NotImplementedError

    @property
    def house(self) -> "StackkApp":
        """The app, as ours."""
        return cast("StackkApp", self.app)

    def ask(
        self,
        verb: str,
        work: Callable[["Stack"], Awaitable[Answer]],
        done: Callable[[Answer], Message],
        *,
        exclusive: bool = True,
    ) -> None:
        """Asks the stack; posts `done(answer)` or `VerbFailed(verb, error)` to this screen.

        A verb that is asked again while it runs is superseded, unless it is not `exclusive`.
        """

        async def run() -> None:
            try:
                answer = await work(await self.house.stack())
            except StackkError as error:
                self.post_message(VerbFailed(verb, error))
            except Exception as error:  # noqa: BLE001  # the app stays up, whatever a room below does
                self.post_message(VerbFailed(verb, broken(error)))
            else:
                self.post_message(done(answer))

        asking: WorkType[None] = run
        self.run_worker(asking, name=verb, group=verb, exclusive=exclusive, exit_on_error=False)

    # where keys lead from many screens; the key table says from which

    def action_insights(self) -> None:
        self.house.show_insights()

    def action_spent_year(self) -> None:
        self.house.show_spent_year()

    def action_budgets(self) -> None:
        self.house.show_budgets()

    def action_alerts(self) -> None:
        self.house.show_alerts()

    def footer_keys(self) -> list[Key]:
        """Gives the keys that do something now."""
        return [key for key in footer(self.SCOPE) if self.check_action(key.action.split("(")[0], ())]

    def refresh_keys(self) -> None:
        """Shows the keys that do something now."""
        for bar in self.query(KeyBar):
            bar.show(self.footer_keys())


class StackkModal(ModalScreen[ResultT], Asking[ResultT]):
    """A question on top of a screen."""

    def action_back(self) -> None:
        """Leaves the question without an answer."""
        self.dismiss(None)


def broken(error: Exception) -> StackkError:
    """Gives words for a mistake of ours. Only its kind is said: its text may hold what must not be shown."""
    return StackkError(
        f"Something in stackk-tui broke: {type(error).__name__}.",
        "Nothing you keep here was lost; what you see is the last good state.",
        "Try again, and please report it if it happens twice.",
    )
