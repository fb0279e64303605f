"""Maps each kind of node to its handler: the table that the compiler walks a tree with."""

from collections.abc import Mapping
from typing import Any

from unified_jsonata.compiler import predicated
from unified_jsonata.compiler.expressions import blocks, lambdas, operators, transforms
from unified_jsonata.compiler.functions import calls
from unified_jsonata.compiler.objects import objects
from unified_jsonata.compiler.paths import paths, streams
from unified_jsonata.compiler.writing.generator import Generator, Handler
from unified_jsonata.compiler.writing.kinds import UNDEFINED, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax import tree


def _placeholder(_: Generator, __: Any, ___: Place) -> Value:
    """Compile `?` outside of a partial application: there it has no value."""
    return UNDEFINED


def _path(gen: Generator, node: tree.Path, at: Place) -> Value:
    return streams.path(gen, node, at) if streams.is_stream(gen, node) else paths.path(gen, node, at)


HANDLERS: Mapping[type[tree.Node], Handler] = {
    tree.String: operators.string,
    tree.Number: operators.number,
    tree.Constant: operators.literal,
    tree.Regex: operators.regex,
    tree.Binary: operators.binary,
    tree.Negate: operators.negate,
    tree.Condition: operators.condition,
    tree.Default: operators.default,
    tree.Path: _path,
    tree.Predicate: predicated.predicate,
    tree.Parent: streams.parent,
    tree.Object: objects.constructed,
    tree.Array: objects.array,
    tree.Range: objects.span,
    tree.Group: objects.group,
    tree.Block: blocks.block,
    tree.Bind: blocks.bind,
    tree.Variable: blocks.variable,
    tree.Lambda: lambdas.lambda_value,
    tree.Call: calls.call,
    tree.Apply: calls.apply,
    tree.Partial: calls.partial,
    tree.Placeholder: _placeholder,
    tree.Transform: transforms.transform,
}
"""Kind of node -> what writes its value."""

TESTS: Mapping[type[tree.Node], Any] = {
    tree.Binary: operators.binary_test,
    tree.Call: calls.test,
    tree.Apply: calls.apply_test,
}
"""Kinds of nodes with a truth that costs less than their value."""
