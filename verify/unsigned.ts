// What becomes of artifacts that carry no signature, for registries that do not sign yet. A signature that is there and
// bad is never forgiven. Interface, `on-unsigned`.

import { invalid, lines } from '../shared/github/input-values.ts';
import { policyScope } from '../shared/oci/layout-reference.ts';
import type { ArtifactReference } from '../shared/oci/layout-reference.ts';

const actions = ['fail', 'warn', 'ignore'] as const;
export type UnsignedAction = (typeof actions)[number];

interface Rule {
  /** "registry" or "registry/repository", whose sub-paths are meant too; empty for everything. */
  readonly scope: string;
  readonly action: UnsignedAction;
}

export type UnsignedRules = readonly Rule[];

export const failOnUnsigned: UnsignedRules = [];

const remedy = 'Write fail, warn or ignore, or lines such as registry.example/team=warn.';

/**
 * One rule a line: ACTION for everything, or SCOPE=ACTION.
 *
 * @throws NotaryError INPUT_INVALID  an unknown action, no scope, or a scope that occurs twice
 */
export function parseUnsignedRules(text: string): UnsignedRules {
  const rules = lines(text).map(parseRule);
  for (const [index, { scope }] of rules.entries()) {
    if (rules.findIndex((rule) => rule.scope === scope) === index) continue;
    throw invalid(`${scope === '' ? 'the default' : `the scope "${scope}"`} stands there twice`, remedy);
  }
  return rules;
}

function parseRule(line: string): Rule {
  const split = line.lastIndexOf('=');
  const word = line.slice(split + 1).trim();
  const action = actions.find((known) => known === word);
  if (action === undefined) throw invalid(`"${word}" is none of ${actions.join(', ')}`, remedy);
  if (split === -1) return { scope: '', action };
  return { scope: requireScope(line.slice(0, split).trim()), action };
}

const scopeForm = /^[a-z0-9[\]:.-]+(?:\/[a-z0-9._-]+)*$/;

/** A short name of Docker Hub would be taken for a registry, and match nothing. */
function requireScope(scope: string): string {
  const host = scope.split('/', 1)[0] ?? '';
  if (scopeForm.test(scope) && (/[.:]/.test(host) || host === 'localhost')) return scope;
  throw invalid(
    `"${scope}" is neither a registry nor registry/repository`,
    'Write the registry with its host, in lower case, such as docker.io/library.',
  );
}

/** The most exact scope decides, wherever its line stands. */
export function unsignedAction(rules: UnsignedRules, reference: ArtifactReference): UnsignedAction {
  const name = (policyScope(reference) ?? '').toLowerCase();
  const matching = rules.filter(({ scope }) => scope === '' || name === scope || name.startsWith(`${scope}/`));
  const best = matching.reduce<Rule | undefined>(
    (found, rule) => (found === undefined || rule.scope.length > found.scope.length ? rule : found),
    undefined,
  );
  return best?.action ?? 'fail';
}
