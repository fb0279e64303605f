"""Readers and writers of times, made once for each picture.

What is wrong with a picture is said when it is used, not when it is prepared, so that an expression that never comes to
its date does not fail.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NoReturn

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.dates.civil import moment
from unified_jsonata.runtime.dates.fixed import Parse, Write, fast_format, fast_parse, layout
from unified_jsonata.runtime.dates.markers import Part, parts
from unified_jsonata.runtime.dates.matching import matcher
from unified_jsonata.runtime.dates.pieces import pieces
from unified_jsonata.runtime.dates.resolving import resolve
from unified_jsonata.runtime.dates.writing import Writer, writer
from unified_jsonata.undefined import UNDEFINED, Undefined

SHORT = 200
"""Characters up to which what is made of a picture is kept."""


def parser(picture: str) -> Parse:
    """Return a function: text -> milliseconds, UNDEFINED when it does not match, NaN when it is not a time.

    The function raises D3130 to D3136 for its picture or for components that lack, U1001 for a picture that could be
    read in too many ways.
    """
    return _kept_parser(picture) if len(picture) <= SHORT else _parser(picture)


def formatter(picture: str) -> Write:
    """Return a function: milliseconds -> text in UTC. It raises D3130 to D3135 for its picture, U1002 for too wide a one."""
    return _kept_formatter(picture) if len(picture) <= SHORT else _formatter(picture)


def moment_writer(picture: str) -> Writer:
    """Return a function: components -> text, for any zone. D3131, D3132 and D3135 are raised here, the others by it."""
    return _kept_writer(picture) if len(picture) <= SHORT else writer(parts(picture))


@lru_cache(maxsize=256)
def _kept_writer(picture: str) -> Writer:
    return writer(parts(picture))


@lru_cache(maxsize=256)
def _kept_parser(picture: str) -> Parse:
    return _parser(picture)


@lru_cache(maxsize=256)
def _kept_formatter(picture: str) -> Write:
    return _formatter(picture)


def _parser(picture: str) -> Parse:
    try:
        found = parts(picture)
        general = _general_parser(found)
    except Failure as failure:
        return _failing(failure)
    shape = layout(found)
    return (fast_parse(shape, general) if shape else None) or general


def _general_parser(found: list[Part]) -> Parse:
    made = pieces(found)
    match = matcher(made)
    readers = [(piece.component, piece.read) for piece in made if piece.read is not None]

    def parse(text: str) -> float | Undefined:
        texts = match(text) if readers else None
        if texts is None:
            return UNDEFINED
        return resolve({component: read(one) for (component, read), one in zip(readers, texts, strict=True)})

    return parse


def _formatter(picture: str) -> Write:
    try:
        found = parts(picture)
    except Failure as failure:
        return _failing(failure)
    write = writer(found)

    def general(millis: float) -> str:
        return write(moment(millis))

    shape = layout(found)
    return fast_format(shape, general) if shape else general


def _failing(failure: Failure) -> Callable[[object], NoReturn]:
    code, detail = failure.code, failure.detail

    def fail(_: object) -> NoReturn:
        raise Failure(code, detail)

    return fail
