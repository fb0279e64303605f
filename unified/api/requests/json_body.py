"""JSON bodies of typed handlers: decoded strictly into the struct that the handler names."""

from collections.abc import Generator
from typing import Any

from litestar.dto import AbstractDTO, DTOFieldDefinition
from litestar.typing import FieldDefinition

from unified.service.validation import decode_body


class JsonBody(AbstractDTO[Any]):
    """Litestar's place for decoding a body.

    The framework's own decoding would convert `"1"` to 1 and know no pointers, so this one decodes the bytes by themselves.
    """

    def decode_bytes(self, value: bytes) -> Any:
        """Return the body as the handler's `data`.

        Raises:
            ValidationFailed: It does not fit; the error names the place, never the value.
            MalformedRequest: It is not JSON.
        """
        return decode_body(value, self.asgi_connection.route_handler.parsed_data_field.annotation)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003 - any struct
        """Take every body."""
        return True

    @classmethod
    def create_for_field_definition(cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None) -> None:
        """Make no transfer model: the struct itself is decoded."""

    @classmethod
    def create_openapi_schema(cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any) -> Any:  # noqa: ARG003
        """Describe the struct itself."""
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:  # noqa: ARG003
        """Yield nothing, since there is no transfer model."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003
        """Look into nothing, since there is no transfer model."""
        return False
