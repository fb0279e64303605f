"""Five requests go through no more files and functions than they did: what is simple stays so."""

import asyncio
import sys

import pytest

from benchmarks.journeys import journeys

MOST = {
    "list": (150, 566),
    "held": (166, 742),
    "page": (177, 740),
    "approve": (178, 808),
    "mcp": (172, 677),
}
"""Files and functions of each; lower them when they are fewer. Rows that a slow machine reads again take a few more."""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="functions are counted by sys.monitoring")
def test_a_request_takes_no_longer_way_than_it_did() -> None:
    found = asyncio.run(journeys())
    assert found.keys() == MOST.keys()
    for name, one in found.items():
        assert 0 < one.files <= MOST[name][0], f"{name}: {one}"
        assert 0 < one.functions <= MOST[name][1], f"{name}: {one}"
