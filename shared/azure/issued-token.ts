// A token as a credential gives it, and how the answers that are no Entra library's own are read.

import type { Source } from '../bytes.ts';
import { InexactNumber, member, parseJson, requireObject, requireString } from '../json.ts';

export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
}

/** Asks for a new token, whatever was given before. */
export type TokenSource = (scope: string) => Promise<IssuedToken>;

/**
 * JSON with a token under the given name, and its end under `expires_on`: seconds since 1970, as a number or as text.
 * Where that is missing the token counts as over, so that it is asked for anew each time.
 */
export function readIssuedToken(bytes: Uint8Array, name: string, source: Source): IssuedToken {
  const answer = requireObject(parseJson(bytes, source), source, 'the answer');
  const token = requireString(member(answer, name), source, name);
  const expiry = member(answer, 'expires_on');
  const text = expiry instanceof InexactNumber ? expiry.source : expiry;
  const seconds = typeof text === 'number' || typeof text === 'string' ? Number(text) : 0;
  return { token, expiresOnTimestamp: Number.isFinite(seconds) ? seconds * 1000 : 0 };
}
