"""Finds the service, account or workspace that a word on the command line means: an id, or a unique name."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from stackk_tui.commands.guard import UsageError
from stackk_tui.model.service import Account, Workspace
from stackk_tui.model.view import ServiceView

T = TypeVar("T")


def find_services(views: Sequence[ServiceView], words: Sequence[str]) -> list[ServiceView]:
    """Gives the services meant, once each. Raises UsageError for an unknown or ambiguous word."""
    found = {view.service.id: view for view in (find_service(views, word) for word in words)}
    return list(found.values())


def find_service(views: Sequence[ServiceView], word: str) -> ServiceView:
    """Gives the one service meant by an id, its name, `name/workspace`, its workspace, or its provider."""
    ways: list[Callable[[ServiceView], str]] = [
        lambda view: view.service.id,
        lambda view: view.service.name,
        lambda view: f"{view.service.name}/{view.service.workspace.name}",
        lambda view: view.service.workspace.id,
        lambda view: view.service.workspace.name,
        lambda view: view.service.provider,
    ]
    return _one(views, word, ways, "service", _describe_service)


def find_account(views: Sequence[ServiceView], word: str) -> Account:
    """Gives the one account meant by an id, its label, or a service in it."""
    accounts = list({view.account.id: view.account for view in views}.values())
    for account in accounts:
        if account.id == word:
            return account
    ways: list[Callable[[Account], str]] = [lambda account: account.label, lambda account: account.provider]
    if not any(way(account).casefold() == word.casefold() for account in accounts for way in ways):
        accounts_by_service = {
            v.account.id: v.account for v in views if word in {v.service.id, v.service.name}
        }
        if len(accounts_by_service) == 1:
            return next(iter(accounts_by_service.values()))
    return _one(accounts, word, ways, "account", lambda account: f"{account.id} ({account.label})")


def find_workspace(workspaces: Sequence[Workspace], word: str) -> Workspace:
    """Gives the one workspace meant by an id or its name."""
    ways: list[Callable[[Workspace], str]] = [
        lambda workspace: workspace.id,
        lambda workspace: workspace.name,
    ]
    return _one(workspaces, word, ways, "workspace", lambda workspace: f"{workspace.id} ({workspace.name})")


def _one(
    things: Sequence[T],
    word: str,
    ways: Sequence[Callable[[T], str]],
    noun: str,
    describe: Callable[[T], str],
) -> T:
    for way in ways:
        matches = [thing for thing in things if way(thing) == word] or [
            thing for thing in things if way(thing).casefold() == word.casefold()
        ]
        if len(matches) > 1:
            raise UsageError(
                f"{word!r} means {len(matches)} {noun}s; say which by its id:", _some(matches, describe)
            )
        if matches:
            return matches[0]
    if not things:
        raise UsageError(
            f"There is no {noun} {word!r}: nothing is tracked yet.", "Start with: stackk-tui add"
        )
    raise UsageError(f"There is no {noun} {word!r}. There are:", _some(things, describe))


def _some(things: Sequence[T], describe: Callable[[T], str], most: int = 8) -> str:
    words = [describe(thing) for thing in things[:most]]
    return ", ".join([*words, "…"] if len(things) > most else words)


def _describe_service(view: ServiceView) -> str:
    return f"{view.service.id} ({view.service.name}, {view.service.workspace.name})"
