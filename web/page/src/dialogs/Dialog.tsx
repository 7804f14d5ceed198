/** A modal dialog. The browser keeps the focus in it, closes it on Escape, and gives focus back. */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from '../layout/Icon';
import { closeDialog } from '../state/dialogs';

export function Dialog({ title, children }: { title: string; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => (before as HTMLElement | null)?.focus?.();
  }, []);
  const outside = (event: MouseEvent) => {
    if (event.target === element.current) closeDialog();
  };
  return (
    <dialog ref={element} aria-labelledby={id} onClose={closeDialog} onMouseDown={outside}>
      <div class="dialog">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={closeDialog}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
