"""The forms in which a planted text may turn up: as it is, encoded, reversed."""

import base64
from urllib.parse import quote

LEAST = 16
"""Shorter plants would be found by chance."""


def forms(plant: str) -> dict[str, bytes]:
    """Name of the form → the bytes to look for. Base64 in all three alignments, without the characters that neighbours share."""
    if len(plant) < LEAST:
        raise ValueError(f"a plant has at least {LEAST} characters")
    raw = plant.encode()
    found = {
        "raw": raw,
        "reversed": raw[::-1],
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "UTF-16": plant.encode("utf-16-le"),
        "UTF-16-BE": plant.encode("utf-16-be"),
        "URL": quote(plant, safe="").encode(),
        "percent": "".join(f"%{one:02X}" for one in raw).encode(),
    }
    for shift in range(3):
        for name, altchars in (("base64", b"+/"), ("base64url", b"-_")):
            found[f"{name} at {shift}"] = _aligned(raw, shift, altchars)
    return found


def _aligned(raw: bytes, shift: int, altchars: bytes) -> bytes:
    """The characters of base64 that depend on nothing but these bytes, when `shift` bytes stand before them."""
    encoded = base64.b64encode(bytes(shift) + raw, altchars=altchars)
    first = (0, 2, 3)[shift]
    whole = (shift + len(raw)) // 3 * 4
    return encoded[first:whole]


def found_in(haystack: bytes, plant: str) -> list[str]:
    """The forms of a plant that occur, by name."""
    return [name for name, form in forms(plant).items() if form in haystack]
