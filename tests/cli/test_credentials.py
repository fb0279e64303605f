"""Credentials given as options: one kind at a time, complete."""

import pytest

from unified.catalog.authentication import Bearer, CredentialPart, Parts
from unified.catalog.provider import Check, Provider
from unified.cli.operators.credentials import credentials_of, with_type
from unified.errors.configuration import ConfigurationError

EVERY = "--token, --key, --username with --password, --client-id with --client-secret, or --part"
GIVEN = [
    ({"token": "t"}, {"type": "bearer", "token": "t"}),
    ({"key": "k"}, {"type": "api_key", "key": "k"}),
    ({"username": "u", "password": "p"}, {"type": "basic", "username": "u", "password": "p"}),
    ({"client_id": "c", "client_secret": "s"}, {"type": "client_credentials", "client_id": "c", "client_secret": "s"}),
    ({"token": None, "key": None}, None),
    ({"token": "t", "part": ["app=a"]}, {"type": "bearer", "token": "t", "app": "a"}),
    ({"part": ["app=a=b", "org=1"]}, {"app": "a=b", "org": "1"}),
]
REFUSED = [
    ({"token": "t", "client_id": "c"}, f"expected only one of {EVERY}"),
    ({"part": ["app"]}, "--part: expected name=value, got 'app'"),
    ({"part_file": ["app=nowhere"]}, "--part-file: FileNotFoundError: expected a readable text file"),
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


def test_a_part_may_be_in_a_file(tmp_path):
    file = tmp_path / "key.pem"
    file.write_text("-----BEGIN…", encoding="utf-8")
    assert credentials_of(part=["org=1"], part_file=[f"key={file}"]) == {"org": "1", "key": "-----BEGIN…"}


def test_parts_get_the_type_of_the_entry_that_has_them():
    parts = {"app": CredentialPart(title="App")}
    provider = Provider(name="a", title="A", docs="", base_url="", auth=(Bearer(), Parts(parts=parts)), check=Check(request=""))
    assert with_type(provider, {"app": "1"}) == {"type": "parts", "app": "1"}
    assert with_type(provider, {"ap": "1"}) == {"type": "parts", "ap": "1"}
    assert with_type(provider, {"type": "bearer", "token": "t"}) == {"type": "bearer", "token": "t"}
