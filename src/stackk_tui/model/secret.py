"""A value that does not show itself: not in a repr, a log, a traceback, a pickle or JSON."""

import hmac
from typing import NoReturn


class Secret:
    """Holds a key or token. Only `reveal()` gives it away; call that where a header is built."""

    __slots__ = ("_give",)

    def __init__(self, value: str) -> None:
        def give() -> str:
            return value

        self._give = give

    def reveal(self) -> str:
        """Gives the plain text."""
        return self._give()

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Secret(****)"

    def __len__(self) -> int:
        return len(self._give())

    def __bool__(self) -> bool:
        return bool(self._give())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(
            self._give().encode("utf-8", "surrogatepass"), other._give().encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash(self._give())

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a Secret is not copied or serialised")

    __reduce__ = __reduce_ex__ = __copy__ = __deepcopy__ = __getstate__ = _refuse
