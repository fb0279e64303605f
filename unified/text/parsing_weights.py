"""Weights in headers that list what a caller accepts, such as `de;q=0.5` (RFC 9110, 12.4.2)."""


def weight_of(text: str) -> float:
    """Return the weight of one entry, from 0 to 1: 1 if it has none, 0 if it cannot be read."""
    for parameter in text.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
