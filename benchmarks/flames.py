"""A flame graph as SVG: width is processor time, a function stands on its caller."""

from collections import Counter
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from benchmarks.parts import PARTS, part_of
from benchmarks.sampler import Stack

WIDTH: Final = 1400
HEIGHT: Final = 17
"""Of one function."""
HEAD: Final = 40
NARROWEST: Final = 1.5
"""Functions with fewer pixels are left out."""
LETTER: Final = 6.2
STYLE: Final = """\
text{font:11px ui-monospace,monospace;fill:#111}rect{stroke:#fff;stroke-width:.5}
.page{fill:#fff;stroke:none}.head{fill:#111;font-size:13px}
@media(prefers-color-scheme:dark){.page{fill:#15171a}.head{fill:#eee}rect{stroke:#15171a}}
"""


class Flame(msgspec.Struct, kw_only=True):
    """A function with all that it called; mutable while samples are added."""

    stack: Stack
    count: int = 0
    inner: dict[str, "Flame"] = {}


def flame_graph(stacks: Counter[Stack], title: str) -> str:
    """The SVG; a pointer on a function shows its name and share."""
    root = without_lone_roots(grown(stacks))
    height = HEAD + HEIGHT * (_depth(root) + 1)
    shapes = "".join(_shapes(root, 0.0, WIDTH / max(1, root.count), HEAD, max(1, root.count)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f'<style>{STYLE}</style><rect class="page" width="{WIDTH}" height="{height}"/>'
        f'<text class="head" x="8" y="24">{escape(title)}</text>{shapes}</svg>\n'
    )


def grown(stacks: Counter[Stack]) -> Flame:
    """The tree of all stacks."""
    root = Flame(stack=())
    for stack, count in sorted(stacks.items()):
        root.count += count
        flame = root
        for function in stack:
            flame = flame.inner.setdefault(function, Flame(stack=(*flame.stack, function)))
            flame.count += count
    return root


def without_lone_roots(root: Flame) -> Flame:
    """The innermost flame that still has all samples: what lies below it is the same for all."""
    while len(root.inner) == 1 and next(iter(root.inner.values())).count == root.count:
        root = next(iter(root.inner.values()))
    return root


def _depth(flame: Flame) -> int:
    return 1 + max((_depth(one) for one in flame.inner.values()), default=0)


def _shapes(flame: Flame, x: float, scale: float, y: float, total: int) -> list[str]:
    width = flame.count * scale
    if width < NARROWEST:
        return []
    found = [_shape(flame, x, width, y, total)]
    for one in sorted(flame.inner.values(), key=lambda inner: -inner.count):
        found += _shapes(one, x, scale, y + HEIGHT, total)
        x += one.count * scale
    return found


def _shape(flame: Flame, x: float, width: float, y: float, total: int) -> str:
    name = flame.stack[-1] if flame.stack else "all"
    letters = int((width - 4) / LETTER)
    shown = name if len(name) <= letters else name.partition(":")[2][:letters] if letters > 3 else ""
    return (
        f'<g><title>{escape(name)}: {flame.count / total:.1%}</title><rect x="{x:.1f}" y="{y:.0f}" width="{width:.1f}" '
        f'height="{HEIGHT}" fill="{_colour(flame.stack)}"/><text x="{x + 3:.1f}" y="{y + 12:.0f}">{escape(shown)}</text></g>'
    )


def _colour(stack: Stack) -> str:
    """One hue for each part."""
    names = [part for part, _ in PARTS]
    part = part_of(stack)
    return f"hsl({names.index(part) * 360 // len(names)} 65% 72%)" if part in names else "hsl(0 0% 78%)"
