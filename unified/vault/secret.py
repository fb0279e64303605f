"""The type for secrets in memory, which stands below all layers, under the vault's name."""

from unified.secret import Secret, mask

__all__ = ["Secret", "mask"]
