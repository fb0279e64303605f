"""The signs of products: no two alike, whatever they are called, and readable in both color schemes."""

import colorsys
import re
from importlib.resources import files

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from tests.world import catalog
from unified.service.tenant_colors import contrast
from unified.web.html.monograms import HUES, signs

STYLE = (files("unified.web") / "static" / "style.css").read_text(encoding="utf-8")


def test_no_two_installed_products_look_alike():
    known = catalog()
    found = signs(tuple((name, known.provider(name).title) for name in known.providers()))
    assert len({(one.letters, one.hue) for one in found.values()}) == len(known.providers())


TITLES = st.text(st.sampled_from("aAbBsS -.é1"), max_size=6)


@settings(max_examples=examples(60))
@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), TITLES, max_size=60))
def test_no_two_products_look_alike_whatever_they_are_called(titles):
    found = signs(tuple(titles.items()))
    assert len({one.letters.casefold() for one in found.values()}) == len(titles)
    assert all(len(one.letters) >= 2 and 0 <= one.hue < HUES for one in found.values())


def test_the_order_in_which_products_are_listed_does_not_matter():
    titles = (("hibob", "HiBob"), ("hubspot", "HubSpot"), ("humaans", "Humaans"))
    assert signs(titles) == signs(titles[::-1])


def shade(hue, saturation, lightness):
    red, green, blue = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    return "#" + "".join(f"{round(one * 255):02x}" for one in (red, green, blue))


def test_every_sign_is_readable_in_both_schemes():
    hues = [int(one) for one in re.findall(r"\.hue-\d \{ --hue: (\d+);", STYLE)]
    backs = [int(one) for one in re.findall(r"--sign-back: (\d+)%", STYLE)]
    inks = [int(one) for one in re.findall(r"--sign-ink: (\d+)%", STYLE)]
    assert (len(hues), len(set(hues)), len(backs), len(inks)) == (HUES, HUES, 2, 2)
    for hue in hues:
        for back, ink in zip(backs, inks, strict=True):
            assert contrast(shade(hue, 45, back), shade(hue, 60, ink)) >= 4.5, (hue, back)
