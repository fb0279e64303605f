"""What end users see of a tenant: name, logo, colors, and where the connect page may be framed."""

import io
import struct
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.security.world import open_world
from tests.sizes import examples
from unified.errors.requests import ValidationFailed
from unified.service import tenant_logos as logos
from unified.service.incidents import end_all, touched_by
from unified.service.tenant_colors import DARK, LIGHT, MINIMUM, Colors, checked_colors, contrast, palette_of, text_on
from unified.store import tenant_logos
from unified.store.engine.tables import TENANT_LOGOS

PNG = {"Content-Type": "image/png"}


@pytest.fixture
async def world(tmp_path):
    async with open_world("sqlite", tmp_path, public_url="https://connect.example") as opened:
        yield opened


def png(size=(64, 64), *, color=(200, 30, 30, 255), mode="RGBA", **options):
    written = io.BytesIO()
    Image.new(mode, size, color).save(written, format="PNG", **options)
    return written.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_head():
    """A file of a few bytes that says it has 60000 by 60000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    return logos.SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


async def send(world, method, path, *, key="admin", **more):
    headers = {"Authorization": f"Bearer {world.ours.keys[key]}"} | more.pop("headers", {})
    return await world.client.request(method, path, headers=headers, **more)


async def test_all_of_it_through_the_api(world):
    asked = {
        "name": "Müller & Söhne",
        "colors": {"accent": "#1D5C96", "background": "#ffffff"},
        "frame_ancestors": ["https://App.example.com:443", "https://app.example.com"],
    }
    changed = await send(world, "PATCH", "/tenant", json=asked)
    assert changed.status_code == 200, changed.text
    shown = (await send(world, "GET", "/tenant")).json()
    assert shown == changed.json()
    assert shown["colors"] == {"accent": "#1d5c96", "background": "#ffffff"}
    assert shown["frame_ancestors"] == ["https://app.example.com"]
    assert (await send(world, "PATCH", "/tenant", json={"colors": None})).json()["colors"] is None


async def test_a_logo_is_stored_read_and_deleted(world):
    assert (await send(world, "GET", "/tenant/logo")).status_code == 404
    sent = await send(world, "PUT", "/tenant/logo", content=png((700, 300)), headers=PNG)
    assert sent.status_code == 204, sent.text
    found = await send(world, "GET", "/tenant/logo")
    assert (found.headers["content-type"], found.headers["x-content-type-options"]) == ("image/png", "nosniff")
    assert max(Image.open(io.BytesIO(found.content)).size) == logos.SHOWN_SIDE
    assert (await send(world, "PUT", "/tenant/logo", content=png(color=(0, 0, 0, 255)), headers=PNG)).status_code == 204
    assert (await send(world, "GET", "/tenant/logo")).content != found.content
    assert [(await send(world, "DELETE", "/tenant/logo")).status_code for _ in range(2)] == [204, 404]


NO_LOGOS = [
    (png(), "image/jpeg", 415, "expected Content-Type: image/png"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", 422, "expected an image in PNG format"),
    (b"GIF89a" + b"\0" * 64, "image/png", 422, "expected an image in PNG format"),
    (logos.SIGNATURE + b"\0" * 64, "image/png", 422, "cannot be decoded"),
    (png()[:-40], "image/png", 422, "cannot be decoded"),
    (huge_head(), "image/png", 422, "expected 16 to 1024 pixels in width and height, got 60000 by 60000"),
    (png((8, 8)), "image/png", 422, "got 8 by 8"),
    (png() + b"\0" * logos.MAX_BYTES, "image/png", 413, "expected at most 262144 bytes"),
    (b"", "image/png", 422, "expected an image in PNG format"),
]


async def test_an_invalid_logo_is_refused_with_the_expected_form(world):
    for content, media_type, status, says in NO_LOGOS:
        refused = await send(world, "PUT", "/tenant/logo", content=content, headers={"Content-Type": media_type})
        assert (refused.status_code, says in refused.json()["detail"]) == (status, True), refused.text
    assert (await send(world, "GET", "/tenant/logo")).status_code == 404


def test_the_size_that_the_decoder_takes_is_the_one_that_is_checked():
    """A second IHDR chunk replaces the size of the first one: 4 kB would become a picture of 36 million pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    heads = [chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)) for side in (64, 6000)]
    pixels = zlib.compress(bytes(6000 * (1 + 6000 // 8)), 9)
    bomb = logos.SIGNATURE + b"".join(heads) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    with pytest.raises(ValidationFailed, match="got 6000 by 6000"):
        logos.encoded_again(bomb)


def test_only_pixels_are_left():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "a marker in a text")
    sent = png(pnginfo=notes, icc_profile=b"a marker in a profile") + b"a marker after the end"
    clean = logos.encoded_again(sent)
    assert sent.count(b"marker") > clean.count(b"marker") == 0
    kinds = []
    rest = clean[len(logos.SIGNATURE) :]
    while rest:
        size = struct.unpack(">I", rest[:4])[0]
        kinds.append(rest[4:8])
        rest = rest[12 + size :]
    assert set(kinds) <= {b"IHDR", b"IDAT", b"IEND"}
    assert Image.open(io.BytesIO(clean)).getpixel((5, 5)) == (200, 30, 30, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixels_is_taken(mode):
    assert Image.open(io.BytesIO(logos.encoded_again(png(color=0, mode=mode)))).mode == "RGBA"


@settings(max_examples=examples(60))
@given(st.binary(max_size=200), st.integers(0, 400))
def test_random_bytes_are_a_logo_or_a_refusal(noise, place):
    broken = png()
    try:
        result = Image.open(io.BytesIO(logos.encoded_again(broken[:place] + noise + broken[place + len(noise) :]))).format
    except ValidationFailed as problem:
        result = problem.detail
    assert result.startswith(("PNG", "body: expected"))


async def test_content_that_was_edited_in_the_database_is_not_shown(world):
    await send(world, "PUT", "/tenant/logo", content=png(), headers=PNG)
    async with world.services.database.write() as connection:
        await connection.execute(TENANT_LOGOS.update().values(content=png(color=(0, 0, 0, 0))))
    assert (await send(world, "GET", "/tenant/logo")).status_code == 404
    assert (await send(world, "PUT", "/tenant/logo", content=png(), headers=PNG)).status_code == 204
    async with world.services.database.write() as connection:
        await connection.execute(TENANT_LOGOS.update().values(digest=b"x" * 32))
    assert (await send(world, "GET", "/tenant/logo")).status_code == 404
    assert (await send(world, "PUT", "/tenant/logo", content=png(), headers=PNG)).status_code == 204
    assert (await send(world, "GET", "/tenant/logo")).status_code == 200


HEX = st.integers(0, 0xFFFFFF).map(lambda one: f"#{one:06x}")


@settings(max_examples=examples(150))
@given(HEX, HEX)
@example("#777777", "#ffffff")
@example("#1d5c96", "#f4f5f7")
@example("#84bbee", "#11151a")
def test_colors_are_taken_exactly_if_every_text_is_readable(accent, background):
    palette = palette_of(Colors(accent=accent, background=background))
    pairs = [(palette.soft, background), (accent, palette.card), (accent, palette.tint), (accent, background)]
    readable = all(contrast(*pair) >= MINIMUM for pair in pairs)
    try:
        checked_colors(Colors(accent=accent, background=background))
        problems = ()
    except ValidationFailed as problem:
        problems = problem.errors
    measured = [float(one.message.split(" is ")[1].split()[0]) for one in problems]
    assert bool(measured) != readable
    assert all(one < MINIMUM for one in measured)
    assert contrast(text_on(accent), accent) >= MINIMUM
    assert not readable or contrast(palette.ink, background) >= MINIMUM


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    for palette in (LIGHT, DARK):
        texts = [(palette.ink, palette.card), (palette.soft, palette.card), (palette.ink, palette.tint)]
        assert all(contrast(*pair) >= MINIMUM for pair in texts)


UNUSABLE = [
    ({"accent": "#777777", "background": "#ffffff"}, "its contrast with the shade behind a sign (#eef1f5) is 3.95 to 1"),
    ({"accent": "blue", "background": "#ffffff"}, "/colors/accent: expected a color such as #1d5c96"),
    ({"accent": "#1d5c96", "background": "#808080"}, "/colors/background: its contrast with the page's grey text"),
    ({"accent": "#1d5c96"}, "background"),
    ({"accent": "#1d5c96", "background": "#ffffff", "text": "#000000"}, "Known: accent, background"),
]
NO_ORIGINS = ["*", "http://app.example.com", "https://app.example.com/x", "'self'", "https://a.example; img-src *"]


async def test_colors_and_frame_ancestors_that_cannot_be_used_say_why(world):
    for colors, says in UNUSABLE:
        refused = await send(world, "PATCH", "/tenant", json={"colors": colors})
        assert (refused.status_code, says in refused.text) == (422, True), refused.text
    for origin in NO_ORIGINS:
        refused = await send(world, "PATCH", "/tenant", json={"frame_ancestors": [origin]})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/frame_ancestors/0")


async def test_an_appearance_set_by_a_stolen_key_is_found_and_undone(world):
    made = await send(world, "POST", "/api-keys", json={"name": "s", "role": "admin", "scope": "unlimited"})
    stolen, key = made.json()["id"], {"Authorization": f"Bearer {made.json()['key']}"}
    mine = {"colors": {"accent": "#1d5c96", "background": "#ffffff"}}
    assert (await send(world, "PATCH", "/tenant", json=mine)).status_code == 200
    theirs = {"name": "Your bank", "frame_ancestors": ["https://evil.example"]}
    assert (await send(world, "PATCH", "/tenant", json=theirs, headers=key)).status_code == 200
    assert (await send(world, "PUT", "/tenant/logo", content=png(), headers=PNG | key)).status_code == 204
    found = {one.kind for one in await touched_by(world.services, world.ours.id, stolen)}
    assert found == {"tenant_name", "frame_ancestors", "logo"}
    await end_all(world.services, world.ours.id, stolen)
    assert await touched_by(world.services, world.ours.id, stolen) == ()
    shown = (await send(world, "GET", "/tenant")).json()
    assert shown["name"] == f"Tenant {world.ours.id}"
    assert (shown["frame_ancestors"], shown["colors"]) == ([], mine["colors"])
    assert await tenant_logos.get(world.services.database, world.ours.id) is None
