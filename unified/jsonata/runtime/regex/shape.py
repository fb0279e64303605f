"""What can be told of a regular expression from its tree: its width, whether Python's engines mean the same."""

from unified.jsonata.runtime.regex.tree import Back, Characters, Choice, Edge, Expression, Group, Look, Node, Repeat, Sequence

Set = frozenset[int]


def nullable(node: Node) -> bool:
    """Whether a node may match the empty string."""
    match node:
        case Characters():
            return False
        case Sequence():
            return all(map(nullable, node.items))
        case Choice():
            return any(map(nullable, node.options))
        case Group():
            return nullable(node.body)
        case Repeat():
            return node.low == 0 or nullable(node.body)
    return True


def width(node: Node) -> int | None:
    """The number of characters that a node matches, None when it varies."""
    match node:
        case Characters():
            return 1
        case Sequence():
            return _total([width(item) for item in node.items])
        case Choice():
            widths = {width(option) for option in node.options}
            return widths.pop() if len(widths) == 1 else None
        case Group():
            return width(node.body)
        case Repeat():
            inner = width(node.body)
            return None if inner is None or node.low != node.high else inner * node.low
        case Back():
            return None
    return 0


def _total(widths: list[int | None]) -> int | None:
    known = [one for one in widths if one is not None]
    return sum(known) if len(known) == len(widths) else None


def starts_only(node: Node) -> bool:
    """Whether a node can match at the beginning of the text only."""
    match node:
        case Edge():
            return node.kind == "start"
        case Sequence():
            return bool(node.items) and starts_only(node.items[0])
        case Choice():
            return all(map(starts_only, node.options))
        case Group():
            return starts_only(node.body)
    return False


def looking_captures(node: Node) -> bool:
    """Whether a group inside a look-around captures text, which may lie outside of the match."""
    match node:
        case Look():
            return bool(captures(node.body))
        case Sequence():
            return any(map(looking_captures, node.items))
        case Choice():
            return any(map(looking_captures, node.options))
        case Group() | Repeat():
            return looking_captures(node.body)
    return False


def captures(node: Node) -> Set:
    """The numbers of the groups in a node."""
    match node:
        case Sequence():
            return Set().union(*map(captures, node.items))
        case Choice():
            return Set().union(*map(captures, node.options))
        case Group():
            return captures(node.body) | {node.number}
        case Repeat() | Look():
            return captures(node.body)
    return Set()


def plain(expression: Expression) -> bool:
    """Whether Python's engines give JavaScript's meaning for the tree.

    They do not reset groups at each iteration, fail for a back reference to a group that took no part, let an iteration match
    nothing, and look back over a fixed width only.
    """
    return _certain(expression.root, Set(), fold=expression.fold) is not None


def _certain(node: Node, done: Set, *, fold: bool) -> Set | None:
    """The groups that have captured for certain behind a node, given those before it; None when the node is not plain."""
    match node:
        case Sequence():
            return _in_order(node, done, fold)
        case Choice():
            ends = [_certain(option, done, fold=fold) for option in node.options]
            certain = [end for end in ends if end is not None]
            return Set.intersection(*certain) if len(certain) == len(ends) else None
        case Group():
            inner = _certain(node.body, done, fold=fold)
            return None if inner is None else inner | {node.number}
        case Repeat():
            return _repeated(node, done, fold)
        case Look():
            return _looked(node, done, fold)
        case Back():
            return done if node.number in done and not fold else None
    return done


def _in_order(node: Sequence, done: Set, fold: bool) -> Set | None:
    for item in node.items:
        after = _certain(item, done, fold=fold)
        if after is None:
            return None
        done = after
    return done


def _repeated(node: Repeat, done: Set, fold: bool) -> Set | None:
    own = captures(node.body)
    after = _certain(node.body, done - own, fold=fold)
    if after is None or nullable(node.body):
        return None
    if node.high != 1 and not own <= after:
        return None
    return after if node.low else done


def _looked(node: Look, done: Set, fold: bool) -> Set | None:
    if captures(node.body) and (node.behind or node.negative):
        return None
    if node.behind and width(node.body) is None:
        return None
    after = _certain(node.body, done, fold=fold)
    return done if after is not None and node.negative else after
