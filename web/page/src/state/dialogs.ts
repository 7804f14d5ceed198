/** The dialog that is open. */

import { signal } from '@preact/signals';
import type { Message } from '../api/types';

export interface Named {
  id: string;
  name: string;
}

export type OpenDialog =
  | { kind: 'rename'; conversation: Named }
  | { kind: 'delete'; conversation: Named }
  | { kind: 'branch'; conversationId: string; message: Message }
  | { kind: 'tree'; conversationId: string };

export const dialog = signal<OpenDialog | null>(null);

export const showDialog = (next: OpenDialog) => (dialog.value = next);
export const closeDialog = () => (dialog.value = null);
