"""Parses operators after a value."""

from collections.abc import Callable, Mapping
from typing import TypeGuard

import msgspec

from unified_jsonata.syntax import steps
from unified_jsonata.syntax.lexer import END, NAME, Token
from unified_jsonata.syntax.prefix import pairs
from unified_jsonata.syntax.reader import BINDING, Infix, Reader
from unified_jsonata.syntax.signature import check_signature
from unified_jsonata.syntax.tree import (
    Apply,
    Binary,
    Bind,
    Call,
    Condition,
    Constant,
    Default,
    Descendant,
    Group,
    Lambda,
    Name,
    Node,
    Number,
    Parent,
    Partial,
    Path,
    Placeholder,
    Predicate,
    Sort,
    SortTerm,
    Variable,
    Wildcard,
)


def _binary(reader: Reader, token: Token, left: Node) -> Node:
    right = reader.expression(BINDING[token.id])
    return Binary(operator=token.id, left=left, right=right, position=token.start, start=left.start, end=right.end)


def _dot(reader: Reader, token: Token, left: Node) -> Node:
    right = reader.expression(BINDING["."])
    for node in (left, right):
        _no_literal(reader, token, node)
    return steps.joined(left, right)


def _no_literal(reader: Reader, token: Token, node: Node) -> None:
    """Refuse a number or a word as a step: S0213, unless something before it was wrong."""
    base = node.base if isinstance(node, Group) else node
    if isinstance(base, Path):  # the first step alone: its own dots looked at the others
        base = base.steps[0].node
    while isinstance(base, (Predicate, Group)):
        base = base.base
    if isinstance(base, (Number, Constant)) and reader.later is None:
        reader.later = reader.fail("S0213", Token(token.id, None, base.start, base.end))


def _bracket(reader: Reader, token: Token, left: Node) -> Node:
    if reader.token.id == "]":
        closing = reader.advance(operand=False)
        return steps.kept(left, closing.end)
    expression = reader.expression()
    closing = reader.expect("]", operand=False)
    if isinstance(left, Group) and _has_steps(left.base):  # the reference selects before it groups
        base = steps.filtered(left.base, expression, token.start, closing.end)
        return msgspec.structs.replace(left, base=base, end=closing.end)
    last = left.steps[-1].node if isinstance(left, Path) else left
    if isinstance(last, Group) and not _has_steps(last.base):
        raise reader.fail("S0209", token)
    return steps.filtered(left, expression, token.start, closing.end)


def _has_steps(node: Node) -> TypeGuard[Path]:
    """Return whether the reference takes this for a path: not `*`, `**` or % alone."""
    if not isinstance(node, Path):
        return False
    alone = len(node.steps) == 1 and isinstance(node.steps[0].node, (Wildcard, Descendant, Parent))
    return not alone or node.steps[0].focus is not None or node.steps[0].index is not None


def _group(reader: Reader, token: Token, left: Node) -> Node:
    found = pairs(reader)
    if isinstance(left, Group):
        raise reader.fail("S0210", token)
    return Group(base=left, pairs=found, start=left.start, end=reader.last_end)


def _order(reader: Reader, token: Token, left: Node) -> Node:
    reader.expect("(", operand=True)
    terms = [_term(reader)]
    while reader.accept(","):
        terms.append(_term(reader))
    closing = reader.expect(")", operand=False)
    return steps.sorted_by(left, Sort(terms=tuple(terms), start=token.start, end=closing.end))


def _term(reader: Reader) -> SortTerm:
    start = reader.token.start
    descending = reader.accept(">")
    if not descending:
        reader.accept("<")
    expression = reader.expression()
    return SortTerm(expression=expression, descending=descending, start=start, end=expression.end)


def _variable_after(reader: Reader, token: Token) -> Variable:
    node = reader.expression(BINDING[token.id])
    if not isinstance(node, Variable):
        raise reader.fail("S0214", token)
    return node


def _focus(reader: Reader, token: Token, left: Node) -> Node:
    variable = _variable_after(reader, token)
    last = left.steps[-1] if isinstance(left, Path) else None
    if (isinstance(left, Predicate) and left.filters) or (last is not None and steps.freed(last).stages):
        raise reader.fail("S0215", token)
    if last is not None and isinstance(last.node, Sort):
        raise reader.fail("S0216", token)
    return steps.focused(left, variable.name, variable.end)


def _index(reader: Reader, token: Token, left: Node) -> Node:
    variable = _variable_after(reader, token)
    if isinstance(left, Group) and _has_steps(left.base):  # the group stays the last thing done
        base = steps.indexed(left.base, variable.name, token.start, variable.end)
        return msgspec.structs.replace(left, base=base, end=variable.end)
    return steps.indexed(left, variable.name, token.start, variable.end)


def _condition(reader: Reader, _: Token, left: Node) -> Node:
    then = reader.expression()
    otherwise = reader.expression() if reader.accept(":") else None
    end = reader.last_end
    return Condition(test=left, then=then, otherwise=otherwise, start=left.start, end=end)


def _default(reader: Reader, token: Token, left: Node) -> Node:
    right = reader.expression()
    return Default(operator=token.id, left=left, right=right, start=left.start, end=right.end)


def _bind(reader: Reader, token: Token, left: Node) -> Node:
    if not isinstance(left, Variable):
        raise reader.fail("S0212", token)
    value = reader.expression(BINDING[":="] - 1)
    return Bind(name=left.name, value=value, start=left.start, end=value.end)


def _apply(reader: Reader, token: Token, left: Node) -> Node:
    right = reader.expression(BINDING[token.id])
    return Apply(left=left, right=right, start=left.start, end=right.end)


def _call(reader: Reader, _: Token, left: Node) -> Node:
    arguments: list[Node] = []
    if reader.token.id != ")":
        arguments.append(_argument(reader))
        while reader.accept(","):
            arguments.append(_argument(reader))
    closing = reader.expect(")", operand=False)
    if _is_function_word(left):
        return _lambda(reader, left, arguments)
    build = Partial if any(isinstance(one, Placeholder) for one in arguments) else Call
    return build(function=left, arguments=tuple(arguments), start=left.start, end=closing.end)


def _argument(reader: Reader) -> Node:
    if reader.token.id == "?":
        token = reader.advance(operand=False)
        return Placeholder(start=token.start, end=token.end)
    return reader.expression()


def _is_function_word(node: Node) -> bool:
    if not isinstance(node, Path) or len(node.steps) != 1:
        return False
    step = node.steps[0]
    named = isinstance(step.node, Name) and step.node.value in ("function", "λ")
    return named and step.end == node.end and not step.stages


def _lambda(reader: Reader, left: Node, arguments: list[Node]) -> Node:
    names: list[str] = []
    for argument in arguments:
        if not isinstance(argument, Variable):
            where = Token(NAME, None, argument.start, argument.end)
            raise reader.fail("S0208", where)
        names.append(argument.name)
    signature = _signature(reader) if reader.token.id == "<" else None
    reader.expect("{", operand=True)
    body = reader.expression()
    closing = reader.expect("}", operand=False)
    return Lambda(parameters=tuple(names), signature=signature, body=body, start=left.start, end=closing.end)


def _signature(reader: Reader) -> str:
    opening = reader.advance(operand=False)
    depth = 1
    while depth > 0 and reader.token.id not in ("{", END):
        token = reader.advance(operand=False)
        depth += {"<": 1, ">": -1}.get(token.id, 0)
    if depth:
        reader.expect(">", operand=False)
    text = reader.source[opening.start : reader.last_end]
    code = check_signature(text)
    if code is not None:
        whole = Token("<", None, opening.start, reader.last_end)
        raise reader.fail(code, whole)
    return text


_PLAIN: Mapping[str, Callable[[Reader, Token, Node], Node]] = dict.fromkeys(
    ("+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", "in", "and", "or"), _binary
)

INFIXES: Mapping[str, Infix] = {
    **_PLAIN,
    ".": _dot,
    "[": _bracket,
    "{": _group,
    "(": _call,
    "^": _order,
    "@": _focus,
    "#": _index,
    "?": _condition,
    "?:": _default,
    "??": _default,
    ":=": _bind,
    "~>": _apply,
}
"""Operator -> how it is read after a value."""
