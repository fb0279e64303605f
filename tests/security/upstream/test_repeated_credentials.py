"""A provider that repeats the account's credentials, in a body or a header, tells them to no caller of the pass-through."""

import base64
import json
import random
import string
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.security.upstream.programmed import Manner
from tests.security.upstream.test_one_request import CLIENTS, METHODS, PROXIED, opened
from tests.world import catalog
from unified.catalog.wire import ProviderAnswer
from unified.transport.auth import name_of, parts_of, secret_values, secrets_to_hide
from unified.transport.repeated_secrets import PUT, SHORTEST, without_secrets

CATALOG = catalog()
EVERY_AUTH = [(name, name_of(rules)) for name in CATALOG.providers() for rules in CATALOG.provider(name).auth]
KEYS = ("token", "username", "password", "key", "access_token", "refresh_token", "client_id", "client_secret")
SIGNS = string.ascii_letters + string.digits + '-_./+="\\ é'


def spellings(secret: str) -> list[str]:
    """How answers may spell a secret."""
    plain = json.dumps(secret, ensure_ascii=False)[1:-1]
    return [secret, plain, plain.replace("/", "\\/"), json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret)]


@pytest.mark.parametrize(("name", "kind"), EVERY_AUTH)
def test_no_spelling_of_a_secret_is_left_in_an_answer(name: str, kind: str) -> None:
    draw, provider = random.Random(name + kind), CATALOG.provider(name)
    rules = next(one for one in provider.auth if name_of(one) == kind)
    for _ in range(30):
        keys = (*KEYS, *parts_of(rules))
        texts = {key: "".join(draw.choices(SIGNS, k=draw.randrange(SHORTEST, 40))) for key in keys}
        credentials = {"type": kind, **texts}
        known = secrets_to_hide(provider, credentials)
        said = [text for secret in secret_values(provider, credentials) for text in spellings(secret)] + list(known)
        draw.shuffle(said)
        body = "<>".join(said).encode()
        shown = without_secrets(ProviderAnswer(status=200, headers={"link": "<>".join(said)}, body=None, content=body), known)
        assert not [one for one in said if one.encode() in shown.content or one in shown.headers["link"]]
        assert set(shown.content.decode().replace(PUT, "")) <= set("<>")


@pytest.mark.parametrize("name", CATALOG.providers())
def test_an_answer_without_secrets_stays_as_it_is(name: str) -> None:
    answer = ProviderAnswer(status=200, headers={"etag": '"1"'}, body=None, content=b'{"id": 1, "x": "X:y"}')
    assert without_secrets(answer, ("x", "X", "another-secret-1234")) is answer


@pytest.mark.parametrize("client", CLIENTS)
async def test_callers_of_the_pass_through_do_not_see_the_credentials(tmp_path: Path, client: str) -> None:
    async with opened(tmp_path, Manner(ignores_bodies=False), client) as world:
        secret = world.alpha.token.removeprefix("Bearer ")
        coded = base64.b64encode(world.alpha.token.encode()).decode()
        world.upstream.headers = f'Link: <https://x.example/?token={secret}>; rel=next\r\nETag: "{secret}"\r\n'.encode()
        for status in (b"200 OK", b"403 Forbidden", b"302 Found", b"422 Unprocessable"):
            world.upstream.status = status
            world.upstream.record = {"me": {"api_token": secret, "header": world.alpha.token, "other": coded}}
            for method in METHODS:
                answer = await world.alpha.ask(method, f"{PROXIED}/1")
                assert str(answer.status_code) == status.decode()[:3]
                assert secret not in answer.text + str(answer.headers), (method, status)
                assert answer.json()["me"] == {"api_token": "***", "header": "Bearer ***", "other": coded}
                assert answer.headers["content-length"] == str(len(answer.content))
