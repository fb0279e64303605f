"""TLS to PostgreSQL and Redis as docs/deploy.md sets it up: verified, and refused when anything is wrong."""

import ssl

import pytest
from redis.exceptions import ConnectionError, TimeoutError

from tests.deploy import servers
from tests.deploy.page import block
from tests.deploy.servers import PASSWORD
from unified.app.preparation import prepare
from unified.errors.configuration import ConfigurationError
from unified.settings.environment import from_environment
from unified.settings.settings import Settings
from unified.store.engine.engine import open_database
from unified.transport.redis_link import RedisLink, connect

pytestmark = [pytest.mark.deploy, pytest.mark.usefixtures("names")]


def url_of(file: str, server) -> str:
    """The URL that the page writes into a file of secrets, for this server."""
    line = next(one for one in block("secrets").splitlines() if one.endswith(f"> {file}"))
    url = line.split("'")[1].replace("PASSWORD", PASSWORD).replace("/etc/unified/ca.pem", str(server.authority))
    return url.replace(":5432", f":{server.port}").replace(":6379", f":{server.port}")


@pytest.fixture(scope="module")
def postgresql(folder, certificates):
    """A server of its own: the one that tests share holds what services with other master keys wrote."""
    with servers.postgresql(folder / "tls-postgresql", certificates) as server:
        yield server


@pytest.fixture(scope="module")
def other_authority(folder):
    return servers.authority(folder / "other") / "ca.pem"


@pytest.fixture(scope="module")
def plain_postgresql(folder, certificates):
    with servers.postgresql(folder / "plain-postgresql", certificates, tls=False) as server:
        yield server


@pytest.fixture(scope="module")
def plain_redis(folder, certificates):
    with servers.redis(folder / "plain-redis", certificates, tls=False) as server:
        yield server


async def kind_of_refusal(url: str, home) -> str:
    with pytest.raises(ConfigurationError) as refused:
        await prepare(Settings(home=home, database_url=url))
    message = str(refused.value)
    assert message.startswith("UNIFIED_DATABASE_URL: the database could not be opened and brought up to date (")
    assert PASSWORD not in message
    return message.partition("(")[2].partition(")")[0]


async def test_the_page_s_database_url_opens_an_encrypted_connection(postgresql, tmp_path):
    path = tmp_path / "database_url"
    path.touch(mode=0o600)
    path.write_text(url_of("database_url", postgresql) + "\n")
    url = from_environment({"UNIFIED_DATABASE_URL_FILE": str(path)}).database_url
    await prepare(Settings(home=tmp_path / "home", database_url=url))
    database = await open_database(url)
    async with database.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT version, bits FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).all()
    await database.close()
    assert rows[0][0] == "TLSv1.3"


async def test_a_wrong_name_an_unknown_authority_and_a_plain_connection_are_refused(postgresql, other_authority, tmp_path):
    url = url_of("database_url", postgresql)
    refused = {
        "another name": url.replace("db.internal", "cache.internal"),
        "an address": url.replace("db.internal", "127.0.0.1"),
        "another authority": url.replace(str(postgresql.authority), str(other_authority)),
    }
    for what, tried in refused.items():
        assert await kind_of_refusal(tried, tmp_path) == "certificate refused", what
    assert await kind_of_refusal(url.replace("verify-full", "disable"), tmp_path) == "login refused"
    with pytest.raises(ConfigurationError, match="expected sslrootcert to be the path of a file"):
        await prepare(Settings(home=tmp_path, database_url=url.replace(str(postgresql.authority), "/nowhere.pem")))
    with pytest.raises(ConfigurationError, match="expected sslmode to be one of"):
        await prepare(Settings(home=tmp_path, database_url=url.replace("verify-full", "verify")))


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_a_postgresql_without_tls_is_refused_if_tls_is_demanded(plain_postgresql, mode, tmp_path):
    url = url_of("database_url", plain_postgresql).replace("verify-full", mode)
    assert await kind_of_refusal(url, tmp_path) in {"connection lost", "connection refused"}


async def test_without_the_option_a_plain_postgresql_is_accepted_as_the_page_says(plain_postgresql, tmp_path):
    url = url_of("database_url", plain_postgresql).partition("?")[0]
    await prepare(Settings(home=tmp_path, database_url=url))


async def ping(url: str) -> bool:
    client = connect(url)
    try:
        return await client.ping()
    finally:
        await client.aclose()
        await client.connection_pool.disconnect()


async def test_the_page_s_redis_url_opens_a_verified_connection(redis):
    assert await ping(url_of("redis_url", redis))
    link = RedisLink(connect(url_of("redis_url", redis)))
    assert await link.ask(link.client.ping)
    await link.close()


async def test_redis_with_a_wrong_name_an_unknown_authority_or_no_tls_is_refused(redis, plain_redis, other_authority):
    url = url_of("redis_url", redis)
    refused = {
        "another name": url.replace("cache.internal", "db.internal"),
        "an address": url.replace("cache.internal", "127.0.0.1"),
        "another authority": url.replace(str(redis.authority), str(other_authority)),
        "the system's authorities": url.partition("?")[0],
        "a plain client": url.replace("rediss:", "redis:").partition("?")[0],
        "a plain server": url_of("redis_url", plain_redis),
    }
    for what, tried in refused.items():
        with pytest.raises((ConnectionError, TimeoutError)) as problem:
            await ping(tried)
        if what in {"another name", "an address", "another authority", "the system's authorities"}:
            assert isinstance(problem.value.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(
                problem.value
            ), what


async def test_the_service_says_that_limits_are_not_shared_when_redis_is_refused(redis, other_authority):
    link = RedisLink(connect(url_of("redis_url", redis).replace(str(redis.authority), str(other_authority))))
    assert await link.ask(link.client.ping) is None
    assert not link.available
    await link.close()
