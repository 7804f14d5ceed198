"""What a deployment decides, in the form in which the rules take it."""

from dataclasses import dataclass

from chat.history import HistoryLimits


@dataclass(frozen=True, slots=True)
class Options:
    """The settings that the rules of a conversation need.

    `monthly_token_limit` None means no limit. A run's lease is renewed at every checkpoint, so
    `lease_seconds` must be several times `checkpoint_seconds`. Another process is asked for at
    most `stop_polls` times `poll_seconds` whether it has stopped a run. A store that does
    not answer is asked again after each of `give_back_pauses_seconds` for a run whose acceptance
    it did not answer either; after that the sweeper finds it. At the end, what cannot
    be settled within `close_seconds` is left to others. Conversations that nobody has touched for
    `retention_days` are deleted; None keeps them all. What a token let in is looked at every
    `token_check_seconds`, and a store has as long to answer. Messages that the search does not
    know are looked for every `indexing_pause_seconds`. What is measured is read off every
    `sample_seconds`.
    """

    default_model: str = "gpt-4o-mini"
    other_models: tuple[str, ...] = ()
    history: HistoryLimits = HistoryLimits(messages=20, tokens=16_000)
    max_completion_tokens: int = 1000
    temperature: float = 0.7
    monthly_token_limit: int | None = None
    checkpoint_seconds: float = 1.0
    lease_seconds: float = 15.0
    poll_seconds: float = 0.5
    stop_polls: int = 10
    give_back_pauses_seconds: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)
    sweep_seconds: float = 5.0
    close_seconds: float = 5.0
    retention_days: int | None = None
    retention_pause_seconds: float = 3600.0
    token_check_seconds: float = 2.0
    indexing_pause_seconds: float = 3600.0
    sample_seconds: float = 5.0

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that may be used, the default one first, each once."""
        return tuple(dict.fromkeys((self.default_model, *self.other_models)))
