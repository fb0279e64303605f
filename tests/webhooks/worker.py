"""One process that sends from the outbox, as a server's background does: `worker.py URL LEASE_S [dies]`.

With `dies` it kills itself after its first event arrived and before that is written.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from tests.webhooks.conftest import MASTER
from unified.service.webhooks.delivery import DeliveryContext, deliver
from unified.service.webhooks.dispatcher import Dispatcher, DispatcherLimits
from unified.settings.master_keys import parse_master_keys
from unified.store.engine.engine import open_database
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.webhook_client import WebhookAnswer, WebhookRequest, post_webhook
from unified.vault.keys import KeyRing
from unified.vault.seal import Vault


async def main(url: str, lease: float, *, dies: bool) -> None:
    database = await open_database(url)
    network = open_network(Guard(Egress(allow_loopback=True)), connections=20)

    async def send(request: WebhookRequest) -> WebhookAnswer:
        answer = await post_webhook(network, request)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    vault = Vault(KeyRing(parse_master_keys(MASTER)))
    courier = DeliveryContext(database=database, vault=vault, send=send, check_url=lambda _url: None)
    limits = DispatcherLimits(
        lease=timedelta(seconds=lease), poll_interval=0.05, max_concurrency=1 if dies else 20, max_per_webhook=20
    )
    print("ready", flush=True)
    await Dispatcher(database, lambda taken: deliver(courier, taken), limits).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), dies="dies" in sys.argv[3:]))
