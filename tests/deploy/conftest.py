"""Certificates and servers that tests of deployment share."""

import socket

import pytest

from tests.deploy import servers


@pytest.fixture(scope="session")
def folder():
    """A folder for the servers of this run."""
    with servers.open_folder() as opened:
        yield opened


@pytest.fixture(scope="session")
def certificates(folder):
    return servers.authority(folder / "authority")


@pytest.fixture(scope="session")
def postgresql(folder, certificates):
    with servers.postgresql(folder / "postgresql", certificates) as server:
        yield server


@pytest.fixture(scope="session")
def redis(folder, certificates):
    with servers.redis(folder / "redis", certificates) as server:
        yield server


@pytest.fixture
def names(monkeypatch):
    """Let this process find the hosts of docs/deploy.md on loopback."""
    real = socket.getaddrinfo

    def found(host, *rest, **more):
        name = host.decode() if isinstance(host, bytes) else host
        return real(servers.HOSTS.get(name, name), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
