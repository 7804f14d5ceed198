"""The rules of a conversation.

Nothing in this room does I/O or knows GraphQL, SQL or HTTP: what it needs from outside it gets
through the Protocols in `ports`. Start reading at `engine`.
"""
