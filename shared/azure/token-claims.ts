// What may be shown of a JSON Web Token: single claims, never the token. Nothing here is verified; it explains
// failures to people. RFC 7519.

import { decodeBase64Url } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode } from '../errors.ts';
import { isJsonObject, member, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

const source: Source = { code: 'CREDENTIAL_REJECTED', what: 'the token' };

// Server texts and claims are cut before they are searched or shown.
const shownCharacters = 1200;

/** The payload of a JWT; undefined for an opaque token. */
export function readClaims(token: string): JsonObject | undefined {
  const [, payload, ...rest] = token.split('.');
  if (payload === undefined || rest.length !== 1) return undefined;
  try {
    const claims = parseJson(decodeBase64Url(payload, source), source);
    return isJsonObject(claims) ? claims : undefined;
  } catch (error) {
    if (hasCode(error, source.code)) return undefined;
    throw error;
  }
}

/** A claim that is one text, or a list of texts joined; undefined for everything else. */
export function textClaim(claims: JsonObject | undefined, name: string): string | undefined {
  const value = claims === undefined ? undefined : member(claims, name);
  const texts: readonly (Json | undefined)[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return texts.every((text) => typeof text === 'string') ? texts.join(' ').slice(0, shownCharacters) : undefined;
}

/** Such as `iss "https://…", sub "repo:…"`, and `exp 2026-01-31T12:00:00.000Z` for a moment. */
export function showClaims(token: string | undefined, names: readonly string[]): string {
  const claims = token === undefined ? undefined : readClaims(token);
  if (claims === undefined) return 'a token whose claims cannot be read';
  return names.map((name) => `${name} ${showClaim(claims, name)}`).join(', ');
}

function showClaim(claims: JsonObject, name: string): string {
  const value = member(claims, name);
  // Seconds since 1970 (RFC 7519 §2, NumericDate), as far as a Date reaches.
  if (typeof value === 'number' && Math.abs(value) <= 8.64e12) return new Date(value * 1000).toISOString();
  const text = textClaim(claims, name);
  return text === undefined ? 'absent' : JSON.stringify(text);
}

/** A server's text on one line, cut, and with everything that looks like a JWT taken out. */
export function showServerText(text: string): string {
  const line = text.slice(0, shownCharacters).replace(/\s+/g, ' ').trim();
  return line.replace(/eyJ[\w-]*(?:\.[\w-]*)*/g, '[token removed]');
}
