// A step summary as a person reads it: rendered as GitHub-flavoured Markdown, tags and entities resolved.

import { marked } from 'marked';

/** The text alone, white space folded. */
export function readSummary(markdown: string): string {
  const html = marked.parse(markdown, { async: false, gfm: true });
  const text = html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/&(#\d+|#x[0-9a-f]+|\w+);/gi, entity);
  return text.replaceAll(/\s+/g, ' ').trim();
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function entity(text: string, name: string): string {
  if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
  if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
  return named[name] ?? text;
}
