/**
 * Markdown to HTML that is safe to show: tags in the text are shown as text, pictures become
 * links, and what comes out is sanitised once more.
 */

import DOMPurify from 'dompurify';
import { Marked, type Tokens } from 'marked';
import { highlight } from './highlight';
import { escapeHtml } from './html';

const SAFE_ADDRESS = /^(?:https?:|mailto:)/i;

function link(href: string, inner: string): string {
  if (!SAFE_ADDRESS.test(href)) return inner;
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${inner}</a>`;
}

function codeBlock({ text, lang }: Tokens.Code, colours: boolean): string {
  const language = (lang ?? '').trim().split(/\s/)[0]?.toLowerCase() ?? '';
  const code = (colours && highlight(text, language)) || escapeHtml(text);
  const label = language ? `Code in ${escapeHtml(language)}` : 'Code';
  return (
    `<div class="code"><div class="code-head"><span>${escapeHtml(language || 'code')}</span>` +
    `<button type="button" class="copy" data-copy>Copy</button></div>` +
    `<pre tabindex="0" role="region" aria-label="${label}"><code>${code}</code></pre></div>`
  );
}

function reader(colours: boolean): Marked {
  const marked = new Marked({ gfm: true, breaks: true, async: false });
  marked.use({
    renderer: {
      code: (token) => codeBlock(token, colours),
      html: ({ text }) => escapeHtml(text),
      image: ({ href, text }) => link(href, escapeHtml(text || href)),
      link({ href, tokens }) {
        return link(href, this.parser.parseInline(tokens));
      },
      // In a message, headings stand below the page's own.
      heading({ tokens, depth }) {
        const level = Math.min(6, depth + 2);
        return `<h${level} class="depth-${depth}">${this.parser.parseInline(tokens)}</h${level}>`;
      },
      checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    },
  });
  return marked;
}

const coloured = reader(true);
const plain = reader(false);
const TABLE = /<table>/g;
const TABLE_END = /<\/table>/g;

const RULES = {
  ALLOWED_TAGS: [
    'a', 'blockquote', 'br', 'button', 'code', 'del', 'div', 'em', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre',
    'span', 'strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
  ],
  ALLOWED_ATTR: ['align', 'aria-label', 'class', 'data-copy', 'href', 'rel', 'role', 'start', 'tabindex', 'target', 'type'],
  ALLOW_DATA_ATTR: false,
};

/** `colours`: highlight code, which a text that still grows can do without. */
export function render(text: string, colours = true): string {
  const html = (colours ? coloured : plain).parse(text) as string;
  const scrolling = html
    .replace(TABLE, '<div class="table" tabindex="0" role="region" aria-label="Table"><table>')
    .replace(TABLE_END, '</table></div>');
  return DOMPurify.sanitize(scrolling, RULES);
}
