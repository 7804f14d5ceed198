"""What an operator sets, by environment variables or a file `.env`. Read in `main` only."""

import re
from pathlib import Path
from typing import Annotated, Literal

from limits import RateLimitItem
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from adapters.trusted_issuer import TrustedIssuer, trusted_issuer
from settings_operation import OperationSettings
from settings_storage import StorageSettings
from settings_values import (
    is_origin,
    is_web_address,
    passwords,
    read_presets,
    read_rates,
    shown,
    unprefixed,
)

RedactionSetting = Literal["OFF", "WARN", "MASK", "BLOCK"]
Words = Annotated[tuple[str, ...], NoDecode]


class Settings(StorageSettings, OperationSettings):
    """Names are those of the environment variables, in lower case and without PARLEY_.

    A list is written with commas. An empty value counts as none.
    """

    model_config = SettingsConfigDict(
        env_prefix="PARLEY_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=unprefixed("OPENAI_API_KEY"),
        description="The key of the model's server.",
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias=unprefixed("OPENAI_BASE_URL"),
        description="A server that speaks Chat Completions; OpenAI's own when left out.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port to listen on; 0: a free one."
    )
    default_model: str = Field(
        default="gpt-4o-mini",
        min_length=1,
        max_length=200,
        description="The model of conversations that name none.",
    )
    allowed_models: Words = Field(default=(), description="Other models that may be asked for.")
    max_tokens_parameter: Literal["auto", "max_tokens", "max_completion_tokens"] = Field(
        default="auto",
        description="How the server spells the limit; auto: max_completion_tokens for OpenAI's "
        "own address, max_tokens for others.",
    )
    history_messages: int = Field(
        default=20, ge=1, le=1000, description="The most messages that are sent to the model."
    )
    history_tokens: int = Field(
        default=16_000, ge=1, description="The most estimated tokens that are sent to the model."
    )
    max_completion_tokens: int = Field(
        default=1000,
        ge=1,
        le=128_000,
        description="The most tokens of a reply, unless asked otherwise.",
    )
    temperature: float = Field(
        default=0.7, ge=0, le=2, description="The sampling temperature, unless asked otherwise."
    )
    monthly_token_limit: int | None = Field(
        default=None,
        ge=0,
        le=2**31 - 1,
        description="Tokens a month for each user; none: no limit.",
    )
    redact_pii: RedactionSetting = Field(
        default="MASK",
        description="What happens to US SSNs, card numbers, e-mail addresses and phone numbers on "
        "their way to the model: OFF, WARN, MASK or BLOCK.",
    )
    redact_urls: RedactionSetting = Field(default="OFF", description="The same for URLs.")
    redact_words: RedactionSetting = Field(
        default="OFF", description="The same for the words of PARLEY_REDACT_WORD_LIST."
    )
    redact_word_list: Words = Field(default=(), description="Words and phrases.")
    prompt_presets: Path | None = Field(
        default=None, description="A JSON file with an object that maps preset keys to prompts."
    )
    cors_origins: Words = Field(
        default=(),
        description="Origins of web pages that may call, such as https://app.example.org.",
    )
    rate_limit: str = Field(
        default="1200/minute",
        description="How many operations each user may send: 1200/minute, or several limits as in "
        "50/second;1200/minute; off: any number.",
    )
    send_rate_limit: str = Field(
        default="60/minute",
        description="The same for sendMessage, editMessage and regenerateReply; repeats of an "
        "idempotency key are free.",
    )
    operation_seconds: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="How long a query may take, in seconds; a mutation may wait for replies "
        "besides.",
    )
    wait_seconds: float = Field(
        default=330,
        gt=0,
        le=86_400,
        description="How long sendMessage waits for its reply, in seconds; then it answers "
        "MODEL_TIMEOUT, and the reply goes on being written.",
    )
    sockets_per_user: int = Field(
        default=100,
        ge=1,
        description="The most websockets and streams over HTTP that a user may have open.",
    )
    max_query_depth: int = Field(
        default=10, ge=1, le=40, description="How many fields of a query may stand in one another."
    )
    max_query_cost: int = Field(
        default=3000,
        ge=1,
        le=1_000_000,
        description="What a query may cost; docs/limits.md has the formula.",
    )
    introspection: bool = Field(
        default=True,
        description="Whether clients may ask for the schema, as GraphiQL and code generators do.",
    )
    jwt_secret: SecretStr | None = Field(
        default=None,
        description="The secret of the JSON Web Tokens that sign in besides API tokens, at least "
        "32 bytes long; not together with PARLEY_JWT_JWKS_URL.",
    )
    jwt_jwks_url: str | None = Field(
        default=None,
        description="Where the issuer of these tokens publishes its keys: an address with https, "
        "or with http on this very machine.",
    )
    jwt_audience: str | None = Field(
        default=None,
        description="What must stand in the claim aud of these tokens; required with either.",
    )
    jwt_issuer: str | None = Field(
        default=None,
        description="What must stand in their claim iss, to the letter; required with either.",
    )
    jwt_algorithms: Words = Field(
        default=(),
        description="How they may be signed. When left out: HS256 with a secret, RS256 and ES256 "
        "with published keys.",
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="Conversations that nobody has touched for so many days are deleted, branches "
        "of them not; none: all are kept.",
    )

    @field_validator(
        "allowed_models", "redact_word_list", "cors_origins", "jwt_algorithms", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("openai_base_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not is_web_address(value):
            msg = "must be an address that starts with http:// or https://"
            raise ValueError(msg)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(is_origin(one) for one in value):
            msg = "must be origins as browsers send them: https://app.example.org, with no path"
            raise ValueError(msg)
        return value

    @field_validator("openai_api_key")
    @classmethod
    def _is_one_word(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            msg = "must be printable ASCII without spaces"
            raise ValueError(msg)
        return value

    @field_validator("rate_limit", "send_rate_limit")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        read_rates(value)
        return value

    @model_validator(mode="after")
    def _trusts_one_issuer(self) -> "Settings":
        """What several settings are wrong about together is told with the variable's name."""
        _ = self.trusted_issuer
        return self

    @field_validator("prompt_presets")
    @classmethod
    def _is_presets(cls, value: Path | None) -> Path | None:
        if value is not None:
            read_presets(value)
        return value

    @classmethod
    def variables(cls) -> list[tuple[str, str, str]]:
        """The name, the default and the description of each environment variable."""
        found: list[tuple[str, str, str]] = []
        own_first = sorted(
            cls.model_fields.items(), key=lambda one: one[0] not in cls.__annotations__
        )
        for name, field in own_first:
            variable = name.upper() if field.validation_alias else f"PARLEY_{name.upper()}"
            found.append((variable, shown(field.default), field.description or ""))
        return found

    @property
    def operation_rates(self) -> tuple[RateLimitItem, ...]:
        """The limits on a user's operations."""
        return read_rates(self.rate_limit)

    @property
    def send_rates(self) -> tuple[RateLimitItem, ...]:
        """The limits on a user's sends."""
        return read_rates(self.send_rate_limit)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no log: every secret setting, and the passwords in addresses."""
        found: list[str] = []
        for name in type(self).model_fields:
            value: object = getattr(self, name)
            if isinstance(value, SecretStr):
                found.append(value.get_secret_value())
            elif isinstance(value, str):
                found += passwords(value)
        return tuple(filter(None, found))

    @property
    def trusted_issuer(self) -> TrustedIssuer | None:
        """Whose JSON Web Tokens sign in; None when only API tokens do."""
        secret = self.jwt_secret
        return trusted_issuer(
            secret=secret.get_secret_value() if secret else None,
            jwks_url=self.jwt_jwks_url,
            issuer=self.jwt_issuer,
            audience=self.jwt_audience,
            algorithms=self.jwt_algorithms,
        )

    @property
    def own_presets(self) -> dict[str, str]:
        """The deployment's own presets, by key."""
        return {} if self.prompt_presets is None else read_presets(self.prompt_presets)
