// The parts of the documents that repeat what the code says, each between markers: in README.md the input and output
// tables (from action.yml and the workflows that others call) and the error codes (from errors.ts), in shared/README.md
// the files of every room (from the comments that they open with). `node .ci/docs.ts` rewrites them; a test compares.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

import { errorCodes } from '../shared/errors.ts';

const root = join(import.meta.dirname, '..');

/** Relative to the root. */
export const documents = ['README.md', 'shared/README.md'] as const;

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

/** The document as it should be: every marked part made anew. */
export async function renderDocument(path: string, text: string): Promise<string> {
  const filled = text.replaceAll(marked, (_whole, open: string, name: string, close: string) => {
    return `${open}\n\n${partNamed(name, path)}\n\n${close}`;
  });
  return format(filled, { ...(await resolveConfig(join(root, path))), parser: 'markdown' });
}

const marked = /(<!-- begin ([\w /-]+) -->)[^]*?(<!-- end -->)/g;

const parts: Readonly<Record<string, () => string>> = {
  'sign inputs': () => inputTable('sign'),
  'sign outputs': () => outputTable('sign'),
  'verify inputs': () => inputTable('verify'),
  'verify outputs': () => outputTable('verify'),
  'error codes': errorTable,
};

function partNamed(name: string, document: string): string {
  if (name.startsWith('room ')) return roomTable(name.slice('room '.length), document);
  if (name.startsWith('workflow ')) return workflowTable(name.slice('workflow '.length));
  const render = parts[name];
  if (render === undefined) throw new Error(`${document} asks for ${name}, which nothing here renders`);
  return render();
}

/** The files of one directory, each with the first sentence of its opening comment. */
function roomTable(room: string, document: string): string {
  const files = readdirSync(join(root, room)).filter((file) => file.endsWith('.ts'));
  const rows = files.sort().map((file) => {
    const path = `${room}/${file}`;
    return [`[${file}](${relative(dirname(document), path).replaceAll('\\', '/')})`, cell(purposeOf(path))];
  });
  return table(['file', 'holds'], rows);
}

function purposeOf(path: string): string {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  const comment = lines.slice(0, end).map((line) => line.slice(2).trim());
  const [first = ''] = comment.join(' ').split(/(?<=\.) (?=[A-Z])/);
  return first;
}

function inputTable(action: 'sign' | 'verify'): string {
  const rows = Object.entries(readAction(action).inputs).map(([name, field]) => inputRow(name, field));
  return table(['input', 'default', 'meaning'], rows);
}

function inputRow(name: string, field: Field): readonly string[] {
  const standing = field.default === undefined || field.default === '' ? '' : `\`${field.default}\``;
  return [`\`${name}\``, field.required === true ? 'required' : standing, cell(field.description)];
}

interface ReusableWorkflow {
  readonly on: { readonly workflow_call: { readonly inputs: Readonly<Record<string, Partial<Field>>> } };
}

/** What a workflow hands on to an action unchanged has its meaning there. */
function workflowTable(name: string): string {
  const workflow = parse(readFileSync(join(root, '.github/workflows', `${name}.yml`), 'utf8')) as ReusableWorkflow;
  const inputs = Object.entries(workflow.on.workflow_call.inputs);
  const rows = inputs.flatMap(([input, { description, ...field }]) =>
    description === undefined ? [] : [inputRow(input, { description, ...field })],
  );
  const others = inputs.filter(([, { description }]) => description === undefined);
  const names = others.map(([input, { required, default: standing }]) => {
    const remark = required === true ? 'required' : standing && `default \`${standing}\``;
    return `\`${input}\`${remark ? ` (${remark})` : ''}`;
  });
  return `${table(['input', 'default', 'meaning'], rows)}\n\nHanded on to the actions as they are: ${names.join(', ')}.`;
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

if (import.meta.main) {
  for (const path of documents) {
    const file = join(root, path);
    writeFileSync(file, await renderDocument(path, readFileSync(file, 'utf8')));
  }
}
