/** A button that opens a short menu. Arrow keys move, Escape and a click elsewhere close. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './Icon';

export interface MenuItem {
  name: string;
  icon: Parameters<typeof Icon>[0]['name'];
  danger?: boolean;
  choose: () => void;
}

/** Below the button, or above it where there is no room; it hangs free of what scrolls. */
function put(menu: HTMLElement, button: HTMLElement): void {
  const place = button.getBoundingClientRect();
  const below = place.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.top = `${below ? place.bottom + 4 : place.top - menu.offsetHeight - 4}px`;
  menu.style.left = `${Math.max(8, Math.min(place.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
}

export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!open || !menu.current || !button.current) return;
    put(menu.current, button.current);
    menu.current.querySelector('button')?.focus();
  }, [open]);
  useEffect(() => {
    if (!open) return;
    const elsewhere = (event: Event) => {
      if (!menu.current?.contains(event.target as Node) && !button.current?.contains(event.target as Node)) setOpen(false);
    };
    const away = () => setOpen(false);
    addEventListener('pointerdown', elsewhere);
    addEventListener('resize', away);
    addEventListener('scroll', elsewhere, true);
    return () => {
      removeEventListener('pointerdown', elsewhere);
      removeEventListener('resize', away);
      removeEventListener('scroll', elsewhere, true);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const keyDown = (event: KeyboardEvent) => {
    const buttons = [...(menu.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (event.key === 'Tab') setOpen(false);
    else if (step !== undefined) {
      event.preventDefault();
      buttons.at((at + step) % buttons.length)?.focus();
    }
  };

  return (
    <div class="menu-holder">
      <button ref={button} type="button" class="icon-button" aria-label={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="more" />
      </button>
      {open && (
        <div ref={menu} class="menu" role="menu" aria-label={label} onKeyDown={keyDown}>
          {items.map(({ name, icon, danger, choose }) => (
            <button
              key={name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={danger ? 'danger' : undefined}
              onClick={() => {
                close();
                choose();
              }}
            >
              <Icon name={icon} /> {name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
