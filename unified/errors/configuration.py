"""Errors of the people who run the service or write its data files; no answer has them."""


class CatalogError(KeyError):
    """An unknown name in the catalog, or an invalid data file; the message lists the known names."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Return the message without the quotes that KeyError puts around its key."""
        return self.message


class ConfigurationError(Exception):
    """An invalid setting; the message says which, what came and what is accepted."""
