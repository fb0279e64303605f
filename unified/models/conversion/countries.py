"""Country names and codes to ISO 3166-1 alpha-2, in one dictionary that is built on first use."""

_ALPHA_2_LENGTH = 2
_OTHER_NAMES = {
    "america": "US",
    "bolivia": "BO",
    "brasil": "BR",
    "brunei": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "czech republic": "CZ",
    "danmark": "DK",
    "deutschland": "DE",
    "england": "GB",
    "españa": "ES",
    "great britain": "GB",
    "holland": "NL",
    "iran": "IR",
    "italia": "IT",
    "ivory coast": "CI",
    "korea": "KR",
    "kosovo": "XK",
    "laos": "LA",
    "macau": "MO",
    "macedonia": "MK",
    "moldova": "MD",
    "méxico": "MX",
    "nederland": "NL",
    "norge": "NO",
    "northern ireland": "GB",
    "palestine": "PS",
    "polska": "PL",
    "republic of ireland": "IE",
    "russia": "RU",
    "schweiz": "CH",
    "scotland": "GB",
    "south korea": "KR",
    "suomi": "FI",
    "sverige": "SE",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "tanzania": "TZ",
    "the netherlands": "NL",
    "turkey": "TR",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "vatican": "VA",
    "venezuela": "VE",
    "vietnam": "VN",
    "wales": "GB",
    "österreich": "AT",
}
"""Common names that ISO 3166-1 lacks. XK (Kosovo) is user-assigned and in wide use."""


def alpha_2(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code for a country code or name in any case; None if it is unknown."""
    codes = _codes or _fill_codes()
    return codes.get(text) or codes.get(text.strip().casefold())


def is_alpha_2(text: str) -> bool:
    """Return whether the text is an alpha-2 code, in any case."""
    return len(text.strip()) == _ALPHA_2_LENGTH and alpha_2(text) == text.strip().upper()


_codes: dict[str, str] = {}
"""Codes and names, also in lower case, to codes."""


def _fill_codes() -> dict[str, str]:
    import pycountry  # noqa: PLC0415 - loaded with the first country

    codes = {"xk": "XK", **_OTHER_NAMES}
    for known in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            name = getattr(known, attribute, None)
            if name is not None:
                codes[name] = codes[name.casefold()] = known.alpha_2
    _codes.update(codes)  # in one step, as another thread may look up meanwhile
    return codes
