"""Tests of the compiled executor: it gives the answers that graphql-core's gives."""
