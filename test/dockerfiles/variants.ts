// Dockerfiles that nobody would write: those of the corpus with pieces put in, taken out and mixed, the same ones every
// time, to be read by two readers.

import { corpus } from './corpus.ts';
import type { CorpusCase } from './corpus.ts';

/** What means something in a Dockerfile, or looks as if it did. */
const pieces = [
  ...['$', '{', '}', '\\', '`', '"', "'", '#', '%', '/', '=', '[', ']', '"]', '["', ',', '--', '<<', '<<-', ':-', ':+'],
  ...['\n', '\r\n', ' ', '\t', '\v', '\f', '\u0085', '\u00a0', '\u2003', 'é', '\\\n', '`\n', '# escape=`\n', 'EOF'],
  ...[
    'FROM ',
    'COPY ',
    'RUN ',
    'ONBUILD ',
    'ARG ',
    'AS ',
    '--from=',
    '--mount=from=',
    'busybox:1',
    'scratch',
    '0',
    '1',
  ],
  ...['$A', '${A:-', '${A#', '${A/'],
];
const lines = corpus.flatMap(({ text }) => text.match(/[^\n]*\n|[^\n]+$/g) ?? []);

export function* variants(seed: number, count: number): Iterable<CorpusCase> {
  const draw = drawFrom(seed);
  const any = <T>(items: readonly T[]): T => items[draw(items.length)]!;
  for (let index = 0; index < count; index += 1) {
    const { about, buildArgs, target, platforms, ...example } = any(corpus);
    let { text } = example;
    for (let changes = 1 + draw(2); changes > 0; changes -= 1) {
      const at = draw(text.length + 1);
      const [before, after] = [text.slice(0, at), text.slice(at)];
      const changed: readonly (() => string)[] = [
        () => before + any(pieces) + after,
        () => before + after.slice(1 + draw(3)),
        () => before + any(pieces) + after.slice(1),
        () => text.slice(0, text.lastIndexOf('\n', at) + 1) + any(lines) + text.slice(text.lastIndexOf('\n', at) + 1),
        () => text + any(corpus).text,
      ];
      text = any(changed)();
    }
    yield {
      name: `variant ${index} of ${seed}`,
      about,
      text,
      ...(buildArgs === undefined ? {} : { buildArgs }),
      ...(target === undefined ? {} : { target }),
      ...(platforms === undefined ? {} : { platforms }),
    };
  }
}

// Mulberry32, a 32-bit generator that passes for random here.
function drawFrom(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
