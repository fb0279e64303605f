"""Texts that fit a regular expression of a data file, for messages to people who do not read such expressions."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from unified_jsonata import JsonataError
from unified_jsonata.errors import Failure
from unified_jsonata.runtime.regex.parsing.parser import parse
from unified_jsonata.runtime.regex.parsing.tree import Alternation, Characters, Edge, Group, Node, Ranges, Repeat, Sequence

MOST = 4
"""How many examples a message has: one for each alternative of the whole expression."""
TIMES = 3
"""How often a part is repeated that may be repeated without bound."""
SERIES = ("abcdef", "ABCDEF", "123456")
"""The preferred characters of a set, in this order and one after another, so that examples look like names and numbers."""


class _NoExampleError(Exception):
    """A part matches no characters, such as a look-ahead."""


def expected_form(pattern: str, example: str = "") -> str:
    """Return what is expected where a text must fit an expression, as the end of a message: ``text like `EUR` ``.

    Args:
        pattern: A Python expression for the whole text.
        example: What the author of the data file wrote as an example; otherwise examples are made of the expression.
    """
    found = (example,) if _fits(pattern, example) and example else examples(pattern)
    return f"text like {' or '.join(f'`{one}`' for one in found)}" if found else "text in the form that its description gives"


@lru_cache(maxsize=256)
def examples(pattern: str) -> tuple[str, ...]:
    """Return texts that fit an expression, one for each alternative; none if a part of it matches no characters."""
    try:
        root = parse(pattern, "").root
        made = [_text(one) for one in islice(_alternatives(root), MOST)]
    except (_NoExampleError, Failure, JsonataError):
        return ()
    return tuple(dict.fromkeys(one for one in made if _fits(pattern, one)))


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def _alternatives(node: Node) -> Iterator[Node]:
    """Yield the alternatives of a whole expression, through groups around all of it."""
    match node:
        case Alternation(options):
            for option in options:
                yield from _alternatives(option)
        case Sequence((Group() as only,)) | (Group() as only):
            yield from _alternatives(only.body)
        case _:
            yield node


def _text(node: Node) -> str:
    text, index = "", 0
    for ranges in _characters(node):
        text += _character(ranges, index)
        index = 0 if _is_one(ranges) else index + 1
    return text


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _character(ranges: Ranges, index: int) -> str:
    """Return a character of a set: the one at this place of a series, which begins again after each fixed character; or any."""
    for series in SERIES:
        found = [one for one in series if any(low <= ord(one) <= high for low, high in ranges)]
        if found:
            return found[index % len(found)]
    if not ranges:
        raise _NoExampleError
    return chr(ranges[0][0])


def _characters(node: Node) -> Iterator[Ranges]:
    """Yield the sets of characters of one text that fits."""
    if isinstance(node, Characters):
        yield node.ranges
        return
    for part in _parts(node):
        yield from _characters(part)


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Sequence(items):
            return items
        case Alternation(options):
            return options[:1]
        case Group():
            return (node.body,)
        case Repeat():
            most = TIMES if node.high is None else min(node.high, TIMES)
            return (node.body,) * max(node.low, most)
        case Edge("start" | "end"):
            return ()
        case _:
            raise _NoExampleError
