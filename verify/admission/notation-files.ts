// trustpolicy.json and its trust stores, as Notation keeps them. Trust Store and Trust Policy; DIR-1..DIR-4.

import { encodeBase64 } from '../../shared/bytes.ts';
import { levelOf } from '../../shared/trust/level.ts';
import type { VerificationLevel } from '../../shared/trust/level.ts';
import type { Certificate } from '../../shared/x509/certificate.ts';
import type { PortableStatement, PortableStore, PortableTrust } from './portable-trust.ts';

/** The files of a directory that NOTATION_CONFIG can name. */
export function notationFiles(trust: PortableTrust): ReadonlyMap<string, string> {
  const files = new Map([['trustpolicy.json', `${JSON.stringify(trustPolicyDocument(trust), undefined, 2)}\n`]]);
  for (const store of trust.stores) {
    for (const certificate of store.certificates) {
      files.set(`truststore/${storePath(store)}/${certificate.fingerprint}.pem`, encodePem(certificate));
    }
  }
  return files;
}

/** Below the directory of the trust stores. */
export function storePath({ type, name }: Pick<PortableStore, 'type' | 'name'>): string {
  return `x509/${type}/${name}`;
}

export function trustPolicyDocument({ statements }: Pick<PortableTrust, 'statements'>): object {
  return { version: '1.0', trustPolicies: statements.map(writeStatement) };
}

function writeStatement(statement: PortableStatement): object {
  const { name, registryScopes, level, verifyTimestamp, trustStores, identities } = statement;
  const isSkipped = level.name === 'skip';
  return {
    name,
    registryScopes,
    signatureVerification: {
      ...writeLevel(level),
      ...(verifyTimestamp === 'always' || isSkipped ? {} : { verifyTimestamp }),
    },
    ...(isSkipped
      ? {}
      : { trustStores: trustStores.map((store) => `${store.type}:${store.name}`), trustedIdentities: identities }),
  };
}

/** A level with overrides is strict but for what it does otherwise, whatever level it was made from. */
function writeLevel({ name, actions }: VerificationLevel): object {
  if (name !== 'custom') return { level: name };
  const strict = levelOf('strict').actions;
  const entries = Object.entries(actions).filter(([type, action]) => strict[type as keyof typeof strict] !== action);
  return { level: 'strict', ...(entries.length > 0 && { override: Object.fromEntries(entries) }) };
}

export function encodePem({ der }: Certificate): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
