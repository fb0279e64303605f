"""Errors about sealed text. No message holds a key, a secret or sealed text."""


class VaultError(Exception):
    """The base class of the vault's errors."""


class SealBroken(VaultError):
    """The sealed text was edited, truncated, emptied, or moved from the place that it was sealed for."""


class UnknownKey(VaultError):
    """The key that sealed the text is not in the ring."""
