"""Which hosts and origins the settings allow (THREATS D4)."""

import pytest

from unified.errors.access import OriginRefused
from unified.errors.error import UnifiedError
from unified.errors.requests import HostRefused, MalformedRequest
from unified.mcp.host_allowlist import allowed_origin, host_allowlist, require_allowed
from unified.settings.settings import Settings


def headers(**values):
    return [(name.lower().encode(), value.encode()) for name, value in values.items()]


def test_two_hosts_or_two_origins_are_refused():
    allowed = host_allowlist(Settings(public_url="http://unified"))
    with pytest.raises(MalformedRequest):
        require_allowed(allowed, [(b"host", b"unified"), (b"host", b"unified")])
    with pytest.raises(MalformedRequest):
        require_allowed(allowed, [])
    with pytest.raises(OriginRefused):
        require_allowed(allowed, headers(host="unified") + headers(origin="http://unified") * 2)


LISTED = [
    (None, "localhost:8400", "http://127.0.0.1:3000", None),
    (None, "[::1]:8400", "http://[::1]:9", None),
    (None, "unified.example", "", HostRefused),
    (None, "localhost.evil.test", "", HostRefused),
    (None, "localhost", "http://localhost.evil.test", OriginRefused),
    (None, "localhost:1:2", "", MalformedRequest),
    (None, "localhost", "http://localhost:1/x", OriginRefused),
    ("https://unified.example", "unified.example:443", "https://unified.example", None),
    ("https://unified.example", "unified.example", "https://chat.example", None),
    ("https://unified.example", "unified.example", "https://chat.example:444", OriginRefused),
    ("https://unified.example", "localhost", "", HostRefused),
    ("https://unified.example:8443/", "unified.example:8443", "https://unified.example:8443", None),
    ("https://unified.example:8443/", "unified.example", "", HostRefused),
]


@pytest.mark.parametrize(("public_url", "host", "origin", "refused"), LISTED)
def test_hosts_that_the_settings_allow(public_url, host, origin, refused):
    allowed = host_allowlist(Settings(public_url=public_url, allowed_origins=("https://chat.example",)))
    sent = headers(host=host, **({"origin": origin} if origin else {}))
    if refused is None:
        require_allowed(allowed, sent)
        assert allowed_origin(allowed, sent) == (origin or None)
    else:
        with pytest.raises(UnifiedError) as told:
            require_allowed(allowed, sent)
        assert type(told.value) is refused
