// The everyday case of short-lived certificates: a signature made two months ago, whose certificate ended a month ago.
// Our own flow signs it under a clock of that day, and an authority of that day stamps it; the bundle and the real
// notation v1.3.2 verify it today. TSA-20 to TSA-22, VER-11.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { createHttp } from '../../shared/host/http.ts';
import { pemKeyProvider } from '../../shared/keys/pem.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import { RevocationChecker } from '../../shared/revocation/revocation.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { signArtifacts } from '../../sign/sign.ts';
import type { SignTerms } from '../../sign/sign.ts';
import { runBundle } from '../differential/bundle.ts';
import type { Draft } from '../differential/case.ts';
import { day, moment } from '../differential/content.ts';
import { configure, publish } from '../differential/publication.ts';
import type { Case } from '../differential/publication.ts';
import { theirs } from '../differential/verdicts.ts';
import { formats, stamp, trustOf } from '../differential/world.ts';
import type { Format, Statement } from '../differential/world.ts';
import { writeEnvelope } from '../differential/writer.ts';
import { findPeer } from '../peers/peers.ts';
import { createRoot, issue, purpose } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { fixedClock } from '../support/ports.ts';
import { startRegistry } from '../support/registry.ts';
import type { RunningRegistry } from '../support/registry.ts';
import { startTsa } from '../support/tsa.ts';

const signedAt = moment(-60 * day);
const leafValidity = { notBefore: moment(-60.5 * day), notAfter: moment(-30 * day) };

interface Row {
  readonly what: string;
  readonly format: Format;
  readonly verify: string;
  readonly notation: string;
}

describe.skipIf(findPeer('notation') === undefined)('a signature whose certificate ended a month ago', () => {
  let registry: RunningRegistry;
  let directory: string;
  let root: Issued;
  let leaf: Issued;
  let tsaRoot: Issued;
  let authority: Issued;
  let tsa: Awaited<ReturnType<typeof startTsa>>;
  const rows: Row[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'old-signatures-'));
    registry = await startRegistry();
    root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=Acme Root' });
    const issuing = await issue(root, { subject: 'C=US, O=Acme, CN=Acme Issuing', ca: true, pathLength: 0 });
    leaf = await issue(issuing, {
      subject: 'C=US, ST=WA, O=Acme, CN=signer',
      extendedKeyUsage: { purposes: [purpose.codeSigning] },
      ...leafValidity,
    });
    tsaRoot = await createRoot({ subject: 'C=US, O=Acme, CN=Acme Timestamp Root' });
    authority = await issue(tsaRoot, {
      subject: 'C=US, O=Acme, CN=Acme Timestamp Authority',
      keySpec: 'RSA-2048',
      extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
      // The authority's certificate ended since, too: that matters to nobody.
      notBefore: moment(-400 * day),
      notAfter: moment(-10 * day),
    });
    tsa = await startTsa({ chain: authority, clock: { now: () => signedAt } });
  });

  afterAll(async () => {
    console.log(table(rows));
    await Promise.all([tsa.close(), registry.close(), rm(directory, { recursive: true, force: true })]);
  });

  /** Signs a new image by the flow of sign, on that day. */
  async function signThen(format: Format, stamped: boolean): Promise<string> {
    const { reference } = registry.registry.content.pushImage(`old/${format}`);
    const client = createHttp({ signal: new AbortController().signal, userAgent: 'test', environment: {} });
    const { http } = client;
    const registries = new Registry({ http, credentials: () => Promise.resolve(undefined), plainHttp: new Set() });
    const key = pemKeyProvider({
      privateKey: leaf.keyPem,
      certificateChain: leaf.chain.map((der) => parseCertificate(der)),
    });
    const terms: SignTerms = {
      ...{ format: envelopeFormats[format], userMetadata: {}, allowUntimestamped: !stamped, recursive: false },
      ...{ dryRun: false, ifSigned: 'sign', referrers: 'auto', concurrency: 1 },
      ...(stamped && {
        timestamp: { authorities: [new URL(tsa.origin)], roots: [parseCertificate(tsaRoot.certificate)] },
      }),
    };
    const [outcome] = await signArtifacts([{ text: reference, reference: parseReference(reference) }], terms, {
      ...{ http, key, clock: fixedClock(signedAt), random: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      revocation: new RevocationChecker(http),
      repository: (to) => registries.repository(to, 'pull,push'),
    });
    await client.close();
    expect(outcome?.result).toHaveProperty('signed');
    return reference;
  }

  async function judge(what: string, format: Format, item: Case): Promise<Row> {
    const notation = await theirs(join(directory, 'cache'))(item);
    const result = (await runBundle([item])).get(item.name)!;
    expect(result.accepted).toBe(notation.accepted);
    const row = {
      ...{ what, format },
      verify: [result.verdict, result.code, ...result.logged.map((each) => `logged: ${each}`)]
        .filter(Boolean)
        .join(', '),
      notation: notation.accepted ? 'success' : 'failure',
    };
    rows.push(row);
    return row;
  }

  const trust = (statement: Statement = {}, withAuthority = true) =>
    trustOf({ ca: [root], signingAuthority: [root], ...(withAuthority && { tsa: [tsaRoot] }) }, statement);

  const caseOf = (reference: string, statement?: Statement, withAuthority?: boolean): Case => ({
    ...{ name: reference, reference, metadata: {}, maxSignatures: 100 },
    configuration: configure(directory, trust(statement, withAuthority)),
  });

  it.each(formats)('verifies by its timestamp (%s)', async (format) => {
    const reference = await signThen(format, true);
    const afterwards = { verifyTimestamp: 'afterCertExpiry' };
    expect(await judge('timestamp, always', format, caseOf(reference))).toMatchObject({ verify: 'verified' });
    expect(await judge('timestamp, afterCertExpiry', format, caseOf(reference, afterwards))).toMatchObject({
      verify: 'verified',
    });
    // Without a store of authorities nobody looks at the timestamp, and the certificate must be valid now.
    expect(await judge('timestamp, no tsa store', format, caseOf(reference, {}, false))).toMatchObject({
      verify: 'expired, CERTIFICATE_NOT_VALID',
    });
  });

  it.each(formats)('fails without a timestamp (%s)', async (format) => {
    const reference = await signThen(format, false);
    const missing = { verify: 'untrusted, TIMESTAMP_MISSING' };
    expect(await judge('no timestamp, always', format, caseOf(reference))).toMatchObject(missing);
    const afterwards = { verifyTimestamp: 'afterCertExpiry' };
    expect(await judge('no timestamp, afterCertExpiry', format, caseOf(reference, afterwards))).toMatchObject(missing);
    expect(await judge('no timestamp, no tsa store', format, caseOf(reference, {}, false))).toMatchObject({
      verify: 'expired, CERTIFICATE_NOT_VALID',
    });
    expect(await judge('no timestamp, permissive', format, caseOf(reference, { level: 'permissive' }))).toMatchObject({
      verify: 'verified, logged: authenticTimestamp TIMESTAMP_MISSING',
    });
  });

  it.each(formats)('needs a timestamp of its own days (%s)', async (format) => {
    const tsaOfToday = await issue(tsaRoot, {
      subject: 'C=US, O=Acme, CN=Acme Timestamp Authority',
      keySpec: 'RSA-2048',
      extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
    });
    const timestamp = stamp({ tsa: tsaOfToday });
    const draft: Draft = {
      name: `late ${format}`,
      trust: trust(),
      sign: (target) => writeEnvelope(format, { target, signer: leaf, signedAt, timestamp }),
    };
    const [item] = publish({ registry: registry.registry, directory }, [draft], trust());
    expect(await judge('timestamp of today', format, item!)).toMatchObject({
      verify: 'expired, CERTIFICATE_NOT_VALID',
    });
  });

  it.each(formats)('verifies by the time of a signing authority (%s)', async (format) => {
    const authentic = (when: Date, name: string): Draft => ({
      ...{ name: `${name} ${format}`, trust: trust() },
      sign: (target) =>
        writeEnvelope(format, { target, signer: leaf, scheme: 'notary.x509.signingAuthority', signedAt: when }),
    });
    const drafts = [authentic(signedAt, 'authentic time within'), authentic(moment(-day), 'authentic time after')];
    const [within, after] = publish({ registry: registry.registry, directory }, drafts, trust());
    expect(await judge('authentic time within the validity', format, within!)).toMatchObject({ verify: 'verified' });
    expect(await judge('authentic time after the validity', format, after!)).toMatchObject({
      verify: 'expired, CERTIFICATE_NOT_VALID',
    });
  });
});

function table(rows: readonly Row[]): string {
  const lines = [
    ['signature, policy', 'format', 'verify', 'notation v1.3.2'],
    ...rows.map((row) => Object.values(row) as string[]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
