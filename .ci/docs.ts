// The parts of README.md that repeat what the code says: the input and output tables (from action.yml) and the error
// codes (from errors.ts), each between markers. `node .ci/docs.ts` rewrites them; a test compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

import { errorCodes } from '../shared/errors.ts';

const root = join(import.meta.dirname, '..');
const readme = join(root, 'README.md');

interface Field {
  readonly description: string;
  readonly default?: string;
  readonly required?: boolean;
}

interface ActionMetadata {
  readonly inputs: Readonly<Record<string, Field>>;
  readonly outputs: Readonly<Record<string, Field>>;
}

export function readAction(action: 'sign' | 'verify'): ActionMetadata {
  return parse(readFileSync(join(root, action, 'action.yml'), 'utf8')) as ActionMetadata;
}

/** README.md as it should be: every marked part made anew. */
export async function renderReadme(text: string): Promise<string> {
  const filled = Object.entries(parts).reduce((result, [name, render]) => fill(result, name, render()), text);
  return format(filled, { ...(await resolveConfig(readme)), parser: 'markdown' });
}

const parts: Readonly<Record<string, () => string>> = {
  'sign inputs': () => inputTable('sign'),
  'sign outputs': () => outputTable('sign'),
  'verify inputs': () => inputTable('verify'),
  'verify outputs': () => outputTable('verify'),
  'error codes': errorTable,
};

function fill(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- end ${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`README.md has no place for ${name}: ${open} … ${close}`);
  return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
}

function inputTable(action: 'sign' | 'verify'): string {
  const rows = Object.entries(readAction(action).inputs).map(([name, field]) => {
    const standing = field.default === undefined || field.default === '' ? '' : `\`${field.default}\``;
    return [`\`${name}\``, field.required === true ? 'required' : standing, cell(field.description)];
  });
  return table(['input', 'default', 'meaning'], rows);
}

function outputTable(action: 'sign' | 'verify'): string {
  const rows = Object.entries(readAction(action).outputs).map(([name, field]) => [
    `\`${name}\``,
    cell(field.description),
  ]);
  return table(['output', 'meaning'], rows);
}

function errorTable(): string {
  const rows = Object.entries(errorCodes).map(([code, { remedy, transient }]) => {
    return [`\`${code}\`${transient ? ' \\*' : ''}`, cell(remedy)];
  });
  return table(['code', 'what to do'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('*', '\\*');
}

if (import.meta.main) writeFileSync(readme, await renderReadme(readFileSync(readme, 'utf8')));
