// Damage to lines of text: parts lost, doubled, moved, and pieces inserted that mean something to one grammar or another.

import type { Draw } from '../../support/mutate.ts';
import { pick } from './pick.ts';

/** One to three defects. */
export function mutateText(text: string, draw: Draw): string {
  let mutant = text;
  for (let defects = 1 + draw(3); defects > 0; defects--) mutant = pick(defectsOfText, draw)?.(mutant, draw) ?? mutant;
  return mutant.slice(0, 60_000);
}

function range(text: string, draw: Draw): [start: number, end: number] {
  const start = draw(text.length + 1);
  return [start, start + draw(Math.min(text.length - start, 24) + 1)];
}

const defectsOfText: readonly ((text: string, draw: Draw) => string)[] = [
  (text, draw) => {
    const [start] = range(text, draw);
    return text.slice(0, start) + (pick(pieces, draw) ?? '') + text.slice(start);
  },
  (text, draw) => {
    const [start, end] = range(text, draw);
    return text.slice(0, start) + (pick(pieces, draw) ?? '') + text.slice(end);
  },
  (text, draw) => {
    const [start, end] = range(text, draw);
    return text.slice(0, start) + text.slice(end);
  },
  (text, draw) => {
    const [start, end] = range(text, draw);
    const times = draw(8) === 0 ? draw(5000) : 1 + draw(4);
    return text.slice(0, end) + text.slice(start, end).repeat(times).slice(0, 60_000) + text.slice(end);
  },
  (text, draw) => {
    const [start, end] = range(text, draw);
    const [at] = range(text, draw);
    return text.slice(0, at) + text.slice(start, end) + text.slice(at);
  },
  (text, draw) => {
    const [start, end] = range(text, draw);
    const part = text.slice(start, end);
    return text.slice(0, start) + (draw(2) === 0 ? part.toUpperCase() : part.toLowerCase()) + text.slice(end);
  },
  (text, draw) => text.slice(0, draw(text.length + 1)),
  (text, draw) => {
    const at = draw(text.length + 1);
    return text.slice(0, at) + String.fromCharCode(draw(draw(2) === 0 ? 128 : 65_536)) + text.slice(at + 1);
  },
];

const pieces: readonly string[] = [
  ...[
    '"',
    "'",
    '\\',
    '\\"',
    ',',
    ';',
    '=',
    '==',
    '#',
    '+',
    ':',
    '::',
    '/',
    '//',
    '@',
    '*',
    '.',
    '..',
    '-',
    '_',
    '__',
    '%',
    '%00',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\0',
    '\u007f',
    '\u00e9',
    '\u2028',
    '\ufeff',
    '\ud800',
    '\u{1f600}',
    '<',
    '>',
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
  ],
  ...['0', '-1', '1e9', '999999999', '99999999999999999999', '0x10', 'NaN', 'true', 'null', 'undefined', '__proto__'],
  ...[
    'http://',
    'https://',
    'oci://',
    'docker://',
    'oci-layout:',
    'sha256:',
    'sha512:',
    'localhost',
    '127.0.0.1',
    '[::1]',
    '169.254.169.254',
  ],
  ...[
    'Bearer ',
    'Basic ',
    'realm=',
    'rel="next"',
    'Z',
    '+00:00',
    '-24:00',
    '.999999999',
    'T',
    'd',
    'h',
    'm',
    's',
    '1h',
    '\\2C',
    '\\zz',
  ],
  ...[
    '-----BEGIN CERTIFICATE-----',
    '-----END CERTIFICATE-----',
    '-----BEGIN PRIVATE KEY-----',
    'ENCRYPTED',
    '$(x)',
    '${{ x }}',
  ],
  ...[
    'a'.repeat(300),
    'a-'.repeat(200),
    'a.'.repeat(200),
    '-'.repeat(400),
    '\\'.repeat(301),
    '"'.repeat(301),
    ' '.repeat(2000),
  ],
];
