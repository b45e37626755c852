// The trust of a run, said in what other verifiers understand: whole certificates instead of fingerprints, subjects
// instead of durable identities. Everything that is lost on the way is told.

import { NotaryError } from '../../shared/errors.ts';
import type { TrustedIdentities } from '../../shared/trust/identity.ts';
import { parseTrustedIdentities, subjectIdentity } from '../../shared/trust/identity.ts';
import type { TrustPolicyStatement } from '../../shared/trust/policy.ts';
import type { TrustStoreName } from '../../shared/trust/store.ts';
import type { Certificate } from '../../shared/x509/certificate.ts';
import { displayName } from '../../shared/x509/name.ts';
import type { Trust } from '../trust.ts';
import type { ArtifactReport } from '../verify.ts';

export interface PortableStore extends TrustStoreName {
  readonly certificates: readonly Certificate[];
}

export interface PortableStatement extends TrustPolicyStatement {
  /** `x509.subject: …` entries, or `*`. */
  readonly identities: readonly string[];
}

export interface PortableTrust {
  readonly statements: readonly PortableStatement[];
  /** Each store that a statement names, once, none of them empty. */
  readonly stores: readonly PortableStore[];
  /** Where the other verifiers will judge otherwise than this run, and why. */
  readonly differences: readonly string[];
}

/**
 * @param reports  whose verified signatures show the certificates behind fingerprints, and the subjects behind EKUs
 * @throws NotaryError POLICY_INVALID  a store or a list of identities would be empty
 */
export async function portableTrust(
  { document, stores }: Trust,
  reports: readonly ArtifactReport[],
): Promise<PortableTrust> {
  const seen = seenCertificates(reports);
  const differences: string[] = [];
  const portable = new Map<string, PortableStore>();
  for (const name of document.statements.flatMap(({ trustStores }) => trustStores)) {
    const key = `${name.type}:${name.name}`;
    if (portable.has(key)) continue;
    const { certificates, pins } = await stores(name);
    const pinned = pins.flatMap((pin) => seen.all.get(pin) ?? []);
    for (const pin of pins.filter((one) => !seen.all.has(one))) {
      differences.push(`sha256:${pin} is left out of ${key}: no verified signature has shown this certificate.`);
    }
    const all = new Map([...certificates, ...pinned].map((certificate) => [certificate.fingerprint, certificate]));
    if (all.size === 0) throw nothingLeft(`the trust store ${key}`, differences);
    portable.set(key, { ...name, certificates: [...all.values()] });
  }
  const statements = document.statements.map((statement) => {
    const { identities, lost } = portableIdentities(statement, seen.leaves);
    differences.push(...lost);
    if (identities.length === 0 && statement.level.name !== 'skip') {
      throw nothingLeft(`the statement "${statement.name}"`, differences);
    }
    return { ...statement, identities };
  });
  return { statements, stores: [...portable.values()], differences };
}

interface Seen {
  /** By fingerprint: of the signing chains and the timestamp chains. */
  readonly all: ReadonlyMap<string, Certificate>;
  readonly leaves: readonly Certificate[];
}

/** Of signatures that passed only: what anybody may have pushed beside them becomes no trust anchor. */
function seenCertificates(reports: readonly ArtifactReport[]): Seen {
  const findings = reports.flatMap(({ outcomes }) =>
    outcomes.flatMap(({ finding, failure }) => (failure === undefined && finding !== undefined ? [finding] : [])),
  );
  const chains = findings.flatMap(({ content, timestamp }) => [
    ...(content ? [content.envelope.chain] : []),
    ...(timestamp ? [timestamp.chain] : []),
  ]);
  return {
    all: new Map(chains.flat().map((certificate) => [certificate.fingerprint, certificate])),
    leaves: findings.flatMap(({ content }) => content?.envelope.chain[0] ?? []),
  };
}

function portableIdentities(
  { name, trustedIdentities }: TrustPolicyStatement,
  leaves: readonly Certificate[],
): { readonly identities: readonly string[]; readonly lost: readonly string[] } {
  const { entries, any, extendedKeyUsages } = trustedIdentities;
  const lost: string[] = [];
  if (any || extendedKeyUsages.length === 0) return { identities: entries, lost };
  const identities = entries.filter((entry) => !entry.startsWith('x509.eku:'));
  for (const oid of extendedKeyUsages) {
    const holders = leaves.filter((leaf) => leaf.extendedKeyUsage?.purposes.includes(oid));
    const subjects = new Set(holders.flatMap((leaf) => subjectIdentity(leaf) ?? []));
    for (const subject of subjects) if (standsAlone([...identities, subject])) identities.push(subject);
    lost.push(describeLoss(oid, name, holders, subjects));
  }
  return { identities, lost };
}

function describeLoss(
  oid: string,
  statement: string,
  holders: readonly Certificate[],
  subjects: ReadonlySet<string>,
): string {
  const what = `x509.eku: ${oid} of the statement "${statement}" is an extension that no other verifier knows`;
  const [subject] = subjects;
  if (subject !== undefined) {
    return `${what}; in its place stands ${[...subjects].join(', ')}, which also matches other certificate profiles of this signer.`;
  }
  const [holder] = holders;
  const why =
    holder === undefined
      ? 'no verified signature has shown a certificate with it'
      : `the subject "${displayName(holder.subject)}" lacks C, ST or O, or has one twice`;
  return `${what}, and nothing stands in its place: ${why}.`;
}

/** DN-6: an identity that another one covers would make the policy invalid. */
function standsAlone(identities: readonly string[]): boolean {
  try {
    return parsed(identities).subjects.length > 0;
  } catch (error) {
    if (!(error instanceof NotaryError)) throw error;
    return false;
  }
}

function parsed(identities: readonly string[]): TrustedIdentities {
  return parseTrustedIdentities(identities, { code: 'POLICY_INVALID', what: 'identities' }, 'identities');
}

function nothingLeft(what: string, differences: readonly string[]): NotaryError {
  const message = `write-admission-config: ${what} would be empty for other verifiers. ${differences.join(' ')}`;
  const remedy =
    'Name certificate files or presets in trusted-roots, and an x509.subject in trusted-identities; or verify an image that they match.';
  return new NotaryError('POLICY_INVALID', message.trim(), { remedy });
}
