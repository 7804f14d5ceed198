"""The last guard of the log: no entry leaves with a secret in it, wherever it stands.

It knows the shapes of secrets (Parley's tokens, API keys, JWTs, what follows "Bearer", passwords in
addresses) and the deployment's own secrets by heart. It must not be relied on to keep people's
texts out: they have no shape, so nothing that holds one may be logged at all.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

import orjson
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "[secret]"
# A shorter one is as likely to be a word of the entry.
_SHORTEST_KNOWN_SECRET = 6
_MARKERS = ("_record", "_from_structlog")  # structlog's own, which it takes out later

_SHAPES = re.compile(
    r"""
      parley_[\w-]{20,}                       # a token of Parley's
    | (?<![A-Za-z0-9])sk-[\w-]{4,}            # a key of OpenAI's and of many that follow it
    | eyJ[\w-]{5,}(?:\.[\w-]*)*               # a JWT, whole or in part
    | (?i:\bbearer[\s:=]+)[\w.~+/=-]+         # what somebody signed in with
    | (?<=://)[^\s/@]*:[^\s/@]*(?=@)          # user and password of an address
    """,
    re.VERBOSE | re.ASCII,
)

# In folded case, what each of the shapes has in it, however JSON spells what stands around.
_SIGNS = ("parley_", "sk-", "eyj", "bearer", "://")


def without_secrets(secrets: Iterable[str]) -> Processor:
    """A processor that replaces secrets in texts, keys and values at any depth.

    What is neither text, number, mapping nor sequence comes out as its text, which the renderer
    would have made of it in any case. `secrets` are the deployment's own; they are found as they
    are and as an address or a `repr` spells them.
    """
    clean = _cleaner(secrets)

    def processor(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger, method
        kept = {name: event[name] for name in _MARKERS if name in event}
        rest = {name: value for name, value in event.items() if name not in kept}
        return {clean(key): _cleaned(value, clean) for key, value in rest.items()} | kept

    return processor


def masked(text: str) -> str:
    """A text without what looks like a secret."""
    return _SHAPES.sub(MASK, text)


def suspicion(secrets: Iterable[str]) -> Callable[[str], bool]:
    """Whether a line of orjson's may hold a secret; where it holds one, always.

    Looking for a few signs in the line takes a tenth of what it takes to clean all in it.
    """
    signs = (*_SIGNS, *(_in_json(form).casefold() for form in _known_forms(secrets)))

    def suspicious(line: str) -> bool:
        folded = line.casefold()
        for sign in signs:  # noqa: SIM110  `any` with a generator takes twice as long
            if sign in folded:
                return True
        return False

    return suspicious


def _in_json(text: str) -> str:
    return orjson.dumps(text).decode()[1:-1]


def _known_forms(secrets: Iterable[str]) -> list[str]:
    """The deployment's own secrets as they may be spelled, the longest first."""
    known = {form for secret in secrets for form in (secret, quote(secret, ""), repr(secret)[1:-1])}
    return sorted((one for one in known if len(one) >= _SHORTEST_KNOWN_SECRET), key=len)[::-1]


def _cleaner(secrets: Iterable[str]) -> Callable[[str], str]:
    literal = [re.escape(one) for one in _known_forms(secrets)]
    by_heart = re.compile("|".join(literal)) if literal else None

    def clean(text: str) -> str:
        # What is known by heart goes first: a shape may match only its beginning.
        known_gone = by_heart.sub(MASK, text) if by_heart else text
        return _SHAPES.sub(MASK, known_gone)

    return clean


def _cleaned(value: object, clean: Callable[[str], str]) -> object:
    match value:
        case bool() | int() | float() | None:
            return value
        case str():
            return clean(value)
        case Mapping():
            return {clean(str(key)): _cleaned(inner, clean) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_cleaned(inner, clean) for inner in value]
        case _:
            return clean(str(value))
