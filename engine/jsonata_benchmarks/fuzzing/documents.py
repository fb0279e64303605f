"""The small documents that generated expressions are about."""

from typing import Any, Final

ORDER: Final[dict[str, Any]] = {
    "id": 7,
    "name": "Ada",
    "tags": ["b", "a", "b"],
    "scores": [3, 1, 2.5],
    "empty": [],
    "nothing": None,
    "flag": True,
    "text": "The quick  brown fox, 42 jumps",
    "when": "2024-02-29T10:00:00.000Z",
    "owner": {"name": "Bo", "age": 41, "mail": "Bo@x.org", "tags": "solo"},
    "items": [
        {"sku": "p1", "qty": 2, "price": 3.5, "parts": [{"id": 1, "name": "bolt"}, {"id": 2, "name": "nut"}], "tags": ["x"]},
        {"sku": "p2", "qty": 0, "price": 10, "parts": [], "note": None},
        {"sku": "p3", "qty": 5, "price": 1.25, "parts": {"id": 3, "name": "gear"}, "tags": ["x", "y"]},
    ],
    "people": [
        {"id": 1, "name": "Cy", "team": "red", "boss": 2, "born": "1990-01-02"},
        {"id": 2, "name": "Di", "team": "blue", "born": "1985-06-07"},
        {"id": 3, "name": "Ed", "team": "red", "boss": 2, "nick": ""},
    ],
    "nested": [[1, 2], [3, [4]], []],
    "map": {"k1": 1, "k2": "two", "k3": None, "a b": [3]},
    "deep": {"a": {"b": {"c": [{"d": 1}, {"d": [2, 3]}]}}},
}
DOCUMENTS: Final[tuple[Any, ...]] = (
    ORDER,
    ORDER,
    ORDER,
    [ORDER["items"][0], ORDER["items"][2]],
    {
        "items": ORDER["items"][0],
        "people": [],
        "tags": "one",
        "name": "",
        "scores": 5,
        "owner": [ORDER["owner"], {"name": "Cy"}],
    },
    [],
    [[1, 2], 3, {"name": "x"}],
    "text",
    None,
    {},
)
