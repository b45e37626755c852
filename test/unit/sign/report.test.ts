import { describe, expect, it } from 'vitest';

import { reportStep } from '../../../sign/report.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { createWorld, now } from './world.ts';

/** As a person reads it. */
const read = (source: string): string =>
  source.replace(/&#(\d+);/g, (_reference, number: string) => String.fromCharCode(Number(number)));

async function signTwoOfThree() {
  const world = await createWorld();
  const { content, host } = world.registry;
  const one = content.pushImage('app', { tag: 'v1' });
  const two = content.pushImage('app');
  const missing = `${host}/app@sha256:${'0'.repeat(64)}`;
  const outcomes = await world.run([one.reference, two.reference, `${host}/app:v1`, missing], { concurrency: 1 });
  return { world, outcomes, one, two, missing, step: reportStep(outcomes, { summary: true }) };
}

describe('reportStep', () => {
  it('puts out what carries a signature now, each once', async () => {
    const { step, one, two, missing, world } = await signTwoOfThree();
    expect(step.success).toBe(false);
    expect(step.outputs.digests).toBe(`${one.reference}\n${two.reference}`);
    const signatures = JSON.parse(step.outputs.signatures ?? '') as Record<string, unknown>[];
    expect(signatures).toHaveLength(2);
    expect(signatures[0]).toEqual({
      ...{ reference: one.reference, name: one.reference, digest: one.digest, mediaType: one.mediaType },
      platform: null,
      signature: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      ...{ format: 'cose', action: 'signed', signingTime: '2026-03-01T12:00:00.000Z' },
      ...{ timestampTime: now.toISOString(), timestampAuthority: 'http://tsa.test/', expiry: null },
      subject: 'CN=acme signer, OU=Signing, O=Acme, L=Seattle, ST=WA, C=US',
      trustedIdentity: 'x509.subject: CN=acme signer,OU=Signing,O=Acme,L=Seattle,ST=WA,C=US',
      durableIdentity: null,
      root: 'CN=code signing root, O=Acme, ST=WA, C=US',
      chain: [expect.any(String), expect.any(String), expect.any(String)],
    });
    expect(step.document).toMatchObject({ signatures, failures: [{ reference: missing, code: 'REGISTRY_NOT_FOUND' }] });
    expect(world.signer.chain).toHaveLength(3);
  });

  it('names the platform of what an index points at, and what was left out', async () => {
    const world = await createWorld();
    const { content } = world.registry;
    const [image, attestation] = [content.pushImage('app'), content.pushImage('app')];
    const entry = ({ mediaType, digest, size }: typeof image, os: string, architecture: string) => ({
      ...{ mediaType, digest, size, platform: { os, architecture } },
      annotations: os === 'unknown' ? { 'vnd.docker.reference.type': 'attestation-manifest' } : {},
    });
    const manifests = [entry(image, 'linux', 'arm64'), entry(attestation, 'unknown', 'unknown')];
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    const index = content.putManifest('app', { mediaType, bytes });
    const step = reportStep(await world.run([index.reference], { recursive: true }), { summary: true });
    expect(step.success).toBe(true);
    expect(step.outputs.digests).toBe(`${index.reference}\n${image.reference}`);
    expect(JSON.parse(step.outputs.signatures ?? '')).toMatchObject([{ platform: null }, { platform: 'linux/arm64' }]);
    const reason = 'an attestation of BuildKit about an image beside it';
    expect(step.document).toMatchObject({ skipped: [{ name: attestation.reference, reason }] });
    const text = read(step.summary ?? '');
    expect(text.startsWith('## ✅ 2 of 2 artifacts signed\n')).toBe(true);
    expect(text).toContain(
      `| ✅\u00a0signed | ↳\u00a0linux/arm64 | <code>${image.digest.slice(0, 19)}</code> | the same |`,
    );
    expect(text).toContain(`| <code>${attestation.digest.slice(0, 19)}</code> | ${reason} |`);
  });

  it('is a success where everything was signed', async () => {
    const world = await createWorld();
    const outcomes = await world.run([world.registry.content.pushImage('app').reference]);
    expect(reportStep(outcomes, { summary: false })).toMatchObject({ success: true, summary: undefined });
  });
});

describe('the summary', () => {
  it('says at a glance what happened, row by row, and the fix', async () => {
    const { step, one, missing } = await signTwoOfThree();
    const text = read(step.summary ?? '');
    expect(
      text.startsWith('## ❌ 2 of 3 artifacts signed\n\n| Verdict | Artifact | Digest | Signer | Signed |\n'),
    ).toBe(true);
    expect(text).toContain(
      `| ✅\u00a0signed | <code>${one.reference.split('@')[0] ?? ''}</code> | <code>${one.digest.slice(0, 19)}</code> | CN=acme signer, OU=Signing, O=Acme, L=Seattle, ST=WA, C=US | `,
    );
    expect(text).toContain(`| ❌\u00a0failed | <code>${missing.split('@')[0] ?? ''}</code> | `);
    expect(text).toContain(' | <code>REGISTRY_NOT_FOUND</code> |  |\n');
    expect(text).toContain(`<details><summary>Full digests</summary>\n\n- <code>${one.reference}</code> signed\n`);
    expect(text).toMatch(
      new RegExp(`- <code>${missing}</code> <code>REGISTRY_NOT_FOUND</code> .*<br>\\*\\*Fix:\\*\\* `),
    );
  });

  it('shows what a verifier needs once a signer', async () => {
    const { step, outcomes } = await signTwoOfThree();
    const [first] = outcomes;
    const root = first && 'signed' in first.result ? first.result.signed.signer.rootFingerprint : '';
    const text = read(step.summary ?? '');
    expect(text.match(/<pre>/g)).toHaveLength(1);
    expect(text).toContain(`Chain root: CN=code signing root, O=Acme, ST=WA, C=US <code>sha256:${root}</code>`);
    expect(text).toContain(`<pre>trusted-roots: "sha256:${root}"\n`);
    expect(text).toContain(
      '\ntrusted-identities: "x509.subject: CN=acme signer,OU=Signing,O=Acme,L=Seattle,ST=WA,C=US"</pre>',
    );
  });

  it('says until when a signature without a timestamp verifies', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    const outcomes = await world.run([reference], { timestamp: undefined });
    const text = read(reportStep(outcomes, { summary: true }).summary ?? '');
    expect(text).toContain('**not timestamped**: verifies until 2040-01-01T00:00:00.000Z');
    expect(text).not.toContain('trusted-timestamp-roots');
  });

  it('escapes names out of certificates', async () => {
    const subject = 'C=US, ST=WA, O=<img src=x>|</pre><b>, CN=`[a](https://evil.example)';
    const world = await createWorld({ signer: await codeSigningChain({ subject }) });
    const { reference } = world.registry.content.pushImage('app');
    const { summary = '' } = reportStep(await world.run([reference]), { summary: true });
    expect(summary).not.toMatch(/<img|<b>|\]\(|https:\/\/evil/);
    expect(summary.match(/<\/pre>/g)).toHaveLength(1);
  });

  it('shows warnings once', async () => {
    const signer = await codeSigningChain({ subject: 'O=Acme, CN=nameless' });
    const world = await createWorld({ signer });
    const references = [1, 2].map(() => world.registry.content.pushImage('app').reference);
    const text = read(reportStep(await world.run(references), { summary: true }).summary ?? '');
    expect(text.match(/No trust policy can name/g)).toHaveLength(1);
    expect(text).not.toContain('trusted-identities');
  });
});
