"""The value of what is not there, which is not null: a missing key vanishes, a null one stays."""

from typing import Final, final


@final
class Undefined:
    """The type of UNDEFINED; a singleton, also when copied."""

    _instance: "Undefined | None" = None

    def __new__(cls) -> "Undefined":
        """Return the one instance."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> tuple[type["Undefined"], tuple[()]]:
        return Undefined, ()


UNDEFINED: Final = Undefined()
"""The result of an expression that finds nothing; None is JSON null."""
