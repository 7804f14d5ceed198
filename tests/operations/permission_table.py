"""Who may use which root field. A field of the schema without a row here fails the tests.

Nothing at all is answered without a token. A role opens no more than the fields that are an
admin's: what belongs to somebody is theirs alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.served import Json


class Access(Enum):
    """Who is let through."""

    SIGNED_IN = "everyone with a token, and each is told of their own or of what is everybody's"
    OWNER = "whose it is, and to others it does not exist"
    ADMIN = "admins, and others are told that it is forbidden"


@dataclass(frozen=True, slots=True)
class Row:
    """Who may, and variables with which it works; `$conversation` and the like are the owner's."""

    access: Access
    variables: Json = field(default_factory=dict)


_OF_CONVERSATION = {"conversationId": "$conversation"}

TABLE: Mapping[str, Row] = {
    "query viewer": Row(Access.SIGNED_IN),
    "query node": Row(Access.OWNER, {"id": "$conversation"}),
    "query conversation": Row(Access.OWNER, {"id": "$conversation"}),
    "query conversations": Row(Access.SIGNED_IN, {"filter": {"includeVariants": True}}),
    "query messages": Row(Access.OWNER, _OF_CONVERSATION),
    "query message": Row(Access.OWNER, {"id": "$message"}),
    "query run": Row(Access.OWNER, {"id": "$run"}),
    "query searchMessages": Row(Access.SIGNED_IN, {"query": "question"}),
    "query models": Row(Access.SIGNED_IN),
    "query promptPresets": Row(Access.SIGNED_IN),
    "query usage": Row(Access.SIGNED_IN),
    "query checkMessage": Row(Access.SIGNED_IN, {"content": "Write to me@example.org"}),
    "query exportConversation": Row(Access.OWNER, {"id": "$conversation", "format": "JSON"}),
    "mutation createConversation": Row(Access.SIGNED_IN, {"input": {"name": "New"}}),
    "mutation updateConversation": Row(
        Access.OWNER, {"input": {"id": "$conversation", "name": "Taken"}}
    ),
    "mutation deleteConversation": Row(Access.OWNER, {"input": {"id": "$conversation"}}),
    "mutation sendMessage": Row(Access.OWNER, {"input": {**_OF_CONVERSATION, "content": "Hi"}}),
    "mutation editMessage": Row(
        Access.OWNER, {"input": {"messageId": "$message", "content": "Something else"}}
    ),
    "mutation regenerateReply": Row(Access.OWNER, {"input": {"messageId": "$reply"}}),
    "mutation stopRun": Row(Access.OWNER, {"input": {"runId": "$run"}}),
    "mutation branchConversation": Row(Access.OWNER, {"input": _OF_CONVERSATION}),
    "mutation importConversations": Row(
        Access.SIGNED_IN, {"input": {"data": "[null]", "format": "CHATGPT"}}
    ),
    "mutation createApiToken": Row(Access.SIGNED_IN, {"input": {"name": "New"}}),
    "mutation revokeApiToken": Row(Access.OWNER, {"input": {"id": "$api_token"}}),
    "mutation deleteMyData": Row(Access.SIGNED_IN),
    "mutation createUser": Row(
        Access.ADMIN, {"input": {"name": "New", "email": "new@example.org", "role": "ADMIN"}}
    ),
    "mutation setTokenLimit": Row(Access.ADMIN, {"input": {"userId": "$user", "tokenLimit": 7}}),
    "subscription newMessages": Row(Access.OWNER, {**_OF_CONVERSATION, "afterIndex": -1}),
    "subscription conversationEvents": Row(Access.OWNER, {**_OF_CONVERSATION, "afterIndex": -1}),
}

# Fields that no walk through the finished conversations of an owner comes by, and where they are
# tried instead.
ELSEWHERE = frozenset(
    {
        "MessageDelta.messageId",  # a reply that is being written: test_subscriptions
        "MessageDelta.offset",
        "MessageDelta.text",
        "MessageFinished.message",
    }
)
