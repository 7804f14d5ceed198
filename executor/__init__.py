"""A compiled executor for GraphQL: a validated document becomes a plan once, and the plan is run.

It knows graphql-core and Strawberry, and nothing of Parley. It reads no text, validates nothing and
encodes nothing: documents come parsed and valid, results go out as dicts and lists.

Start at `executor/plan.py` (what a caller uses), then `executor/variant.py` (from document to
plan), `executor/selection.py` (how a plan runs) and `executor/shapes.py` (the generated code).
"""
