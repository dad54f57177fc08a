"""Where keys lead beside the services: the usage, budgets, insights, alerts."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from datetime import date

    from textual.screen import Screen

    from stackk_tui.tui.app import StackkApp
    from stackk_tui.tui.drill import Tab


class Places:
    """Mixed into the app."""

    def show_usage(
        self, *, account: str | None = None, day: "date | None" = None, tab: "Tab" = "day"
    ) -> None:
        """Opens the usage on this machine, of all accounts or of one, or what a day is made of."""
        from stackk_tui.tui.screens.usage import UsageScreen

        cast("StackkApp", self).push_screen(UsageScreen(account, day, tab))

    def show_budgets(self) -> None:
        """Opens the budgets."""
        from stackk_tui.tui.screens.budgets import BudgetsScreen

        self._go(BudgetsScreen)

    def show_insights(self) -> None:
        """Opens what is to come and why."""
        from stackk_tui.tui.screens.insights import InsightsScreen

        self._go(InsightsScreen)

    def show_spent_year(self) -> None:
        """Opens what each day of a year cost."""
        from stackk_tui.tui.screens.spent_year import SpentYearScreen

        self._go(SpentYearScreen)

    def show_alerts(self) -> None:
        """Opens what was told."""
        from stackk_tui.tui.screens.alerts import AlertsScreen

        self._go(AlertsScreen)

    def _go(self, place: "type[Screen[None]]") -> None:
        """Goes there; where it is below already, goes back to it: nothing is there twice."""
        app = cast("StackkApp", self)
        if any(isinstance(screen, place) for screen in app.screen_stack):
            while not isinstance(app.screen, place):
                app.pop_screen()
        else:
            app.push_screen(place())
