/** The first message of a conversation that was just made: its thread sends it once it is open. */

const PLACE = 'parley-sends-';

export function announceSend(conversationId: string, content: string, key: string): void {
  const send = { key, content, model: null, temperature: null, failure: null, shown: false };
  sessionStorage.setItem(PLACE + conversationId, JSON.stringify([send]));
}
