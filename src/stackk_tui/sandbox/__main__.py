"""`python -m stackk_tui.sandbox [--port N]`: the pretend Anthropic on 127.0.0.1, until ctrl+c."""

import argparse
import sys
from datetime import UTC, datetime

from stackk_tui.sandbox import anthropic


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stackk_tui.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8787, help="0 takes a free one (default 8787)")
    port: int = parser.parse_args().port
    try:
        import uvicorn
    except ImportError:
        sys.exit("The sandbox server needs uvicorn: pip install uvicorn")
    sandbox = anthropic.AnthropicSandbox(clock=lambda: datetime.now(UTC))
    config = uvicorn.Config(sandbox, host="127.0.0.1", port=port, log_level="warning", date_header=False)
    listener = config.bind_socket()
    say = sys.stdout.write
    say(
        f"export STACKK_ALLOW_HTTP_LOOPBACK=1 STACKK_ANTHROPIC_API_URL=http://127.0.0.1:{listener.getsockname()[1]}\n"
    )
    for what, key in (
        ("admin key", anthropic.ADMIN_KEY),
        ("ordinary key", anthropic.ORDINARY_KEY),
        ("looks ordinary, sees all", anthropic.UNBOUND_KEY),
        ("no usage, no cost", anthropic.NO_USAGE_KEY),
        ("sees nothing", anthropic.NOTHING_KEY),
        ("expired", anthropic.EXPIRED_KEY),
        ("revoked", anthropic.REVOKED_KEY),
    ):
        say(f"# {what:<26}{key}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
