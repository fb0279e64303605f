"""Which handler answers a path: templates compiled once, literal segments before variables."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

import msgspec

from unified_sandbox.standin import Handler, Route

_VARIABLE = re.compile(r"\{(\w+)(:path)?\}")


class Found(msgspec.Struct, frozen=True):
    """A route that fits, with the decoded variables of its path."""

    handler: Handler
    template: str
    params: dict[str, str]


class Router:
    """The routes of one stand-in, most literal first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        ordered = sorted(routes, key=lambda route: _generality(route[1]))
        self._routes = [(method, template, _pattern(template), handler) for method, template, handler in ordered]

    def find(self, method: str, path: str) -> Found | None:
        """Answer the first route that fits, or None."""
        for known_method, template, pattern, handler in self._routes:
            if known_method == method and (match := pattern.fullmatch(path)):
                return Found(handler, template, {name: unquote(text) for name, text in match.groupdict().items()})
        return None

    def methods(self, path: str) -> list[str]:
        """Return the methods that the path has, to distinguish a 405 from a 404."""
        return sorted({method for method, _, pattern, _ in self._routes if pattern.fullmatch(path)})


def _generality(template: str) -> list[int]:
    """Sort key: per segment 0 literal, 1 partly variable, 2 variable, 3 the whole remainder."""
    return [_segment_generality(segment) for segment in template.split("/")]


def _segment_generality(segment: str) -> int:
    match = _VARIABLE.search(segment)
    if match is None:
        return 0
    if match.group(2):
        return 3
    return 2 if match.group(0) == segment else 1


def _pattern(template: str) -> re.Pattern[str]:
    parts: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(template):
        parts.append(re.escape(template[end : match.start()]))
        parts.append(f"(?P<{match.group(1)}>{'.+' if match.group(2) else '[^/]+'})")
        end = match.end()
    parts.append(re.escape(template[end:]))
    return re.compile("".join(parts))
