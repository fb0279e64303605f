"""Lines of Python source with the place in the expression that each comes from."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from unified_jsonata.errors import Failure

INDENT = "    "
SHORT = 60
"""Characters of a literal up to which a line stays readable."""
NESTED = 8
"""Loops in one another in one function."""
MAX_LINES = 20_000
"""Lines of one program: a mapping of 60 lines takes 300."""
MAX_FUNCTIONS = 1_000
"""Functions of one program; Python's own compiler takes time with their square."""


NAME = re.compile(r"\b[a-z][0-9]+\b")
"""The form of names that `Writer.name` makes."""


EMPTY = re.compile(r" *[ao][0-9]+ = (?:\[\]|\{\})(?:; m[0-9]+ = UNBOUND)*")
"""A line that makes an empty list or object, with what has been added to it."""


def _assigned(line: str) -> str:
    """Return the name that a line makes; empty when it does more than that."""
    name, equals, _ = line.lstrip().partition(" = ")
    return name if equals and NAME.fullmatch(name) else ""


def _occurs_once(text: str, name: str) -> bool:
    """Return whether a name is nowhere but where it is made."""
    first = text.find(name)
    while first >= 0 and text[first + len(name)].isdigit():
        first = text.find(name, first + 1)
    again = text.find(name, first + 1)
    while again >= 0 and text[again + len(name)].isdigit():
        again = text.find(name, again + 1)
    return again < 0


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


class Define:
    """A function being written: the position of its first line, and the outer variables that it assigns."""

    def __init__(self, line: int, depth: int, owned: set[str]) -> None:
        self.line = line
        self.depth = depth
        self.owned = owned
        self.outer: set[str] = set()
        self.loops = 0


class Writer:
    """Collects lines, constants and names; the state of one compilation."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[int] = []
        self.callees: dict[int, str] = {}
        """Line (counted from 0) -> the function supplied by the caller that it calls."""
        self.indent = ""
        self.functions = 0
        self.place = 0
        self.depth = 0
        self.count = 0
        self.constants: dict[str, Any] = {}
        self._hinted: dict[Any, str] = {}
        self.defines: list[Define] = []
        self.spare: set[str] = set()
        """Names with values that may not be needed: `prune` removes those that nothing reads."""
        self.known: dict[Any, Any] = {}
        """Values already at hand in the present region."""
        self._hosts: list[tuple[int, Define]] = []
        """For each loop around the line before it, which makes an empty list or object, and the function that it is in."""
        self._before: list[list[tuple[Any, Any]]] = [[]]
        """For each region around what was known under the keys that it has changed."""

    def line(self, text: str) -> None:
        """Add a line at the present indentation, for the present place."""
        if len(self.lines) > MAX_LINES:
            raise Failure("U0102", f"too large: it would take more than {MAX_LINES} lines")
        self.lines.append(self.indent + text)
        self.places.append(self.place)

    def name(self, letter: str = "t") -> str:
        """Return a name used nowhere else, owned by the function being written."""
        self.count += 1
        made = f"{letter}{self.count}"
        if self.defines:
            self.defines[-1].owned.add(made)
        return made

    def constant(self, value: Any, hint: str = "") -> str:
        """Return the name of a value made once, at compile time; with a hint, equal values share a name made from it."""
        if hint and value in self._hinted:
            return self._hinted[value]
        made = f"{hint}_{len(self.constants) + 1}" if hint else f"k{len(self.constants) + 1}"
        self.constants[made] = value
        if hint:
            self._hinted[value] = made
        return made

    def quoted(self, value: Any) -> str:
        """Return a literal as Python source: a short one in place, another by name."""
        shown = repr(value)
        return shown if len(shown) <= SHORT and shown.isascii() else self.constant(value)

    def assign(self, name: str, code: str) -> None:
        """Assign to a name, which may belong to a function around this one."""
        define = self.defines[-1]
        if name not in define.owned:
            define.outer.add(name)
        self.line(f"{name} = {code}")

    def rename(self, name: str, code: str, start: int) -> None:
        """Assign a value to a name: where the last line since `start` makes the value, that line makes it so named."""
        made = f"{self.indent}{code} = "
        if len(self.lines) > start and self.lines[-1].startswith(made) and code[0] in "ot":
            self.lines[-1] = f"{self.indent}{name} = {self.lines[-1][len(made) :]}"
        else:
            self.line(f"{name} = {code}")

    @property
    def crowded(self) -> bool:
        """Return whether loops are nested so deeply that the next has to be a function: Python allows twenty."""
        return self.defines[-1].loops >= NESTED

    def prune(self) -> None:
        """Take out the lines that make spare names which no other line reads; called once, when everything is written."""
        if not self.spare:
            return
        text = "\n".join(self.lines)
        unread = [f" {name} = " for name in self.spare if _occurs_once(text, name)]
        if not unread:
            return
        made = [at for at, line in enumerate(self.lines) if any(one in line for one in unread)]
        gone = {at for at in made if f" {_assigned(self.lines[at])} = " in unread and self._has_neighbour(at)}
        kept = [at for at in range(len(self.lines)) if at not in gone]
        now_at = {before: now for now, before in enumerate(kept)}
        self.lines = [self.lines[at] for at in kept]
        self.places = [self.places[at] for at in kept]
        self.callees = {now_at[at]: name for at, name in self.callees.items()}

    def _has_neighbour(self, at: int) -> bool:
        """Return whether the block of a line has another line next, so that it may go."""
        return at + 1 < len(self.lines) and _depth(self.lines[at + 1]) == _depth(self.lines[at])

    def find(self, key: Any) -> Any:
        """Return what is at hand under a key in this region or the ones around it, or None."""
        return self.known.get(key)

    def remember(self, key: Any, value: Any) -> None:
        """Note what is at hand until the present region ends."""
        self._before[-1].append((key, self.known.get(key)))
        self.known[key] = value

    def replace(self, key: Any, value: Any) -> None:
        """Note something else under a key, for as long as the key was noted."""
        self.known[key] = value

    def forget(self, base: str) -> None:
        """Forget what was read from a variable, because it has been bound again."""
        for key in [key for key, value in self.known.items() if value is not None and isinstance(key, tuple) and base in key]:
            self.remember(key, None)

    @contextmanager
    def region(self) -> Iterator[None]:
        """Write indented lines that may not run: what they compute is not at hand afterwards."""
        before: list[tuple[Any, Any]] = []
        self._before.append(before)
        self.depth += 1
        self.indent = INDENT * self.depth
        size = len(self.lines)
        yield
        if len(self.lines) == size:
            self.line("pass")
        self.depth -= 1
        self.indent = INDENT * self.depth
        self._before.pop()
        for key, value in reversed(before):
            self.known[key] = value

    @contextmanager
    def block(self, opening: str) -> Iterator[None]:
        """Write a statement and indent the lines below it."""
        self.line(opening)
        with self.region():
            yield

    @contextmanager
    def loop(self, opening: str) -> Iterator[None]:
        """Write a loop."""
        self.defines[-1].loops += 1
        is_hosted = EMPTY.fullmatch(self.lines[-1]) is not None and _depth(self.lines[-1]) == len(self.indent)
        if is_hosted:
            self._hosts.append((len(self.lines) - 1, self.defines[-1]))
        with self.block(opening):
            yield
        if is_hosted:
            self._hosts.pop()
        self.defines[-1].loops -= 1

    @property
    def host(self) -> tuple[int, Define] | None:
        """Return where a name can be made before all loops around; None if nowhere."""
        return self._hosts[0] if self._hosts else None

    def name_before(self, host: tuple[int, Define]) -> str:
        """Return a name that is made, without a value, before a loop."""
        line, define = host
        self.count += 1
        made = f"m{self.count}"
        define.owned.add(made)
        self.lines[line] += f"; {made} = UNBOUND"
        return made

    @contextmanager
    def define(self, name: str, parameters: list[str], defaults: str = "") -> Iterator[None]:
        """Write a function; nothing computed outside is at hand inside, since the function may run later."""
        self.functions += 1
        if self.functions > MAX_FUNCTIONS:
            raise Failure("U0102", f"too large: it would take more than {MAX_FUNCTIONS} functions")
        shown = [parameter + defaults for parameter in parameters]
        self.line(f"def {name}({', '.join(shown)}):")
        define = Define(len(self.lines), self.depth + 1, set(parameters))
        self.defines.append(define)
        known, self.known = self.known, {}
        place = self.place
        with self.region():
            yield
        self.place = place
        self.known = known
        self.defines.pop()
        if define.outer:
            self.lines.insert(define.line, INDENT * define.depth + "nonlocal " + ", ".join(sorted(define.outer)))
            self.places.insert(define.line, place)
            self.callees = {line + (line >= define.line): name for line, name in self.callees.items()}
