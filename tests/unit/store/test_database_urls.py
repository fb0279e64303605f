"""URLs of databases: what is wrong is named, and nothing that may be a secret is repeated."""

import pytest

from unified.errors.configuration import ConfigurationError
from unified.store.engine.database_urls import read_database_url

HOST = "postgresql://u:pa55-w0rd@h"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "expected a database URL, got another text."),
        ("mysql://u:pa55-w0rd@h/d", "expected sqlite or postgresql, got 'mysql'."),
        ("postgresql+psycopg://u:pa55-w0rd@h/d", "expected sqlite or postgresql, got 'postgresql+psycopg'."),
        (f"{HOST}:abc/d", "expected a port from 1 to 65535, got a text that is not a number."),
        (f"{HOST}:0/d", "expected a port from 1 to 65535, got another number."),
        (f"{HOST}:65536/d", "expected a port from 1 to 65535, got another number."),
        (
            f"{HOST}/d?sslmode=pa55-w0rd",
            "expected sslmode to be one of disable, allow, prefer, require, verify-ca, verify-full, got another value.",
        ),
        (f"{HOST}/d?sslnegotiation=pa55-w0rd", "expected sslnegotiation to be one of postgres, direct, got another value."),
        *(
            (
                f"{HOST}/d?sslmode=require&{name}=/nosuch/pa55-w0rd",
                f"expected {name} to be the path of a file that this user can read, got none.",
            )
            for name in ("sslrootcert", "sslcert", "sslkey", "sslcrl")
        ),
    ],
)
def test_a_url_that_cannot_work_is_refused(url, message):
    with pytest.raises(ConfigurationError) as refused:
        read_database_url(url)
    assert str(refused.value) == f"UNIFIED_DATABASE_URL: {message}"


@pytest.mark.parametrize("url", [f"{HOST}/d", "sqlite:////var/lib/a.sqlite"], ids=["postgresql", "sqlite"])
@pytest.mark.parametrize(("option", "shown"), [("bogus", "'bogus'"), ("pa55-w0rd", "another text")])
def test_an_unknown_option_is_refused_with_those_that_exist(url, option, shown):
    with pytest.raises(ConfigurationError) as refused:
        read_database_url(f"{url}?{option}=pa55-w0rd")
    message = str(refused.value)
    assert message.startswith("UNIFIED_DATABASE_URL: expected after `?` only the options ")
    assert message.endswith(f", got {shown}.")
    assert "pa55-w0rd" not in message


def test_documented_urls_are_accepted(tmp_path):
    authority = tmp_path / "ca.pem"
    authority.touch()
    parsed = read_database_url(f"{HOST}:5432/d?sslmode=verify-full&sslrootcert={authority}")
    assert (parsed.drivername, parsed.port, parsed.database) == ("postgresql+asyncpg", 5432, "d")
    assert read_database_url(f"sqlite:///{tmp_path}/a.sqlite").drivername == "sqlite+aiosqlite"
