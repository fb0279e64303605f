"""The context in which the values of an object are computed."""

import msgspec

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ARRAY, MISSING
from unified_jsonata.compiler.writing.place import Place


def object_place(gen: Generator, at: Place) -> Place:
    """Return the place of an object's values: of a list the values gathered, as under one key."""
    context = at.context
    if not context.may(ARRAY) or at.whole:
        return at.inside(whole=False)
    known = gen.find(("grouped", context.code))
    if known is None:
        known = gen.temp(
            f"grouped({context.code}) if isinstance({context.code}, list) else {context.code}", context.kind | MISSING
        )
        gen.remember(("grouped", context.code), known)
        gen.remember(("grouped", known.code), known)
    return at.inside(context=msgspec.structs.replace(known, marks=context.marks, level=context.level))
