"""Reads a backslash in a regular expression, outside and inside of a class.

ECMA-262, annex B: an escape that means nothing is the character itself.
"""

import re
from typing import Final

from unified_jsonata.runtime.regex.parsing.reader import Reader

CONTROLS: Final = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
HEX: Final = {"x": re.compile("x([0-9A-Fa-f]{2})"), "u": re.compile("u([0-9A-Fa-f]{4})")}
LOW_HALF: Final = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
OCTAL: Final = re.compile("[0-3][0-7]{0,2}|[4-7][0-7]?")
CONTROL: Final = re.compile("c([A-Za-z])")
CLASS_CONTROL: Final = re.compile("c([A-Za-z0-9_])")
HIGH_HALVES: Final = range(0xD800, 0xDC00)


def character(reader: Reader, *, in_class: bool) -> str:
    """Return the character that an escape means; `reader` is behind the backslash, and goes behind the escape."""
    letter = reader.peek()
    if letter in CONTROLS:
        reader.at += 1
        return CONTROLS[letter]
    if letter == "c":
        return _control(reader, in_class)
    if letter in HEX:
        return _hexadecimal(reader, letter)
    octal = OCTAL.match(reader.source, reader.at)
    if octal is not None:
        reader.at = octal.end()
        return chr(int(octal[0], 8))
    return _itself(reader, letter)


def _itself(reader: Reader, letter: str) -> str:
    if not letter:
        raise reader.invalid("a backslash has nothing behind it")
    if letter == "k" and reader.names:
        raise reader.invalid("\\k must be followed by the name of a group")
    reader.at += 1
    return letter


def _control(reader: Reader, in_class: bool) -> str:
    found = (CLASS_CONTROL if in_class else CONTROL).match(reader.source, reader.at)
    if found is None:
        return "\\"  # the c is read again, as itself
    reader.at = found.end()
    return chr(ord(found[1]) % 32)


def _hexadecimal(reader: Reader, letter: str) -> str:
    found = HEX[letter].match(reader.source, reader.at)
    if found is None:
        reader.at += 1
        return letter
    reader.at = found.end()
    code = int(found[1], 16)
    low = LOW_HALF.match(reader.source, reader.at) if code in HIGH_HALVES else None
    if low is None:
        return chr(code)
    reader.at = low.end()
    return chr(0x10000 + (code - 0xD800) * 0x400 + int(low[1], 16) - 0xDC00)
