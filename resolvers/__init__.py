"""The verbs: root fields, loaders for nested ones, and records as wire types.

No rule lives here: a resolver unpacks its input, calls `chat`, and presents what comes back.
"""
