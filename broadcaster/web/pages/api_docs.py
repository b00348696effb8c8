"""The REST interface described for people: made from its own OpenAPI, with nothing fetched from elsewhere."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from broadcaster.web.desk import Desk


def routes(desk: Desk, openapi: Callable[[], dict[str, Any]]) -> APIRouter:
    """Return the route of the description."""
    router = APIRouter()

    @router.get("/api/docs")
    def show(request: Request) -> Response:
        described = openapi()
        schemas = described.get("components", {}).get("schemas", {})
        return desk.show(
            desk.door.anybody(request),
            "api_docs.html",
            version=described["info"]["version"],
            operations=operations(described),
            schemas=[(name, json.dumps(schema, ensure_ascii=False, indent=2)) for name, schema in schemas.items()],
        )

    return router


def operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each operation with what it takes and what it gives back."""
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("description") or operation.get("summary", ""),
            "parameters": [p["name"] for p in operation.get("parameters", ())],
            "takes": _schema_name(operation.get("requestBody", {})),
            "gives": {code: _schema_name(answer) for code, answer in operation.get("responses", {}).items()},
        }
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def _schema_name(part: dict[str, Any]) -> str:
    """Return the name of the schema in a body, `[Name]` for a list of them, or nothing."""
    schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    if "items" in schema:
        return f"[{schema['items'].get('$ref', '').rsplit('/', 1)[-1]}]"
    return str(schema.get("$ref", "")).rsplit("/", 1)[-1]
