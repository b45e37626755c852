import { describe, expect, it } from 'vitest';

import { readYaml } from '../../../../verify/sources/yaml-documents.ts';
import type { Located } from '../../../../verify/sources/yaml-documents.ts';
import { refused } from './refusal.ts';

const read = (text: string): readonly Located[] => readYaml({ path: 'file.yaml', text });

/** Without lines. */
function plain({ value }: Located): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...(value as ReadonlyMap<string, Located>)].map(([key, item]) => [key, plain(item)]));
  }
  return Array.isArray(value) ? (value as readonly Located[]).map(plain) : value;
}

describe('YAML documents', () => {
  it('have the line of every value', () => {
    const [first, second] = read('a: 1\nb:\n  - c\n  - d: "e"\n---\n# comment\nf: g\n');
    const b = (first?.value as ReadonlyMap<string, Located>).get('b');
    expect(b?.line).toBe(3);
    expect((b?.value as readonly Located[]).map(({ line }) => line)).toEqual([3, 4]);
    expect(second?.line).toBe(7);
  });

  it('are left out where they are empty', () => {
    expect(read('---\n# nothing\n---\nnull\n---\na: 1\n').map(plain)).toEqual([{ a: 1 }]);
    expect(read('')).toEqual([]);
  });

  it('resolve aliases and merge keys, own keys first', () => {
    const text = 'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  c: 3\nw: {<<: *y}\nv: *x\n';
    expect(plain(read(text)[0]!)).toMatchObject({ z: { a: 1, b: 1, c: 3 }, w: { b: 2, c: 2 }, v: { a: 1, b: 1 } });
  });

  it('give a single value behind an alias the line of the alias', () => {
    const map = read('a: &a alpine\nb: *a\n')[0]?.value as ReadonlyMap<string, Located>;
    expect(map.get('b')).toEqual({ line: 2, value: 'alpine' });
  });

  it('may be JSON, with any line ends and a byte order mark', () => {
    expect(read('\uFEFF{"a":\r\n ["b", 1, true, null]}\r\n').map(plain)).toEqual([{ a: ['b', 1, true, null] }]);
  });

  it('keep the keys as they are written', () => {
    expect(plain(read('80: a\n0x10: b\ntrue: c\n')[0]!)).toEqual({ '80': 'a', '0x10': 'b', true: 'c' });
  });

  it.each([
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 'file.yaml:3: is not YAML: Map keys must be unique'],
    ['bad syntax', 'a: [1\n', 'is not YAML'],
    ['a template', 'a:\n{{- if .Values.x }}\n  b: 1\n', 'a template must be rendered first'],
    ['a key of many values', '? [a, b]\n: 1\n', 'a key is a single value'],
    ['an unknown alias', 'a: *b\n', '"*b" stands for nothing above it'],
    ['a circle', 'a: &b [*b]\n', '"*b" stands for nothing above it'],
    ['a merge of no map', 'a: &a 1\nb: {<<: *a}\n', '"<<" merges maps'],
    ['bytes', 'a: !!binary aGVsbG8=\n', 'of a kind that is not supported'],
    ['deep nesting', `a: ${'['.repeat(300)}${']'.repeat(300)}\n`, 'is nested deeper than 200'],
    ['very deep nesting', '['.repeat(200_000), 'is not YAML'],
    ['length', `a: ${'x'.repeat(4 * 1024 * 1024)}\n`, 'is longer than'],
    [
      'nesting by aliases',
      `a0: &a0 [1]\n${Array.from({ length: 300 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]\n`).join('')}`,
      'is nested deeper than 200',
    ],
    [
      'merging without end',
      `a: &a {${Array.from({ length: 2000 }, (_, index) => `k${index}: 1`).join(', ')}}\n${Array.from({ length: 600 }, (_, index) => `b${index}: {<<: *a}\n`).join('')}`,
      'has more than 1000000 values',
    ],
  ])('are refused for %s', (_what, text, reason) => {
    const told = refused(() => read(text));
    expect(told).toMatch(/^SOURCE_INVALID file\.yaml:\d+: /);
    expect(told).toContain(reason);
  });

  it('do not grow with aliases of aliases', () => {
    const names = Array.from({ length: 30 }, (_, index) => `a${index}`);
    const text = names.map((name, index) =>
      index === 0
        ? `${name}: &${name} [x]\n`
        : `${name}: &${name} [${Array(9)
            .fill(`*${names[index - 1]}`)
            .join(', ')}]\n`,
    );
    expect(read(text.join(''))).toHaveLength(1);
  });
});
