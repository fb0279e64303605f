"""The common models as data, and the checks of records that a mapping returns and of bodies that a caller sends."""

from unified.models.body import BODIES, REMOTE_FIELDS, validate_input
from unified.models.conversion.conform import conform, needed_fields
from unified.models.conversion.shape import ModelShape
from unified.models.field import Access, Field, Kind, Sensitivity, fields_of, meta
from unified.models.registry import (
    MAKING,
    METHOD_CLASS,
    MODELS,
    UPSERT,
    Category,
    MethodClass,
    Model,
    field,
    method_class,
    model,
    needed_methods,
)
from unified.models.shared import (
    Address,
    DeductionLine,
    EarningLine,
    EmailAddress,
    EmployeeRecord,
    FieldDefinition,
    FieldOption,
    Participant,
    PhoneNumber,
    Record,
    TaxLine,
    Url,
)
from unified.models.target import Target

__all__ = [
    "BODIES",
    "MAKING",
    "METHOD_CLASS",
    "MODELS",
    "REMOTE_FIELDS",
    "UPSERT",
    "Access",
    "Address",
    "Category",
    "DeductionLine",
    "EarningLine",
    "EmailAddress",
    "EmployeeRecord",
    "Field",
    "FieldDefinition",
    "FieldOption",
    "Kind",
    "MethodClass",
    "Model",
    "ModelShape",
    "Participant",
    "PhoneNumber",
    "Record",
    "Sensitivity",
    "Target",
    "TaxLine",
    "Url",
    "conform",
    "field",
    "fields_of",
    "meta",
    "method_class",
    "model",
    "needed_fields",
    "needed_methods",
    "validate_input",
]
