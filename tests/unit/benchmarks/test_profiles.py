"""Profiles: stacks survive their file, samples belong to the innermost part, and a flame is as wide as its samples."""

import xml.etree.ElementTree as ET
from collections import Counter

from benchmarks.flames import NARROWEST, WIDTH, flame_graph
from benchmarks.parts import OTHER, PARTS, part_of, shares
from benchmarks.sampler import folded, unfolded

STACKS = Counter(
    {
        ("main:run", "unified.api.models.records:list_records", "unified_jsonata.engine:Expression.evaluate", "re:match"): 60,
        ("main:run", "unified.api.models.records:list_records", "unified.models.conversion.conform:conform"): 30,
        ("main:run", "uvicorn.server:Server.serve"): 10,
    }
)
SVG = "{http://www.w3.org/2000/svg}"


def test_stacks_are_read_back_from_their_text() -> None:
    assert unfolded(folded(STACKS)) == STACKS


def test_a_function_of_no_part_counts_for_its_caller() -> None:
    assert part_of(("unified.api.models.records:list_records", "unified_jsonata.engine:evaluate", "re:match")) == PARTS[0][0]
    assert part_of(("unifiedish:main",)) == OTHER


def test_shares_add_up_and_the_largest_comes_first() -> None:
    found = shares(STACKS)
    assert list(found.values()) == [0.6, 0.3, 0.1]
    assert next(iter(found)) == PARTS[0][0]


def test_a_flame_is_as_wide_as_its_samples() -> None:
    picture = ET.fromstring(flame_graph(STACKS, "a < b"))
    widths = {group[0].text: float(group[1].attrib["width"]) for group in picture.iter(f"{SVG}g")}
    assert widths["main:run: 100.0%"] == WIDTH
    assert widths["unified.models.conversion.conform:conform: 30.0%"] == WIDTH * 0.3


def test_functions_too_narrow_to_see_are_left_out() -> None:
    rare = STACKS | Counter({("main:run", "rare:one"): 1}) | Counter({("main:run", "common:one"): round(WIDTH / NARROWEST)})
    assert "rare:one" not in flame_graph(rare, "rare")
