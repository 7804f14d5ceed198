/**
 * Keeps the reader's place while messages come and go: at the end if they are there, else at the
 * message that they look at.
 */

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const NEAR_END = 48;
const NEAR_EDGE = 900;

interface Anchor {
  id: string;
  top: number;
}

interface Options {
  /** The box that scrolls. Its first child holds the messages. */
  box: RefObject<HTMLDivElement | null>;
  /** Changes when other messages are shown. */
  shown: unknown;
  /** Whether later messages are not loaded: then the end of the box is not the end. */
  hasLater: boolean;
  onNearStart: () => void;
  onNearEnd: () => void;
}

/** The first message that is at least partly in view. */
function anchorIn(box: HTMLElement): Anchor | null {
  const edge = box.getBoundingClientRect().top;
  for (const element of box.querySelectorAll<HTMLElement>('[data-index]')) {
    const { top, bottom } = element.getBoundingClientRect();
    if (bottom > edge) return { id: element.id, top };
  }
  return null;
}

export function useScrolling({ box, shown, hasLater, onNearStart, onNearEnd }: Options) {
  const [atEnd, setAtEnd] = useState(true);
  const sticks = useRef(true);
  const anchor = useRef<Anchor | null>(null);

  const settle = () => {
    const element = box.current;
    if (!element) return;
    if (sticks.current && !hasLater) {
      element.scrollTop = element.scrollHeight;
    } else if (anchor.current) {
      const top = document.getElementById(anchor.current.id)?.getBoundingClientRect().top;
      if (top !== undefined) element.scrollTop += top - anchor.current.top;
    }
    anchor.current = anchorIn(element);
  };
  const latest = useRef({ settle, hasLater, onNearStart, onNearEnd });
  latest.current = { settle, hasLater, onNearStart, onNearEnd };

  const look = () => {
    const element = box.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    sticks.current = below < NEAR_END && !latest.current.hasLater;
    setAtEnd(sticks.current);
    anchor.current = anchorIn(element);
    if (element.scrollTop < NEAR_EDGE) latest.current.onNearStart();
    if (below < NEAR_EDGE) latest.current.onNearEnd();
  };

  useLayoutEffect(settle, [shown]);
  useEffect(look, [shown]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // What grows without being drawn anew by the thread: replies, pictures of text, the window.
    const observer = new ResizeObserver(() => latest.current.settle());
    observer.observe(element);
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, []);

  return {
    atEnd,
    onScroll: look,
    toEnd() {
      sticks.current = true;
      settle();
    },
    /** Show a message at the top, and keep it there. */
    toMessage(index: number): boolean {
      const element = document.getElementById(`message-${index}`);
      if (!element || !box.current) return false;
      sticks.current = false;
      box.current.scrollTop += element.getBoundingClientRect().top - box.current.getBoundingClientRect().top - 24;
      anchor.current = anchorIn(box.current);
      return true;
    },
  };
}
