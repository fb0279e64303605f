"""Settings of a proxy that would have no effect stop the start: calls would leave in another way than was meant."""

from pathlib import Path

import pytest

from tests.security.egress.test_calls import certificate
from unified.errors.configuration import ConfigurationError
from unified.settings.egress_proxy import proxy_place, read_own_certificate, refuse_unused_proxy_settings
from unified.settings.settings import Settings

OF_THE_PROXY = {
    "egress_proxy_credentials": "u:pw",
    "egress_proxy_ca_file": Path("ca.pem"),
    "egress_proxy_certificate_file": Path("both.pem"),
    "egress_proxy_resolves": True,
}


@pytest.mark.parametrize("field", OF_THE_PROXY)
def test_what_belongs_to_a_proxy_is_refused_without_one(field: str) -> None:
    own = {field: OF_THE_PROXY[field]}
    with pytest.raises(ConfigurationError) as refused:
        refuse_unused_proxy_settings(Settings(**own))
    assert str(refused.value) == (f"UNIFIED_{field.upper()} has no effect without UNIFIED_EGRESS_PROXY: set both or none.")
    refuse_unused_proxy_settings(Settings(egress_proxy="https://proxy.corp.internal", **own))


@pytest.mark.parametrize("field", ["egress_proxy_ca_file", "egress_proxy_certificate_file"])
def test_certificates_are_refused_for_a_proxy_without_tls(field: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        refuse_unused_proxy_settings(Settings(egress_proxy="http://proxy:3128", **{field: OF_THE_PROXY[field]}))
    assert str(refused.value) == (
        f"UNIFIED_{field.upper()} is for a proxy that is reached by https, and UNIFIED_EGRESS_PROXY starts with http://. For "
        "certificates that an inspecting proxy shows in place of providers, set UNIFIED_EGRESS_CA_FILE."
    )


def test_without_a_proxy_nothing_is_refused_and_a_place_has_a_port() -> None:
    refuse_unused_proxy_settings(Settings())
    assert proxy_place("http://Proxy.Corp.internal") == ("proxy.corp.internal", 80)
    assert proxy_place("https://[2001:db8::1]") == ("2001:db8::1", 443)
    assert proxy_place("http://10.0.0.7:3128") == ("10.0.0.7", 3128)


def test_our_own_certificate_is_a_secret_file_with_both_parts(tmp_path: Path) -> None:
    certificate(tmp_path, "unified")
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "cert.pem").read_bytes() + (tmp_path / "key.pem").read_bytes())
    both.chmod(0o644)
    with pytest.raises(ValueError, match="expected a file that only its owner and group can read, got mode 0644"):
        read_own_certificate(str(both))
    both.chmod(0o600)
    assert read_own_certificate(str(both)) == both
    (tmp_path / "cert.pem").chmod(0o600)
    expected = "expected a file with a certificate and its private key in PEM form at .*: it holds none that can be read"
    with pytest.raises(ValueError, match=expected):
        read_own_certificate(str(tmp_path / "cert.pem"))
