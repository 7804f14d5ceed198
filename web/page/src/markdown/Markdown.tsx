/** A message's text. While it grows, only its last part is drawn anew. */

import { useMemo } from 'preact/hooks';
import { memo } from 'preact/compat';
import { chunks } from './chunks';
import { render } from './render';

const Part = memo(function Part({ text, colours }: { text: string; colours: boolean }) {
  const html = useMemo(() => render(text, colours), [text, colours]);
  return <div class="markdown" dangerouslySetInnerHTML={{ __html: html }} />;
});

export function Markdown({ text, grows }: { text: string; grows: boolean }) {
  if (!grows) return <Part text={text} colours />;
  const parts = chunks(text);
  return (
    <>
      {parts.map((part, place) => (
        <Part key={place} text={part} colours={place < parts.length - 1} />
      ))}
    </>
  );
}

/** Copies the code of the block whose button was pressed. */
export function copyCode(event: MouseEvent): void {
  const button = (event.target as Element).closest<HTMLButtonElement>('[data-copy]');
  const code = button?.closest('.code')?.querySelector('code')?.textContent;
  if (!button || code === undefined || code === null) return;
  const told = (text: string) => {
    button.textContent = text;
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  };
  copy(code).then(() => told('Copied'), () => told('Press Ctrl+C'));
}

/** Only pages that came over https, or from this machine, may write to the clipboard. */
export async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
