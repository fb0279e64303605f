"""A provider of which the files cannot be loaded is disabled: everything else works, and what needs it is refused by name."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import force_setattr

from tests.routes import WEB_TABLE
from tests.security.every_route import requests
from tests.security.world import PROVIDER
from tests.security.world import open_world as open_tenants
from tests.web.furnished import addresses, furnish
from tests.world import catalog, open_world
from unified.api.requests.access import SESSION_COOKIE
from unified.app.available_catalog import available_catalog
from unified.catalog.load import installed_folder
from unified.errors.configuration import CatalogError
from unified.service.access.sessions import sign_in
from unified.settings.provider_values import ProviderValues
from unified.settings.settings import Settings
from unified.telemetry.metrics import exposition
from unified.transform.catalog import Catalog

WHY = CatalogError("providers/hubspot.yaml:3:1: unknown key `titel`. Did you mean 'title'?")


def without(*names: str) -> Catalog:
    """The installed catalog, of which some providers are disabled."""
    parts = [one for name, one in catalog()._parts.items() if name in {"bamboohr", "jira", "zendesk"} - {*names}]
    return Catalog(parts, disabled=dict.fromkeys(names, WHY))


def disable(world: Any, *names: str) -> None:
    """Let the service go on as if it had been started with a broken file."""
    force_setattr(world.services, "catalog", without(*names))


def is_refusal(answer: httpx2.Response) -> bool:
    """Whether it is the one answer of 5xx that a disabled provider gives."""
    return answer.status_code == 503 and "provider_disabled" in answer.text and "titel" not in answer.text


async def test_the_others_are_not_affected_and_its_own_accounts_are_refused(tmp_path: Path) -> None:
    async with open_world(tmp_path, providers=("hubspot", "bamboohr")) as world:
        before = await world.get("/hris/employees", "bamboohr", limit="2")
        assert (await world.get("/crm/contacts")).status_code == 200
        reached = len(await world.reached())
        disable(world, "hubspot")
        assert (await world.get("/hris/employees", "bamboohr", limit="2")).json()["data"] == before.json()["data"]
        for path in ("/crm/contacts", "/crm/contacts/1", "/crm/contacts/schema", "/proxy/crm/v3/objects/contacts"):
            answer = await world.get(path)
            assert is_refusal(answer), (path, answer.text)
            assert answer.json()["detail"] == (
                "hubspot is disabled, as its files could not be loaded; the operator finds the reason in the log of the start"
            )
            assert not answer.json()["retryable"]
        assert is_refusal(await world.send("POST", "/crm/contacts", {"first_name": "Ada"}))
        assert is_refusal(await world.send("POST", f"/accounts/{world.accounts['hubspot']}/check"))
        assert len(await world.reached()) == reached
        assert {one["provider"] for one in (await world.client.get("/accounts")).json()["data"]} == {"hubspot", "bamboohr"}
        assert len((await world.client.get("/accounts", params={"provider": "hubspot"})).json()["data"]) == 1
        assert is_refusal(await world.client.post("/connect", json={"provider": "hubspot"}))
        assert is_refusal(await world.client.post("/connect", json={"providers": ["bamboohr", "hubspot"]}))
        assert (await world.client.post("/connect", json={})).status_code == 201


async def test_it_is_said_where_operators_and_callers_look(tmp_path: Path) -> None:
    async with open_world(tmp_path, providers=("hubspot", "bamboohr")) as world:
        for path in ("/health", "/ready"):
            assert "disabled_providers" not in (await world.client.get(path)).json()
        disable(world, "hubspot", "zendesk")
        for path in ("/health", "/ready"):
            answer = await world.client.get(path)
            assert (answer.status_code, answer.json()["disabled_providers"]) == (200, ["hubspot", "zendesk"])
        listed = {one["name"]: one["disabled"] for one in (await world.client.get("/catalog/providers")).json()["data"]}
        assert listed == {"bamboohr": False, "jira": False, "hubspot": True, "zendesk": True}
        assert is_refusal(await world.client.get("/catalog/coverage", params={"provider": "hubspot"}))


@pytest.mark.parametrize("name", ["bad", "humaans"])
def test_a_start_leaves_out_what_cannot_be_read(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is wrong: a file that is no YAML, and one whose mappings do not hold."""
    installed = installed_folder()
    (tmp_path / "providers").mkdir()
    (tmp_path / "mappings").mkdir()
    (tmp_path / "providers" / "other.yaml").write_text(
        (installed / "providers" / "humaans.yaml").read_text().replace("name: humaans", "name: other")
    )
    (tmp_path / "providers" / f"{name}.yaml").write_text("name: [\x00", encoding="utf-8")
    values = ProviderValues({name: {"partner": "x"}})
    found = available_catalog(Settings(home=tmp_path, catalog_path=tmp_path, provider_values=values))
    assert (found.providers(), list(found.disabled)) == (("other",), [name])
    metrics = exposition().decode()
    assert f'unified_provider_disabled{{provider="{name}"}} 1.0' in metrics
    assert 'unified_provider_disabled{provider="other"} 0.0' in metrics
    with pytest.raises(CatalogError, match=f"providers/{name}.yaml:1"):
        Catalog.load(tmp_path)


@pytest.mark.slow
async def test_no_route_fails(tmp_path: Path) -> None:
    async with open_tenants("sqlite", tmp_path) as world:
        disable(world, PROVIDER)
        for asked in sorted(requests(world.ours.rows), key=lambda one: one.method == "DELETE"):
            key = {"Authorization": f"Bearer {world.ours.keys['admin']}", **asked.headers}
            answer = await world.client.request(asked.method, asked.path, params=asked.query, headers=key, json=asked.body)
            assert answer.status_code < 500 or is_refusal(answer), (asked.label, answer.status_code, answer.text)


async def test_no_page_fails(tmp_path: Path) -> None:
    async with open_world(tmp_path, providers=("hubspot", "jira"), public_url="https://unified.example") as world:
        made = await furnish(world.services, world.tenant)
        cookie = {"Cookie": f"{SESSION_COOKIE}={await sign_in(world.services, made.key)}"}
        disable(world, "hubspot")
        shown = addresses(made)
        assert {one.path for one in WEB_TABLE if one.path in shown}
        async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
            for path in (one for several in shown.values() for one in several):
                answer = await client.get(path, headers=cookie)
                assert answer.status_code < 500 or answer.status_code == 503, (path, answer.status_code, answer.text[:500])
