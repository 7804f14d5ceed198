"""What an operator sets about running the program. Part of `settings.Settings`."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from settings_values import has_opentelemetry


class OperationSettings(BaseSettings):
    """The processes and their end, and what is told of their work."""

    workers: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="The processes that `parley serve` serves in; more than one need REDIS_URL.",
    )
    unready_seconds: float = Field(
        default=0,
        ge=0,
        le=600,
        description="How long everything goes on after SIGTERM, in seconds, but that /readyz "
        "answers 503: as long as load balancers take to notice.",
    )
    grace_seconds: float = Field(
        default=20,
        ge=0,
        le=3600,
        description="How long replies may go on after SIGTERM and PARLEY_UNREADY_SECONDS, in "
        "seconds, before they are interrupted with what they have.",
    )
    executor: Literal["compiled", "graphql-core"] = Field(
        default="compiled",
        description="What runs operations: plans that each document is compiled to, or "
        "graphql-core's executor, which takes several times the CPU for the same answers.",
    )
    log_format: Literal["json", "console"] = Field(
        default="console", description="How the log is written, to standard error."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="A token with which /metrics may be read, besides the tokens of admins.",
    )
    traces: Literal["off", "otlp"] = Field(
        default="off",
        description="otlp: send traces where OTEL_EXPORTER_OTLP_ENDPOINT says; needs the extra "
        "otel.",
    )

    @field_validator("traces")
    @classmethod
    def _is_installed(cls, value: str) -> str:
        if value != "off" and not has_opentelemetry():
            msg = "otlp needs packages that are not installed: pip install 'parley[otel]'"
            raise ValueError(msg)
        return value
