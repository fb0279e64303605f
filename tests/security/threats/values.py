"""Ids and values that would leave their place, if anything let them (rows B1 to B12)."""

SENT = {
    "b2 parent": "../admin",
    "b2 encoded slash": "..%2fadmin",
    "b2 encoded dots": "%2e%2e",
    "b2 all encoded": "%2e%2e%2fadmin",
    "b2 parameter": "..;/admin",
    "b2 backslash": "..\\admin",
    "b3 double encoding": "%252e%252e%252f",
    "b4 slash": "a/b",
    "b4 two slashes": "a//b",
    "b4 root": "/etc",
    "b4 authority": "//evil.test/x",
    "b4 url": "https://evil.test/",
    "b5 query": "a?admin=true",
    "b5 fragment": "a#frag",
    "b5 parameter": "a;v=1",
    "b5 and": "a&b=c",
    "b5 equals": "a=b",
    "b5 plus": "a+b",
    "b5 space": "a b",
    "b6 encoded line": "a%0d%0aX-Evil: 1",
    "b8 full-width slash": "a\uff0fb",
    "b8 division slash": "a\u2215b",
    "b8 override": "a\u202eb",
    "b8 emoji": "\U0001f600",
    "b8 composed": "\u00e9",
    "b8 decomposed": "e\u0301",
}
"""Sent as one encoded segment."""

REFUSED = {
    "b1 parent": "..",
    "b1 here": ".",
    "b6 line": "a\r\nX-Evil: 1",
    "b6 return": "a\r",
    "b6 feed": "a\nb",
    "b6 nul": "a\x00",
    "b6 delete": "a\x7f",
    "b6 next line": "a\x85b",
    "b7 spaces": "   ",
    "b7 long": "a" * 257,
    "b7 huge": "a" * 50_000,
}
"""Refused before anything is sent."""

HOSTILE = (
    "' OR Name != '", "\\'", "\\", "'); DELETE", "a\nb", "100%_off", '" OR project = X', '\\" OR 1=1', "' or 1 eq 1", ") OR (1=1",
    "\u2019\u2028", "*:* OR a:b", "}} mutation { x", "null", "currentUser()", "a^ORb=1",
)  # fmt: skip
"""Values of filters and searches that mean something to some query language."""
