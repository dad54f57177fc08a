"""What the last scan listed, where folders cannot be known again (`seen.py`): each is listed."""

from __future__ import annotations

from stackk_tui.providers.claude_code import index as index_file
from stackk_tui.providers.claude_code import lean_json
from stackk_tui.providers.claude_code.damage import Unreadable
from stackk_tui.providers.claude_code.digests import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackk_tui.providers.claude_code.index import Index
    from stackk_tui.providers.claude_code.listing import Found
    from stackk_tui.providers.claude_code.roots import Account


def counts_of(
    index: Index, generation: int, accounts: Iterable[Account], listed: list[Found]
) -> dict[str, list[int]] | None:
    """Gives the last scan's counts if it saw these very transcripts, and nobody wrote since."""
    kept = index.meta("listed")
    if kept is None:
        return None
    written, _, told = kept.partition(" ")
    before, _, counts = told.partition(" ")
    if written != str(generation) or before != _print(accounts, listed):
        return None
    try:
        return {root: [*map(int, each)] for root, each in lean_json.loads(counts).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable from error


def remember(
    index: Index, accounts: Iterable[Account], listed: list[Found], counts: dict[str, list[int]]
) -> None:
    kept = f"{index.generation()} {_print(accounts, listed)} {lean_json.dumps(counts)}"
    if index.meta("listed") != kept:
        index.put_meta("listed", kept)


def _print(accounts: Iterable[Account], listed: list[Found]) -> str:
    """Gives a digest of what the listing says of all transcripts."""
    folders = [account.known for account in accounts]
    told = [(each.path, each.root, each.state) for each in listed]
    content = repr((index_file.PARSER_VERSION, folders, told))
    return digest(content.encode("utf-8", "surrogateescape")).hex()
