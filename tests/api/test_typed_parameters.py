"""What typed handlers refuse of queries and bodies is answered as ever: code, place, what was expected, and no value."""

import pytest

from unified.api.models.model_router import MODEL_OF
from unified.models import MODELS

PLANTED = "planted-value"


@pytest.mark.parametrize(
    ("path", "pointer", "message"),
    [
        (f"/accounts?limit={PLANTED}", "limit", "expected a whole number from 1 to 500"),
        ("/accounts?limit=", "limit", "expected a whole number from 1 to 500"),
        ("/accounts?limit=0", "limit", "expected a whole number from 1 to 500"),
        ("/accounts?limit=%D9%A3", "limit", "expected a whole number from 1 to 500"),
        *(
            (f"/accounts?limit={text}", "limit", "expected a whole number from 1 to 500")
            for text in ("5.0", "1e1", "+5", "5_0")
        ),
        (f"/accounts?status={PLANTED}", "status", "expected one of active, connecting, needs_reauth, disabled"),
        (f"/audit?decision={PLANTED}", "decision", "expected one of allowed, denied"),
        (f"/tools?format={PLANTED}", "format", "expected one of mcp, openai, anthropic"),
        (f"/accounts?other={PLANTED}", "other", "unknown parameter. Known: limit, cursor, provider, status, external_id"),
        (
            "/accounts?stauts=x",
            "stauts",
            "unknown parameter. Did you mean 'status'? Known: limit, cursor, provider, status, external_id",
        ),
        ("/accounts?limit=1&limit=2", "limit", "given more than once; expected one value"),
        (f"/tenant?other={PLANTED}", "other", "unknown parameter. Known: none"),
    ],
)
async def test_a_parameter_that_does_not_fit_is_named(world, path, pointer, message):
    answer = await world.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [(one["pointer"], one["message"]) for one in answer.json()["errors"]] == [(pointer, message)]
    assert PLANTED not in answer.text


async def test_a_flag_is_true_or_false(world):
    made = (await world.client.post("/api-keys", json={"name": "k", "role": "app"})).json()
    answer = await world.client.delete(f"/api-keys/{made['id']}?descendants=1")
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, "expected true or false")
    assert (await world.client.delete(f"/api-keys/{made['id']}?descendants=true")).status_code == 204


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"", "application/json", (400, "malformed_request", [])),
        (b'{"name": ', "application/json", (400, "malformed_request", [])),
        (b"{}", "text/plain", (415, "unsupported_media_type", [])),
        (b" " * 1_048_577, "application/json", (413, "too_large", [])),
        (b'{"name": "a", "role": "app", "x": 1}', "application/json", (422, "validation_failed", ["/x"])),
        (b'{"name": 1, "role": "app"}', "application/json", (422, "validation_failed", ["/name"])),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_strictly(world, content, kind, expected):
    answer = await world.client.post("/api-keys", content=content, headers={"Content-Type": kind})
    body = answer.json()
    assert (answer.status_code, body["code"], [one["pointer"] for one in body["errors"]]) == expected


def test_every_model_has_its_routes():
    for model in MODELS.values():
        base = f"/{model.category}/{model.plural}" + "".join(f"/{{{name}}}" for name in model.path_parameters)
        assert {MODEL_OF[base], MODEL_OF[f"{base}/{{id}}"]} == {model}
