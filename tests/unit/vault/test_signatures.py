"""Signatures of webhooks, judged by the library that receivers use."""

import base64
from datetime import UTC, datetime

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from unified.vault.signatures import new_signing_secret, webhook_signature

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = '{"type":"account.deleted","data":{"name":"Jürgen"}}'.encode()


def _headers(secrets, body=BODY, message="msg_1"):
    signature = webhook_signature(secrets, message, STAMP, body)
    return {"webhook-id": message, "webhook-timestamp": str(STAMP), "webhook-signature": signature}


def _verify(secret, headers, body=BODY, at=NOW):
    with time_machine.travel(at, tick=False):
        return Webhook(secret).verify(body, headers)


def test_the_library_takes_a_right_signature():
    secret = new_signing_secret()
    assert _verify(secret, _headers([secret]))["type"] == "account.deleted"


def test_the_known_example_of_the_specification_comes_out():
    """The example of the libraries of Standard Webhooks (libraries/python/tests/test_webhooks.py)."""
    signed = webhook_signature(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("change", ["body", "id", "secret"])
def test_the_library_refuses_what_was_edited(change):
    secret = new_signing_secret()
    headers = _headers([secret]) | ({"webhook-id": "msg_2"} if change == "id" else {})
    body = BODY.replace(b"deleted", b"created") if change == "body" else BODY
    with pytest.raises(WebhookVerificationError, match="No matching signature found"):
        _verify(new_signing_secret() if change == "secret" else secret, headers, body)


def test_the_library_refuses_a_replay_after_six_minutes_and_a_message_from_the_future():
    secret = new_signing_secret()
    headers = _headers([secret])
    with pytest.raises(WebhookVerificationError, match="too old"):
        _verify(secret, headers, at=NOW.replace(minute=6))
    with pytest.raises(WebhookVerificationError, match="too new"):
        _verify(secret, headers, at=NOW.replace(hour=11))
    assert _verify(secret, headers, at=NOW.replace(minute=4))


def test_a_moved_timestamp_breaks_the_signature():
    secret = new_signing_secret()
    headers = _headers([secret]) | {"webhook-timestamp": str(STAMP + 600)}
    with pytest.raises(WebhookVerificationError, match="No matching signature found"):
        _verify(secret, headers, at=NOW.replace(minute=10))


def test_each_of_two_secrets_verifies_and_a_third_does_not():
    old, new = new_signing_secret(), new_signing_secret()
    headers = _headers([new, old])
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert _verify(old, headers) == _verify(new, headers)
    with pytest.raises(WebhookVerificationError):
        _verify(new_signing_secret(), headers)


def test_secrets_have_the_form_and_length_of_the_specification_and_differ():
    made = {new_signing_secret() for _ in range(50)}
    assert len(made) == 50
    for secret in made:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64
