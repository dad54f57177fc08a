"""`watch`: keeps figures fresh and tells alerts while the app is closed; `--install` makes it a service."""

import argparse
import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any

from stackk_tui.commands.fetch import exit_code
from stackk_tui.commands.guard import GOOD, UsageError, complain
from stackk_tui.commands.session import open_store_for, opened
from stackk_tui.commands.watch_log import FORMATS, WatchLog
from stackk_tui.model.clock import utc_now
from stackk_tui.model.errors import StackkError, StorageError
from stackk_tui.stack.watching import Watching

STOP_SECONDS = 1.0
"""How long what is under way may take to end."""
LAST_SECONDS = 1.7
"""When the process ends, whatever still holds it."""
NAP_SECONDS = 30.0
"""The longest sleep at a time: a machine that was suspended is noticed after it."""
AFTER_AN_ERROR = timedelta(minutes=5)
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="one round, then end; for cron")
    parser.add_argument("--log-format", choices=FORMATS, help="one line per event on stdout: logfmt, json")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--install", action="store_true", help="make it a service of your systemd, or of cron")
    where.add_argument("--uninstall", action="store_true", help="take it out again")
    parser.add_argument("--cron", action="store_true", help="with --install: a line in your crontab instead")
    parser.add_argument("--now", action="store_true", help="with --install: start it; --uninstall: stop it")
    parser.add_argument("--yes", action="store_true", help="with --install and --uninstall: do not ask")


def run(args: argparse.Namespace) -> int:
    if args.install or args.uninstall:
        if args.once or args.log_format:
            raise UsageError("--once and --log-format do not go with --install and --uninstall.")
        from stackk_tui.commands.watch_install import run as install

        return install(args)
    if args.cron or args.now or args.yes:
        raise UsageError("--cron, --now and --yes go with --install and --uninstall.")
    return asyncio.run(_until_told(_watch(args)))


async def _until_told(watch: Coroutine[Any, Any, int]) -> int:
    """Gives the exit code, 0 when it was told to stop; never later than 2 seconds after that."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if not told.is_set():
            told.set()
            last = threading.Timer(LAST_SECONDS, os._exit, (GOOD,))  # a thread that hangs is not waited for
            last.daemon = True
            last.start()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    work, wish = asyncio.create_task(watch), asyncio.create_task(told.wait())
    try:
        await asyncio.wait({work, wish}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        work.cancel()
        await asyncio.wait({work}, timeout=STOP_SECONDS)
        if work.done() and not work.cancelled() and (error := work.exception()):
            raise error
        return GOOD
    finally:
        wish.cancel()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


async def _watch(args: argparse.Namespace) -> int:
    log = WatchLog(args.log_format or ("json" if args.json else "logfmt"), utc_now)
    async with opened(args) as stack, stack.sole_watch() as alone:
        if stack.read_only:
            raise StorageError(
                "The ledger cannot be written, so nothing new could be kept.",
                "What was kept before is not touched.",
                "Check the folder's owner, its mode and the room on the disk: stackk-tui doctor",
            )
        if not alone:
            raise StorageError(
                "Another stackk-tui watch keeps this ledger up to date already.",
                "This one did nothing.",
                "Stop that one first, or leave it to it.",
            )
        await open_store_for(stack, args, await stack.services())
        watching = Watching(stack, utc_now, log.tell, Random())  # noqa: S311  when to ask is no secret
        log.tell("started", {"pid": os.getpid(), "once": args.once})
        try:
            return await (_one_round(watching) if args.once else _rounds(watching, log))
        finally:
            log.tell("stopped", {})


async def _one_round(watching: Watching) -> int:
    _, outcomes = await watching.round()
    for outcome in outcomes:
        if outcome.error is not None:
            complain([f"{outcome.service_id}: {outcome.error.what}"])
    return exit_code(outcomes)


async def _rounds(watching: Watching, log: WatchLog) -> int:
    while True:
        try:
            again, _ = await watching.round()
        except StackkError as error:
            log.tell("error", {"error": error.code, "kind": type(error).__name__})
            again = utc_now() + AFTER_AN_ERROR
        except Exception as bug:  # noqa: BLE001  one bad round must not end the watch
            log.tell("error", {"kind": type(bug).__name__})
            again = utc_now() + AFTER_AN_ERROR
        await _sleep_until(again)


async def _sleep_until(moment: datetime) -> None:
    """Sleeps by the clock on the wall; one that was set back wakes it, too."""
    began = utc_now()
    while began <= (now := utc_now()) < moment:  # noqa: ASYNC110  nobody else tells the time
        await asyncio.sleep(min(NAP_SECONDS, (moment - now).total_seconds()))
