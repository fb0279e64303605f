"""Settings of demos and tests stop the start of a service that others reach; the demo itself starts."""

import pytest

from unified.app.application import create_app
from unified.errors.configuration import ConfigurationError
from unified.settings.demo_settings import refuse_demo_settings
from unified.settings.settings import Settings

HERE = ("127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "[::1]")
ELSEWHERE = (
    *("unified.example", "10.0.0.1", "0.0.0.0", "[::]", "[fe80::1]", "8.8.8.8", "127.0.0.1.evil.test", "localhost.evil.test"),
    *("127.1", "2130706433", "0x7f000001", "my-localhost", "[::ffff:8.8.8.8]", "169.254.169.254"),
)


@pytest.mark.parametrize("host", HERE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_may_be_called_when_no_one_else_reaches_it(host: str, scheme: str) -> None:
    url = f"{scheme}://{host}:8400"
    refuse_demo_settings(Settings(allow_loopback=True, public_url=url, provider_urls={"hubspot": url}))
    refuse_demo_settings(Settings(allow_loopback=True, host=host.strip("[]")))


@pytest.mark.parametrize("host", ELSEWHERE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_not_when_others_do(host: str, scheme: str) -> None:
    with pytest.raises(
        ConfigurationError, match="UNIFIED_ALLOW_LOOPBACK lets calls reach this machine, but UNIFIED_PUBLIC_URL"
    ):
        refuse_demo_settings(Settings(allow_loopback=True, public_url=f"{scheme}://{host}:8400/unified"))
    with pytest.raises(ConfigurationError, match="UNIFIED_HOST makes this service reachable by others"):
        refuse_demo_settings(Settings(allow_loopback=True, host=host.strip("[]"), public_url="http://127.0.0.1:8400"))
    refuse_demo_settings(Settings(public_url=f"{scheme}://{host}:8400", host=host.strip("[]")))


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_provider_is_replaced_by_this_machine_only(host: str) -> None:
    urls = {"hubspot": "http://127.0.0.1:9100", "jira": f"https://{host}/jira"}
    for loopback in (False, True):
        with pytest.raises(ConfigurationError, match="sends the credentials of jira to another host") as caught:
            refuse_demo_settings(Settings(allow_loopback=loopback, provider_urls=urls))
        assert host not in str(caught.value)


@pytest.mark.slow
def test_the_application_does_not_start_with_them_and_the_demo_does(tmp_path) -> None:
    reached = Settings(home=tmp_path, allow_loopback=True, public_url="https://unified.example")
    foreign = Settings(home=tmp_path, provider_urls={"hubspot": "https://hubspot.example"})
    for one in (reached, foreign):
        with pytest.raises(ConfigurationError):
            create_app(one)
    assert create_app(reached, demo=True) is not None
