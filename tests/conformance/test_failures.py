"""Every list and get when its provider fails: the right error, and none of the provider's words outside of its place."""

from functools import partial

import pytest

from tests.cases import QUICK, each
from tests.conformance.subjects import mapping, subjects
from tests.conformance.world import standins
from unified.errors.error import UnifiedError
from unified.errors.providers import ConnectionUnauthorized, ProviderError, ProviderMalformed, ProviderRateLimited

pytestmark = pytest.mark.asyncio(loop_scope="session")
CANARY = "canary-7f3a@leak.example"
BODY = dict.fromkeys(("message", "error", "description", "detail", "code", "errorMessage"), CANARY)
FAULTS = {
    "401": ({"status": 401, "body": BODY}, ConnectionUnauthorized),
    "429": ({"status": 429, "headers": {"Retry-After": "120"}, "body": BODY}, ProviderRateLimited),
    "500": ({"status": 500, "body": BODY}, ProviderError),
    "broken JSON": ({"body": '{"' + CANARY + '": '}, ProviderMalformed),
}


def renews_alone(provider):
    """Whether the account fetches another token after a 401 without anybody's consent."""
    return standins()[provider].demo_credentials[0]["type"] == "client_credentials"


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("method", ["list", pytest.param("get", marks=pytest.mark.slow)])
@each("subject", subjects("list"), ids=str, by=lambda one: one.provider, quick=QUICK)
async def test_failure(changing, subject, method, name):
    if method not in mapping(subject).methods:
        pytest.skip(f"{subject} does not offer {method}")
    fault, expected = FAULTS[name]
    record_id = next(iter(await changing.whole(subject)))
    await changing.first(subject)  # twenty failures without an answer between them would pause the account
    await changing.fail(subject.provider, **fault)
    ask = partial(changing.first, subject) if method == "list" else partial(changing.get, subject, record_id)
    if name == "401" and renews_alone(subject.provider):
        assert await ask()  # with another token
        return
    with pytest.raises(UnifiedError) as caught:
        await ask()
    error = caught.value
    assert type(error) is expected
    assert name != "429" or error.retry_after == 120
    assert CANARY not in str(error) + repr(error.errors) + error.detail
    assert error.__cause__ is None
