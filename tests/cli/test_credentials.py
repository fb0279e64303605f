"""Credentials given as options: one kind at a time, complete."""

import pytest

from unified.cli.credentials import credentials_of
from unified.errors import ConfigurationError

EVERY = "--token, --key, --username with --password, or --client-id with --client-secret"
GIVEN = [
    ({"token": "t"}, {"type": "bearer", "token": "t"}),
    ({"key": "k"}, {"type": "api_key", "key": "k"}),
    ({"username": "u", "password": "p"}, {"type": "basic", "username": "u", "password": "p"}),
    ({"client_id": "c", "client_secret": "s"}, {"type": "client_credentials", "client_id": "c", "client_secret": "s"}),
    ({"token": None, "key": None}, None),
]
REFUSED = [
    ({"token": "t", "client_id": "c"}, f"expected only one of {EVERY}"),
    ({"username": "u"}, "expected --username together with --password"),
    ({"client_secret": "s", "client_id": None}, "expected --client-id together with --client-secret"),
]


@pytest.mark.parametrize(("given", "credentials"), GIVEN)
def test_options_are_credentials(given, credentials):
    assert credentials_of(**given) == credentials


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_incomplete_options_are_refused(given, message):
    with pytest.raises(ConfigurationError) as caught:
        credentials_of(**given)
    assert str(caught.value) == message


def test_an_account_is_added_with_a_client_id_and_secret(run):
    words = ("accounts", "add", "--provider", "shelf", "--name", "Shelf", "--client-id", "c")
    assert run(*words)[2] == "unified: expected --client-id together with --client-secret\n"
    assert run(*words[:-2])[2] == f"unified: {EVERY} is required; or pass the whole body with --json\n"
