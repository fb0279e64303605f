"""YAML as people write it: values in one line or in lines, and the place in a text where a node ends."""

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
    """Return whether a list or object is written in lines of its own."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def end_of(text: str, node: yaml.Node) -> int:
    """Return the index behind the last character of a node; line breaks and comments that follow are not part of it."""
    if not is_block(node):
        end: int = node.end_mark.index
        is_lines = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
        return len(text[:end].rstrip()) if is_lines else end
    last = node.value[-1]
    return end_of(text, last[1] if isinstance(last, tuple) else last)
