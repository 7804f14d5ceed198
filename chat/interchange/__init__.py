"""Export and import: Parley's own format, ChatGPT's, and two that are only written.

`format` says what Parley's own format is. Nothing here does I/O: files are handed in.
"""
