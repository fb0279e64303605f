"""JavaScript's regular expressions, flags i and m, as a tree.

ECMA-262 with annex B, without the flag u, as of Node 20 (no duplicate names, no modifiers). One difference: an astral
character, also one that is written as two surrogates, is one character and not two; so is a class of high surrogates
before a class of low ones.
"""

import re
from typing import Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.regex.parsing import escapes
from unified_jsonata.runtime.regex.parsing.classes import character_class
from unified_jsonata.runtime.regex.parsing.folding import close
from unified_jsonata.runtime.regex.parsing.ranges import CLASSES, DOT, single, union
from unified_jsonata.runtime.regex.parsing.reader import COUNT, DEPTH, LENGTH, Reader, refusal
from unified_jsonata.runtime.regex.parsing.tree import (
    Alternation,
    Back,
    Characters,
    Edge,
    EdgeKind,
    Expression,
    Group,
    Look,
    Node,
    Repeat,
)
from unified_jsonata.runtime.regex.parsing.tree import Sequence as Run

FLAGS: Final = ("", "i", "m", "im", "mi")
QUANTIFIER: Final = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
SIGNS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
OPENING: Final = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]?|\((?!\?)|\(\?<(?![=!])([^>]*)>?", re.DOTALL)
"""Tokens that matter for the number of groups: escapes and classes, which hide brackets, and the openings of groups."""
LOOKS: Final = {"?=": (False, False), "?!": (False, True), "?<=": (True, False), "?<!": (True, True)}
BACK: Final = re.compile("[1-9][0-9]*")
NAME: Final = re.compile("<([^>]*)>")
LONG: Final = 10
"""Digits from which a number is over every bound."""
HALVES: Final = (0xD800, 0xDBFF, 0xDC00, 0xDFFF)


def parse(source: str, flags: str) -> Expression:
    """Return the tree of a regular expression; U1005 for what JavaScript refuses and what is over a bound, S0301 when empty."""
    if not source:
        raise Failure("S0301")
    if flags not in FLAGS:
        raise Failure("U1005", "the flags of a regular expression are i and m")
    if len(source) > LENGTH:
        raise Failure("U1005", f"more than {LENGTH} characters")
    total, names = _groups(source)
    reader = Reader(source=source, fold="i" in flags, lines="m" in flags, total=total, names=names)
    root = _alternation(reader)
    if reader.at < len(source):
        raise reader.invalid("a ) has no (")
    return Expression(root=root, groups=total, fold=reader.fold)


def _groups(source: str) -> tuple[int, dict[str, int]]:
    """Return the number of capturing groups, and the numbers of those with names."""
    total = 0
    names: dict[str, int] = {}
    for found in OPENING.finditer(source):
        if found[0][0] != "(":
            continue
        total += 1
        name = found[1]
        if name is None:
            continue
        if name in names or not name.replace("$", "_").isidentifier():
            raise refusal(
                "two groups have the same name" if name in names else "the name of a group is malformed", found.start()
            )
        names[name] = total
    return total, names


def _alternation(reader: Reader) -> Node:
    options = [_run(reader)]
    while reader.take("|"):
        options.append(_run(reader))
    return options[0] if len(options) == 1 else Alternation(tuple(options))


def _run(reader: Reader) -> Node:
    items: list[Node] = []
    while reader.peek() not in ("", "|", ")"):
        begin = reader.at
        atom, repeatable = _atom(reader)
        pair = _astral(items[-1], atom) if items else None
        if pair is not None:
            items.pop()
            atom = pair
        items.append(_quantified(reader, atom, repeatable, begin))
    return items[0] if len(items) == 1 else Run(tuple(items))


def _astral(first: Node, second: Node) -> Node | None:
    """Return one set of astral characters for a high surrogate and a low one; None for anything else."""
    if not isinstance(first, Characters) or not isinstance(second, Characters) or not first.ranges or not second.ranges:
        return None
    high_from, high_to, low_from, low_to = HALVES
    if not high_from <= first.ranges[0][0] <= first.ranges[-1][1] <= high_to:
        return None
    if not low_from <= second.ranges[0][0] <= second.ranges[-1][1] <= low_to:
        return None
    highs = [high for begin, end in first.ranges for high in range(begin, end + 1)]
    base = [0x10000 + (high - high_from) * 0x400 - low_from for high in highs]
    return Characters(union((at + low, at + high) for at in base for low, high in second.ranges))


def _quantified(reader: Reader, atom: Node, repeatable: bool, begin: int) -> Node:
    bounds = _bounds(reader)
    if bounds is None:
        return atom
    low, high = bounds
    if not repeatable:
        raise reader.invalid("there is nothing to repeat", begin)
    if high is not None and low > high:
        raise reader.invalid("the numbers in {} are in the wrong order", begin)
    if max(low, high or 0) > COUNT:
        raise reader.invalid(f"a repetition has more than {COUNT} times", begin)
    return Repeat(body=atom, low=low, high=high, lazy=reader.take("?"))


def _bounds(reader: Reader) -> tuple[int, int | None] | None:
    sign = SIGNS.get(reader.peek())
    if sign is not None:
        reader.at += 1
        return sign
    found = QUANTIFIER.match(reader.source, reader.at)
    if found is None:
        return None
    reader.at = found.end()
    low = _number(found[1])
    if found[2] is None:
        return low, low
    return low, _number(found[3]) if found[3] else None


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) < LONG else 10**LONG + len(digits)


def _atom(reader: Reader) -> tuple[Node, bool]:
    """Return one term, and whether it may be repeated."""
    letter = reader.peek()
    if letter in SIGNS or (letter == "{" and QUANTIFIER.match(reader.source, reader.at)):
        raise reader.invalid("there is nothing to repeat")
    reader.at += 1
    if letter == "\\":
        return _escape(reader)
    if letter == "(":
        return _group(reader)
    if letter == "[":
        return character_class(reader), True
    if letter == ".":
        return Characters(DOT), True
    if letter in ("^", "$"):
        return _line_edge(reader, letter), False
    return _literal(reader, letter), True


def _line_edge(reader: Reader, letter: str) -> Edge:
    kinds: tuple[EdgeKind, EdgeKind] = ("line start", "line end") if reader.lines else ("start", "end")
    return Edge(kinds[0] if letter == "^" else kinds[1])


def _literal(reader: Reader, letter: str) -> Characters:
    ranges = single(letter)
    return Characters(close(ranges) if reader.fold else ranges)


def _escape(reader: Reader) -> tuple[Node, bool]:
    if reader.take("b"):
        return Edge("word"), False
    if reader.take("B"):
        return Edge("inside"), False
    if reader.peek() in CLASSES:
        reader.at += 1
        return Characters(CLASSES[reader.source[reader.at - 1]]), True
    back = _back(reader)
    return (back, True) if back is not None else (_literal(reader, escapes.character(reader, in_class=False)), True)


def _back(reader: Reader) -> Back | None:
    """Return a back reference by number, or by name where the expression has names."""
    digits = BACK.match(reader.source, reader.at)
    if digits is not None and _number(digits[0]) <= reader.total:
        reader.at = digits.end()
        return Back(_number(digits[0]))
    if not reader.names or not reader.take("k"):
        return None
    name = NAME.match(reader.source, reader.at)
    if name is None or name[1] not in reader.names:
        raise reader.invalid("\\k must be followed by the name of a group")
    reader.at = name.end()
    return Back(reader.names[name[1]])


def _group(reader: Reader) -> tuple[Node, bool]:
    opened = reader.at - 1
    reader.depth += 1
    if reader.depth > DEPTH:
        raise reader.invalid(f"groups are nested deeper than {DEPTH} levels", opened)
    made = _opened(reader, opened)
    if not reader.take(")"):
        raise reader.invalid("a ( has no )", opened)
    reader.depth -= 1
    return made


def _opened(reader: Reader, opened: int) -> tuple[Node, bool]:
    for sign, (behind, negative) in LOOKS.items():
        if reader.take(sign):
            return Look(body=_alternation(reader), behind=behind, negative=negative), not behind
    if reader.take("?:"):
        body = _alternation(reader)
        return (Run((body,)) if isinstance(body, Characters) else body), True
    if reader.take("?<"):
        reader.at = reader.source.index(">", reader.at) + 1 if ">" in reader.source[reader.at :] else len(reader.source)
    elif reader.peek() == "?":
        raise reader.invalid("this kind of group is not known", opened)
    reader.groups += 1
    number = reader.groups
    return Group(number, _alternation(reader)), True
