"""Definitions of expressions, in a shared file or a mapping file: each is JSONata, and none needs itself."""

from collections.abc import Mapping

from unified.catalog.files.composition import Circle, Text, needed, written
from unified.catalog.files.source import Source
from unified.errors.load_rule import LoadRule
from unified_jsonata import JsonataError, parse


def definitions_of(source: Source) -> dict[str, Text]:
    """Return the definitions of a file by name; what is not a text is left for decoding to refuse."""
    given = source.content.get("define")
    texts = given.items() if isinstance(given, dict) else ()
    return {name: written(source, ("define", name), text) for name, text in texts if isinstance(text, str)}


def check_definitions(definitions: Mapping[str, Text], known: Mapping[str, Text]) -> None:
    """Check definitions, which may use all known ones.

    Raises:
        CatalogError: A definition is not JSONata, or needs itself.
    """
    texts = {name: one.text for name, one in known.items()}
    for name, one in definitions.items():
        source, place = one.pieces[0].source, one.pieces[0].place
        try:
            parse(one.text)
            needed(texts, one.text, (name,))
        except JsonataError as problem:
            raise source.error(
                place, f"not valid JSONata: {problem.message}", offset=problem.position, rule=LoadRule.JSONATA
            ) from None
        except Circle as circle:
            raise source.error(place, f"definitions use each other in a cycle: {circle}", rule=LoadRule.SHARED_PARTS) from None
