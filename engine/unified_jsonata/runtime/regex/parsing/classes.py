"""Character classes of regular expressions: [a-z], [^…], [], [^]."""

from unified_jsonata.runtime.regex.parsing import escapes
from unified_jsonata.runtime.regex.parsing.folding import close
from unified_jsonata.runtime.regex.parsing.ranges import CLASSES, complement, single, union, with_astral
from unified_jsonata.runtime.regex.parsing.reader import Reader
from unified_jsonata.runtime.regex.parsing.tree import Characters, Ranges


def character_class(reader: Reader) -> Characters:
    """Return the set of a class; `reader` is behind the opening bracket, and goes behind the closing one."""
    opened = reader.at - 1
    negative = reader.take("^")
    parts: list[Ranges] = []
    while not reader.take("]"):
        if reader.at >= len(reader.source):
            raise reader.invalid("a class has no closing ]", opened)
        parts.append(_member(reader))
    ranges = with_astral(union(*parts))
    return Characters(complement(ranges) if negative else ranges)


def _member(reader: Reader) -> Ranges:
    """Return a character, a named class, or a range; with a named class at one side, a hyphen is itself."""
    begin = reader.at
    low = _atom(reader)
    if not reader.source.startswith("-", reader.at) or reader.source.startswith("-]", reader.at):
        return _ranges(reader, low)
    reader.at += 1
    if reader.at >= len(reader.source):
        return _ranges(reader, low)
    high = _atom(reader)
    if not isinstance(low, str) or not isinstance(high, str):
        return union(_ranges(reader, low), single("-"), _ranges(reader, high))
    if low > high:
        raise reader.invalid("the ends of a range are in the wrong order", begin)
    return _folded(reader, ((ord(low), ord(high)),))


def _ranges(reader: Reader, atom: str | Ranges) -> Ranges:
    return _folded(reader, single(atom)) if isinstance(atom, str) else atom


def _folded(reader: Reader, ranges: Ranges) -> Ranges:
    return close(ranges) if reader.fold else ranges


def _atom(reader: Reader) -> str | Ranges:
    r"""Return one character, or the set of a class such as \d."""
    letter = reader.peek()
    reader.at += 1
    if letter != "\\":
        return letter
    if reader.peek() in CLASSES:
        reader.at += 1
        return CLASSES[reader.source[reader.at - 1]]
    if reader.take("b"):
        return "\b"
    return escapes.character(reader, in_class=True)
