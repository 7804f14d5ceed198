/** On a phone the sidebar is a drawer. */

import { signal } from '@preact/signals';
import { Icon } from '../layout/Icon';

export const drawerOpen = signal(false);

export function DrawerButton() {
  return (
    <button type="button" class="icon-button drawer-button" aria-label="Show conversations" aria-expanded={drawerOpen.value} aria-controls="sidebar" onClick={() => (drawerOpen.value = true)}>
      <Icon name="menu" />
    </button>
  );
}
