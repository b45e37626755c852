// A plugin that verifies: it says of each check what its settings say, and processes the attributes that they name.

import { Misbehaviour, PluginError, RawOutput, serve } from './protocol.ts';
import type { PluginAnswers } from './protocol.ts';
import { metadata } from './signer.ts';

export interface VerifierSettings {
  readonly name: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  /** By capability; a check that is not named here gets no result. */
  readonly results: Readonly<Record<string, unknown>>;
  /** Default: every attribute that is sent. */
  readonly processed?: readonly unknown[];
  readonly fault?: 'says ACCESS_DENIED' | 'says THROTTLED' | 'answers with garbage' | 'is killed' | 'has no metadata';
}

export const identityCheck = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY';
export const revocationCheck = 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

export function verifierSettings(name: string, change: Partial<VerifierSettings> = {}): VerifierSettings {
  return {
    ...{ name, version: '2.1.0', capabilities: [identityCheck, revocationCheck] },
    results: { [identityCheck]: { success: true }, [revocationCheck]: { success: true } },
    ...change,
  };
}

export function verifierAnswers(settings: VerifierSettings): PluginAnswers {
  return (command, request) => {
    const { name, version, capabilities, results, fault } = settings;
    if (fault === 'has no metadata') return new RawOutput('garbage');
    if (command === 'get-plugin-metadata') return metadata(name, version, capabilities);
    if (command !== 'verify-signature' || request.contractVersion !== '1.0') {
      throw new PluginError({ errorCode: 'ERROR', errorMessage: `${command} is not implemented` });
    }
    if (fault === 'answers with garbage') return new RawOutput('garbage');
    if (fault === 'is killed') throw new Misbehaviour('killed');
    if (fault !== undefined) throw new PluginError({ errorCode: fault.slice(5), errorMessage: 'no' });
    const { unprocessedAttributes } = request.signature as {
      readonly unprocessedAttributes: readonly unknown[] | null;
    };
    return { verificationResults: results, processedAttributes: settings.processed ?? unprocessedAttributes ?? [] };
  };
}

export function main(directory: string): void {
  serve(directory, verifierAnswers);
}
