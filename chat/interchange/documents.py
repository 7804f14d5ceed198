"""A conversation's path as text for people (Markdown) and for programs (messages as OpenAI's)."""

import json
from collections.abc import AsyncIterable, AsyncIterator
from enum import StrEnum

from chat import history
from chat.records import Conversation, Message, MessageStatus, Role

_SPEAKERS = {Role.SYSTEM: "System", Role.USER: "User", Role.ASSISTANT: "Assistant"}


class TextFormat(StrEnum):
    """Formats that are written, but not read again."""

    MARKDOWN = "MARKDOWN"
    OPENAI_MESSAGES = "OPENAI_MESSAGES"


def written(
    form: TextFormat, conversation: Conversation, messages: AsyncIterable[Message]
) -> AsyncIterator[str]:
    """The document, in parts; `messages` is the path of the conversation."""
    if form is TextFormat.MARKDOWN:
        return _markdown(conversation, messages)
    return _openai_messages(conversation, messages)


async def _markdown(
    conversation: Conversation, messages: AsyncIterable[Message]
) -> AsyncIterator[str]:
    """Front matter, then a heading for each message and its text as it was written."""
    yield (
        # A JSON string is a YAML string, whatever is in it.
        f"---\nname: {_quoted(conversation.name)}\nmodel: {_quoted(conversation.model)}\n"
        f"date: {conversation.created_at.isoformat()}\n---\n"
    )
    async for one in messages:
        yield f"\n## {_SPEAKERS[one.role]}{_remark(one)}\n"
        if one.content:
            yield f"\n{one.content}\n"


def _remark(message: Message) -> str:
    if message.role is Role.SYSTEM and not message.content:
        return " (no prompt any more)"
    if message.status is MessageStatus.COMPLETE:
        return ""
    return f" ({message.status.lower()})"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


async def _openai_messages(
    conversation: Conversation, messages: AsyncIterable[Message]
) -> AsyncIterator[str]:
    """What would be sent, were there no limits: the prompt in force first, no failed replies."""
    yield "["
    comma = ""
    for one in history.prompt(conversation.system_prompt, ()):
        yield _openai_message(one.role, one.content)
        comma = ","
    async for message in messages:
        if history.counts(message):
            for one in history.prompt(None, [message]):
                yield f"{comma}{_openai_message(one.role, one.content)}"
            comma = ","
    yield "\n]\n"


def _openai_message(role: str, content: str) -> str:
    return "\n  " + json.dumps({"role": role, "content": content}, ensure_ascii=False)
