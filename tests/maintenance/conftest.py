"""The databases of the tests of refreshing: of each kind, with a tenant and a clock that tests move."""

from tests.refresh.conftest import clock, database, url

__all__ = ["clock", "database", "url"]
