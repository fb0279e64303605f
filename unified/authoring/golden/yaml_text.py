"""YAML as people write it: values in one line or in lines, aliases in their places, and where in a text a node ends."""

from collections.abc import Iterator
from typing import Any

import yaml

WIDTH = 10**9
"""Lines are never folded: a value in one line stays in one."""


class _Dumper(yaml.SafeDumper):
    """Quotes with `"`, repeats instead of aliases, and indents the entries of a list."""

    def choose_scalar_style(self) -> str:
        style: str = super().choose_scalar_style()
        return '"' if style == "'" else style

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)


def flow_text(value: Any) -> str:
    """Return a JSON value in one line, such as `{name: Ada, tags: [a, b]}`."""
    listed = yaml.dump([value], Dumper=_Dumper, default_flow_style=True, width=WIDTH, allow_unicode=True, sort_keys=False)
    return listed.rstrip("\n")[1:-1]


def block_text(value: Any, column: int) -> str:
    """Return a list or object with a line for each entry, indented as for a column, but for the first line."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, width=WIDTH, allow_unicode=True, sort_keys=False)
    return text.rstrip("\n").removeprefix("  ").replace("\n", "\n" + " " * column)


def is_block(node: yaml.Node) -> bool:
    """Return whether a list or object is written on separate lines."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def end_of(text: str, node: yaml.Node) -> int:
    """Return the index behind the last character of a node; line breaks and comments that follow are not part of it."""
    if not is_block(node):
        end: int = node.end_mark.index
        is_lines = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
        return len(text[:end].rstrip()) if is_lines else end
    last = node.value[-1]
    return end_of(text, last[1] if isinstance(last, tuple) else last)


class Alias(yaml.Node):
    """An alias, such as `*a`, at its place; `value` is the node that it repeats."""

    id = "alias"


def written_tree(text: str) -> Any:
    """Return the tree of nodes of a text that is plain YAML, with an `Alias` wherever there is one."""
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    parts = (one for one in events if isinstance(one, yaml.NodeEvent | yaml.CollectionEndEvent))
    return _node(next(parts), parts, {})


def _node(event: Any, rest: Iterator[Any], anchors: dict[str, yaml.Node]) -> yaml.Node:
    """Return the node that an event begins; the usual composer has the repeated node in the place of an alias."""
    start, end, name = event.start_mark, event.end_mark, event.anchor
    if isinstance(event, yaml.AliasEvent):
        return Alias("alias", anchors[name], start, end)
    if isinstance(event, yaml.ScalarEvent):
        style: Any = event.style
        node: yaml.Node = yaml.ScalarNode("", event.value, start, end, style=style)
    else:
        node = _collection(event, rest, anchors)
    if name is not None:
        anchors[name] = node
    return node


def _collection(event: Any, rest: Iterator[Any], anchors: dict[str, yaml.Node]) -> yaml.CollectionNode:
    start, is_flow, inner = event.start_mark, event.flow_style, []
    is_list = isinstance(event, yaml.SequenceStartEvent)
    one = next(rest)
    while not isinstance(one, yaml.CollectionEndEvent):
        inner.append(_node(one, rest, anchors))
        one = next(rest)
    end: Any = one.end_mark
    if is_list:
        return yaml.SequenceNode("", inner, start, end, flow_style=is_flow)
    return yaml.MappingNode("", list(zip(inner[::2], inner[1::2], strict=True)), start, end, flow_style=is_flow)


def below(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield a node and all nodes in it, aliases not followed."""
    yield node
    if isinstance(node, yaml.CollectionNode):
        for one in node.value:
            for inner in one if isinstance(one, tuple) else (one,):
                yield from below(inner)
