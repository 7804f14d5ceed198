// The ready operations: a document, whose first line is its title, and its variables beside it.

export interface Example {
  title: string;
  query: string;
  variables: string;
}

// Vite reads these calls while it builds, and knows no variables then.
const documents = import.meta.glob<string>('./examples/*.graphql', {
  eager: true,
  import: 'default',
  query: '?raw',
});
const variables = import.meta.glob<string>('./examples/*.json', {
  eager: true,
  import: 'default',
  query: '?raw',
});

// What stands in the variables where a conversation of your own belongs.
const PLACEHOLDER = 'conversation_…';

export const EXAMPLES: Example[] = Object.keys(documents)
  .sort()
  .map((path) => {
    const query = documents[path] ?? '';
    const title = query.slice(query.indexOf('# ') + 2, query.indexOf('\n'));
    const own = variables[path.replace('.graphql', '.json')] ?? '{}';
    return { title, query: query.trim(), variables: own.trim() };
  });

/** The variables of an example, for the conversation that was seen last. */
export function filledIn(example: Example, conversationId: string | undefined): string {
  return conversationId
    ? example.variables.replace(PLACEHOLDER, conversationId)
    : example.variables;
}
