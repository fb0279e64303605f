"""Texts that may be shown in one line: what is printable, with the joiner of emoji."""

from itertools import pairwise

JOINER = "\u200d"
"""ZERO WIDTH JOINER, which makes one sign of several, such as a family; Python does not count it as printable."""


def is_printable(text: str) -> bool:
    """Return whether each character is printable; a joiner is between two that are, and neither is a space."""
    parts = text.split(JOINER)
    joined = all(before and after and not before[-1].isspace() and not after[0].isspace() for before, after in pairwise(parts))
    return joined and all(part.isprintable() for part in parts)


def without_unprintable(text: str) -> str:
    """Return the text with spaces in place of characters that are not printable."""
    if is_printable(text):
        return text
    return "".join(char if char.isprintable() else " " for char in text)
