"""Bodies for POST /graphql that are malformed or hostile, each with a name.

All but the `harmless` must be refused: by a 4xx, or, where the request itself is in order, by
errors. The harmless ones may be answered as well; they must only not break anything.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MIB = 1024 * 1024
JSON = "application/json"
GOOD = {
    "query": "query Me { viewer { name } }",
    "variables": {"a": [1, "é"]},
    "operationName": "Me",
}
GOOD_BYTES = json.dumps(GOOD).encode()
# A value of each type of JSON.
TYPES: Mapping[str, object] = {
    "a number": 7,
    "a fraction": 0.5,
    "a boolean": True,
    "a text": "x",
    "an empty text": "",
    "a list": [],
    "a list of lists": [[{}]],
    "an object": {},
}


@dataclass(frozen=True, slots=True)
class Malformed:
    """A body, and the headers that go with it."""

    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON})
    chunked: bool = False
    harmless: bool = False


def corpus() -> list[Malformed]:
    """Every malformed body."""
    return [
        *_no_json(),
        *_cut_short(),
        *_encodings(),
        *_top_level(),
        *_wrong_types(),
        *_persisted_queries(),
        *_queries(),
        *_sizes(),
        *_content_types(),
        *_content_encodings(),
    ]


def _no_json() -> Iterator[Malformed]:
    texts = {
        "nothing": "",
        "a space": " ",
        "line ends": "\r\n\r\n",
        "a word": "query",
        "GraphQL itself": "{ viewer { name } }",
        "single quotes": "{'query': '{ viewer { name } }'}",
        "names without quotes": '{query: "{ viewer { name } }"}',
        "a trailing comma in an object": '{"query": "{ viewer { name } }",}',
        "a trailing comma in a list": '{"query": "{ viewer { name } }", "variables": {"a": [1,]}}',
        "a line comment": '{"query": "{ viewer { name } }"} // the end',
        "a block comment": '{/* the query */ "query": "{ viewer { name } }"}',
        "a hash comment": '# the query\n{"query": "{ viewer { name } }"}',
        "something behind the end": '{"query": "{ viewer { name } }"} x',
        "two objects": '{"query": "{ viewer { name } }"}{"query": "{ viewer { name } }"}',
        "two lines": '{"query": "{ viewer { name } }"}\n{"query": "{ viewer { name } }"}',
        "a missing colon": '{"query" "{ viewer { name } }"}',
        "a missing comma": '{"query": "{ viewer { name } }" "variables": {}}',
        "a closing bracket": "]",
        "a wrong escape": '{"query": "\\x41"}',
        "half an escape": '{"query": "\\u12"}',
        "a raw line end in a text": '{"query": "{ viewer {\n name } }"}',
        "a raw tab in a text": '{"query": "{ viewer\t{ name } }"}',
        "a raw NUL in a text": '{"query": "{ viewer { name } }\0"}',
        "a raw escape character in a text": '{"query": "\x1b{ viewer { name } }"}',
        "NUL bytes": "\0\0\0\0",
        "a NUL behind the end": '{"query": "{ viewer { name } }"}\0',
        "deep lists": "[" * 100_000,
        "deep lists that end": "[" * 100_000 + "]" * 100_000,
        "deep objects": '{"a":' * 100_000,
        "deep objects that end": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "Python's words": '{"query": None, "variables": True}',
        "an HTML page": "<!doctype html><title>x</title>",
        "XML with an entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    }
    numbers = (
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "1.",
        ".5",
        "+1",
        "0x10",
        "1e",
        "--1",
        "9" * 5000,
    )
    yield from (Malformed(name, text.encode()) for name, text in texts.items())
    for number in numbers:
        text = f'{{"query": "{{ viewer {{ name }} }}", "variables": {{"a": {number}}}}}'
        yield Malformed(f"the number {number[:10]}", text.encode())


def _cut_short() -> Iterator[Malformed]:
    for length in range(1, len(GOOD_BYTES)):
        yield Malformed(f"cut after {length} bytes", GOOD_BYTES[:length])


def _encodings() -> Iterator[Malformed]:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        body = json.dumps(GOOD).encode(encoding)
        yield Malformed(encoding, body)
        headers = {"Content-Type": f"{JSON}; charset={encoding}"}
        yield Malformed(f"{encoding}, and says so", body, headers)
    yield Malformed("a BOM", b"\xef\xbb\xbf" + GOOD_BYTES, harmless=True)
    yield Malformed("two BOMs", b"\xef\xbb\xbf" * 2 + GOOD_BYTES)
    yield Malformed("only a BOM", b"\xef\xbb\xbf")
    for name, raw in {
        "bytes that never start a character": b"\xff\xfe",
        "a lone continuation": b"\x80",
        "half a character": b"\xc3",
        "an overlong slash": b"\xc0\xaf",
        "an overlong NUL": b"\xe0\x80\x80",
        "behind the last plane": b"\xf4\x90\x80\x80",
        "half a surrogate pair": b"\xed\xa0\x80",
        "a surrogate pair in six bytes": b"\xed\xa0\xbd\xed\xb8\x80",
        "Latin-1": "é".encode("latin-1"),
    }.items():
        yield Malformed(f"{name} in a query", b'{"query": "{ viewer { name } } # ' + raw + b'"}')
        yield Malformed(f"{name} as a body", raw)


def _top_level() -> Iterator[Malformed]:
    for name, value in {
        **TYPES,
        "null": None,
        "a batch": [GOOD, GOOD],
        "a long batch": [GOOD] * 999,
    }.items():
        yield Malformed(f"{name} as the whole", json.dumps(value).encode())
    for name, text in {
        "a key twice": '{"query": "{ nothing }", "query": "{ viewer { name } }"}',
        "__proto__": '{"__proto__": {"a": 1}, "query": "{ viewer { name } }"}',
        "constructor": '{"constructor": {"prototype": 1}, "query": "{ viewer { name } }"}',
        "__class__": '{"__class__": "x", "query": "{ viewer { name } }", "self": 1}',
        "an empty key": '{"": 1, "query": "{ viewer { name } }"}',
        "half a surrogate pair as a key": '{"\\ud800": 1, "query": "{ viewer { name } }"}',
        "a huge number elsewhere": '{"a": 1e999, "query": "{ viewer { name } }"}',
        "a NUL as a key": '{"\\u0000": 1, "query": "{ viewer { name } }"}',
    }.items():
        yield Malformed(name, text.encode(), harmless=True)


def _wrong_types() -> Iterator[Malformed]:
    """Each part of a request with a value of each type that is not its own."""
    own = {
        "query": "a text",
        "operationName": "a text",
        "variables": "an object",
        "extensions": "an object",
    }
    for part, right in own.items():
        for name, value in TYPES.items():
            if name == right or (part, name) == ("operationName", "an empty text"):
                continue
            yield Malformed(f"{part} is {name}", json.dumps({**GOOD, part: value}).encode())
    yield Malformed("query is null", json.dumps({**GOOD, "query": None}).encode())
    yield Malformed("query is missing", b'{"variables": {}}')
    yield Malformed(
        "variables are JSON in a text", json.dumps({**GOOD, "variables": "{}"}).encode()
    )
    yield Malformed(
        "the name of no operation", json.dumps({**GOOD, "operationName": "You"}).encode()
    )


def _persisted_queries() -> Iterator[Malformed]:
    for name, value in TYPES.items():
        for query in ({}, {"query": GOOD["query"]}):
            extensions = {"persistedQuery": value}
            body = json.dumps({**query, "extensions": extensions}).encode()
            also = " beside a query" if query else ""
            yield Malformed(f"persistedQuery is {name}{also}", body, harmless=bool(query))
    for name, value in {**TYPES, "a wrong hash": "0" * 64, "a long hash": "a" * 100_000}.items():
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": value}}
        yield Malformed(f"sha256Hash is {name}", json.dumps({"extensions": extensions}).encode())
    for name, value in TYPES.items():
        extensions = {"persistedQuery": {"version": value, "sha256Hash": "0" * 64}}
        yield Malformed(f"its version is {name}", json.dumps({"extensions": extensions}).encode())


def _queries() -> Iterator[Malformed]:
    queries = {
        "half a surrogate pair": "{ viewer { name } } \ud800",
        "half a surrogate pair in a text": '{ node(id: "\ud800") { id } }',
        "an escaped one in a text": '{ node(id: "\\ud800") { id } }',
        "a NUL": "{ viewer\0{ name } }",
        "a vertical tab": "{ viewer\v{ name } }",
        "only a comment": "# nothing",
        "only spaces": "  ",
        "deep selections": "{ a " * 50_000,
        "deep values": "{ a(b: " + "[" * 50_000,
        "deep types": "query ($a: " + "[" * 50_000,
        "a text without end": '{ node(id: "',
        "a block text without end": '{ node(id: """',
        "a fragment of itself": "{ ...A } fragment A on Query { ...A }",
        "a number behind all": "{ conversations(first: 99999999999999999999) { totalCount } }",
        "two operations without a name": "{ viewer { name } } { viewer { name } }",
        "a type definition": "type A { b: Int }",
        "a right-to-left mark in a name": "{ view\u202eer { name } }",
    }
    for name, query in queries.items():
        yield Malformed(f"a query with {name}", json.dumps({"query": query}).encode())
    for name, value in {"a huge number": 10**400, "a huge fraction": float("1e308")}.items():
        query = "query ($n: Int) { conversations(first: $n) { totalCount } }"
        body = json.dumps({"query": query, "variables": {"n": value}}).encode()
        yield Malformed(f"{name} as a variable", body)
    number = (
        b'{"query": "query ($n: Int) { conversations(first: $n) { totalCount } }", "variables": '
    )
    yield Malformed("a number without end as a variable", number + b'{"n": 1e999}}')


def _sizes() -> Iterator[Malformed]:
    yield Malformed("a MiB of spaces", b" " * MIB)
    yield Malformed("a request behind a MiB of spaces", b" " * MIB + GOOD_BYTES)
    yield Malformed("four MiB", b"[" + b"1," * (2 * MIB))
    yield Malformed("four MiB in chunks", b"[" + b"1," * (2 * MIB), chunked=True)
    yield Malformed("chunks that are no JSON", b"{" * 1000, chunked=True)
    yield Malformed("no chunk", b"", chunked=True)
    yield Malformed("a long query", json.dumps({"query": "x" * 900_000}).encode())
    yield Malformed("a long name", json.dumps({**GOOD, "operationName": "x" * 900_000}).encode())
    long_key = {**GOOD, "x" * 900_000: 1}
    yield Malformed("a long key", json.dumps(long_key).encode(), harmless=True)
    many = {**GOOD, **{f"k{number}": 1 for number in range(50_000)}}
    yield Malformed("many keys", json.dumps(many).encode(), harmless=True)
    many_variables = {**GOOD, "variables": {f"k{number}": 1 for number in range(50_000)}}
    yield Malformed("many variables", json.dumps(many_variables).encode(), harmless=True)


def _content_types() -> Iterator[Malformed]:
    form = b"query=%7B%20viewer%20%7B%20name%20%7D%20%7D"
    part = b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n'
    parts = part + b"{ viewer { name } }\r\n--x--\r\n"
    files = parts.replace(b'"query"', b'"operations"').replace(b"{ viewer { name } }", GOOD_BYTES)
    for kind, body in (
        ("application/x-www-form-urlencoded", form),
        ("application/x-www-form-urlencoded", GOOD_BYTES),
        ("multipart/form-data; boundary=x", parts),
        ("multipart/form-data; boundary=x", files),
        ("multipart/form-data", parts),
        ("multipart/form-data; boundary=x", b"--x"),
        ("text/plain", GOOD_BYTES),
        ("text/plain;charset=UTF-8", GOOD_BYTES),
        ("application/graphql", b"{ broken document"),
        ("application/xml", GOOD_BYTES),
        ("application/jsonp", GOOD_BYTES),
        ("text/application/json", GOOD_BYTES),
        ("application/octet-stream", GOOD_BYTES),
        ("json", GOOD_BYTES),
        (";", GOOD_BYTES),
        ("application/json; charset=no-such-charset", "é".encode("latin-1")),
    ):
        yield Malformed(
            f"{kind} with {len(body)} bytes: {body[:12]!r}", body, {"Content-Type": kind}
        )
    yield Malformed("no content type", GOOD_BYTES, {})
    yield Malformed(
        "odd parameters", GOOD_BYTES, {"Content-Type": f"{JSON}; ;;a=b; c"}, harmless=True
    )


def _content_encodings() -> Iterator[Malformed]:
    packed = {"gzip": gzip.compress(GOOD_BYTES), "deflate": zlib.compress(GOOD_BYTES)}
    for name, body in packed.items():
        yield Malformed(f"{name} that is not told", body)
        yield Malformed(name, body, _encoded(name))
    bomb = gzip.compress(b" " * 64 * MIB)
    yield Malformed("a bomb", bomb, _encoded("gzip"))
    for name in ("gzip", "br", "zstd", "gzip, gzip", "x-unknown"):
        yield Malformed(f"{name} that is none", b"\x28\xb5\x2f\xfd\0", _encoded(name))
        yield Malformed(f"plain JSON as {name}", GOOD_BYTES, _encoded(name))


def _encoded(name: str) -> dict[str, str]:
    return {"Content-Type": JSON, "Content-Encoding": name}
