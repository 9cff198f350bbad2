from __future__ import annotations

import json

from dashboard import openapi
from dashboard.routes import ROUTES


def test_the_committed_document_is_the_generated_one() -> None:
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.text(), "run `python -m dashboard.openapi`"


def test_every_reference_is_defined_and_every_operation_named_once() -> None:
    document = openapi.document()
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(schemas)
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert sorted(ids) == sorted(route.name for route in ROUTES)
    assert len(set(ids)) == len(ids)


def test_rules_over_several_fields_are_in_the_schema() -> None:
    schemas = openapi.document()["components"]["schemas"]
    limit, scope = schemas["LimitBody"], schemas["LiveScope"]
    assert limit["if"]["properties"] == {"kind": {"enum": ["custom"]}}
    assert limit["then"]["properties"]["parameters"] == {"required": ["measure"]}
    assert limit["else"]["if"]["properties"] == {"kind": {"enum": ["correlation_group"]}}
    assert limit["else"]["then"]["properties"]["parameters"] == {"required": ["assets"]}
    assert scope["if"]["properties"] == {"kind": {"enum": ["strategy"]}}
    assert scope["then"]["required"] == ["botId", "strategyId"]
    assert scope["else"]["then"]["required"] == ["botId"]


def test_the_wire_is_camel_case_with_decimals_and_times_as_strings() -> None:
    schemas = openapi.document()["components"]["schemas"]
    names = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert not [name for name in names if "_" in name]
    assert schemas["StrategySummary"]["properties"]["weight"] == {"type": "string"}
    assert schemas["RunSummary"]["properties"]["startedAt"] == {"type": "string", "format": "date-time"}
    assert set(schemas["RunSummary"]["required"]) == set(schemas["RunSummary"]["properties"])
