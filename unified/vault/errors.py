"""What can go wrong with sealed text; no message holds a key, a secret or sealed text."""


class VaultError(Exception):
    """The root of the vault's refusals."""


class SealBroken(VaultError):
    """The sealed text was edited, cut, emptied, or moved to another place than it was sealed for."""


class UnknownKey(VaultError):
    """The key that sealed the text is not in the ring."""
