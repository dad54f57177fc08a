"""Every error a person can meet.

    StackkError                    what happened · what it means for your data · what to do next
    ├── InvalidInput               a wrong option, name, number or date                      exit 2
    ├── SignInNeeded               the credential is gone, expired or refused (401)          exit 3
    │   ├── VaultLocked            the encrypted file waits for its passphrase
    │   └── TokenStoreNeeded       no place to keep a key has been chosen yet
    ├── WrongCredential            a key of another kind or another vendor
    ├── ProviderError              a vendor answered, or failed to
    │   ├── Forbidden              402, 403: this credential may not
    │   ├── RateLimited            429: come back at `retry_at`
    │   ├── SpendLimitReached      429 or 400: a cap on money, not on speed
    │   ├── Unavailable            5xx, 529
    │   ├── NetworkError           no route, DNS, refused, TLS
    │   ├── TimedOut               no answer in time
    │   └── ProtocolError          an answer that cannot be read
    ├── StorageError               ours: a file, the disk, the keyring
    │   ├── LedgerTooNew           written by a newer version
    │   ├── WrongPassphrase
    │   └── VaultDamaged
    └── OperationCancelled         stopped by the person

Standard library only: the first paint may need to name one of these.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from datetime import datetime
    from typing import ClassVar


class StackkError(Exception):
    """Carries three lines for the person, and a stable `code` and exit status for programs."""

    code: ClassVar[str] = "unavailable"
    exit_status: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        means: str = "",
        next_step: str = "",
        *,
        request_id: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.means = means
        self.next_step = next_step
        self.request_id = request_id
        self.retry_at = retry_at

    def lines(self) -> list[str]:
        """Gives the one to three lines to show."""
        return [line for line in (self.what, self.means, self.next_step) if line]


class InvalidInput(StackkError):
    code = "protocol"
    exit_status = 2


class SignInNeeded(StackkError):
    code = "unauthorized"
    exit_status = 3


class VaultLocked(SignInNeeded):
    code = "vault-locked"


class TokenStoreNeeded(SignInNeeded):
    code = "vault-locked"


class WrongCredential(StackkError):
    code = "forbidden"


class ProviderError(StackkError):
    code = "unavailable"


class Forbidden(ProviderError):
    code = "forbidden"


class RateLimited(ProviderError):
    code = "rate-limited"


class SpendLimitReached(ProviderError):
    code = "spend-limit"


class Unavailable(ProviderError):
    code = "unavailable"


class NetworkError(ProviderError):
    code = "network"


class TimedOut(ProviderError):
    code = "timeout"


class ProtocolError(ProviderError):
    code = "protocol"


class StorageError(StackkError):
    code = "unavailable"


class LedgerTooNew(StorageError):
    pass


class WrongPassphrase(StorageError):
    code = "vault-locked"
    exit_status = 3


class VaultDamaged(StorageError):
    code = "vault-locked"


class OperationCancelled(StackkError):
    code = "cancelled"
