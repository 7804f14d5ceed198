"""What is limited in how often it may be done. The counting is behind the port `RateLimits`."""

from enum import StrEnum


class RateKind(StrEnum):
    """What is counted, for each user by itself."""

    OPERATION = "OPERATION"
    SEND = "SEND"
