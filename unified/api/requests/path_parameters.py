"""Parameters that several routes have in their path."""

from typing import Annotated

from litestar.params import PathParameter

PathId = Annotated[str, PathParameter(name="id")]
"""The row that the path names."""
PathProvider = Annotated[str, PathParameter(name="provider")]
