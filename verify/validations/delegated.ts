// What a verification plugin judges in our place, where a signature calls for one. Signing and Verification Workflow
// (VER 9.2, steps 2 and 8; PLUG-22 to PLUG-27).

import { NotaryError } from '../../shared/errors.ts';
import type { VerifierCapability } from '../../shared/keys/notation-plugin-verification.ts';
import type { TrustPolicyStatement } from '../../shared/trust/policy.ts';
import type { OpenPlugin } from '../installed-plugins.ts';
import type { SignedContent } from './integrity.ts';

/** Each check that was asked of a plugin, with its failure; what is not there is ours to make (PLUG-22). */
export type DelegatedChecks = ReadonlyMap<VerifierCapability, NotaryError | undefined>;

const revocation = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

/**
 * @param distrust  why the chain has no trust anchor; then nothing is started, for the signature is a stranger's (D59)
 * @throws NotaryError KEY_PLUGIN_FAILED, KEY_UNAVAILABLE, ENVELOPE_UNSUPPORTED  at every level (PLUG-27)
 */
export async function askPlugin(
  { plugin: wanted, envelope }: SignedContent,
  { level, trustedIdentities }: TrustPolicyStatement,
  open: OpenPlugin | undefined,
  distrust: NotaryError | undefined,
): Promise<DelegatedChecks> {
  if (wanted === undefined || open === undefined || distrust !== undefined) return new Map();
  const plugin = await open(wanted);
  const checks = [...plugin.capabilities].filter((name) => name !== revocation || level.actions.revocation !== 'skip');
  return plugin.verifySignature({
    ...{ wanted: new Set(checks), attributes: envelope.signed, chain: envelope.chain },
    trustedIdentities: trustedIdentities.entries,
  });
}

/**
 * Where the policy only logs that there is no trust anchor: the plugin was not asked, so what only it can judge stays
 * unjudged.
 *
 * @throws NotaryError ENVELOPE_UNSUPPORTED  the signature calls for a plugin
 */
export function requireNoPlugin({ plugin }: SignedContent): void {
  if (plugin === undefined) return;
  throw new NotaryError(
    'ENVELOPE_UNSUPPORTED',
    `the signature calls for the verification plugin ${plugin.name}, which is not run for a chain without a trust anchor`,
    { remedy: 'Add the root of this signature to the trusted ones if you mean to trust it.' },
  );
}

/** @throws NotaryError  as the plugin judged */
export function requirePassed(checks: DelegatedChecks, capability: VerifierCapability): void {
  const failure = checks.get(capability);
  if (failure !== undefined) throw failure;
}
