"""Fixtures that the tests of the clients share: the Python client, a fault server, the tools of npm, a running demo."""

import sys
from collections.abc import Iterator

import pytest

from clients.generate.present import ensure_generated
from clients.tests.faults import FaultServer, closed_address, deaf_address, fault_server
from tests.docs.conftest import demo
from tests.docs.pages import ROOT

SOURCE = ROOT / "clients/python/src"
sys.path.insert(0, str(SOURCE))
ensure_generated()

__all__ = ["demo"]


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture
def deaf() -> Iterator[str]:
    with deaf_address() as address:
        yield address


@pytest.fixture
def closed() -> str:
    return closed_address()
