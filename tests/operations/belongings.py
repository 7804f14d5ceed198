"""Something of every kind that a user can own, marked so that it is known again anywhere."""

from dataclasses import dataclass

from tests.scripted_model import ScriptedModel, refuse
from tests.served import Client, Json

MARK = "for the owner only"
_BRANCH = """mutation ($id: ID!, $name: String) {
    branchConversation(input: {conversationId: $id, name: $name}) { conversation { id } }
}"""
_TOKEN = """mutation ($name: String!) {
    createApiToken(input: {name: $name}) { apiToken { id } }
}"""


@dataclass(frozen=True, slots=True)
class Belongings:
    """The ids of what a user owns, by kind."""

    ids: dict[str, str]

    def in_place(self, variables: Json) -> Json:
        """The variables with ids in place of `$conversation` and the like."""
        placed: Json = {}
        for key, value in variables.items():
            if isinstance(value, dict):
                placed[key] = self.in_place(value)
            else:
                name = value.removeprefix("$") if isinstance(value, str) else None
                placed[key] = self.ids[name] if name is not None and name != value else value
        return placed

    def shown_in(self, answer: Json) -> list[str]:
        """What of all this an answer gives away."""
        text = str(answer)
        return [mark for mark in (MARK, *self.ids.values()) if mark in text]


async def belongings(owner: Client, model: ScriptedModel) -> Belongings:
    """A conversation with a good reply, a failed one and a branch, and a token."""
    conversation = (await owner.conversation(name=f"Name {MARK}", systemPrompt=MARK))["id"]
    sent = await owner.send(conversation, f"Question {MARK}", maxTokens=50)
    model.next(refuse(400))
    failed = (await owner.try_send(conversation, f"Another {MARK}")).body["data"]["sendMessage"]
    last = await owner.messages(conversation)
    branch = (await owner(_BRANCH, id=conversation, name=MARK)).data["branchConversation"]
    token = (await owner(_TOKEN, name=MARK)).data["createApiToken"]
    return Belongings(
        {
            "conversation": conversation,
            "message": sent["userMessage"]["id"],
            "reply": sent["reply"]["id"],
            "failed": last[-1]["id"],
            "run": sent["run"]["id"],
            "failed_run": failed["run"]["id"],
            "branch": branch["conversation"]["id"],
            "api_token": token["apiToken"]["id"],
            "user": (await owner("{ viewer { id } }")).data["viewer"]["id"],
        }
    )
