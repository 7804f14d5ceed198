"""Tables, migrations and every query.

This room returns chat records, never rows; Tortoise is imported nowhere else. It holds no rule
that needs no transaction: those are in `chat/`.
"""
