"""Messages of the pages on which the resources of an account are chosen."""

RESOURCES: dict[str, str] = {
    "resources.title": "Resources of {name}",
    "resources.nothing": "{product} has nothing to choose from: everything may be used.",
    "resources.back": "All accounts",
    "resources.accounts": "Resources",
}
