// What the page asks Parley, whichever client sends it.
export const SEND = `mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) {
    conversation { id }
    run { id }
    userMessage { index }
    reply { id }
  }
}`;
export const STOP = `mutation Stop($input: StopRunInput!) {
  stopRun(input: $input) { run { id status } }
}`;
export const EVENTS = `subscription Events($id: ID!, $afterIndex: Int) {
  conversationEvents(conversationId: $id, afterIndex: $afterIndex) {
    __typename
    ... on MessageAdded { message { id content } }
    ... on MessageDelta { messageId offset text }
    ... on MessageFinished { message { id status content error { message } } }
  }
}`;
