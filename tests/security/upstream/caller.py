"""Run as a process of its own: calls a server again and again and prints how each call ended, and by how much memory grew (kB).

What it grew by is the peak of the call, over what was held before the first. The peak is the kernel's VmHWM, set back before
each call; `ru_maxrss` would begin at the size of the process that forked this one.
"""

import asyncio
import json
import re
import sys
from pathlib import Path

from tests.security.conftest import ACME
from unified.catalog.files.decode import decode
from unified.catalog.files.source import parse_source
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.transport.client import Client, ClientLimits
from unified.transport.connection import Connection
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.network.httpx_pool.network import HttpxPool

REQUEST = ProviderRequest(method="POST", path="/things")


def set_back() -> None:
    """Let the peak be what is held now (proc_pid_clear_refs(5))."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def counted(name: str) -> int:
    """A count of /proc/self/status in kB (proc_pid_status(5))."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1])


OPENED = {"unified": open_network, "httpx2": HttpxPool}


async def main(origin: str, max_bytes: int, calls: int, name: str) -> None:
    provider = decode(parse_source(ACME, name="acme.yaml"), Provider)
    credentials = {"type": "bearer", "token": "t"}
    there = Connection(provider=provider, account_id="acc_1", settings={}, open_credentials=lambda: credentials, origin=origin)
    egress = Egress(allow_loopback=True)
    client = Client(ClientLimits(max_bytes=max_bytes), egress=egress, network=OPENED[name](Guard(egress), connections=10))
    await ending(client, there)
    before = counted("VmRSS")
    for _ in range(calls):
        set_back()
        ended = await ending(client, there)
        sys.stdout.write(json.dumps({"ended": ended, "grown": counted("VmHWM") - before}) + "\n")
    await client.close()


async def ending(client: Client, there: Connection) -> str:
    """One call: `answered`, or the code of its refusal."""
    try:
        await client.send(REQUEST, there)
    except UnifiedError as problem:
        return problem.code
    return "answered"


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
