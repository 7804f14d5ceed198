/** A new conversation. */

export const CREATE = /* GraphQL */ `
  mutation CreateConversation($input: CreateConversationInput!) {
    createConversation(input: $input) { conversation { id } }
  }
`;
export interface Created {
  createConversation: { conversation: { id: string } };
}

const LONGEST_NAME = 60;

/** A name out of the first message: its first line, cut between words. */
export function nameFrom(text: string): string {
  const line = text.trim().split('\n')[0]?.trim() ?? '';
  const points = [...line];
  if (points.length <= LONGEST_NAME) return line;
  const cut = points.slice(0, LONGEST_NAME).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > LONGEST_NAME / 2 ? cut.slice(0, space) : cut}…`;
}

/** customer_support → Customer support */
export function presetName(key: string): string {
  const words = key.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
