"""What the organization is made of: its objects, their fields, its limits."""

from unified_sandbox.salesforce.records import kind_of
from unified_sandbox.salesforce.schema import KINDS, ROOT, Field, Kind
from unified_sandbox.standin import Answer, Incoming, Record, State


def list_objects(_request: Incoming, _state: State) -> Answer:
    """Answer 200 `{encoding, maxBatchSize, sobjects}`."""
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_object(kind) for kind in KINDS.values()]})


def describe_object(request: Incoming, _state: State) -> Answer:
    """Answer 200 with the object and every field of it."""
    kind = kind_of(request)
    return Answer(200, _object(kind) | {"fields": [_field(field) for field in kind.fields.values()]})


def _object(kind: Kind) -> Record:
    url = f"{ROOT}/sobjects/{kind.name}"
    return {
        "name": kind.name,
        "label": kind.name.removesuffix("__c"),
        "labelPlural": kind.name.removesuffix("__c") + "s",
        "keyPrefix": kind.prefix,
        "custom": kind.name.endswith("__c"),
        "createable": kind.writable,
        "updateable": kind.writable,
        "deletable": kind.writable,
        "queryable": True,
        "urls": {"sobject": url, "describe": f"{url}/describe", "rowTemplate": url + "/{ID}"},
    }


def _field(field: Field) -> Record:
    values = [{"active": True, "defaultValue": False, "label": one, "value": one} for one in field.values]
    return {
        "name": field.name,
        "label": field.name.removesuffix("__c").replace("_", " "),
        "inlineHelpText": None,
        "type": field.type,
        "length": field.length,
        "custom": field.custom,
        "createable": field.createable,
        "updateable": field.updateable,
        "nillable": not field.required,
        "defaultedOnCreate": field.type == "boolean" or field.name == "OwnerId",
        "filterable": field.filterable,
        "sortable": field.filterable,
        "restrictedPicklist": field.restricted,
        "picklistValues": values,
        "referenceTo": list(field.refers),
    }


def limits(_request: Incoming, _state: State) -> Answer:
    """Answer 200 with the daily budget."""
    return Answer(200, {"DailyApiRequests": {"Max": 15000, "Remaining": 14990}})
