"""`$fromMillis($toMillis(x, p), q)` in one step: a date from one form into another."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.dates.civil import moment
from unified_jsonata.runtime.dates.fixed import ORDER, Layout, layout
from unified_jsonata.runtime.dates.functions import now_text
from unified_jsonata.runtime.dates.iso import CANONICAL, canonical, iso_again, iso_millis
from unified_jsonata.runtime.dates.markers import ZONES, Marker, parts
from unified_jsonata.runtime.dates.prepared import formatter, parser
from unified_jsonata.runtime.dates.zones import write_zone
from unified_jsonata.undefined import UNDEFINED, Undefined

Refit = Callable[[str], "str | Undefined"]

WIDTHS: Final = {"Y": 4, "M": 2, "D": 2, "H": 2, "m": 2, "s": 2, "f": 3}
LEAST: Final = {"M": "01", "D": "01", "H": "00", "m": "00", "s": "00", "f": "000"}
STRICT: Final = {
    "Y": "(?!00)([0-9]{4})",
    "M": "(0[1-9]|1[0-2])",
    "D": "(0[1-9]|[12][0-9]|3[01])",
    "H": "([01][0-9]|2[0-3])",
    "m": "([0-5][0-9])",
    "s": "([0-5][0-9])",
    "f": "([0-9]{3})",
}
"""Component -> its usual form within its range. Years below 100 mean others when they are read under a picture."""
SHORT_DAY: Final = "28"
ENDS: Final = {
    f"{month:02d}": end for month, end in enumerate(("28", "31", "30", "31", "30", "31", "31", "30", "31", "30", "31"), 2)
} | {"01": "31"}
"""Month -> its last day in a year that is not a leap year."""
ISO: Final = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"(?:T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{3}))?(?:Z|[+-]00:?00)?)?"
)
"""The usual ISO forms in UTC; the groups are in the order of ORDER."""


def refit(from_picture: str | None, to_picture: str | None) -> Refit:
    """Return a function: text -> text. None is ISO 8601; it returns and raises what the two functions do together."""
    short = len(from_picture or "") + len(to_picture or "") <= 200  # noqa: PLR2004 - what is kept is small
    return _kept(from_picture, to_picture) if short else _refit(from_picture, to_picture)


@lru_cache(maxsize=256)
def _kept(from_picture: str | None, to_picture: str | None) -> Refit:
    return _refit(from_picture, to_picture)


def _refit(from_picture: str | None, to_picture: str | None) -> Refit:
    if from_picture is None and to_picture is None:
        return _iso
    general = _composed(from_picture, to_picture)
    target = _target(to_picture)
    if target is None:
        return general
    if from_picture is None:
        return _from_iso(*target, general)
    source = _layout(from_picture)
    return (_shuffled(source, *target, same=from_picture == to_picture, general=general) if source else None) or general


def _iso(text: str) -> str:
    if canonical(text):
        return text if len(text) == CANONICAL else text[: CANONICAL - 1] + "Z"
    return iso_again(text)


def _composed(from_picture: str | None, to_picture: str | None) -> Refit:
    read = iso_millis if from_picture is None else parser(from_picture)
    write = now_text if to_picture is None else formatter(to_picture)

    def both(text: str) -> str | Undefined:
        millis = read(text)
        return UNDEFINED if isinstance(millis, Undefined) else write(millis)

    return both


def _layout(picture: str) -> Layout | None:
    try:
        return layout(parts(picture))
    except Failure:
        return None


def _target(picture: str | None) -> tuple[str, list[str]] | None:
    """Return a template with `%s` and the components for it, when a text of strict components becomes it by being moved."""
    shape = _layout("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]" if picture is None else picture)
    if shape is None:
        return None
    template, names, widths = "", [], iter(shape.widths)
    for part in shape.found:
        width = next(widths) if isinstance(part, Marker) else 0
        if isinstance(part, str):
            template += part.replace("%", "%%")
        elif part.component in ZONES:
            template += write_zone(moment(0), part)
        elif width != WIDTHS[part.component]:
            return None
        else:
            template += "%s"
            names.append(part.component)
    return (template + ("Z" if picture is None else ""), names) if names else None


def _from_iso(template: str, names: list[str], general: Refit) -> Refit:
    whole, places = ISO.fullmatch, [ORDER.index(name) + 1 for name in names]
    dated = max(places) <= 3  # noqa: PLR2004 - year, month, day

    def fit(text: str) -> str | Undefined:
        hit = whole(text)
        if hit is None:
            return general(text)
        day = hit[3]
        if day > SHORT_DAY and day > ENDS[hit[2]]:
            return general(text)
        if dated:
            return template % hit.group(*places)
        return template % tuple(hit[at] or LEAST[ORDER[at - 1]] for at in places)

    return fit


def _shuffled(source: Layout, template: str, names: list[str], *, same: bool, general: Refit) -> Refit | None:
    """Return the components of a text moved to other places. None when the date does not come first."""
    dated = [name for name in source.names if name not in ZONES]
    if len(set(source.names)) < len(source.names) or set(dated) != set(ORDER[: max(3, len(dated))]):
        return None
    if any(name in WIDTHS and 0 < width != WIDTHS[name] for name, width in zip(source.names, source.widths, strict=True)):
        return None
    whole = re.compile("".join(re.escape(part) if isinstance(part, str) else _strict(part) for part in source.found)).fullmatch
    place = {name: at + 1 for at, name in enumerate(dated)}
    for name in [name for name in names if name not in place]:
        template = _filled(template, names.index(name), LEAST[name])
        names = [one for one in names if one != name]
    if not names:
        return None
    day, month, order = place["D"], place["M"], [place[name] for name in names]
    same = same and len(dated) == len(source.names)

    def fit(text: str) -> str | Undefined:
        hit = whole(text)
        if hit is None or (hit[day] > SHORT_DAY and hit[day] > ENDS[hit[month]]):
            return general(text)
        return text if same else template % hit.group(*order)

    return fit


def _strict(marker: Marker) -> str:
    """Return a component in its usual form; a zone only when it is UTC."""
    if marker.component not in ZONES:
        return STRICT[marker.component]
    separator = re.escape(marker.number.separators[0][1]) if marker.number is not None and marker.number.regular else ""
    return ("GMT" if marker.component == "z" else "") + "[-+]00" + separator + "00"


def _filled(template: str, at: int, text: str) -> str:
    """Return the template with one of its `%s` replaced."""
    parted = template.split("%s")
    return "%s".join([*parted[:at], parted[at] + text + parted[at + 1], *parted[at + 2 :]])
