"""Names of the attributes of a call of a model, copied from OpenTelemetry's conventions.

They are copied since the conventions are still in development, and since no trace is worth a
dependency where none are collected. `gen_ai.provider.name` took the place of `gen_ai.system`.
Sources: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (inference) and
https://opentelemetry.io/docs/specs/semconv/gen-ai/openai/
"""

OPERATION_NAME = "gen_ai.operation.name"
PROVIDER_NAME = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
REQUEST_STREAM = "gen_ai.request.stream"
FINISH_REASONS = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
ERROR_TYPE = "error.type"

# Values.
CHAT = "chat"
# Whatever speaks OpenAI's protocol counts as OpenAI, unless its address says better.
OPENAI = "openai"
AZURE_OPENAI = "azure.ai.openai"
KNOWN_REASONS = frozenset({"stop", "length", "content_filter", "tool_calls", "function_call"})
OTHER = "other"
