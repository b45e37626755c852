import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { logReports } from '../../../verify/messages.ts';
import { reportStep } from '../../../verify/report.ts';
import { renderReport } from '../../../verify/summary.ts';
import { verifyArtifacts } from '../../../verify/verify.ts';
import type { ArtifactReport } from '../../../verify/verify.ts';
import { memoryRepository } from './repository.ts';
import type { Entry } from './repository.ts';
import {
  at,
  createAuthority,
  createPublisher,
  createResponders,
  services,
  sign,
  statement,
  storesOf,
  subject,
} from './world.ts';
import type { Party, StatementOptions } from './world.ts';

let publisher: Party;
let stranger: Party;
let authority: Party;
let reports: Readonly<Record<'verified' | 'logged' | 'untrusted' | 'unsigned' | 'error' | 'skipped', ArtifactReport>>;

beforeAll(async () => {
  publisher = await createPublisher();
  stranger = await createPublisher({ subject: 'C=US, ST=WA, O=<b>Acme|</b>, CN=`stranger`' }, 'stranger');
  authority = await createAuthority();
  const good = sign(publisher, authority, { target: { ...subject, annotations: { build: '1' } } });
  const foreign = sign(stranger, authority);
  const down = new NotaryError('REGISTRY_UNAVAILABLE', 'registry.example answered 503');
  reports = {
    verified: await run('verified', [good]),
    logged: await run('logged', [good], { level: 'permissive', stores: ['ca:acme', 'tsa:none'] }),
    untrusted: await run('untrusted', [foreign, foreign]),
    unsigned: await run('unsigned', []),
    error: await run('error', [down]),
    skipped: await run('skipped', [], { level: 'skip', stores: [] }),
  };
});

async function run(name: string, entries: readonly Entry[], options: StatementOptions = {}): Promise<ArtifactReport> {
  const text = `registry.example/${name}@${subject.digest}`;
  const stores = storesOf({ 'ca:acme': [publisher.root], 'tsa:acme': [authority.root] });
  const [report] = await verifyArtifacts(
    [{ text, reference: parseReference(text) }],
    { userMetadata: {}, maxSignatures: 100, concurrency: 1, at },
    {
      ...services(createResponders(publisher, stranger, authority).http, stores),
      document: { statements: [statement(options)] },
      repository: () => memoryRepository(entries).repository,
    },
  );
  if (report === undefined) throw new Error('no report');
  return report;
}

const all = (): readonly ArtifactReport[] => Object.values(reports);
interface Result {
  readonly verdict: string;
  readonly signatures: readonly Readonly<Record<string, unknown>>[];
  readonly [member: string]: unknown;
}
const results = (...list: readonly ArtifactReport[]): readonly Result[] =>
  JSON.parse(reportStep(list, { summary: false }).outputs.results ?? '') as Result[];

describe('the verdicts', () => {
  it('are what the scenarios say', () => {
    const names = Object.keys(reports).map((name) => (name === 'logged' ? 'verified' : name));
    expect(all().map(({ verdict }) => verdict)).toEqual(names);
  });
});

describe('reportStep', () => {
  it('lists verified digests only, each once', () => {
    const { verified, unsigned, skipped } = reports;
    expect(reportStep([verified, unsigned, verified, skipped], { summary: false }).outputs.digests).toBe(
      `registry.example/verified@${subject.digest}`,
    );
  });

  it('is a success only where every artifact is verified or skipped', () => {
    const { verified, skipped, untrusted, unsigned, error, logged } = reports;
    expect(reportStep([verified, skipped, logged], { summary: true }).success).toBe(true);
    for (const bad of [untrusted, unsigned, error]) {
      expect(reportStep([verified, bad], { summary: true }).success).toBe(false);
    }
  });

  it('tells everything about a verified artifact', () => {
    expect(results(reports.verified)).toEqual([
      {
        reference: `registry.example/verified@${subject.digest}`,
        repository: 'registry.example/verified',
        digest: subject.digest,
        mediaType: subject.mediaType,
        size: subject.size,
        verdict: 'verified',
        policy: 'test',
        level: 'strict',
        signatures: [
          {
            manifest: expect.stringMatching(/^sha256:/) as string,
            passed: true,
            mediaType: 'application/cose',
            signingScheme: 'notary.x509',
            subject: 'CN=publisher, O=Acme, ST=WA, C=US',
            extendedKeyUsages: ['1.3.6.1.5.5.7.3.3'],
            signingTime: '2024-12-31T12:00:00.000Z',
            expiry: '2034-05-06T07:08:09.000Z',
            timestamp: {
              time: '2024-12-31T12:00:00.000Z',
              authority: 'CN=authority, O=Acme, ST=WA, C=US',
              root: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
            },
            userMetadata: { build: '1' },
            chain: [
              expect.objectContaining({ subject: 'CN=publisher, O=Acme, ST=WA, C=US' }),
              expect.objectContaining({ subject: 'CN=publisher CA, O=Acme, C=US' }),
              expect.objectContaining({
                subject: 'CN=publisher root, O=Acme, C=US',
                notAfter: '2040-01-01T00:00:00.000Z',
              }),
            ],
            validations: ['integrity', 'authenticity', 'expiry', 'authenticTimestamp', 'revocation'].map((type) => ({
              type,
              action: 'enforce',
            })),
          },
        ],
      },
    ]);
  });

  it('tells why, and whether running again may help', () => {
    const [untrusted, unsigned, error] = results(reports.untrusted, reports.unsigned, reports.error);
    expect(untrusted).toMatchObject({
      failure: { code: 'VERIFICATION_FAILED' },
      reason: { code: 'TRUST_ANCHOR_NOT_FOUND', transient: false },
      signatures: [{ passed: false, failure: { code: 'TRUST_ANCHOR_NOT_FOUND' } }, { passed: false }],
    });
    expect(unsigned).toMatchObject({ failure: { code: 'SIGNATURE_NOT_FOUND' }, signatures: [] });
    expect(error).toMatchObject({ reason: { code: 'REGISTRY_UNAVAILABLE', transient: true } });
    expect(error?.signatures[0]).not.toHaveProperty('validations');
  });

  it('writes no summary where none is wanted', () => {
    expect(reportStep(all(), { summary: false }).summary).toBeUndefined();
    expect(reportStep(all(), { summary: true }).summary).toBe(renderReport(all()));
  });
});

describe('renderReport', () => {
  const unescape = (markdown: string) =>
    markdown.replace(/&#(\d+);/g, (_reference, number: string) => String.fromCodePoint(Number(number)));
  const text = () => renderReport(all());

  it('opens with a headline and a row an artifact', () => {
    const lines = text().split('\n');
    expect(lines[0]).toBe('## ❌ Signatures: 2 of 6 verified, 1 skipped, 2 refused, 1 could not be checked');
    expect(lines.filter((line) => line.startsWith('|'))).toHaveLength(8);
    expect(renderReport([reports.verified]).split('\n')[0]).toBe('## ✅ Signatures: 1 of 1 verified');
  });

  it('says who signed, when, and whether it is timestamped', () => {
    const [verified, logged] = text()
      .split('\n')
      .filter((line) => line.includes('✅ verified'));
    expect(verified).toContain('CN=publisher, O=Acme, ST=WA, C=US');
    expect(verified).toContain('2024‑12‑31 12&#58;00 UTC');
    expect(verified).toContain('timestamped');
    expect(logged).toContain("by the signer's clock");
  });

  it('shows for a refused one what was expected, what was found, and the fix', () => {
    const section = unescape(text()).split('What did not pass')[1] ?? '';
    expect(section).toContain(': **untrusted**');
    expect(section).toContain('**Expected:** signed by <code>x509.subject:C=US,ST=WA,O=Acme,CN=publisher');
    expect(section).toContain('TRUST_ANCHOR_NOT_FOUND');
    for (const { fingerprint } of reports.untrusted.outcomes[0]?.finding?.content?.envelope.chain ?? []) {
      expect(section).toContain(`sha256:${fingerprint}`);
    }
    expect(section).toContain('**Fix:**');
    expect(section).toContain('Running again may help');
  });

  it('shows failures that were only logged', () => {
    const section = unescape(text()).split('Failures that the policy only logs')[1]?.split('###')[0] ?? '';
    expect(section).toContain('authenticTimestamp');
    expect(section).toContain('TRUST_ANCHOR_NOT_FOUND');
    expect(renderReport([reports.verified])).not.toContain('Failures that the policy only logs');
  });

  it('lets the subject of a certificate forge nothing', () => {
    expect(text()).not.toContain('<b>');
    expect(text()).not.toContain('`stranger`');
    for (const line of text()
      .split('\n')
      .filter((each) => each.startsWith('|'))) {
      expect(line.split('|')).toHaveLength(7);
    }
  });

  it('is cut above 900 KiB', () => {
    const long = renderReport(Array.from({ length: 1000 }, () => reports.untrusted));
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(900 * 1024);
    expect(long).toMatch(/\d+ more, see the report/);
  });
});

describe('logReports', () => {
  it('annotates what did not pass, warns of what is only logged or skipped', () => {
    const lines: string[] = [];
    const push = (kind: string) => (text: string) => void lines.push(`${kind} ${text}`);
    logReports(all(), {
      ...{ debug: push('debug'), info: push('info'), warning: push('warning') },
      error: (title, details) => void lines.push(`error ${title}: ${details.join(' / ')}`),
      ...{ group: () => undefined, mask: () => undefined },
    });
    expect(lines.filter((line) => line.startsWith('error')).map((line) => line.split(':')[0])).toEqual([
      'error untrusted',
      'error unsigned',
      'error error',
    ]);
    expect(lines.find((line) => line.startsWith('error error'))).toContain('Running again may help.');
    expect(lines.filter((line) => line.startsWith('warning'))).toHaveLength(2);
    expect(lines).toContain(`info verified: registry.example/verified@${subject.digest}`);
  });
});
