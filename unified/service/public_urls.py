"""Web addresses: Unified's own, and those to which a browser may be sent after an account was connected."""

import re

from unified.errors.requests import ValidationFailed
from unified.settings.settings import Settings
from unified.settings.urls import host_in_url, is_loopback, is_loopback_host

MAX_URL = 2048
_HOST = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]"
_ORIGIN = re.compile(
    rf"(?P<origin>(?P<scheme>https?)://(?P<host>{_HOST})(?::[1-9][0-9]{{0,4}})?)(?P<rest>.*)", re.ASCII | re.IGNORECASE
)
"""Stricter than browsers: a browser is sent only to what is clearly an address."""
_REST = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?", re.ASCII)
_HIDDEN = re.compile(r"%(?![0-9A-Fa-f]{2})|%(?:[01][0-9A-Fa-f]|5[Cc]|7[Ff])")
"""A broken escape, or one of a control character or a backslash."""
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def public_base_url(settings: Settings) -> str | None:
    """Return the address of this service for browsers and providers, never taken from a request; None if it is unknown."""
    if settings.public_url:
        return settings.public_url
    if not is_loopback_host(settings.host) or not settings.port:  # 0 selects a free port, which no setting names
        return None
    return f"http://{host_in_url(settings.host)}:{settings.port}"


def public_base(settings: Settings) -> str:
    """Return the address of this service for browsers and providers.

    Raises:
        ValidationFailed: it is unknown; the text says what to set.
    """
    base = public_base_url(settings)
    if base is None:
        raise ValidationFailed("connecting accounts needs the address of this service: set UNIFIED_PUBLIC_URL")
    return base


def redirect_uri(settings: Settings, provider: str) -> str:
    """Return where a provider sends the browser back to; it must be registered there exactly.

    Raises:
        ValidationFailed: the address of this service is unknown.
    """
    return f"{public_base(settings)}/oauth/callback/{provider}"


def goes_to_loopback(url: str | None) -> bool:
    """Return whether a URL leads to this machine."""
    return url is not None and is_loopback(url)


def origin_of(url: str) -> str | None:
    """Return the origin of an address as browsers send it, in `Referer` for example; None if it is not a plain web address."""
    match = _ORIGIN.fullmatch(url)
    return None if match is None or not match["rest"].startswith("/") else match["origin"].lower()


def checked_origin(text: str, pointer: str) -> str:
    """Return an origin as browsers compare it (`https://app.example.com`).

    Raises:
        ValidationFailed: it is not an origin, or not https; the error names `pointer`.
    """
    match = _ORIGIN.fullmatch(text)
    if match is None or match["rest"] not in {"", "/"}:
        raise ValidationFailed.at(pointer, "expected an origin such as https://app.example.com, without path")
    return _checked_scheme(match, pointer)


def checked_return_url(text: str, origins: tuple[str, ...], *, allow_loopback: bool) -> str:
    """Return an address of one of these origins, or of this machine if `allow_loopback`.

    Raises:
        ValidationFailed: it is not a plain https URL, or has another origin.
    """
    pointer = "/return_url"
    match = _ORIGIN.fullmatch(text) if len(text) <= MAX_URL else None
    if match is None or not _REST.fullmatch(match["rest"]) or _HIDDEN.search(match["rest"]):
        raise ValidationFailed.at(
            pointer, f"expected a plain https URL of at most {MAX_URL} characters, without user name and fragment"
        )
    origin = _checked_scheme(match, pointer)
    if origin in origins or (allow_loopback and is_loopback_host(match["host"].lower())):
        return origin + match["rest"]
    listed = ", ".join(origins) or "none"
    raise ValidationFailed.at(
        pointer, f"its origin is not one of the tenant's return_origins (PATCH /tenant). Listed: {listed}"
    )


def _checked_scheme(match: re.Match[str], pointer: str) -> str:
    scheme, host = match["scheme"].lower(), match["host"].lower()
    if scheme != "https" and not is_loopback_host(host):
        raise ValidationFailed.at(pointer, "expected https; http is for this machine only")
    return match["origin"].lower().removesuffix(_DEFAULT_PORT[scheme])
