"""`add PROVIDER`: sign in by one of its doors, and track the account or some of its workspaces."""

import argparse
from collections.abc import Sequence

from stackk_tui.commands.guard import UsageError, complain
from stackk_tui.commands.lookup import find_workspace
from stackk_tui.commands.output import put_services
from stackk_tui.commands.passphrase import key_from_prompt, key_from_stdin
from stackk_tui.commands.session import open_store, with_stack
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Workspace
from stackk_tui.model.view import ServiceView
from stackk_tui.providers.base import Door, FormField, OAuthApp, ProviderInfo
from stackk_tui.providers.registry import infos
from stackk_tui.stack import SignedIn, Stack


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("provider", metavar="PROVIDER", help=", ".join(info.id for info in infos()))
    methods = ", ".join(dict.fromkeys(door.method for info in infos() for door in info.doors))
    parser.add_argument("--method", metavar="M", help=f"how to sign in: {methods}")
    parser.add_argument("--secret-stdin", action="store_true", help="read the key from standard input")
    parser.add_argument(
        "--workspace",
        action="append",
        default=[],
        metavar="ID",
        help="track this workspace (repeatable); else all of the account",
    )
    parser.add_argument("--name", metavar="N", help="what to call it here")
    parser.add_argument("--no-browser", action="store_true", help="never open a browser")
    for field in _form_fields():
        parser.add_argument(_option(field.key), metavar=field.kind.upper(), help=_field_help(field))


def run(args: argparse.Namespace) -> int:
    info = _provider(args.provider)
    door = _door(info, args.method)
    form = _form(door, args)
    secret = _secret(door, args, form)
    keeps_it = secret is not None or (door.at_vendor and not door.kept_elsewhere)

    async def add(stack: Stack) -> int:
        signed = await _sign_in(stack, info, door, args, secret=secret, form=form)
        kept = False
        try:
            choices = await stack.workspaces(signed.account.id) if signed.picker else []
            there = [choice.workspace for choice in choices]
            ids = _workspace_ids(signed, there, args.workspace)
            views = await stack.connect(signed.account.id, ids, args.name)
            kept = True
        finally:
            if not kept:
                await stack.discard(signed.account.id)
        whole = "" if args.workspace else _whole(there, views)
        note = " ".join(filter(None, (signed.note, whole)))
        extra = {"note": note or None}
        await put_services(stack, views, as_json=args.json, extra=extra)
        kept_where, lasting = await _kept(stack, door) if keeps_it else ("", True)
        lines = [note, kept_where, "Fetch the figures: stackk-tui refresh"]
        if not args.json:
            complain([line for line in lines if line])
        elif not lasting:
            complain([kept_where])
        return 0

    return with_stack(args, add, changes=True)


async def _sign_in(
    stack: Stack,
    info: ProviderInfo,
    door: Door,
    args: argparse.Namespace,
    *,
    secret: Secret | None,
    form: dict[str, str],
) -> SignedIn:
    if door.at_vendor:
        from stackk_tui.commands.at_vendor import sign_in_at_vendor

        app = OAuthApp(form["client_id"], secret) if secret is not None else None
        return await sign_in_at_vendor(stack, info, door, args, app)
    if secret is not None:
        await open_store(stack, args)
    return await stack.sign_in(info.id, door.method, secret, form)


def _provider(word: str) -> ProviderInfo:
    for info in infos():
        if info.id == word:
            return info
    raise UsageError("There is no such provider.", f"Known: {', '.join(info.id for info in infos())}.")


def _door(info: ProviderInfo, method: str | None) -> Door:
    for door in info.doors:
        if door.method == method or (method is None and len(info.doors) == 1):
            return door
    offered = "; ".join(f"--method {door.method} ({door.title})" for door in info.doors)
    said = "Say how to sign in" if method is None else "There is no such sign-in method"
    raise UsageError(f"{said}. {info.name} has:", offered)


def _form(door: Door, args: argparse.Namespace) -> dict[str, str]:
    """Gives what was typed for the door's form. Raises UsageError for what is missing or does not belong."""
    keys = {field.key for field in door.form}
    stray = [_option(f.key) for f in _form_fields() if f.key not in keys and getattr(args, f.key) is not None]
    if stray:
        raise UsageError(f"{', '.join(stray)} cannot be given with --method {door.method}.")
    given = {field.key: getattr(args, field.key) for field in door.form}
    required = [field for field in door.form if field.required and not door.at_vendor]  # or from settings
    missing = [_option(field.key) for field in required if not given[field.key]]
    if missing:
        raise UsageError(f"Give {', '.join(missing)} too.")
    typed = {field.key: given[field.key] or field.default for field in door.form}
    return {key: value for key, value in typed.items() if value}


def _secret(door: Door, args: argparse.Namespace, form: dict[str, str]) -> Secret | None:
    if door.secret_label is None or (door.at_vendor and not form):
        return None
    if door.at_vendor:  # standard input takes the answer of the page
        return key_from_prompt(door.secret_label)
    return key_from_stdin() if args.secret_stdin else key_from_prompt(door.secret_label)


def _whole(there: Sequence[Workspace], views: Sequence[ServiceView]) -> str:
    """Says what an account as a whole is, where it is several things, or some of it is closed to it."""
    closed = [f"{one.name} ({one.closed})" for one in there if one.closed and not one.part_of]
    said = []
    if len(views) > 1:
        names = ", ".join(view.service.workspace.name for view in views)
        kind = views[0].service.workspace.kind
        said.append(
            f"All {len(views)} {kind}s are tracked: {names}; --workspace picks some, or parts of one."
        )
    if closed:
        said.append(f"Not tracked: {', '.join(closed)}.")
    return " ".join(said)


async def _kept(stack: Stack, door: Door) -> tuple[str, bool]:
    """Says where the key is now, and whether it is still there for the next command."""
    store = await stack.token_store()
    thing = "sign-in" if door.at_vendor else "key"
    lasting = store.kind != "memory"
    return (
        f"The {thing} is {store.words}."
        if lasting
        else f"The {thing} was kept for this command only; the next one has none.",
        lasting,
    )


def _workspace_ids(signed: SignedIn, there: Sequence[Workspace], words: Sequence[str]) -> list[str]:
    if not words:
        return []
    if not signed.picker:
        raise UsageError("This sign-in has no workspaces to pick from; leave --workspace out.", signed.note)
    return list(dict.fromkeys(find_workspace(there, word).id for word in words))


def _form_fields() -> list[FormField]:
    """Every field that some door's form has, once, without `name`, which all doors share."""
    fields = {field.key: field for info in infos() for door in info.doors for field in door.form}
    return [field for key, field in fields.items() if key != "name"]


def _field_help(field: FormField) -> str:
    hint = field.placeholder or field.default
    return f"{field.label.lower()} of something typed in" + (f", e.g. {hint}" if hint else "")


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"
