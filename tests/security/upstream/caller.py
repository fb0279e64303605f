"""Run as a process of its own: calls a server twice and prints how the second call ended and by how much memory grew (kB)."""

import asyncio
import json
import resource
import sys

from tests.security.conftest import ACME
from unified.catalog.decode import decode
from unified.catalog.provider import Provider
from unified.catalog.source import parse_source
from unified.catalog.wire import ProviderRequest
from unified.errors import UnifiedError
from unified.transport.client import Client
from unified.transport.connection import Connection
from unified.transport.egress import Egress

REQUEST = ProviderRequest(method="POST", path="/things")


async def main(origin: str) -> None:
    provider = decode(parse_source(ACME, name="acme.yaml"), Provider)
    credentials = {"type": "bearer", "token": "t"}
    there = Connection(provider=provider, account_id="acc_1", settings={}, open_credentials=lambda: credentials, origin=origin)
    client = Client(egress=Egress(allow_loopback=True))
    await client.send(REQUEST, there)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        await client.send(REQUEST, there)
        ended = "answered"
    except UnifiedError as problem:
        ended = problem.code
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    sys.stdout.write(json.dumps({"ended": ended, "grown": grown}))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
