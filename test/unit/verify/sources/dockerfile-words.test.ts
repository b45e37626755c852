import { describe, expect, it } from 'vitest';

import { expandWord, splitArguments, splitRawWords, splitWords } from '../../../../verify/sources/dockerfile-words.ts';
import { refused } from './refusal.ts';

const variables = new Map(
  Object.entries({ A: 'a', EMPTY: '', V: 'v1.2.3', STAR: 'x*y*z', OPEN: '' }).map(([name, text]) => [
    name,
    { text, unresolved: name === 'OPEN' ? ['DEEP'] : [] },
  ]),
);
const expand = (word: string, escape = '\\') => expandWord(word, variables, escape);

describe('a word', () => {
  it.each([
    ['$A$A', 'aa'],
    ['${A}b', 'ab'],
    ['"$A \'$A\'"', "a 'a'"],
    ["'$A'", '$A'],
    ['\\$A', '$A'],
    ['"\\$A\\"\\\\\\x"', '$A"\\\\x'],
    ['a\\', 'a'],
    ['${EMPTY:-b}', 'b'],
    ['${EMPTY-b}', ''],
    ['${NONE-${A}}', 'a'],
    ['${A:+b}', 'b'],
    ['${EMPTY:+b}', ''],
    ['${EMPTY+b}', 'b'],
    ['${A:?no}', 'a'],
    ['${V#v}', '1.2.3'],
    ['${V#*.}', '2.3'],
    ['${V##*.}', '3'],
    ['${V%.*}', 'v1.2'],
    ['${V%%.*}', 'v1'],
    ['${V%x}', 'v1.2.3'],
    ['${V/./-}', 'v1-2.3'],
    ['${V//./-}', 'v1-2-3'],
    ['${V//?/x}', 'xxxxxx'],
    ['${V//*/x}', 'x'],
    ['${V//b*/x}', 'v1.2.3'],
    ['${EMPTY//*/x}', 'x'],
    ['${STAR#x\\*}', 'y*z'],
    ['$', '$'],
    ['a$.b', 'a$.b'],
    ['<<EOF', '<<EOF'],
    ['<', '<'],
  ])('%s becomes %s', (word, text) => {
    expect(expand(word)).toEqual({ text, unresolved: [] });
  });

  it('is escaped by another sign, where the file says so', () => {
    expect(expand('`$A\\$A', '`').text).toBe('$A\\a');
  });

  it.each([
    ['$NONE', ['NONE']],
    ['${NONE}$OTHER$NONE', ['NONE', 'OTHER']],
    ['${NONE:-${OTHER}}', ['OTHER']],
    ['${A:-${OTHER}}', []],
    ['${NONE:+${OTHER}}', []],
    ['${A+${OTHER}}', ['OTHER']],
    ['${NONE#x}', ['NONE']],
    ['${A/${NONE}/x}', ['NONE']],
    ['$OPEN', ['DEEP']],
    ['${OPEN:-b}', []],
    ['$1', ['1']],
    ['$10', ['10']],
    ['$-', ['-']],
  ])('%s depends on values that are missing: %j', (word, unresolved) => {
    expect(expand(word).unresolved).toEqual(unresolved);
  });

  it.each([
    ["'a", 'single quote'],
    ['"a', 'double quote'],
    ['${A', 'unknown modifier ""'],
    ['${A:-', 'no closing "}"'],
    ['${A/b', 'no closing "/"'],
    ['${}', 'bad substitution'],
    ['${:A}', 'bad substitution'],
    ['${{A}}', 'bad substitution'],
    ['${A^}', 'unknown modifier "^"'],
    ['${A:#b}', 'unknown modifier ":#"'],
    ['${NONE:?give one}', 'NONE: give one'],
    ['${NONE?}', 'NONE: must have a value'],
    ['${EMPTY:?}', 'EMPTY: must have a value'],
    ['${A#\\x}', 'not a pattern'],
    [`\${A#${'*'.repeat(300)}}`, 'not a pattern'],
    ["${A//a/'$1'}", 'not supported'],
    [`\${A/a/${'x'.repeat(2000)}}`, 'not supported'],
    ['${A:-'.repeat(20), 'nested deeper'],
    ['x'.repeat(20_000), 'longer than'],
    [`\${NONE:-${'x'.repeat(2000)}}`.repeat(10), 'longer than'],
  ])('is refused: %s', (word, reason) => {
    const told = refused(() => expand(word));
    expect(told).toMatch(/^SOURCE_INVALID /);
    expect(told).toContain(reason);
  });

  it('is not matched against a pattern for ever', () => {
    const long = new Map([['A', { text: 'a'.repeat(1024), unresolved: [] }]]);
    expect(expandWord(`\${A##${'*a'.repeat(120)}b}`, long, '\\').text).toHaveLength(1024);
    expect(
      refused(() => expandWord('${A#b}', new Map([['A', { text: 'a'.repeat(2000), unresolved: [] }]]), '\\')),
    ).toContain('more than 1024');
  });
});

describe('the words of a line', () => {
  it('keep quotes, escapes and variables', () => {
    expect(splitRawWords('a  "b c" d\\ e $F << G')).toEqual(['a', '"b c"', 'd\\ e', '$F', '<< G']);
    expect(splitRawWords('${A:-b c}')).toEqual(['${A:-b', 'c}']);
    expect(splitRawWords('a${B/c/d}e')).toEqual(['${B/c/d}e']);
  });

  it('are none where the line is not well-formed', () => {
    expect(splitRawWords("don't <<EOF")).toEqual([]);
  });

  it('lose quotes and escapes, where they are read', () => {
    expect(splitWords('"a b" c\\ d \'\' $E')).toEqual(['a b', 'c d', '$E']);
  });

  it('keep quotes as arguments', () => {
    expect(splitArguments('A="b c" D=e\\ f G=\'h\\\' I=\\', '\\')).toEqual(['A="b c"', 'D=e\\ f', "G='h\\'", 'I=']);
  });
});
