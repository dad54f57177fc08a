"""What to say while there is no place to keep a key."""

from stackk_tui.model.errors import TokenStoreNeeded
from stackk_tui.storage.keyring_system import Condition

_WHY = {
    "none": "this machine has no system keyring that can be used",
    "missing": "this machine's system keyring has not been set up",
    "locked": "the system keyring of this machine is locked",
    "open": "the system keyring of this machine is open",
    "refused": "the system keyring of this machine does not keep what is put into it",
}


def not_chosen(mode: str, why: Condition) -> TokenStoreNeeded:
    """Gives the error for a key that has no place yet. `mode` is the setting `token_store`."""
    if mode == "keyring":
        what = f"Keys cannot be kept: {_WHY[why]}."
        step = "Unlock it, or remove STACKK_TOKEN_STORE=keyring and run: stackk-tui vault create"
    elif mode == "vault":
        what = "Keys cannot be kept: there is no encrypted file yet."
        step = "Run: stackk-tui vault create"
    else:
        what = f"No place to keep keys has been chosen: {_WHY[why]}."
        step = "To keep them in an encrypted file, run: stackk-tui vault create"
    return TokenStoreNeeded(what, "Nothing was saved; a key is never written down unencrypted.", step)
