// Plugins that sign and plugins that verify. Plugin Extensibility for Signing and Verification.

import { beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { openPlugin } from '../../shared/keys/notation-plugin.ts';
import { pluginSigner } from '../../shared/keys/notation-plugin-signing.ts';
import { openVerificationPlugin } from '../../shared/keys/notation-plugin-verification.ts';
import { generateSignature } from '../../sign/generated-signature.ts';
import type { Finding } from '../../verify/verifier.ts';
import { codeSigningChain } from '../support/ca.ts';
import { envelopeSignerAnswers, envelopeSignerSettings } from '../support/plugin/envelope-signer.ts';
import type { EnvelopeFault } from '../support/plugin/envelope-signer.ts';
import { pluginInProcess } from '../support/plugin/protocol.ts';
import { identityCheck, revocationCheck, verifierAnswers, verifierSettings } from '../support/plugin/verifier.ts';
import type { VerifierSettings } from '../support/plugin/verifier.ts';
import { subject } from '../unit/verify/world.ts';
import { outcomeOf } from './outcome.ts';
import { codes, createVerifying } from './verifying.ts';
import type { JudgeOptions, Verifying } from './verifying.ts';

let world: Verifying;

beforeAll(async () => {
  world = await createVerifying();
});

const calling = (minVersion?: string, more: readonly string[] = []) => [
  { key: 'io.cncf.notary.verificationPlugin', critical: true, value: 'judge' },
  ...(minVersion === undefined
    ? []
    : [{ key: 'io.cncf.notary.verificationPluginMinVersion', critical: true, value: minVersion }]),
  ...more.map((key) => ({ key, critical: true, value: 'seven' })),
];

interface Judged {
  readonly finding: Finding;
  /** The commands that it was asked, then the requests. */
  readonly commands: readonly string[];
  readonly requests: readonly string[];
}

/** A signature that calls for the plugin, judged with one of these settings. */
async function judge(settings: Partial<VerifierSettings> = {}, options: JudgeOptions = {}): Promise<Judged> {
  const { exec, requests } = pluginInProcess(verifierAnswers(verifierSettings('judge', settings)));
  const finding = await world.judge({
    ...options,
    attributes: { extended: calling(), ...options.attributes },
    plugins: (wanted) => openVerificationPlugin(exec, { name: 'judge', file: '/notation-judge' }, wanted, {}),
  });
  return { finding, requests, commands: requests.map((request) => request.slice(0, request.indexOf(' '))) };
}

const no = { success: false, reason: 'no' };
const yes = { success: true };
const levels = ['strict', 'permissive', 'audit'] as const;

describe('signing', () => {
  const open = async (capabilities: readonly string[], fault?: EnvelopeFault) => {
    const issued = await codeSigningChain();
    const settings = envelopeSignerSettings('acme', issued, { capabilities, ...(fault && { fault }) });
    const plugin = pluginInProcess(envelopeSignerAnswers(settings));
    const opened = await openPlugin(plugin.exec, { name: 'acme', file: '/notation-acme' }, {});
    return { ...plugin, signer: pluginSigner(opened, 'key-1') };
  };
  const [raw, whole] = ['SIGNATURE_GENERATOR.RAW', 'SIGNATURE_GENERATOR.ENVELOPE'];

  it('PLUG-10: metadata first, and raw bytes wherever they are offered', async () => {
    const both = await open([whole, raw]);
    expect(both.requests).toEqual(['get-plugin-metadata {}']);
    expect(both.signer.kind).toBe('raw');
    expect((await open([whole])).signer.kind).toBe('envelope');
    expect(await outcomeOf(open([identityCheck]))).toBe('KEY_PLUGIN_FAILED');
  });

  it('PLUG-15: a whole envelope is what was asked for, and may say more', async () => {
    const sign = async (fault?: EnvelopeFault) => {
      const { signer, requests } = await open([whole], fault);
      if (signer.kind !== 'envelope') throw new Error('signs bytes');
      const terms = { format: envelopeFormats.jws, userMetadata: { b: '1', a: '2' }, allowUntimestamped: true };
      await generateSignature(subject, { ...terms, expirySeconds: 60 }, signer.generator);
      return requests;
    };
    const [, asked = ''] = await sign('adds annotations');
    const { payload } = JSON.parse(asked.slice(asked.indexOf(' '))) as { payload: string };
    const { mediaType, digest, size } = subject;
    expect(Buffer.from(payload, 'base64').toString()).toBe(
      JSON.stringify({ targetArtifact: { mediaType, digest, size, annotations: { a: '2', b: '1' } } }),
    );
    const faults = [
      'signs another artifact',
      'drops the annotations',
      'adds a member',
      'adds a member to the target',
    ] as const;
    for (const fault of [...faults, 'breaks the signature', 'never expires', 'lives longer'] as const) {
      expect(await outcomeOf(sign(fault)), fault).toBe('KEY_SIGNATURE_INVALID');
    }
    expect(await outcomeOf(sign('answers with another type'))).toBe('KEY_PLUGIN_FAILED');
  });
});

describe('verifying', () => {
  it('PLUG-20: a plugin is named by critical text, and so is its least version', async () => {
    const named = async (value: unknown, critical = true, minVersion: unknown = '1.0.0') => {
      const [plugin, minimum] = calling('');
      const extended = [
        { ...plugin!, value, critical },
        { ...minimum!, value: minVersion },
      ];
      return codes((await judge({}, { attributes: { extended } })).finding);
    };
    expect(await named('judge')).toEqual([]);
    const malformed = ['integrity ENVELOPE_MALFORMED'];
    expect(await named('judge', false)).toEqual(malformed);
    for (const value of ['', ' ', '../judge', '..']) expect(await named(value), value).toEqual(malformed);
    for (const version of ['v1.0.0', '1.0', '', ' ']) expect(await named('judge', true, version)).toEqual(malformed);
  });

  it('PLUG-21: it suffices in version and capability, or the signature fails at every level', async () => {
    const needing = (minVersion: string): JudgeOptions => ({ attributes: { extended: calling(minVersion) } });
    for (const version of ['2.0.0', '2.0.1', '10.0.0', '2.0.0+build']) {
      expect(codes((await judge({ version }, needing('2.0.0'))).finding), version).toEqual([]);
    }
    const bad: readonly Partial<VerifierSettings>[] = [
      ...['1.9.9', '2.0.0-rc.1', 'v2.0.0', '2'].map((version) => ({ version })),
      { capabilities: ['SIGNATURE_GENERATOR.RAW'] },
    ];
    for (const level of levels) {
      for (const settings of bad) {
        const { finding, commands } = await judge(settings, { ...needing('2.0.0'), level });
        expect(codes(finding)).toEqual(['KEY_PLUGIN_FAILED']);
        expect(commands).toEqual(['get-plugin-metadata']);
      }
    }
  });

  it('PLUG-22: what it does not verify is verified here', async () => {
    const stranger = { identities: ['x509.subject:C=US,ST=WA,O=Other'] };
    const revoked = world.responders();
    revoked.setStatus(world.publisher, { revokedAt: new Date('2024-12-01') });
    const both = { ...stranger, responders: revoked };
    expect(codes((await judge({}, both)).finding)).toEqual([]);
    expect(codes((await judge({ capabilities: [revocationCheck] }, both)).finding)).toEqual([
      'authenticity TRUSTED_IDENTITY_MISMATCH',
    ]);
    expect(codes((await judge({ capabilities: [identityCheck] }, both)).finding)).toEqual([
      'revocation CERTIFICATE_REVOKED',
    ]);
  });

  it('PLUG-23: revocation that the policy skips is not asked of it', async () => {
    const skipping: JudgeOptions = { override: { revocation: 'skip' } };
    const asked = await judge({}, skipping);
    expect(codes(asked.finding)).toEqual([]);
    expect(asked.requests[1]).toContain(`"signatureVerification":["${identityCheck}"]`);
    const nothing = await judge({ capabilities: [revocationCheck] }, skipping);
    expect([codes(nothing.finding), nothing.commands]).toEqual([[], ['get-plugin-metadata']]);
    // D1: nobody processed it.
    const attributes = { extended: calling('1.0.0', ['com.acme.job']) };
    const left = await judge({ capabilities: [revocationCheck] }, { ...skipping, attributes });
    expect(codes(left.finding)).toEqual(['ENVELOPE_UNSUPPORTED']);
  });

  it('PLUG-24: it gets attributes, chain, identities and the checks that are wanted', async () => {
    const attributes = { extended: calling('1.0.0', ['com.acme.job']), expiry: new Date('2030-01-01T00:00:00Z') };
    const { requests } = await judge({}, { attributes });
    expect(JSON.parse(requests[1]!.slice('verify-signature '.length))).toEqual({
      contractVersion: '1.0',
      signature: {
        criticalAttributes: {
          contentType: 'application/vnd.cncf.notary.payload.v1+json',
          signingScheme: 'notary.x509',
          expiry: '2030-01-01T00:00:00Z',
          extendedAttributes: { 'com.acme.job': 'seven' },
        },
        unprocessedAttributes: ['com.acme.job'],
        certificateChain: world.publisher.leaf.chain.map((der) => Buffer.from(der).toString('base64')),
      },
      trustPolicy: {
        trustedIdentities: ['x509.subject:C=US,ST=WA,O=Acme,CN=publisher'],
        signatureVerification: [identityCheck, revocationCheck],
      },
    });
  });

  it('PLUG-25: its results take the place of ours, each with the action of its validation', async () => {
    const stranger = { results: { [identityCheck]: no, [revocationCheck]: yes } };
    const revoked = { results: { [identityCheck]: yes, [revocationCheck]: no } };
    const [identity, withdrawn] = [['authenticity TRUSTED_IDENTITY_MISMATCH'], ['revocation CERTIFICATE_REVOKED']];
    for (const level of levels) {
      const [first, second] = [await judge(stranger, { level }), await judge(revoked, { level })];
      expect([codes(first.finding), codes(second.finding)]).toEqual([identity, withdrawn]);
      expect(first.finding.failure === undefined).toBe(level === 'audit');
      expect(second.finding.failure === undefined).toBe(level !== 'strict');
    }
    const attributes = { extended: calling('1.0.0', ['com.acme.job']) };
    for (const level of levels) {
      const left = await judge({ processed: [] }, { level, attributes });
      expect(codes(left.finding)).toEqual(['ENVELOPE_UNSUPPORTED']);
      const silent = await judge({ results: { [identityCheck]: yes } }, { level });
      expect(codes(silent.finding)).toEqual(['KEY_PLUGIN_FAILED']);
    }
  });

  it('PLUG-27: its failure fails the signature at every level', async () => {
    for (const level of levels) {
      const fail = async (fault: NonNullable<VerifierSettings['fault']>) =>
        codes((await judge({ fault }, { level })).finding);
      expect(await fail('says ACCESS_DENIED')).toEqual(['KEY_PLUGIN_FAILED']);
      expect(await fail('answers with garbage')).toEqual(['KEY_PLUGIN_FAILED']);
      expect(await fail('says THROTTLED')).toEqual(['KEY_UNAVAILABLE']);
    }
  });

  it('PLUG-28: without one that may be run, a signature that names one fails', async () => {
    const finding = await world.judge({ attributes: { extended: calling() } });
    expect(codes(finding)).toEqual(['integrity ENVELOPE_UNSUPPORTED']);
    expect(finding.failure?.remedy).toContain('plugin-directory');
    // D59: nothing of a stranger starts a program, whatever the level.
    for (const level of levels) {
      const { finding: foreign, commands } = await judge({}, { signer: world.stranger, level });
      expect(foreign.failure?.code).toBe(level === 'audit' ? 'ENVELOPE_UNSUPPORTED' : 'TRUST_ANCHOR_NOT_FOUND');
      expect(commands).toEqual([]);
    }
  });
});
