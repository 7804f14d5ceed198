"""What the settings mean for the parts that `main` wires."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

import aiohttp
from limits import RateLimitItem

from adapters.breaker import CircuitBreaker
from adapters.jwks import JwksKeys
from adapters.jwt_tokens import JwtVerifier, SecretKey
from adapters.observed_model import ObservedModel, RetryWatch
from adapters.openai import OpenAIClient
from adapters.prometheus_metrics import PrometheusMetrics
from chat.history import HistoryLimits
from chat.metrics import Metrics
from chat.options import Options
from chat.rates import RateKind
from chat.redaction import RedactionMode, RedactionOptions, Redactor
from chat.tracing import NO_TRACING, Tracing
from db.postgres_options import PostgresOptions
from settings import Settings
from web.documents.limits import DocumentLimits
from web.limits import EdgeLimits

_OPENAI = "https://api.openai.com/v1"


def options(settings: Settings) -> Options:
    """What the rules of a conversation need."""
    return Options(
        default_model=settings.default_model,
        other_models=settings.allowed_models,
        history=HistoryLimits(messages=settings.history_messages, tokens=settings.history_tokens),
        max_completion_tokens=settings.max_completion_tokens,
        temperature=settings.temperature,
        monthly_token_limit=settings.monthly_token_limit,
        retention_days=settings.retention_days,
    )


def redactor(settings: Settings) -> Redactor:
    """What is taken out of texts on their way to the model."""
    return Redactor(
        RedactionOptions(
            pii=RedactionMode(settings.redact_pii),
            urls=RedactionMode(settings.redact_urls),
            words=RedactionMode(settings.redact_words),
            word_list=settings.redact_word_list,
        )
    )


def verifier(settings: Settings, session: aiohttp.ClientSession) -> JwtVerifier | None:
    """What verifies the tokens of another issuer; None when API tokens are the only way in."""
    trusted = settings.trusted_issuer
    if trusted is None:
        return None
    return JwtVerifier(
        keys=SecretKey(trusted.secret)
        if trusted.secret is not None
        else JwksKeys(session=session, url=trusted.jwks_url or "", algorithms=trusted.algorithms),
        issuer=trusted.issuer,
        audience=trusted.audience,
        algorithms=trusted.algorithms,
    )


def model(
    settings: Settings,
    session: aiohttp.ClientSession,
    *,
    breaker: CircuitBreaker,
    metrics: Metrics,
    tracing: Tracing,
) -> ObservedModel:
    """The client of the model's server."""
    key = settings.openai_api_key
    base_url = settings.openai_base_url or _OPENAI
    client = OpenAIClient(
        session=session,
        base_url=base_url,
        api_key=key.get_secret_value() if key else None,
        max_tokens_parameter=settings.max_tokens_parameter,
        configured=bool(key or settings.openai_base_url),
        breaker=breaker,
        retried=RetryWatch(metrics, tracing).retried,
    )
    return ObservedModel(client, base_url=base_url, metrics=metrics, tracing=tracing)


def metrics(settings: Settings) -> PrometheusMetrics:
    """What counts, and shows what was counted."""
    return PrometheusMetrics(models=options(settings).models, version=version("parley"))


def postgres(settings: Settings) -> PostgresOptions:
    """How many connections a process has to PostgreSQL, and how long it waits."""
    return PostgresOptions(
        min_connections=settings.postgres_min_connections,
        max_connections=settings.postgres_max_connections,
        acquire_seconds=settings.postgres_acquire_seconds,
        connect_seconds=settings.postgres_connect_seconds,
        statement_seconds=settings.postgres_statement_seconds,
    )


def rates(settings: Settings) -> Mapping[RateKind, Sequence[RateLimitItem]]:
    """How often each user may do what."""
    return {RateKind.OPERATION: settings.operation_rates, RateKind.SEND: settings.send_rates}


def edge_limits(settings: Settings) -> EdgeLimits:
    """What the endpoint takes from anyone."""
    return EdgeLimits(
        operation_seconds=settings.operation_seconds,
        wait_seconds=settings.wait_seconds,
        sockets_per_user=settings.sockets_per_user,
    )


def document_limits(settings: Settings) -> DocumentLimits:
    """What a document may ask for."""
    return DocumentLimits(
        depth=settings.max_query_depth,
        cost=settings.max_query_cost,
        introspection=settings.introspection,
    )


def metrics_token(settings: Settings) -> str | None:
    """With which /metrics may be read, besides the tokens of admins."""
    token = settings.metrics_token
    return token.get_secret_value() if token else None


def tracing(settings: Settings) -> Tracing:
    """Where traces go. What is not wanted is not even imported."""
    if settings.traces == "off":
        return NO_TRACING
    from adapters.otlp_tracing import OtlpTracing  # noqa: PLC0415  only with the extra otel

    return OtlpTracing(version=version("parley"))
