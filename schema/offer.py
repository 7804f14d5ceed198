"""What this deployment offers: models, presets and the dry run of its filter."""

import strawberry


@strawberry.type(description="A model that this deployment allows.")
class Model:
    """A model that this deployment allows."""

    name: str = strawberry.field(description="Its name, as sendMessage takes it.")
    default: bool = strawberry.field(description="Whether it is used when none is named.")


@strawberry.type(description="A system prompt that comes ready-made.")
class PromptPreset:
    """A ready-made system prompt."""

    key: str = strawberry.field(description="What createConversation takes as preset.")
    prompt: str = strawberry.field(description="The prompt.")


@strawberry.type(description="What a rule of the outbound filter found.")
class RedactionFinding:
    """What a rule of the outbound filter found."""

    kind: str = strawberry.field(description="ssn, card, email, phone, url or word.")
    count: int = strawberry.field(description="How many times.")


@strawberry.type(description="What would be sent to the model in place of a text.")
class RedactionPreview:
    """What would be sent to the model in place of a text."""

    redacted: str = strawberry.field(description="The text as the model would see it.")
    findings: list[RedactionFinding] = strawberry.field(description="What was found in it.")
