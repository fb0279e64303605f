"""The examples of a client's README as one program, and what it must print."""

from pathlib import Path
from typing import NamedTuple

from tests.docs.pages import Block, blocks

EXAMPLE, PRINTS = "example", "prints"


class Readme(NamedTuple):
    """The examples in order, as one program: later ones use what earlier ones define."""

    program: str
    prints: str
    unmarked: tuple[str, ...]
    """Where there is code that is not an example; it would not be run."""


def read(path: Path, kind: str) -> Readme:
    """Read a README with examples in a language."""
    found = list(blocks(path))
    examples = [one for one in found if one.mark == EXAMPLE and one.kind == kind]
    printed = [one.text for one in found if one.mark == PRINTS]
    unmarked = tuple(one.where for one in found if one.kind == kind and one.mark != EXAMPLE and not _is_signature(one))
    return Readme("\n\n".join(one.text for one in examples), "".join(printed), unmarked)


def _is_signature(block: Block) -> bool:
    """Whether a block is one line that shows how something is called."""
    return block.text.count("\n") == 1
