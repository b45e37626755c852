// Documents that repeat what the code says must not drift from it.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { documents, readAction, renderDocument } from '../../.ci/docs.ts';
import { version } from '../../shared/version.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe.each(documents)('%s', (path) => {
  it('repeats what the code says word for word (node .ci/docs.ts rewrites it)', async () => {
    expect(read(path)).toBe(await renderDocument(path, read(path)));
  });
});

describe('README.md', () => {
  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...(read('README.md') + read('CONTRIBUTING.md')).matchAll(/npm (?:run )?([a-z:]+)/g)].map(
      ([, name]) => name,
    );
    const builtIn = ['ci', 'install'];
    expect(named.filter((name) => name !== undefined && !builtIn.includes(name) && !(name in scripts))).toEqual([]);
    expect(named).toContain('demo');
  });
});

describe.each(['sign', 'verify'] as const)('%s/action.yml', (action) => {
  const { inputs } = readAction(action);

  it('declares exactly the inputs that its code reads', () => {
    const code = [action, 'shared/action']
      .flatMap((directory) => readdirSync(join(root, directory)).map((file) => join(root, directory, file)))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const names = Object.keys(inputs);
    expect(names.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });

  it('runs the bundle on node24', () => {
    expect(read(`${action}/action.yml`)).toContain(`using: node24`);
    expect(read(`${action}/action.yml`)).toContain(`main: ../dist/${action}/index.js`);
  });
});

describe('shared/README.md', () => {
  const map = read('shared/README.md');

  it('has a table for every room', () => {
    const rooms = new Set(
      ['shared', 'sign', 'verify'].flatMap((directory) =>
        readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.ts'))
          .map((file) => dirname(join(directory, file)).replaceAll('\\', '/')),
      ),
    );
    expect([...rooms].filter((room) => !map.includes(`<!-- begin room ${room} -->`))).toEqual([]);
  });
});

describe('shared/version.ts', () => {
  it('is the version of the package', () => {
    expect(version).toBe((JSON.parse(read('package.json')) as { version: string }).version);
  });
});
