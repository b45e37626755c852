import { describe, expect, it } from 'vitest';

import {
  code,
  join,
  markup,
  maxSummaryBytes,
  preformatted,
  renderSummary,
  table,
} from '../../../shared/github/markdown.ts';

/** As a person reads it, where no character was special. */
const read = (source: string): string =>
  source.replace(/&#(\d+);/g, (_reference, number: string) => String.fromCharCode(Number(number)));

const attacks = [
  '| new cell |',
  '</td></table><script>alert(1)</script>',
  '[click](https://evil.example)',
  '![x](https://evil.example/x.png)',
  '<https://evil.example>',
  'https://evil.example',
  'www.evil.example',
  'someone@evil.example',
  '@octocat',
  '#1 GH-1',
  '`code` **bold** _it_ ~~gone~~',
  '# heading',
  '- item',
  '=====',
  '&lt;b&gt; &#60;b&#62;',
  ':white_check_mark:',
  '$x$ \\| \\',
];

describe('markup', () => {
  it('keeps its own literals and escapes what it is given', () => {
    expect(markup`**${'a*b'}** ${3}`.source).toBe('**a&#42;b** 3');
    expect(markup`${markup`*x*`} ${code('y')}`.source).toBe('*x* <code>y</code>');
  });

  it.each(attacks)('leaves no meaning in %s', (text) => {
    const { source } = markup`${text}`;
    expect(read(source)).toBe(text);
    expect(source.replace(/&#\d+;/g, '')).not.toMatch(/[|<>[\]`*_~#@:\\&!()$]/);
    expect(source).not.toMatch(/www\.|^[-=+]/i);
  });

  it('keeps a value on its line', () => {
    expect(read(markup`${'a\nb\r\tc\u2028d\u0007\u202e'}`.source)).toBe('a\\nb\\r\\tc\\u{2028}d\\u{7}\\u{202e}');
  });
});

describe('code', () => {
  it('cannot be closed from inside', () => {
    const { source } = code('`</code>` | x');
    expect(source.match(/<\/?code>/g)).toEqual(['<code>', '</code>']);
    expect(source).not.toContain('|');
    expect(read(source)).toBe('<code>`</code>` | x</code>');
  });
});

describe('preformatted', () => {
  it('keeps lines and cannot be closed from inside', () => {
    const { source } = preformatted(['a: "b"', '</pre><script>', 'x\ny']);
    expect(source.match(/<\/?\w+>/g)).toEqual(['<pre>', '</pre>']);
    expect(read(source)).toBe('<pre>a: "b"\n</pre><script>\nx\\ny</pre>');
  });
});

describe('join', () => {
  it('escapes strings and not Markdown', () => {
    expect(join(['<', code('a')], '<br>').source).toBe('&#60;<br><code>a</code>');
  });
});

describe('renderSummary', () => {
  it('writes a table with one row an item', () => {
    const section = table(['A', 'B'], [['x|y', code('z')]]);
    expect(renderSummary([section])).toBe('| A | B |\n| --- | --- |\n| x&#124;y | <code>z</code> |\n');
  });

  it('parts sections by a blank line', () => {
    const text = renderSummary([
      { opening: markup`## Head`, items: [] },
      { opening: markup`### Two\n`, items: [markup`- a`, markup`- b`] },
    ]);
    expect(text).toBe('## Head\n\n### Two\n\n- a\n- b\n');
  });

  it('cuts what does not fit and says how much that is', () => {
    const rows = Array.from({ length: 100 }, (_, index) => [`row ${index}`, 'é'.repeat(50)]);
    const text = renderSummary(
      [table(['A', 'B'], rows), { opening: markup`### Fixes\n`, items: [markup`- one`] }],
      2000,
    );
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(2000);
    const shown = text.match(/\| row /g)?.length ?? 0;
    expect(shown).toBeGreaterThan(10);
    expect(text).toContain(`\n\n${100 - shown} more, see the report\n`);
    expect(text).toContain('### Fixes\n\n');
  });

  it('stays below what the runner takes, whatever comes', () => {
    const big = 'x'.repeat(1000);
    const text = renderSummary([
      table(
        ['A'],
        Array.from({ length: 5000 }, () => [big]),
      ),
    ]);
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(maxSummaryBytes);
    expect(maxSummaryBytes).toBe(900 * 1024);
  });

  it('leaves a summary of exactly the limit whole', () => {
    const sections = [table(['A'], [['1'], ['2']])];
    expect(renderSummary(sections, 200)).not.toContain('more, see');
  });
});
