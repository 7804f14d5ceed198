#!/usr/bin/env bash
# A first conversation with nothing but curl: a preset, a reply, a stream, a branch, a repeat.
#
#   examples/first_conversation.sh 'http://127.0.0.1:8000/?token=parley_…'
#
# The argument is the link that Parley prints when it starts.
set -euo pipefail

link=${1:?give the link that Parley printed}
parley=${link%%/\?token=*}
token=${link##*token=}

# ask QUERY: send an operation and print the answer.
ask() {
  curl -sS --fail-with-body "$parley/graphql" \
    -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    --data-binary "{\"query\": \"${1//\"/\\\"}\"}"
  echo
}

# field NAME NUMBER: the NUMBER-th string of that name in an answer.
field() {
  grep -o "\"$1\":\"[^\"]*\"" | sed -n "${2:-1}p" | cut -d'"' -f4
}

say() { printf '\n== %s\n' "$1"; }
fail() { echo "FAILED: $1" >&2; exit 1; }

say 'A conversation with a preset'
answer=$(ask 'mutation { createConversation(input: {name: "First", preset: "customer_support"}) { conversation { id messageCount } } }')
echo "$answer"
conversation=$(field id <<<"$answer")

say 'A message, and its reply when it is whole'
send="mutation { sendMessage(input: {conversationId: \"$conversation\", content: \"Where is my parcel?\", idempotencyKey: \"parcel-1-$$\"}) { reply { id content } tokensUsed } }"
first=$(ask "$send")
echo "$first"
grep -q '"tokensUsed":[1-9]' <<<"$first" || fail 'no tokens were counted'

say 'The same again: the same ids, and nothing is billed'
before=$(ask '{ usage { tokensUsed tokensReserved } }')
repeat=$(ask "$send")
[ "$repeat" = "$first" ] || fail 'a repeat differs'
[ "$(ask '{ usage { tokensUsed tokensReserved } }')" = "$before" ] || fail 'a repeat was billed'
echo "$before"

say 'A reply as it grows'
events="subscription { conversationEvents(conversationId: \"$conversation\", afterIndex: 2) { __typename ... on MessageAdded { message { content } } ... on MessageDelta { text } ... on MessageFinished { message { role content } } } }"
stream=$(mktemp)
trap 'rm -f "$stream"' EXIT
curl -sSN "$parley/graphql" -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \
  --data-binary "{\"query\": \"${events//\"/\\\"}\"}" >"$stream" &
reader=$!
ask "mutation { sendMessage(input: {conversationId: \"$conversation\", content: \"And my invoice?\", wait: false}) { reply { status } } }"
for _ in $(seq 100); do
  grep -q '"role":"ASSISTANT"' "$stream" && break
  sleep 0.1
done
kill "$reader"
wait "$reader" 2>/dev/null || true
grep '^data' "$stream" | tail -n 4
whole=$(grep '"role":"ASSISTANT"' "$stream" | field content)
pieces=$(grep '"MessageDelta"' "$stream" | field text '1,$' | tr -d '\n')
[ -n "$whole" ] && [ "${pieces//$'\n'/}" = "$whole" ] || fail 'the pieces are not the whole'

say 'A branch at the third message'
third=$(ask "{ messages(conversationId: \"$conversation\", first: 3) { nodes { id } } }" | field id 3)
branch=$(ask "mutation { branchConversation(input: {conversationId: \"$conversation\", atMessageId: \"$third\", topic: \"delivery\"}) { conversation { id name } } }")
echo "$branch"
branch=$(field id <<<"$branch")
ask "mutation { sendMessage(input: {conversationId: \"$conversation\", content: \"only-in-the-root\"}) { tokensUsed } }"
ask "mutation { sendMessage(input: {conversationId: \"$branch\", content: \"only-in-the-branch\"}) { tokensUsed } }"
root_texts=$(ask "{ messages(conversationId: \"$conversation\", first: 100) { nodes { content } } }")
branch_texts=$(ask "{ messages(conversationId: \"$branch\", first: 100) { nodes { content } } }")
grep -q 'only-in-the-branch' <<<"$root_texts" && fail 'the root sees the branch'
grep -q 'only-in-the-root' <<<"$branch_texts" && fail 'the branch sees the root'

say 'All is well.'
