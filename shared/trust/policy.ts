// trustpolicy.json: which signers are trusted for which repositories, and how strictly. Trust Store and Trust Policy,
// "Trust Policy" (POL-1..POL-17). The document is checked completely before anything in it is used.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import { member, parseJson, requireArray, requireObject, requireString, requireStringMap } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { isLayout, policyScope } from '../oci/layout-reference.ts';
import type { ArtifactReference } from '../oci/layout-reference.ts';
import { repositoryName } from '../oci/reference.ts';
import { parseTrustedIdentities } from './identity.ts';
import type { TrustedIdentities } from './identity.ts';
import { overrideLevel, parseLevel } from './level.ts';
import type { VerificationLevel } from './level.ts';
import { anyScope, requireScopes } from './scope.ts';
import { parseStoreName } from './store.ts';
import type { TrustStoreName } from './store.ts';

export type VerifyTimestamp = 'always' | 'afterCertExpiry';

export interface TrustPolicyStatement {
  readonly name: string;
  /** `registry/repository` each, or `*` alone. */
  readonly registryScopes: readonly string[];
  readonly level: VerificationLevel;
  readonly verifyTimestamp: VerifyTimestamp;
  readonly trustStores: readonly TrustStoreName[];
  readonly trustedIdentities: TrustedIdentities;
}

export interface TrustPolicyDocument {
  readonly statements: readonly TrustPolicyStatement[];
}

/** Larger documents than this are a mistake of the path; Notation users have a few kilobytes. */
export const maxPolicyBytes = 1024 * 1024;

/**
 * Reads and checks a whole document. Unknown members are ignored, names are compared in their exact case.
 *
 * @param what  names the document in messages, such as its path
 * @throws NotaryError POLICY_INVALID  the first rule broken, with its JSON path
 */
export function parseTrustPolicy(bytes: Uint8Array, what: string): TrustPolicyDocument {
  const source: Source = { code: 'POLICY_INVALID', what };
  const document = requireObject(parseJson(bytes, source), source, 'the document');
  const version = text(document, 'version', '', source);
  if (version !== '1.0') throw malformed(source, `version is "${version}"; only "1.0" is known`);
  const entries = requireArray(member(document, 'trustPolicies') ?? [], source, 'trustPolicies');
  if (entries.length === 0) throw malformed(source, 'trustPolicies must hold at least one statement');
  const statements: TrustPolicyStatement[] = [];
  for (const [index, entry] of entries.entries()) {
    const path = `trustPolicies[${index}]`;
    const statement = parseStatement(requireObject(entry, source, path), path, source);
    if (statements.some(({ name }) => name === statement.name)) {
      throw malformed(source, `${path}.name "${statement.name}" is used by another statement`);
    }
    statements.push(statement);
  }
  requireDistinctScopes(statements, source);
  return { statements };
}

function parseStatement(object: JsonObject, path: string, source: Source): TrustPolicyStatement {
  const name = text(object, 'name', path, source);
  const verification = requireObject(
    member(object, 'signatureVerification') ?? {},
    source,
    `${path}.signatureVerification`,
  );
  const level = parseVerificationLevel(verification, `${path}.signatureVerification`, source);
  const stores = list(object, 'trustStores', path, source);
  const identities = list(object, 'trustedIdentities', path, source);
  requireTrust(level, stores, `${path}.trustStores`, source);
  requireTrust(level, identities, `${path}.trustedIdentities`, source);
  const trustStores = stores.map((store, index) => parseStoreName(store, source, `${path}.trustStores[${index}]`));
  const trustedIdentities = parseTrustedIdentities(identities, source, `${path}.trustedIdentities`);
  const verifyTimestamp = parseVerifyTimestamp(verification, `${path}.signatureVerification`, source);
  const registryScopes = list(object, 'registryScopes', path, source);
  requireScopes(registryScopes, source, `${path}.registryScopes`);
  return { name, registryScopes, level, verifyTimestamp, trustStores, trustedIdentities };
}

function parseVerificationLevel(verification: JsonObject, path: string, source: Source): VerificationLevel {
  const level = parseLevel(text(verification, 'level', path, source), source, `${path}.level`);
  const overrides = requireStringMap(member(verification, 'override') ?? {}, source, `${path}.override`);
  return overrideLevel(level, overrides, source, `${path}.override`);
}

/** POL-8; an empty string counts as absent, as in the reference. */
function parseVerifyTimestamp(verification: JsonObject, path: string, source: Source): VerifyTimestamp {
  const value = requireString(member(verification, 'verifyTimestamp') ?? '', source, `${path}.verifyTimestamp`);
  if (value === '' || value === 'always') return 'always';
  if (value === 'afterCertExpiry') return value;
  throw malformed(source, `${path}.verifyTimestamp is "${value}", not one of always, afterCertExpiry`);
}

/** POL-9 */
function requireTrust(level: VerificationLevel, entries: readonly string[], path: string, source: Source): void {
  if (level.name === 'skip' && entries.length > 0) {
    throw malformed(source, `${path} must be empty because the level is "skip"`);
  }
  if (level.name !== 'skip' && entries.length === 0) throw malformed(source, `${path} must not be empty`);
}

/** POL-14 */
function requireDistinctScopes(statements: readonly TrustPolicyStatement[], source: Source): void {
  const seen = new Map<string, string>();
  for (const [index, { registryScopes }] of statements.entries()) {
    for (const [position, scope] of registryScopes.entries()) {
      const path = `trustPolicies[${index}].registryScopes[${position}]`;
      const earlier = seen.get(scope);
      if (earlier !== undefined) throw malformed(source, `${path} "${scope}" repeats ${earlier}`);
      seen.set(scope, path);
    }
  }
}

function text(object: JsonObject, name: string, parent: string, source: Source): string {
  const path = parent === '' ? name : `${parent}.${name}`;
  const value = requireString(member(object, name) ?? '', source, path);
  if (value === '') throw malformed(source, `${path} is missing or empty`);
  return value;
}

function list(object: JsonObject, name: string, parent: string, source: Source): readonly string[] {
  const path = `${parent}.${name}`;
  const entries = requireArray(member(object, name) ?? [], source, path);
  return entries.map((entry, index) => requireString(entry, source, `${path}[${index}]`));
}

/**
 * The statement for an artifact: the one that names its repository exactly, else the one for `*` (POL-16). For a layout
 * without a scope it is the only statement, as any other may be the one that is meant (REG-23).
 *
 * @throws NotaryError POLICY_NOT_FOUND
 */
export function selectStatement(document: TrustPolicyDocument, reference: ArtifactReference): TrustPolicyStatement {
  const scope = policyScope(reference);
  if (scope === undefined && needsScope(document, reference)) {
    const remedy = 'Say by layout-scope: registry/repository which repository the layout is a copy of.';
    throw new NotaryError('POLICY_NOT_FOUND', `no repository is known for ${repositoryName(reference)}`, { remedy });
  }
  const statement = (scope === undefined ? undefined : withScope(document, scope)) ?? withScope(document, anyScope);
  if (statement !== undefined) return statement;
  const known = document.statements.flatMap(({ registryScopes }) => registryScopes).join(', ');
  throw new NotaryError(
    'POLICY_NOT_FOUND',
    `no trust policy statement applies to ${scope ?? repositoryName(reference)}; there are: ${known}`,
  );
}

/** Whether the policy cannot be applied to the artifact before somebody says which repository it belongs to. */
export function needsScope({ statements }: TrustPolicyDocument, reference: ArtifactReference): boolean {
  const isGeneral = statements.every(({ registryScopes }) => registryScopes.includes(anyScope));
  return isLayout(reference) && reference.scope === undefined && !isGeneral;
}

function withScope(document: TrustPolicyDocument, scope: string): TrustPolicyStatement | undefined {
  return document.statements.find(({ registryScopes }) => registryScopes.includes(scope));
}
