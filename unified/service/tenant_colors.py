"""The two colors of a tenant on its connect page, accepted only where every text on them can be read.

The ratio is that of WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1 for text. The colors of the texts are part of the
check, so a color that passes never makes the page unreadable, whatever the browser's color scheme.
"""

import re
from typing import Literal

import msgspec

from unified.errors.error import FieldProblem
from unified.errors.requests import ValidationFailed

MINIMUM = 4.5
"""WCAG 2.2, 1.4.3."""
_COLOR = re.compile(r"#[0-9a-f]{6}")
_LINEAR = 0.04045
"""Up to here a channel of sRGB is linear (IEC 61966-2-1)."""
_WEIGHTS = (0.2126, 0.7152, 0.0722)
Name = Literal["accent", "background"]


class Colors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colors of the connect page, each `#rrggbb`."""

    accent: str
    """Of buttons and links."""
    background: str
    """Of the page."""


class Palette(msgspec.Struct, frozen=True, kw_only=True):
    """The colors that go with a background: of texts, and of what is behind the texts."""

    scheme: Literal["light", "dark"]
    ink: str
    soft: str
    card: str
    tint: str


LIGHT = Palette(scheme="light", ink="#1a232e", soft="#556172", card="#ffffff", tint="#eef1f5")
DARK = Palette(scheme="dark", ink="#e7ebf0", soft="#a4b0be", card="#1a2028", tint="#252d38")


def checked_colors(colors: Colors) -> Colors:
    """Return the colors in lower case.

    Raises:
        ValidationFailed: one is not `#rrggbb`, or a text would not be readable; the text says the measured ratio.
    """
    values = {name: getattr(colors, name).strip().lower() for name in ("accent", "background")}
    for name, value in values.items():
        if not _COLOR.fullmatch(value):
            raise ValidationFailed.at(f"/colors/{name}", "expected a color such as #1d5c96: # and six hexadecimal digits")
    checked = Colors(**values)
    problems = _problems(checked)
    if problems:
        raise ValidationFailed("; ".join(f"{one.pointer}: {one.message}" for one in problems), errors=problems)
    return checked


def _problems(colors: Colors) -> tuple[FieldProblem, ...]:
    palette = palette_of(colors)
    pairs: tuple[tuple[Name, str, str, str], ...] = (
        ("background", colors.background, palette.soft, "the page's grey text"),
        ("accent", colors.accent, palette.card, "the card behind it"),
        ("accent", colors.accent, palette.tint, "the shade behind a sign"),
        ("accent", colors.accent, colors.background, "the background"),
    )
    worst: dict[Name, tuple[float, str, str]] = {}
    for name, color, other, what in pairs:
        ratio = contrast(color, other)
        if ratio < min(MINIMUM, worst.get(name, (MINIMUM, "", ""))[0]):
            worst[name] = (ratio, other, what)
    return tuple(_problem(name, *found) for name, found in worst.items())


def _problem(name: Name, ratio: float, other: str, what: str) -> FieldProblem:
    # Rounded down, so that a ratio just below the limit is not shown as the limit.
    shown = int(ratio * 100) / 100
    message = f"its contrast with {what} ({other}) is {shown:.2f} to 1; expected at least {MINIMUM} to 1 (WCAG 2.2, 1.4.3)"
    return FieldProblem(pointer=f"/colors/{name}", code="contrast", message=message)


def palette_of(colors: Colors) -> Palette:
    """Return the palette that is better readable on the background."""
    return max((LIGHT, DARK), key=lambda one: contrast(one.soft, colors.background))


def text_on(color: str) -> str:
    """Return black or white, whichever is better readable on the color; one of them always has 4.5 to 1."""
    return max(("#ffffff", "#000000"), key=lambda one: contrast(one, color))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[index : index + 2], 16) / 255 for index in (1, 3, 5))
    linear = (one / 12.92 if one <= _LINEAR else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return sum(weight * one for weight, one in zip(_WEIGHTS, linear, strict=True))
