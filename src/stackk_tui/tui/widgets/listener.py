"""Whether the answer of a sign-in comes back by itself, in words."""

import os
from typing import TYPE_CHECKING

from stackk_tui.net.browser import is_remote
from stackk_tui.tui.widgets.heading import Words

if TYPE_CHECKING:
    from stackk_tui.stack import SignInAtVendor


class ListenerWords(Words):
    """Over SSH it also says how a browser on the person's own machine comes back here."""

    def show(self, flow: "SignInAtVendor") -> None:
        """Shows the state of a sign-in that has begun."""
        if not flow.listening or flow.port is None:
            self.say((f"○ {flow.listener_problem}", "quiet"))
        elif is_remote(os.environ) and flow.port is not None:
            self.say(
                ("● Waiting on this machine. For a browser on yours, first run this there:", "ok"),
                (f"ssh -L {flow.port}:127.0.0.1:{flow.port} host", "strong"),
            )
        else:
            self.say(("● Waiting on this machine; the answer comes by itself.", "ok"))
