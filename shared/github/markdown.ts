// Writes Markdown for the step summary. Plain strings are untrusted and always escaped; only Markdown made here passes
// as it is, so that text from a registry or a certificate can forge no cell, link, image, mention or heading.
// GitHub Flavored Markdown: any ASCII punctuation may be written as a character reference, and then it is only itself.

import { encodeUtf8 } from '../bytes.ts';
import { printable } from './printable.ts';

/** Text that is safe to put into a summary. Made by this file only. */
export class Markdown {
  readonly source: string;
  /** Use markup`…`, code() or table() instead: they escape. */
  constructor(source: string) {
    this.source = source;
  }
}

export type Inline = string | number | Markdown;

/**
 * markup`**${subject}**`: the literal parts are Markdown, the interpolated strings are escaped. It is not called md, whose
 * literals Prettier would lay out anew.
 */
export function markup(literals: TemplateStringsArray, ...values: readonly Inline[]): Markdown {
  const source = literals.reduce((sum, literal, index) => {
    const value = values[index - 1] ?? '';
    return sum + render(value) + literal;
  });
  return new Markdown(source);
}

/** Untrusted text in code type. An HTML element instead of back ticks, which the text could close. */
export function code(text: string): Markdown {
  return new Markdown(`<code>${escape(text)}</code>`);
}

/** Lines to be copied, such as YAML; for a line of its own. */
export function preformatted(lines: readonly string[]): Markdown {
  return new Markdown(`<pre>${lines.map(escape).join('\n')}</pre>`);
}

export function join(parts: readonly Inline[], separator: string): Markdown {
  return new Markdown(parts.map(render).join(separator));
}

/** A part of a summary whose items may be cut: the opening stays, and so does the blank line before it. */
export interface Section {
  readonly opening: Markdown;
  /** Whole lines each, such as table rows. */
  readonly items: readonly Markdown[];
}

/** A titled part, or nothing where there is nothing to say. */
export function section(title: string, items: readonly Markdown[]): readonly Section[] {
  return items.length === 0 ? [] : [{ opening: markup`### ${title}\n`, items }];
}

/** A part that opens on a click. To stand last: cut, it would take what follows into itself. */
export function folded(title: string, items: readonly Markdown[]): readonly Section[] {
  if (items.length === 0) return [];
  const close = new Markdown('\n</details>');
  return [{ opening: markup`<details><summary>${title}</summary>\n`, items: [...items, close] }];
}

export function table(head: readonly Inline[], rows: readonly (readonly Inline[])[]): Section {
  const opening = `${tableRow(head).source}\n${tableRow(head.map(() => new Markdown('---'))).source}`;
  return { opening: new Markdown(opening), items: rows.map(tableRow) };
}

function tableRow(cells: readonly Inline[]): Markdown {
  return new Markdown(`| ${cells.map(render).join(' | ')} |`);
}

// The runner takes 1 MiB a step and drops the whole summary above it; the rest is headroom.
export const maxSummaryBytes = 900 * 1024;

/** The whole summary; items that do not fit are replaced by a line that says how many they are. */
export function renderSummary(sections: readonly Section[], maxBytes = maxSummaryBytes): string {
  const openings = sections.reduce((sum, section) => sum + size(section.opening) + cutLineBytes, 0);
  let left = maxBytes - openings;
  return (
    sections
      .map((section) => {
        let shown = 0;
        for (const item of section.items) {
          if (size(item) > left) break;
          left -= size(item);
          shown += 1;
        }
        const more = section.items.length - shown;
        const cut = more === 0 ? [] : ['', `${more} more, see the report`];
        return [section.opening.source, ...section.items.slice(0, shown).map((item) => item.source), ...cut].join('\n');
      })
      .join('\n\n') + '\n'
  );
}

// "N more, see the report" with its blank line, and the blank line between two sections.
const cutLineBytes = 48;

function size(markdown: Markdown): number {
  return encodeUtf8(markdown.source).length + 1;
}

function render(value: Inline): string {
  if (value instanceof Markdown) return value.source;
  return typeof value === 'number' ? String(value) : escape(value);
}

// Left as they are: what has no meaning to Markdown or HTML inside a line, and keeps the source readable. At the start
// of a line = and - could underline a heading, so there they are references too; "www." links are cut at the w.
function escape(text: string): string {
  return printable(text)
    .replace(/[!-/:-@[-`{-~]/g, (character, offset: number) =>
      offset > 0 && harmless.has(character) ? character : reference(character),
    )
    .replace(/\bwww\./gi, (prefix) => `${reference(prefix)}${prefix.slice(1)}`);
}

const harmless = new Set(['.', ',', '-', '/', ';', '=', '%', "'"]);

/** The character reference of the first character. */
function reference(text: string): string {
  return `&#${text.charCodeAt(0)};`;
}
