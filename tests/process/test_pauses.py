"""`unified serve` with four workers: what one of them pauses, all of them refuse in time, with and without Redis."""

import time

import httpx2
import pytest

from tests.process.conftest import prepare, serving
from tests.redis_server import address
from unified.service.runtime.row_cache import TTL_SECONDS

pytestmark = pytest.mark.slow

ASKED = 40
"""Enough requests over new connections that each of four workers takes some."""


@pytest.mark.parametrize("redis", ["", "redis"])
def test_four_workers_refuse_what_one_of_them_paused(database, tmp_path, sandbox, redis):
    prepared = prepare(tmp_path / "home", sandbox, database)
    more = {"UNIFIED_REDIS_URL": address()} if redis else {}
    with serving(prepared, "--workers", "4", **more) as service:
        assert {service.contacts().status_code for _ in range(ASKED)} == {200}
        admin = {"Authorization": f"Bearer {prepared.admin_key}"}
        path = f"{service.base_url}/api-keys/{prepared.app_key_id}"
        assert httpx2.post(f"{path}/pause", headers=admin, json={"reason": "runaway"}).status_code == 200
        time.sleep(TTL_SECONDS)
        assert {service.contacts().json()["code"] for _ in range(ASKED)} == {"paused"}
        assert httpx2.post(f"{path}/resume", headers=admin).status_code == 200
        time.sleep(TTL_SECONDS)
        assert {service.contacts().status_code for _ in range(ASKED)} == {200}
