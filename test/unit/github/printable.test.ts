import { describe, expect, it } from 'vitest';

import { printable } from '../../../shared/github/printable.ts';

describe('printable', () => {
  it('leaves what a person can see', () => {
    expect(printable('Ünïcode 漢字 😀 "quotes" \\n')).toBe('Ünïcode 漢字 😀 "quotes" \\n');
  });

  it.each([
    ['a line end', 'a\r\nb', 'a\\r\\nb'],
    ['a tab', 'a\tb', 'a\\tb'],
    ['terminal control', '\u001b[31mred', '\\u{1b}[31mred'],
    ['a C1 control', '\u009b', '\\u{9b}'],
    ['other line ends', '\u2028\u2029\u0085', '\\u{2028}\\u{2029}\\u{85}'],
    ['a turn of the reading direction', '\u202eabc\u2066', '\\u{202e}abc\\u{2066}'],
    ['what has no width', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['half a surrogate pair', '\ud800x', '\\u{d800}x'],
    ['tags beyond the BMP', '\u{e0001}', '\\u{e0001}'],
  ])('shows %s', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
