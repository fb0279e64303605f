"""Parses tokens where a value is expected."""

from collections.abc import Mapping

from unified_jsonata.syntax.lexer import NAME, NUMBER, REGEX, STRING, VALUE, VARIABLE, Token
from unified_jsonata.syntax.reader import Prefix, Reader
from unified_jsonata.syntax.tree import (
    Array,
    Block,
    Constant,
    Descendant,
    Name,
    Negate,
    Node,
    Number,
    Object,
    Pair,
    Parent,
    Path,
    Range,
    Regex,
    Step,
    String,
    Transform,
    Variable,
    Wildcard,
)


def _single(node: Node) -> Path:
    return Path(steps=(Step(node=node, start=node.start, end=node.end),), start=node.start, end=node.end)


def _name(_: Reader, token: Token) -> Node:
    return _single(Name(value=str(token.value), start=token.start, end=token.end))


def _wildcard(_: Reader, token: Token) -> Node:
    return _single(Wildcard(start=token.start, end=token.end))


def _descendant(_: Reader, token: Token) -> Node:
    return _single(Descendant(start=token.start, end=token.end))


def _parent(_: Reader, token: Token) -> Node:
    return _single(Parent(start=token.start, end=token.end))


def _string(_: Reader, token: Token) -> Node:
    return String(value=str(token.value), start=token.start, end=token.end)


def _number(_: Reader, token: Token) -> Node:
    assert isinstance(token.value, (int, float))
    return Number(value=token.value, start=token.start, end=token.end)


def _constant(_: Reader, token: Token) -> Node:
    return Constant(value=None if token.value is None else bool(token.value), start=token.start, end=token.end)


def _variable(_: Reader, token: Token) -> Node:
    return Variable(name=str(token.value), start=token.start, end=token.end)


def _regex(_: Reader, token: Token) -> Node:
    return Regex(pattern=str(token.value), flags=token.flags, start=token.start, end=token.end)


def _minus(reader: Reader, token: Token) -> Node:
    operand = reader.expression(70)
    if isinstance(operand, Number):
        return Number(value=-operand.value, start=token.start, end=operand.end)
    return Negate(operand=operand, start=token.start, end=operand.end)


def _block(reader: Reader, token: Token) -> Node:
    expressions: list[Node] = []
    while reader.token.id != ")":
        expressions.append(reader.expression())
        if not reader.accept(";"):
            break
    closing = reader.expect(")", operand=False)
    return Block(expressions=tuple(expressions), start=token.start, end=closing.end)


def _item(reader: Reader) -> Node:
    low = reader.expression()
    if not reader.accept(".."):
        return low
    high = reader.expression()
    return Range(low=low, high=high, start=low.start, end=high.end)


def _array(reader: Reader, token: Token) -> Node:
    items: list[Node] = []
    if reader.token.id != "]":
        items.append(_item(reader))
        while reader.accept(","):
            items.append(_item(reader))
    closing = reader.expect("]", operand=False)
    return Array(items=tuple(items), start=token.start, end=closing.end)


def _pair(reader: Reader) -> Pair:
    key = reader.expression()
    reader.expect(":", operand=True)
    value = reader.expression()
    return Pair(key=key, value=value, start=key.start, end=value.end)


def pairs(reader: Reader) -> tuple[Pair, ...]:
    """Return the keys and values of `{…}`, the opening brace being taken; takes the closing one."""
    found: list[Pair] = []
    if reader.token.id != "}":
        found.append(_pair(reader))
        while reader.accept(","):
            found.append(_pair(reader))
    reader.expect("}", operand=False)
    return tuple(found)


def _object(reader: Reader, token: Token) -> Node:
    found = pairs(reader)
    return Object(pairs=found, start=token.start, end=reader.last_end)


def _transform(reader: Reader, token: Token) -> Node:
    pattern = reader.expression()
    reader.expect("|", operand=True)
    update = reader.expression()
    delete = reader.expression() if reader.accept(",") else None
    closing = reader.expect("|", operand=False)
    return Transform(pattern=pattern, update=update, delete=delete, start=token.start, end=closing.end)


PREFIXES: Mapping[str, Prefix] = {
    NAME: _name,
    "and": _name,
    "or": _name,
    "in": _name,
    STRING: _string,
    NUMBER: _number,
    VALUE: _constant,
    VARIABLE: _variable,
    REGEX: _regex,
    "*": _wildcard,
    "**": _descendant,
    "%": _parent,
    "-": _minus,
    "(": _block,
    "[": _array,
    "{": _object,
    "|": _transform,
}
"""Token id -> how it is read where a value is expected."""
