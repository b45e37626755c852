// One signature, judged: five validations in their order, each enforced, logged or skipped as the policy says, then the
// metadata that the user demands. Signing and Verification Workflow (VER 9.2). This is the only place where a
// NotaryError becomes a finding; anything else that is thrown is a defect and passes through.

import { NotaryError } from '../shared/errors.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import type { StoredSignature } from '../shared/oci/signatures.ts';
import type { RevocationChecker } from '../shared/revocation/revocation.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import type { ValidationAction, ValidationType, VerificationLevel } from '../shared/trust/level.ts';
import type { TrustPolicyStatement } from '../shared/trust/policy.ts';
import type { TrustStores } from '../shared/trust/store.ts';
import { verifyAuthenticTimestamp } from './validations/authentic-timestamp.ts';
import type { OpenPlugin } from './installed-plugins.ts';
import { verifyAnchor, verifyIdentity } from './validations/authenticity.ts';
import { askPlugin, requireNoPlugin, requirePassed } from './validations/delegated.ts';
import { verifyExpiry } from './validations/expiry.ts';
import { verifySignedContent } from './validations/integrity.ts';
import type { SignedContent } from './validations/integrity.ts';
import { refuseRevocation, verifyRevocation } from './validations/revocation.ts';

export interface ValidationResult {
  readonly type: ValidationType;
  readonly action: ValidationAction;
  readonly failure?: NotaryError;
}

/** What every signature of one artifact is held against. */
export interface Terms {
  readonly subject: Descriptor;
  readonly statement: TrustPolicyStatement;
  /** The signed annotations must hold each of these. */
  readonly userMetadata: Readonly<Record<string, string>>;
  /** The moment of judgement, the same for the whole run. */
  readonly at: Date;
}

export interface VerifierServices {
  readonly stores: TrustStores;
  readonly revocation: RevocationChecker;
  /** Without it a signature that calls for a verification plugin fails. */
  readonly plugins?: OpenPlugin;
}

export interface Finding {
  readonly level: VerificationLevel;
  /** In order, up to and including the one that ended it. */
  readonly results: readonly ValidationResult[];
  /** Only once the integrity is proven; of one that did not pass it may be too large to be kept. */
  readonly content?: SignedContent;
  readonly timestamp?: TimestampEvidence;
  /** Why this signature does not count; absent when it passed. */
  readonly failure?: NotaryError;
}

/** Judges one stored signature. Failures end up in the finding, never in the air. */
export async function judgeSignature(
  stored: StoredSignature,
  terms: Terms,
  services: VerifierServices,
): Promise<Finding> {
  const judgement = new Judgement(terms.statement.level);
  try {
    await judge(judgement, stored, terms, services);
  } catch (error) {
    if (!(error instanceof NotaryError) || isAbort(error)) throw error;
    return { ...judgement.finding(), failure: error };
  }
  return judgement.finding();
}

async function judge(
  judgement: Judgement,
  stored: StoredSignature,
  terms: Terms,
  services: VerifierServices,
): Promise<void> {
  const { subject, statement, userMetadata, at } = terms;
  // What decides whether bytes are a signature of this artifact at all is enforced at every level.
  const content = judgement.require('integrity', () => {
    judgement.content = verifySignedContent(stored, subject, services.plugins ? 'plugins' : 'nobody');
    return judgement.content;
  });
  const unanchored = await failureOf(() => verifyAnchor(content, statement, services.stores));
  const delegated = await askPlugin(content, statement, services.plugins, unanchored);
  await judgement.validate('authenticity', () => {
    if (unanchored !== undefined) throw unanchored;
    if (delegated.has(identityCheck)) requirePassed(delegated, identityCheck);
    else verifyIdentity(content, statement);
  });
  if (unanchored !== undefined) requireNoPlugin(content);
  await judgement.validate('expiry', () => {
    verifyExpiry(content, at);
  });
  await judgement.validate('authenticTimestamp', async () => {
    judgement.timestamp = await verifyAuthenticTimestamp(content, statement, services, at);
  });
  await judgement.validate('revocation', async () => {
    // An anchored chain of a stranger may be asked about; a chain without an anchor may not.
    if (unanchored !== undefined) refuseRevocation(content);
    if (delegated.has(revocationCheck)) requirePassed(delegated, revocationCheck);
    else await verifyRevocation(content, services.revocation, at);
  });
  requireMetadata(content, userMetadata);
}

const identityCheck = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
const revocationCheck = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

/** What stands in the way, to be told in its place. */
async function failureOf(check: () => Promise<void>): Promise<NotaryError | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (!(error instanceof NotaryError) || isAbort(error)) throw error;
    return error;
  }
}

/** VER 9.2, step 10; further annotations are fine. */
function requireMetadata({ target }: SignedContent, demanded: Readonly<Record<string, string>>): void {
  const annotations = new Map(Object.entries(target.annotations ?? {}));
  for (const [key, value] of Object.entries(demanded)) {
    const found = annotations.get(key);
    if (found === value) continue;
    const detail = found === undefined ? 'which is absent' : `where the signature says "${found}"`;
    throw new NotaryError('METADATA_MISMATCH', `the user metadata must hold "${key}" = "${value}", ${detail}`);
  }
}

/** The step itself is over: that says nothing about the signature. */
function isAbort(error: NotaryError): boolean {
  return error.code === 'STEP_TIMED_OUT';
}

/** Collects the results; an enforced failure ends the judgement by passing through. */
class Judgement {
  readonly #level: VerificationLevel;
  readonly #results: ValidationResult[] = [];
  content: SignedContent | undefined;
  timestamp: TimestampEvidence | undefined;

  constructor(level: VerificationLevel) {
    this.#level = level;
  }

  require<T>(type: ValidationType, check: () => T): T {
    try {
      const evidence = check();
      this.#results.push({ type, action: 'enforce' });
      return evidence;
    } catch (error) {
      this.#record(type, 'enforce', error);
      throw error;
    }
  }

  /** @returns the failure, where the policy only logs it */
  async validate(type: ValidationType, check: () => Promise<void> | void): Promise<NotaryError | undefined> {
    const action = this.#level.actions[type];
    if (action === 'skip') {
      this.#results.push({ type, action });
      return undefined;
    }
    try {
      await check();
      this.#results.push({ type, action });
      return undefined;
    } catch (error) {
      const failure = this.#record(type, action, error);
      if (action === 'enforce') throw error;
      return failure;
    }
  }

  #record(type: ValidationType, action: ValidationAction, error: unknown): NotaryError {
    if (!(error instanceof NotaryError) || isAbort(error)) throw error;
    this.#results.push({ type, action, failure: error });
    return error;
  }

  finding(): Finding {
    return {
      level: this.#level,
      results: [...this.#results],
      ...(this.content && { content: this.content }),
      ...(this.timestamp && { timestamp: this.timestamp }),
    };
  }
}
