/** What a screen reader is told besides what it reads. */

import { signal } from '@preact/signals';

export const announcement = signal('');
/** A sentence about something that failed outside any form, shown until it is put away. */
export const notice = signal<string | null>(null);

export function announce(text: string): void {
  // The same text twice would not be read again.
  announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}
