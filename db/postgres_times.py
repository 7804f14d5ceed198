"""Times from PostgreSQL as text, which Python reads three times as quickly as asyncpg its numbers.

A page of twenty conversations has sixty times in it, and asyncpg took longer for these than for
everything else in their rows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import asyncpg

ISO_TIMES: Mapping[str, str] = {"DateStyle": "ISO", "TimeZone": "UTC"}
"""What a session must be set to."""


def are_iso(server_settings: Mapping[str, str]) -> bool:
    """Whether a session that begins with these settings writes times as Python reads them."""
    return ISO_TIMES.items() <= server_settings.items()


async def read_as_text(connection: "asyncpg.Connection[Any]") -> None:
    """Have the times of a session come and go as text."""
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=datetime.isoformat,
        decoder=datetime.fromisoformat,
        format="text",
    )
