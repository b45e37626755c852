// What is told to a user who names roots and no signer: nobody is trusted then, and the error shows who was found, ready
// to be pasted. Issued by a root that many share, a signature alone says nothing about who made it.

import { hasCode, NotaryError } from '../shared/errors.ts';
import type { Environment } from '../shared/ports.ts';
import { subjectIdentity } from '../shared/trust/identity.ts';
import type { Certificate } from '../shared/x509/certificate.ts';
import type { ArtifactReport } from './verify.ts';

const input = 'trusted-identities';
const variable = 'INPUT_TRUSTED-IDENTITIES';
/** Stands in for the missing one while we look. Whatever it let pass would be thrown away: the step has failed. */
const nobody = 'x509.subject: C=ZZ, ST=nobody, O=nobody';

/** Looks at the signatures with the inputs of this environment. */
export type Look = (environment: Environment) => Promise<readonly ArtifactReport[]>;

/**
 * @param error  why the inputs were refused
 * @returns      the same error; or one that names the signers, where nothing but the identity is missing
 */
export async function withSignersFound(error: unknown, environment: Environment, look: Look): Promise<unknown> {
  if (!isLoneMissingIdentity(error)) return error;
  let reports: readonly ArtifactReport[];
  try {
    reports = await look({ ...environment, [variable]: nobody });
  } catch (failure) {
    // The inputs are wrong in any case; that nothing could be looked at adds nothing.
    if (failure instanceof NotaryError) return error;
    throw failure;
  }
  const leaves = new Map(reports.flatMap(strangers).map((leaf) => [leaf.fingerprint, leaf]));
  const identities = new Set([...leaves.values()].flatMap((leaf) => subjectIdentity(leaf) ?? []));
  if (identities.size === 0) return error;
  const found = [...identities].map((identity) => `"${identity}"`).join(', ');
  const problem = new NotaryError(
    'INPUT_MISSING',
    `${input}: is required. Signed below the trusted roots by ${found}`,
    {
      remedy: `If this is the signer you mean to trust, add to the with: block ${input}: ${[...identities].map((identity) => JSON.stringify(identity)).join(' or ')}`,
    },
  );
  return new NotaryError('INPUT_MISSING', problem.message, {
    remedy: problem.remedy,
    cause: new AggregateError([problem]),
  });
}

function isLoneMissingIdentity(error: unknown): boolean {
  if (!hasCode(error, 'INPUT_MISSING') || !(error.cause instanceof AggregateError)) return false;
  const problems: readonly unknown[] = error.cause.errors;
  return problems.length === 1 && problems[0] instanceof NotaryError && problems[0].message.startsWith(`${input}: `);
}

/** The signers of sound signatures below a trusted root, to whom nothing but the name is missing. */
function strangers({ outcomes }: ArtifactReport): readonly Certificate[] {
  return outcomes.flatMap(({ finding }) => {
    const isStranger = finding?.results.some(({ failure }) => hasCode(failure, 'TRUSTED_IDENTITY_MISMATCH'));
    return isStranger === true && finding?.content ? [finding.content.envelope.chain[0]] : [];
  });
}
