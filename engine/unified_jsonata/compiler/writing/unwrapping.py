"""Variables as they are read: what a callback has gathered unwraps then."""

import msgspec

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ARRAY, DEEP, Value
from unified_jsonata.compiler.writing.truth import item_unwrapped


def unwrapped(gen: Generator, value: Value) -> Value:
    """Return a variable as it is read: what a callback has gathered, and a function of the language holds, unwraps."""
    if value.marks != DEEP or not value.may(ARRAY) or not value.simple:
        return value
    known: Value | None = gen.find(("read", value.code))
    if known is None:
        found = gen.temp(f"{value.code} if type({value.code}) is not Raw else settle({value.code})", ALL, DEEP, value.level)
        known = msgspec.structs.replace(found, item=item_unwrapped(value.item))
        gen.remember(("read", value.code), known)
        gen.remember(("read", known.code), known)
    return known
