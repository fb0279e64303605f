"""A database of each kind, a receiver on loopback, and a courier between them with a clock that tests move."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import time_machine
from standardwebhooks import Webhook

from tests.clock import StillClock
from tests.databases import WITH_SLOW_POSTGRESQL, migrated_url
from tests.webhooks.receiver import Received, Receiver, listening
from unified.secret import mask
from unified.service.runtime.events import account_events
from unified.service.runtime.sealing import seal_text
from unified.service.webhooks.delivery import DeliveryContext, deliver
from unified.settings.master_keys import parse_master_keys
from unified.settings.settings import Settings
from unified.store import accounts, deliveries, tenants, webhooks
from unified.store.deliveries import DeliveryRow
from unified.store.engine.engine import Database, open_database
from unified.store.integrity.sealed import WEBHOOK_SECRET
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.webhook_client import WebhookAnswer, WebhookRequest, check_webhook_url, post_webhook
from unified.vault.keys import KeyRing
from unified.vault.seal import Vault
from unified.vault.signatures import new_signing_secret

MASTER = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
LEASE = timedelta(seconds=60)


class Post(msgspec.Struct, kw_only=True):
    """The outbox of one tenant with a receiver."""

    database: Database
    vault: Vault
    clock: StillClock
    receiver: Receiver
    courier: DeliveryContext
    secret: str = ""

    async def webhook(self, webhook_id: str = "whk_1", tenant: str = "ten_1", url: str | None = None) -> str:
        """A webhook for everything; answers its secret."""
        self.secret = new_signing_secret()
        sealed = seal_text(self.vault, WEBHOOK_SECRET, tenant, webhook_id, self.secret.encode())
        events = ["account.connected", "account.deleted"]
        shown = mask(self.secret)
        place = url or self.receiver.url
        await webhooks.add(self.database, tenant, webhook_id, url=place, events=events, secret=sealed, secret_masked=shown)
        return self.secret

    async def rotate(self, webhook_id: str = "whk_1", tenant: str = "ten_1") -> str:
        secret = new_signing_secret()
        sealed = seal_text(self.vault, WEBHOOK_SECRET, tenant, webhook_id, secret.encode())
        await webhooks.rotate(self.database, tenant, webhook_id, secret=sealed, secret_masked=mask(secret))
        return secret

    async def event(self, account_id: str = "acc_1", tenant: str = "ten_1") -> None:
        """Something to tell: an account is connected."""
        told = account_events("account.connected")
        await accounts.add(self.database, tenant, account_id, provider="hubspot", name="Acme", event_of=told)

    async def attempt(self) -> str | None:
        """Make one attempt of whatever is due; answers what became of it, None when nothing is due."""
        taken = await deliveries.take_due(self.database, lease=LEASE, room=1, each=1)
        return await deliver(self.courier, taken[0]) if taken else None

    async def row(self, webhook_id: str = "whk_1", tenant: str = "ten_1") -> DeliveryRow:
        """The only delivery of a webhook."""
        (row,) = (await deliveries.list_page(self.database, tenant, webhook_id)).items
        return row

    async def hook(self, webhook_id: str = "whk_1", tenant: str = "ten_1") -> webhooks.WebhookRow:
        found = await webhooks.get(self.database, tenant, webhook_id)
        assert found is not None
        return found

    def verify(self, received: Received, secret: str | None = None) -> Any:
        """What the published library makes of it, at the time of this clock."""
        with time_machine.travel(self.clock.now, tick=False):
            return Webhook(secret or self.secret).verify(received.body, received.headers)


@pytest.fixture
def clock() -> StillClock:
    return StillClock(datetime.now(UTC))  # receivers compare with the present


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def url(kind, tmp_path):
    async with migrated_url(kind, tmp_path) as url:
        yield url


@pytest.fixture
async def database(url, clock):
    database = await open_database(url, clock)
    for name in ("ten_1", "ten_2"):
        await tenants.add(database, name, name=name)
    yield database
    await database.close()


@pytest.fixture
async def receiver():
    async with listening() as receiver:
        yield receiver


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing(parse_master_keys(MASTER)))


@pytest.fixture
async def network():
    network = open_network(Guard(Egress(allow_loopback=True)), connections=20)
    yield network
    await network.close()


@pytest.fixture
def patient(network) -> Callable[[WebhookRequest], Any]:
    """Sends with limits that a test can wait for."""

    async def send(request: WebhookRequest) -> WebhookAnswer:
        return await post_webhook(network, request, deadline=0.5, drain=0.3)

    return send


@pytest.fixture
def post(database, vault, clock, receiver, patient) -> Post:
    settings = Settings(allow_loopback=True)
    courier = DeliveryContext(
        database=database,
        vault=vault,
        send=patient,
        check_url=lambda url: check_webhook_url(url, settings),
        jitter=lambda: 0.5,
    )
    return Post(database=database, vault=vault, clock=clock, receiver=receiver, courier=courier)
