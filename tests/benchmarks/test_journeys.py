"""Five requests go through no more files and functions than they did: what is simple stays so."""

import asyncio
import sys

import pytest

from benchmarks.journeys import journeys

MOST = {
    "list": (147, 590),
    "held": (164, 755),
    "page": (175, 755),
    "approve": (176, 825),
    "mcp": (168, 685),
}
"""Files and functions of each; lower them when they are fewer."""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="functions are counted by sys.monitoring")
def test_a_request_takes_no_longer_way_than_it_did() -> None:
    found = asyncio.run(journeys())
    assert found.keys() == MOST.keys()
    for name, one in found.items():
        assert 0 < one.files <= MOST[name][0], f"{name}: {one}"
        assert 0 < one.functions <= MOST[name][1], f"{name}: {one}"
