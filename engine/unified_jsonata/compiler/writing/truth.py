"""The truth of a value as a Python condition, and what its items are once it unwraps."""

import msgspec

from unified_jsonata.compiler.writing.kinds import ALL, ARRAY, DEEP, FUNCTION, MISSING, NULL, NUMBER, PLAIN, Value


def truth(value: Value) -> str:
    """Return a Python condition for the truth of a value; may repeat the value's code."""
    if value.kind & (ARRAY | FUNCTION):
        if value.marks == DEEP or not value.simple:
            return f"truthy({value.code})"
        there = f"{value.code} is not U and " if value.kind & MISSING else ""
        return (
            f"({there}{value.code} and (type({value.code}) not in DOUBTFUL or truthy({value.code})))"
            if (value.marks == PLAIN)
            else f"({there}{value.code} and truthy({value.code}))"
        )
    if value.kind in {MISSING, NULL}:
        return "False"
    computed = value.kind & NUMBER and value.literal is msgspec.UNSET
    if (value.kind & MISSING or computed) and not value.simple:
        return f"truthy({value.code})"
    there = f"{value.code} is not U and " if value.kind & MISSING else ""
    sure = f" and (type({value.code}) is int or truthy({value.code}))" if computed else ""
    return f"({there}{value.code}{sure})" if there or sure else value.code


def item_unwrapped(item: int) -> int:
    """Return the kinds of the values of what may have unwrapped to its only value: of an array inside nothing is known."""
    return ALL if item & ARRAY else item
