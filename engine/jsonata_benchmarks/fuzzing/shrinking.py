"""A difference made smaller while it stays one: parts of the expression, then parts of the document."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from unified_jsonata import JsonataError, parse
from unified_jsonata.syntax.tree import Node, children

TRIES: Final = 600
"""Evaluations by both engines that one difference may take."""
SIMPLE: Final = ("1", "null", '"x"', "$", "[]")
Differs = Callable[[str, Any], bool]


def smallest(source: str, document: Any, differs: Differs) -> tuple[str, Any]:
    """An expression and a document that still differ, as small as so many tries make them."""
    tries = iter(range(TRIES))

    def still(text: str, data: Any) -> bool:
        return next(tries, None) is not None and differs(text, data)

    for _ in range(2):
        document = _reduced(document, _documents, partial(still, source))
        source = _reduced(source, _sources, partial(_swapped, still, document))
    return source, document


def _swapped(still: Differs, document: Any, source: str) -> bool:
    return still(source, document)


def _reduced(value: Any, candidates: Callable[[Any], Iterator[Any]], holds: Callable[[Any], bool]) -> Any:
    """The value after taking the first smaller candidate that holds, again and again."""
    while True:
        found = next((one for one in candidates(value) if holds(one)), None)
        if found is None:
            return value
        value = found


def _sources(source: str) -> Iterator[str]:
    """Shorter expressions: one part alone, or a part replaced by something simple, the shortest first."""
    try:
        spans = {(node.start, node.end) for node in _every(parse(source))}
    except JsonataError:
        return
    alone = [source[start:end] for start, end in spans]
    replaced = [source[:start] + text + source[end:] for start, end in spans for text in SIMPLE if end - start > len(text)]
    yield from sorted({one for one in (*alone, *replaced) if one and len(one) < len(source)}, key=len)


def _every(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _every(child)


def _documents(document: Any) -> Iterator[Any]:
    """Smaller documents: one place less, an inner value in the place of its holder, null in its place."""
    if not isinstance(document, (dict, list)):
        return
    for path in sorted(_paths(document), key=len):
        yield _without(document, path)
    for path in _paths(document):
        value = _at(document, path)
        if isinstance(value, (dict, list)):
            yield _with(document, path, None)


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(inner):
        yield (*before, key)
        yield from _paths(item, (*before, key))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def _without(document: Any, path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(document)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _with(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    _at(changed, path[:-1])[path[-1]] = value
    return changed
