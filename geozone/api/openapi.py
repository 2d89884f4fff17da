"""The OpenAPI document in version 3.0, which OGC API Features names, from the 3.1 that FastAPI writes."""

from __future__ import annotations

from typing import Any

__all__ = ["openapi_3_0"]


def openapi_3_0(document: dict[str, Any], base: str) -> dict[str, Any]:
    """Rewrite an OpenAPI 3.1 document as 3.0.3.

    Parameters
    ----------
    document : dict
        OpenAPI 3.1; not changed.
    base : str
        Address of the service.

    Returns
    -------
    dict
        The same API in OpenAPI 3.0.3.
    """
    older: dict[str, Any] = _rewrite(document)
    return older | {"openapi": "3.0.3", "servers": [{"url": base}]}


def _rewrite(node: Any) -> Any:
    if isinstance(node, list):
        return [_rewrite(member) for member in node]
    if not isinstance(node, dict):
        return node
    changed = {name: _rewrite(value) for name, value in node.items()}
    choices = changed.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del changed["anyOf"]
        if len(rest) == 1 and "$ref" not in rest[0]:
            changed = rest[0] | changed
        else:
            changed["anyOf"] = rest
        changed["nullable"] = True
    if changed.get("type") == "null":
        del changed["type"]
        changed["nullable"] = True
    for edge in ("Minimum", "Maximum"):
        bound = changed.get(f"exclusive{edge}")
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            changed[edge.lower()] = bound
            changed[f"exclusive{edge}"] = True
    if "const" in changed:
        changed["enum"] = [changed.pop("const")]
    if isinstance(changed.get("prefixItems"), list):
        changed["items"] = {"anyOf": changed.pop("prefixItems")}
    return changed
