"""The parameters of a GraphQL request, from a body, a query string or a socket's message.

Nothing here does I/O. What is not well-formed raises RequestRefusedError with status 400.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn, cast
from urllib.parse import parse_qs

import orjson

from chat.error_codes import ErrorCode
from web.http.refusals import RequestRefusedError, bad_request

_MOST_PARAMETERS = 16


_NONE: Mapping[str, Any] = MappingProxyType({})


class Parameters(NamedTuple):
    """What is to be run. `query` is None where a persisted one is meant."""

    query: str | None
    operation_name: str | None = None
    variables: Mapping[str, Any] = _NONE
    extensions: Mapping[str, Any] = _NONE


def from_json(body: bytes) -> Parameters:
    """The parameters in a JSON body."""
    return from_object(parse_json(body, "The body"))


def from_text(body: bytes) -> Parameters:
    """The parameters of a body that is nothing but a document (application/graphql)."""
    try:
        return from_object({"query": body.decode("utf-8")})
    except UnicodeDecodeError as error:
        raise bad_request("The body is not UTF-8.") from error


def from_query_string(query_string: bytes) -> Parameters:
    """The parameters of a GET; variables and extensions are JSON."""
    try:
        pairs = parse_qs(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:
        raise bad_request("The query string is not well-formed.") from error
    found: dict[str, object] = {name: values[-1] for name, values in pairs.items()}
    for name in ("variables", "extensions"):
        text = found.get(name)
        if isinstance(text, str):
            found[name] = parse_json(text.encode(), name, name) if text.strip() else None
    return from_object(found)


def from_object(found: object) -> Parameters:
    """The parameters in a JSON value, which must be an object."""
    if isinstance(found, list):
        raise RequestRefusedError(
            HTTPStatus.BAD_REQUEST,
            "Batches are not taken: send one operation in each request.",
            code=ErrorCode.QUERY_TOO_COMPLEX,
        )
    if not isinstance(found, dict):
        raise bad_request("The request must be a JSON object.")
    request = cast("dict[str, object]", found)
    extensions = _mapping(request, "extensions")
    query = _text(request, "query")
    if query is None and "persistedQuery" not in extensions:
        raise bad_request("query must be there.", field="query")
    return Parameters(
        query,
        _text(request, "operationName") or None,
        _mapping(request, "variables"),
        extensions,
    )


def parse_json(text: bytes, what: str, field: str | None = None) -> object:
    """A JSON value, in UTF-8. `what` begins the sentence of the error.

    orjson refuses halves of surrogate pairs and very large integers, which are JSON all the same.
    They get through here, so that the checks of the fields can refuse them by name.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except (RecursionError, ValueError) as error:
        raise bad_request(f"{what} is not JSON.", field=field) from error


def _refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)


def _text(request: Mapping[str, object], name: str) -> str | None:
    value = request.get(name)
    if value is None or isinstance(value, str):
        return value
    raise bad_request(f"{name} must be a string.", field=name)


def _mapping(request: Mapping[str, object], name: str) -> Mapping[str, Any]:
    value = request.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return cast("Mapping[str, Any]", value)
    raise bad_request(f"{name} must be an object.", field=name)
