"""Five requests go through no more files and functions than they did: what is simple stays so."""

import asyncio
import sys

import pytest

from benchmarks.journeys import journeys

MOST = {
    "list": (151, 595),
    "held": (168, 765),
    "page": (179, 765),
    "approve": (180, 835),
    "mcp": (172, 695),
}
"""Files and functions of each; lower them when they are fewer. Rows that a slow machine reads again take a few more."""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="functions are counted by sys.monitoring")
def test_a_request_takes_no_longer_way_than_it_did() -> None:
    found = asyncio.run(journeys())
    assert found.keys() == MOST.keys()
    for name, one in found.items():
        assert 0 < one.files <= MOST[name][0], f"{name}: {one}"
        assert 0 < one.functions <= MOST[name][1], f"{name}: {one}"
