// Cells of the step summaries, made so that a row fits into the box that GitHub shows: digests are cut in the table and
// whole below it, and what a row has in common with the row above is not said again.

import { code, folded, markup } from '../github/markdown.ts';
import type { Inline, Markdown, Section } from '../github/markdown.ts';

/** A reference as written, but for the digest, which has a cell of its own. */
export function nameCell(reference: string): Markdown {
  return code(reference.split('@', 1)[0] ?? reference);
}

/** A manifest, below the index that points at it: a column for platforms would be empty in most rows. */
export function memberCell(platform: string | undefined): Markdown {
  return markup`↳\u00a0${platform ?? 'no platform'}`;
}

/** Enough to tell digests apart. */
export function digestCell(digest: string): Markdown {
  return code(digest.slice(0, digest.indexOf(':') + 13));
}

/** 2026-11-21 09:47 UTC, on one line, and under it how this is known. */
export function timeCell(time: Date, how: Inline): Markdown {
  const [date = '', clock = ''] = time.toISOString().split('T');
  // Hyphens and spaces at which no browser ends a line.
  return markup`${date.replaceAll('-', '\u2011')}\u00a0${clock.slice(0, 5)}\u00a0UTC<br>${how}`;
}

/** A sign and its word, on one line. */
export function verdictCell(symbol: string, word: string): Markdown {
  return markup`${symbol}\u00a0${word.replaceAll(' ', '\u00a0')}`;
}

export interface FullDigest {
  /** repository@digest */
  readonly reference: string;
  readonly platform?: string;
  readonly verdict: string;
}

/** To be archived: folded away at the end. */
export function fullDigests(entries: readonly FullDigest[]): readonly Section[] {
  return folded(
    'Full digests',
    entries.map(({ reference, platform, verdict }) => {
      return markup`- ${code(reference)} ${platform === undefined ? '' : `${platform}, `}${verdict}`;
    }),
  );
}
