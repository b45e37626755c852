import { describe, expect, it } from 'vitest';

import { inert } from '../../../shared/github/inert.ts';

describe('inert', () => {
  it('leaves ordinary text alone', () => {
    const text = 'sha256:abc at 12:30 [::1]:5000, ## 1 [x], vso[ and ##vso';
    expect(inert(text)).toBe(text);
  });

  it.each([
    ['::error::x', ':\\:error::x'],
    [' \u00a0::error::x', ' \u00a0:\\:error::x'],
    ['a ##[error]x', 'a #\\#[error]x'],
    ['a ##vso[task.complete result=Succeeded;]x', 'a #\\#vso[task.complete result=Succeeded;]x'],
    ['###vso[task.x]', '##\\#vso[task.x]'],
    ['##VSO[task.x]##vso[', '#\\#VSO[task.x]#\\#vso['],
    ['##vs\u200bo[task.x]', '##vs\\u{200b}o[task.x]'],
    ['x\n##vso[task.x]', 'x\\n#\\#vso[task.x]'],
  ])('breaks up %j', (text, expected) => {
    expect(inert(text)).toBe(expected);
  });
});
