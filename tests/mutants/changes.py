"""Small changes of a module, of the kinds that people make by mistake: each is one node of its syntax tree."""

import ast
from collections.abc import Iterator

import msgspec

OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a file."""

    file: str
    number: int
    """Its place among the changes of the file, in the order of the tree."""
    function: str
    """The qualified name of the function that has it, as code objects have it."""
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}: {self.kind}"


class _Changes(ast.NodeTransformer):
    """Count the changes, and make the one that is wanted."""

    def __init__(self, wanted: int | None = None) -> None:
        self.wanted = wanted
        self.found: list[tuple[str, int, str]] = []
        self.path: list[str] = []
        self.functions = 0

    def offer(self, node: ast.AST, kind: str) -> bool:
        """Note a change of this node; true if it is the wanted one."""
        self.found.append((".".join(self.path), node.lineno, kind))  # type: ignore[attr-defined]
        return len(self.found) - 1 == self.wanted

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.ClassDef):
            return self._within(node, [node.name], 0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._within(node, [node.name, "<locals>"], 1)
        return self._changed(node) if self.functions else self.generic_visit(node)

    def _within(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, names: list[str], deeper: int) -> ast.AST:
        self.path += names
        self.functions += deeper
        documented = ast.get_docstring(node) is not None
        kept, node.body = node.body[:documented], node.body[documented:]
        node.body = kept + [self.visit(one) for one in node.body]  # type: ignore[misc]
        self.functions -= deeper
        del self.path[-len(names) :]
        return node

    def _changed(self, node: ast.AST) -> ast.AST:
        match node:
            case ast.AnnAssign():
                node.value = node.value and self.visit(node.value)  # type: ignore[assignment]
                return node
            case ast.Expr(value=ast.Constant()):
                return node
            case ast.Expr(value=ast.Call() | ast.Await()) if self.offer(node, "statement left out"):
                return ast.copy_location(ast.Pass(), node)
            case ast.Return(value=ast.expr()) if not _is_none(node.value) and self.offer(node, "returns None"):
                node.value = ast.copy_location(ast.Constant(None), node)
            case ast.If() | ast.While() | ast.IfExp() if self.offer(node.test, "condition negated"):
                node.test = _negated(node.test)
            case ast.comprehension(ifs=[first, *_]) if self.offer(first, "filter left out"):
                node.ifs = node.ifs[1:]
            case ast.UnaryOp(op=ast.Not()) if self.offer(node, "`not` left out"):
                return self.generic_visit(node.operand)
            case ast.Compare(ops=[op]) if type(op) in OPPOSITES and self.offer(node, f"{type(op).__name__} reversed"):
                node.ops = [OPPOSITES[type(op)]()]  # type: ignore[list-item]
            case ast.BoolOp() | ast.BinOp() if type(node.op) in OPPOSITES and self.offer(
                node, f"{type(node.op).__name__} reversed"
            ):
                node.op = OPPOSITES[type(node.op)]()  # type: ignore[assignment]
            case ast.Constant():
                return self._constant(node)
        return self.generic_visit(node)

    def _constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if isinstance(value, bool) and self.offer(node, f"{value} reversed"):
            return ast.copy_location(ast.Constant(not value), node)
        if type(value) is int and self.offer(node, f"{value} is one more"):
            return ast.copy_location(ast.Constant(value + 1), node)
        if isinstance(value, str) and value and self.offer(node, "text changed"):
            return ast.copy_location(ast.Constant(value + "X"), node)
        return node


def changes_of(file: str, source: str) -> Iterator[Change]:
    """Every change that a file offers, within functions."""
    finder = _Changes()
    finder.visit(ast.parse(source))
    for number, (path, line, kind) in enumerate(finder.found):
        yield Change(file=file, number=number, function=path.removesuffix(".<locals>"), line=line, kind=kind)


def changed_tree(source: str, number: int) -> ast.Module:
    """The tree of a file with one of its changes.

    Raises:
        LookupError: The file offers fewer changes.
    """
    maker = _Changes(number)
    tree = maker.visit(ast.parse(source))
    if number >= len(maker.found):
        raise LookupError(f"expected a number below {len(maker.found)}, got {number}")
    assert isinstance(tree, ast.Module)
    return ast.fix_missing_locations(tree)


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _negated(node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(op=ast.Not(), operand=node), node)
