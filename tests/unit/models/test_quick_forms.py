"""The quick forms of conversions give what their definitions give, for usual values and for any others."""

import re
from datetime import UTC, date, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified.models.conversion.phones import e164
from unified.models.conversion.scalars import date_only, date_time, url

SEPARATORS = re.compile(r"\(0\)|[\s().\-/\u2010-\u2015]")
DIGITS = "0123456789٣६³①𝟗"
"""Digits of ASCII, and characters that only look or count like digits."""
NUMBERS = st.one_of(
    st.text(st.sampled_from(f"+{DIGITS} ()-./\t\x1c\xa0\u2003\u2010\u2015xX,;"), max_size=24),
    st.tuples(
        st.sampled_from(["+", "00", "", " +", " 00", "\t00", "\xa0+", "\u20100", "(00)", "0(0)0", "+(", "(0)+"]),
        st.text("0123456789 -(/.)", min_size=5, max_size=20),
    ).map("".join),
    st.lists(st.sampled_from(["(0)", "( 0)", "(-0)", "((0)0)", "+", "00", "49", "30 90", "123-45", "/", "."]), max_size=6).map(
        "".join
    ),
    st.text(max_size=20),
)


def e164_by_definition(number: str) -> str | None:
    """What E.164 says of a number in international form."""
    known = number.strip()
    plain = SEPARATORS.sub("", "+" + known[2:] if known.startswith("00") else known)
    return plain if re.fullmatch(r"\+[1-9][0-9]{6,14}", plain) else None


@settings(max_examples=examples(1_500))
@given(NUMBERS)
@example("+44 (0)20 7946 0012")
@example("+44 ( 0)20 7946 0012")
@example("\t0044 20 7946 0012")
@example("\u20100044 20 7946 0012")
@example("00(0)44 20 7946 0012")
@example("+" + "1" * 100_000)
def test_phone_numbers(number: str) -> None:
    assert e164(number, None) == e164_by_definition(number)


MOMENTS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", " ", "\u2003"]),
        st.one_of(
            st.dates().map(date.isoformat),
            st.sampled_from(["0000-01-01", "0001-01-01", "0001-12-31", "0002-01-01", "2024-02-29", "2023-02-29", "2025-W01-1"]),
            st.text(st.sampled_from(f"-W{DIGITS}"), min_size=8, max_size=11),
        ),
        st.sampled_from(["T", " ", "t", "", "\ud800"]),
        st.one_of(
            st.times().map(lambda one: one.isoformat("seconds")),
            st.sampled_from(["23:59:60", "24:00:00", "00:00", "10", "101112", "10:00:0٣"]),
        ),
        st.one_of(
            st.sampled_from(["", ".000", ".00", ".001", ",123", ".000000", ".000999", ".0٣0"]), st.from_regex(r"\A\.\d{1,7}\Z")
        ),
        st.sampled_from(["Z", "z", "", "+00:00", "-00:00", "+01:00", "-0530", "+24:00", "+01", "Z ", "+00:00:00.5"]),
    ),
)
USUAL = (
    "2025-01-31T10:00:00.123Z",
    "2025-01-31T10:00:00.000Z",
    "2025-01-31T10:00:00Z",
    "2025-01-31T10:00:00+01:00",
    "2025-01-31T10:00:00.123+0000",
    "2025-01-31T10:00:00.000+00:00",
)


@st.composite
def nearly_usual(draw: st.DrawFn) -> str:
    """Draw a usual time of which some characters are others, more or fewer."""
    text = draw(st.sampled_from(USUAL))
    for _ in range(draw(st.integers(0, 3))):
        at, size = draw(st.integers(0, len(text))), draw(st.integers(0, 1))
        text = text[:at] + draw(st.sampled_from(["", *f":.,-+TZW 0123456789{DIGITS}"])) + text[at + size :]
    return text


TIMES = st.one_of(
    nearly_usual(), MOMENTS, st.datetimes().map(datetime.isoformat), st.text(max_size=26), st.from_regex(r"\A\d{13}\Z")
)


def date_time_by_definition(value: str) -> str | None:
    """The text of a time in UTC: with milliseconds, unless they are zero; without a zone it is in UTC."""
    text = value.strip()
    if text[4:5] != "-":
        return None
    try:
        parsed = datetime.fromisoformat(text)
        utc = parsed.astimezone(UTC) if parsed.tzinfo is not None else parsed
    except (ValueError, OverflowError):
        return None
    if parsed.year <= 1:
        return None
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds" if utc.microsecond >= 1000 else "seconds") + "Z"


@settings(max_examples=examples(1_500))
@given(TIMES)
@example("2025-01-01T10:00.60Z")
@example("2025-01-01T10:00:00.123-0000")
@example("0001-01-01T00:00:00.123+0000")
@example("2025-01-01T10:00,00Z")
@example("2025-01-01T24:00:00.000Z")
@example("0001-01-01T00:00:00.000Z")
@example("0002-01-01T00:00:00Z")
@example("2025-01-01T10:00:00.000Z" + " " * 100_000)
def test_times(text: str) -> None:
    assert date_time(text) == date_time_by_definition(text)


@settings(max_examples=examples(1_500))
@given(TIMES)
def test_dates(text: str) -> None:
    head = text.strip()[:10]
    try:
        expected = head if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", head) and date.fromisoformat(head).year > 1 else None
    except ValueError:
        expected = None
    assert date_only(text) == expected


ALLOWED = r"(?:[!$&-;=?-Z_a-z~]|%[0-9A-Fa-f]{2})*"
WEB = st.text(st.one_of(st.sampled_from("/:?#[]@!$&'()*+,;=%09afAFgG_~ \"<>\\^`{|}é٣"), st.characters()), max_size=30)


@settings(max_examples=examples(1_500))
@given(st.one_of(WEB, WEB.map("https://x.example/".__add__)))
@example("https://x.example/" + "%41" * 50_000 + "%4")
def test_what_is_a_url_stays_as_it_is(text: str) -> None:
    if text and re.fullmatch(f"{ALLOWED}(?:#{ALLOWED})?", text):
        assert url(text) == text
    elif text:
        assert url(text) != text or "[" in text
