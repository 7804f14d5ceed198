"""What an operator sets about the database and Redis. Part of `settings.Settings`."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

from settings_values import is_redis_address, unprefixed


class StorageSettings(BaseSettings):
    """Where things are stored, and how long that may take."""

    database_url: str = Field(
        default="sqlite://parley.sqlite3",
        validation_alias=unprefixed("DATABASE_URL"),
        repr=False,
        description="sqlite://file, sqlite:///absolute/path or postgres://user:password@host/name.",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias=unprefixed("REDIS_URL"),
        repr=False,
        description="redis://host:6379/0, or rediss:// with TLS: what lets several processes "
        "stream, stop and count together; none: one process alone.",
    )
    postgres_min_connections: int = Field(
        default=1, ge=0, le=1000, description="The connections to PostgreSQL that stay open."
    )
    postgres_max_connections: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="The most connections that a process has to PostgreSQL; all processes together "
        "must stay below the server's max_connections.",
    )
    postgres_acquire_seconds: float = Field(
        default=2,
        gt=0,
        le=60,
        description="How long a request waits for one of them, in seconds, before it is told to "
        "try again.",
    )
    postgres_connect_seconds: float = Field(
        default=5,
        gt=0,
        le=60,
        description="How long connecting to PostgreSQL may take, in seconds.",
    )
    postgres_statement_seconds: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="How long one statement may take on PostgreSQL, in seconds.",
    )
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field(
        default="NORMAL",
        description="What SQLite waits for at a commit. NORMAL: a crash of Parley loses nothing, a "
        "power cut may take the last seconds. FULL: a power cut loses nothing either, and each "
        "commit waits for the disk.",
    )

    @model_validator(mode="after")
    def _keeps_no_more_than_it_may_have(self) -> Self:
        """What two settings are wrong about together is told with the variable's name."""
        if self.postgres_min_connections > self.postgres_max_connections:
            msg = (
                "PARLEY_POSTGRES_MIN_CONNECTIONS: must be at most "
                f"PARLEY_POSTGRES_MAX_CONNECTIONS, which is {self.postgres_max_connections}"
            )
            raise ValueError(msg)
        return self

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str | None) -> str | None:
        if value is not None and not is_redis_address(value):
            msg = "must be an address that starts with redis://, rediss:// or unix://"
            raise ValueError(msg)
        return value
