"""The commands that the pages give a newcomer, and the place on a page that states how long they take.

A page marks commands with `<!-- newcomer: STEP -->` before a block. Two pages may give the same step, in the same commands.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs/quickstart-applications.md"
PAGES: Final = (PAGE, ROOT / "README.md", ROOT / "clients/python/README.md", ROOT / "clients/typescript/README.md")
PUBLISHED: Final = Path(__file__).with_name("newcomer.json")
DEMO: Final = "demo"
LANGUAGES: Final = ("Python", "TypeScript")
BLOCK: Final = re.compile(r"^<!-- newcomer: (\w+) -->\n```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLACE: Final = re.compile(r"(<!-- measured: newcomer -->\n).*?(<!-- /measured -->)", re.DOTALL)
COMMENT: Final = re.compile(r"[ ]+#.*$", re.MULTILINE)
MOST_SECONDS: Final = 300
"""What the page promises: from the clone to the records of one client."""


class Step(NamedTuple):
    """Commands of a page that belong together."""

    name: str
    commands: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A step and the seconds that it took."""

    name: str
    seconds: float


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """All steps of one run."""

    taken: str
    """The date."""
    commit: str
    machine: dict[str, str]
    steps: tuple[Taken, ...]

    def ways(self) -> dict[str, float]:
        """Seconds from the clone to the records, by the language of the client."""
        shared = sum(one.seconds for one in self.steps if one.name not in LANGUAGES)
        return {one.name: shared + one.seconds for one in self.steps if one.name in LANGUAGES}


def steps(pages: tuple[Path, ...] = PAGES) -> list[Step]:
    """The steps in the order in which the pages give them.

    Raises:
        ValueError: two pages give a step in different commands.
    """
    found: dict[str, Step] = {}
    for page in pages:
        for name, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            step = found.setdefault(name, Step(name, COMMENT.sub("", text)))
            if step != (name, COMMENT.sub("", text)):
                raise ValueError(f"{page.name}: {name}: expected what another page tells, {step.commands!r}; found {text!r}")
    return list(found.values())


def sentence(way: Way) -> str:
    """What the page says about a run."""
    of = {one.name: one.seconds for one in way.steps}
    ways = way.ways()
    place = f"{way.machine['processor']}, {way.machine['cores']} cores, load {way.machine['load']}"
    return (
        f"Measured with empty caches: {ways['Python']:.0f} seconds from the clone to the records in Python,"
        f" {ways['TypeScript']:.0f} in TypeScript.\n"
        f"Of these, the demo with its installation takes {of[DEMO]:.0f}, and the client with its program {of['Python']:.0f}"
        f" or {of['TypeScript']:.0f}.\n"
        f"`make bench-newcomer` measures it on your machine ({way.taken}, {place})."
    )


def filled(page: str, way: Way) -> str:
    """The page with the sentence in its place."""
    return PLACE.sub(lambda found: f"{found[1]}{sentence(way)}\n{found[2]}", page)


def write_page(way: Way) -> None:
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), way), encoding="utf-8")
