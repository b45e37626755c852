// Verification levels: which of the five validations a failure stops, and which it only shows. Trust Store and Trust
// Policy, "Signature Verification Details" (POL-6, POL-7, POL-17).

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';

export type ValidationType = 'integrity' | 'authenticity' | 'expiry' | 'authenticTimestamp' | 'revocation';

export type ValidationAction = 'enforce' | 'log' | 'skip';

export type LevelName = 'strict' | 'permissive' | 'audit' | 'skip';

export interface VerificationLevel {
  /** `custom` where the statement overrides an action of its level. */
  readonly name: LevelName | 'custom';
  readonly actions: Readonly<Record<ValidationType, ValidationAction>>;
}

const row = (
  integrity: ValidationAction,
  authenticity: ValidationAction,
  rest: ValidationAction,
): Readonly<Record<ValidationType, ValidationAction>> => ({
  ...{ integrity, authenticity },
  ...{ authenticTimestamp: rest, expiry: rest, revocation: rest },
});

/** POL-17 */
const actionsOf: Readonly<Record<LevelName, Readonly<Record<ValidationType, ValidationAction>>>> = {
  strict: row('enforce', 'enforce', 'enforce'),
  permissive: row('enforce', 'enforce', 'log'),
  audit: row('enforce', 'log', 'log'),
  skip: row('skip', 'skip', 'skip'),
};

export const levelNames: readonly LevelName[] = ['strict', 'permissive', 'audit', 'skip'];

export function levelOf(name: LevelName): VerificationLevel {
  return { name, actions: actionsOf[name] };
}

/**
 * @param path  where the level stands, for the message
 * @throws NotaryError source.code  not one of the four names, in this case
 */
export function parseLevel(text: string, source: Source, path: string): VerificationLevel {
  const name = levelNames.find((known) => known === text);
  if (name === undefined) throw malformed(source, `${path} is "${text}", not one of ${levelNames.join(', ')}`);
  return levelOf(name);
}

const overridable: ReadonlySet<string> = new Set<ValidationType>([
  'authenticity',
  'authenticTimestamp',
  'expiry',
  'revocation',
]);

/**
 * The level with some of its actions replaced.
 *
 * @param overrides  validation name -> action, both still unchecked text
 * @throws NotaryError source.code  integrity or an unknown validation, an unknown action, `skip` for anything but
 *   revocation, or any override of the level skip (POL-7)
 */
export function overrideLevel(
  level: VerificationLevel,
  overrides: Readonly<Record<string, string>>,
  source: Source,
  path: string,
): VerificationLevel {
  const entries = Object.entries(overrides);
  if (entries.length === 0) return level;
  if (level.name === 'skip') throw malformed(source, `${path} must be empty because the level is "skip"`);
  for (const [type, action] of entries) requireOverride(type, action, source, `${path}[${JSON.stringify(type)}]`);
  return { name: 'custom', actions: { ...level.actions, ...Object.fromEntries(entries) } };
}

function requireOverride(type: string, action: string, source: Source, path: string): void {
  if (type === 'integrity') throw malformed(source, `${path}: integrity is always enforced`);
  if (!overridable.has(type)) {
    throw malformed(source, `${path}: only ${[...overridable].join(', ')} can be overridden`);
  }
  if (action !== 'enforce' && action !== 'log' && action !== 'skip') {
    throw malformed(source, `${path} is "${action}", not one of enforce, log, skip`);
  }
  if (action === 'skip' && type !== 'revocation') {
    throw malformed(source, `${path}: only revocation can be skipped; use "log"`);
  }
}
