"""Web addresses: our own, and those to which a browser may be sent when an account is connected."""

import re

from unified.errors import ValidationFailed
from unified.settings import Settings
from unified.settings_parsing import host_in_url, is_loopback, is_loopback_host

MAX_URL = 2048
_HOST = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]"
_ORIGIN = re.compile(
    rf"(?P<origin>(?P<scheme>https?)://(?P<host>{_HOST})(?::[1-9][0-9]{{0,4}})?)(?P<rest>.*)", re.ASCII | re.IGNORECASE
)
"""Stricter than what browsers take: what is not plainly an address is not one of ours to send a browser to."""
_REST = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?", re.ASCII)
_HIDDEN = re.compile(r"%(?![0-9A-Fa-f]{2})|%(?:[01][0-9A-Fa-f]|5[Cc]|7[Ff])")
"""A broken escape, or one of a control character or a backslash."""
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def public_base_url(settings: Settings) -> str | None:
    """The address under which browsers and providers reach this service; never taken from a request, so it can be unknown."""
    if settings.public_url:
        return settings.public_url
    if not is_loopback_host(settings.host) or not settings.port:  # 0 takes a free port, which no setting says
        return None
    return f"http://{host_in_url(settings.host)}:{settings.port}"


def public_base(settings: Settings) -> str:
    """The same, or ValidationFailed saying what to set."""
    found = public_base_url(settings)
    if found is None:
        raise ValidationFailed("connecting accounts needs the address of this service: set UNIFIED_PUBLIC_URL")
    return found


def redirect_uri(settings: Settings, provider: str) -> str:
    """Where a provider sends the browser back to; it must be registered there, letter by letter."""
    return f"{public_base(settings)}/oauth/callback/{provider}"


def goes_to_loopback(url: str | None) -> bool:
    """Whether a URL leads to this machine."""
    return url is not None and is_loopback(url)


def checked_origin(text: str, pointer: str) -> str:
    """An origin as browsers compare it (`https://app.example.com`), or ValidationFailed naming the place."""
    found = _ORIGIN.fullmatch(text)
    if found is None or found["rest"] not in {"", "/"}:
        raise ValidationFailed.at(pointer, "expected an origin such as https://app.example.com, without path")
    return _checked_scheme(found, pointer)


def checked_return_url(text: str, origins: tuple[str, ...], *, allow_loopback: bool) -> str:
    """An address of one of these origins, or of this machine where that is allowed; else ValidationFailed."""
    pointer = "/return_url"
    found = _ORIGIN.fullmatch(text) if len(text) <= MAX_URL else None
    if found is None or not _REST.fullmatch(found["rest"]) or _HIDDEN.search(found["rest"]):
        raise ValidationFailed.at(
            pointer, f"expected a plain https URL of at most {MAX_URL} characters, without user name and fragment"
        )
    origin = _checked_scheme(found, pointer)
    if origin in origins or (allow_loopback and is_loopback_host(found["host"].lower())):
        return origin + found["rest"]
    listed = ", ".join(origins) or "none"
    raise ValidationFailed.at(
        pointer, f"its origin is not one of the tenant's return_origins (PATCH /tenant). Listed: {listed}"
    )


def _checked_scheme(found: re.Match[str], pointer: str) -> str:
    scheme, host = found["scheme"].lower(), found["host"].lower()
    if scheme != "https" and not is_loopback_host(host):
        raise ValidationFailed.at(pointer, "expected https; http is for this machine only")
    return found["origin"].lower().removesuffix(_DEFAULT_PORT[scheme])
