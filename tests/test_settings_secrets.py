"""The secrets among the settings, which the log must not hold."""

from settings import Settings


def test_secret_settings_and_passwords_in_addresses_are_secrets() -> None:
    settings = Settings(
        openai_api_key="sk-one",  # type: ignore[arg-type]  # pydantic makes it a SecretStr
        openai_base_url="http://me:two@127.0.0.1/v1",
        database_url="postgres://me:th%40ree@host/name",
    )
    assert set(settings.secrets) == {"sk-one", "two", "th%40ree", "th@ree"}


def test_without_any_there_are_none() -> None:
    assert Settings(host="http://[not-an-address").secrets == ()
