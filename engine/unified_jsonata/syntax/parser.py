"""Source text -> syntax tree, within bounds: the one entry to the grammar."""

from unified_jsonata.errors import syntax_error
from unified_jsonata.syntax.ancestry import Orphan, resolve
from unified_jsonata.syntax.infix import INFIXES
from unified_jsonata.syntax.lexer import END
from unified_jsonata.syntax.prefix import PREFIXES
from unified_jsonata.syntax.reader import Reader
from unified_jsonata.syntax.tree import Node, children

MAX_SOURCE = 100_000
"""Characters of one expression."""
MAX_HEIGHT = 250
"""Levels of the tree; a chain of operators counts one for each."""


def parse(source: str) -> Node:
    """Return the tree of an expression, or JsonataError with the language's S0xxx code and the place.

    Bounded: U0001 when the source is too long, U0002 when it is nested too deeply, U0003 when a chain is too long.
    """
    if len(source) > MAX_SOURCE:
        raise syntax_error(source, "U0001", MAX_SOURCE, expected=str(MAX_SOURCE))
    reader = Reader(source, PREFIXES, INFIXES)
    tree = reader.expression()
    if reader.token.id != END:
        raise reader.fail("S0201", reader.token)
    if reader.later is not None:
        raise reader.later
    if reader.height() > MAX_HEIGHT:  # it may be; usually it is far less and need not be measured
        _check_height(source, tree)
    try:
        if "%" in source:
            resolve(tree)
    except Orphan as orphan:
        raise syntax_error(source, "S0217", orphan.node.start, token="%") from None
    return tree


def _check_height(source: str, tree: Node) -> None:
    level, height = [tree], 0
    while level:
        height += 1
        if height > MAX_HEIGHT:
            raise syntax_error(source, "U0002", level[0].start, expected=str(MAX_HEIGHT))
        level = [child for node in level for child in children(node)]
