"""The logo of a tenant: a PNG, decoded and encoded again, so that end users get what we wrote and not what was sent."""

import asyncio
import io
import struct
import warnings

from unified.errors.requests import NotFound, TooLarge, UnsupportedMediaType, ValidationFailed
from unified.service.runtime.services import Services
from unified.store import tenant_logos

MEDIA_TYPE = "image/png"
MAX_BYTES = 256 * 1024
MIN_SIDE, MAX_SIDE = 16, 1024
"""Pixels of width and height."""
SHOWN_SIDE = 256
"""A larger logo is made smaller; the page shows it with at most 48 CSS pixels."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD_END = 24
"""Where width and height end."""
_EXPECTED = "body: expected an image in PNG format"


async def set_logo(services: Services, tenant_id: str, content: bytes, media_type: str, *, by: str | None = None) -> None:
    """Store the logo of a tenant; `by` is the id of the key that sends it.

    Raises:
        UnsupportedMediaType: the body does not say that it is a PNG.
        TooLarge: it has more than `MAX_BYTES`.
        ValidationFailed: it is not a PNG that can be decoded, or too small or too large.
    """
    if media_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise UnsupportedMediaType(f"body: expected Content-Type: {MEDIA_TYPE}")
    if len(content) > MAX_BYTES:
        raise TooLarge(f"body: expected at most {MAX_BYTES} bytes, got {len(content)}")
    clean = await asyncio.to_thread(encoded_again, content)
    await tenant_logos.put(services.database, tenant_id, clean, made_by=by)


async def get_logo(services: Services, tenant_id: str) -> bytes:
    """Return the logo of a tenant.

    Raises:
        NotFound: it has none.
    """
    row = await tenant_logos.get(services.database, tenant_id)
    if row is None:
        raise NotFound("the tenant has no logo; store one with PUT /tenant/logo")
    return row.content


async def delete_logo(services: Services, tenant_id: str) -> None:
    """Delete the logo of a tenant.

    Raises:
        NotFound: it has none.
    """
    if not await tenant_logos.delete(services.database, tenant_id):
        raise NotFound("the tenant has no logo")


def encoded_again(content: bytes) -> bytes:
    """Return the pixels of a PNG as a new PNG without anything else: no text, profile, animation or trailing bytes.

    Raises:
        ValidationFailed: it cannot be decoded, or has sides outside `MIN_SIDE` to `MAX_SIDE`. The size is read from the head of
            the file, before any pixel is decoded.
    """
    from PIL import Image  # noqa: PLC0415 - few processes ever get a logo

    if not content.startswith(SIGNATURE):
        raise ValidationFailed(_EXPECTED)
    _require_size(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd chunks, which are left out anyhow
            with Image.open(io.BytesIO(content), formats=("PNG",)) as opened:
                _require_sides(*opened.size)  # a second head may name another size, which the decoder takes
                pixels = opened.convert("RGBA")
    except ValidationFailed:
        raise
    except Exception:  # noqa: BLE001 - a decoder meets hostile input with many errors; each means the same
        raise ValidationFailed(f"{_EXPECTED}; it cannot be decoded") from None
    clean = Image.new("RGBA", pixels.size)
    clean.paste(pixels)
    clean.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    written = io.BytesIO()
    clean.save(written, format="PNG", optimize=True)
    return written.getvalue()


def _require_size(content: bytes) -> None:
    """Read the size where every PNG has it: in the first chunk (ISO/IEC 15948, 11.2.1)."""
    if content[12:16] != b"IHDR" or len(content) < _HEAD_END:
        raise ValidationFailed(f"{_EXPECTED}; it cannot be decoded")
    _require_sides(*struct.unpack(">II", content[16:_HEAD_END]))


def _require_sides(width: int, height: int) -> None:
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (width, height)):
        raise ValidationFailed(f"body: expected {MIN_SIDE} to {MAX_SIDE} pixels in width and height, got {width} by {height}")
