"""The digest by which a requested write is bound to its mapping: if anything changes that decides what is sent, it is void."""

import hashlib

import msgspec

from unified.catalog.mapping import MappingDocument
from unified.catalog.provider import Provider
from unified.models import Model


def mapping_digest(document: MappingDocument, provider: Provider, model: Model) -> str:
    """Return a digest of what two files and the model's fields say, without the notes for people."""
    described = [
        msgspec.structs.replace(document, notes=(), not_offered={}),
        msgspec.structs.replace(provider, notes=(), not_offered={}),
        model.fields,
    ]
    content = msgspec.json.encode(described, order="sorted", enc_hook=str)  # a field refers to its struct
    return hashlib.sha256(content).hexdigest()
