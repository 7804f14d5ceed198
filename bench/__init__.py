"""Benchmarks: figures as ratios within one run, never bounds in tests."""
