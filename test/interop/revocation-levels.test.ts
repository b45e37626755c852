// What revocation does at each level of a policy, by OCSP and by CRL: the bundle's verdict and what it only logs, equal
// to the success, failure and warnings of the real notation v1.3.2. POL-17, REV-3 to REV-5.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runBundle } from '../differential/bundle.ts';
import type { BundleResult } from '../differential/bundle.ts';
import type { Draft } from '../differential/case.ts';
import { day, hour, minute, moment } from '../differential/content.ts';
import { publish } from '../differential/publication.ts';
import { theirs } from '../differential/verdicts.ts';
import { createWorld, leafSubject, policyOf, stamp, trustOf } from '../differential/world.ts';
import type { Statement } from '../differential/world.ts';
import { writeEnvelope } from '../differential/writer.ts';
import { findPeer } from '../peers/peers.ts';
import { createRoot, issue, purpose } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { crl } from '../support/crl.ts';
import { ocspResponse } from '../support/ocsp.ts';
import type { OcspSingle } from '../support/ocsp.ts';
import { startRegistry } from '../support/registry.ts';
import type { RunningRegistry } from '../support/registry.ts';
import { startRevocationServer } from '../support/revocation-server.ts';
import { octetString } from '../support/der-writer.ts';

const methods = ['OCSP', 'CRL'] as const;
type Method = (typeof methods)[number];

const states = ['good', 'revoked', 'unknown', 'unreachable', 'stale'] as const;
type State = (typeof states)[number];

const levels: Readonly<Record<string, Statement>> = {
  strict: { level: 'strict' },
  permissive: { level: 'permissive' },
  audit: { level: 'audit' },
  'strict, logged': { level: 'strict', override: { revocation: 'log' } },
  'strict, skipped': { level: 'strict', override: { revocation: 'skip' } },
  'audit, enforced': { level: 'audit', override: { revocation: 'enforce' } },
  skip: { level: 'skip' },
};

/** What each level makes of a state, in the words of both. */
const expected = (level: string, state: State): string => {
  if (level === 'skip') return 'skipped';
  if (state === 'good' || level === 'strict, skipped') return 'success';
  const what = state === 'revoked' ? 'revoked' : 'status unknown';
  return ['strict', 'audit, enforced'].includes(level) ? `failure: ${what}` : `success, warned: ${what}`;
};

describe.skipIf(findPeer('notation') === undefined)('revocation at each level, by us and by notation v1.3.2', () => {
  let world: Awaited<ReturnType<typeof createWorld>>;
  let registry: RunningRegistry;
  let directory: string;
  let root: Issued;
  let signers: readonly { readonly method: Method; readonly state: State; readonly signer: Issued }[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'revocation-levels-'));
    [world, registry] = await Promise.all([createWorld(), startRegistry()]);
    root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    const pairs = methods.flatMap((method) => states.map((state) => ({ method, state })));
    signers = await Promise.all(
      pairs.map(async ({ method, state }, index) => {
        const path = `/levels/${index}`;
        const serialNumber = BigInt(1000 + index);
        const answer = method === 'OCSP' ? ocspAnswer(root, serialNumber, state) : crlAnswer(root, serialNumber, state);
        if (answer !== undefined) world.answers.set(path, answer);
        // Nobody listens on port 1.
        const url = (answer === undefined ? 'http://127.0.0.1:1' : world.server.origin) + path;
        const address = method === 'OCSP' ? { ocspUrl: url } : { crlUrl: url };
        return { method, state, signer: await issue(root, { subject: leafSubject, serialNumber, ...address }) };
      }),
    );
  });

  afterAll(async () => {
    await Promise.all([world.close(), registry.close(), rm(directory, { recursive: true, force: true })]);
  });

  it('is the same', async () => {
    const outcomes = new Map<string, string>();
    for (const [level, statement] of Object.entries(levels)) {
      const trust = { ...trustOf({ ca: [root] }), policy: policyOf(statement) };
      const drafts = signers.map(({ method, state, signer }): Draft => ({
        name: `${method}, ${state}, ${level}`,
        sign: (target) => writeEnvelope('cose', { target, signer }),
      }));
      const cases = publish({ registry: registry.registry, directory }, drafts, trust);
      const ours = await runBundle(cases);
      const notation = theirs(join(directory, 'cache'));
      for (const item of cases) {
        const found = outcomeOf(ours.get(item.name)!);
        expect(outcomeOfNotation(await notation(item)), item.name).toBe(found);
        outcomes.set(item.name, found);
      }
    }
    console.log(table(outcomes));
    const wanted = [...outcomes.keys()].map((name) => {
      const [, state, ...level] = name.split(', ') as [string, State, ...string[]];
      return [name, expected(level.join(', '), state)];
    });
    expect([...outcomes]).toEqual(wanted);
  });
});

function ocspAnswer(issuer: Issued, serial: bigint, state: State): Uint8Array | undefined {
  if (state === 'unreachable') return undefined;
  const status: Record<Exclude<State, 'unreachable'>, OcspSingle['status']> = {
    ...{ good: 'good', stale: 'good', unknown: 'unknown' },
    revoked: { revokedAt: moment(-day), reason: 1 },
  };
  const single = { serial, status: status[state], thisUpdate: moment(-2 * minute) };
  return ocspResponse({ issuer, singles: [{ ...single, nextUpdate: moment(state === 'stale' ? -minute : hour) }] });
}

/** A list knows no "unknown": it is one with an extension that nobody understands. */
function crlAnswer(issuer: Issued, serial: bigint, state: State): Uint8Array | undefined {
  if (state === 'unreachable') return undefined;
  return crl({
    ...{ issuer, number: 1n, thisUpdate: moment(-2 * minute), nextUpdate: moment(state === 'stale' ? -minute : hour) },
    entries: state === 'revoked' ? [{ serial, revokedAt: moment(-day), reason: 1 }] : [],
    extensions: state === 'unknown' ? [{ oid: '1.2.3.4', critical: true, value: octetString(new Uint8Array()) }] : [],
  });
}

const words: Readonly<Record<string, string>> = {
  CERTIFICATE_REVOKED: 'revoked',
  REVOCATION_UNAVAILABLE: 'status unknown',
};

function outcomeOf({ verdict, accepted, code = '', logged }: BundleResult): string {
  if (verdict === 'skipped') return 'skipped';
  if (!accepted) return `failure: ${words[code] ?? code}`;
  const warned = logged.map((each) => each.replace(/^revocation (\w+)$/, (_, what: string) => words[what] ?? what));
  return ['success', ...(warned.length > 0 ? [`warned: ${warned.join(' and ')}`] : [])].join(', ');
}

function outcomeOfNotation({ accepted, detail }: { accepted: boolean; detail: string }): string {
  const reason = (text: string): string =>
    text.includes(' is revoked') ? 'revoked' : text.includes('status is unknown') ? 'status unknown' : text;
  if (detail.includes('configured to skip signature verification')) return 'skipped';
  if (!accepted) return `failure: ${reason(detail)}`;
  const warned = Array.from(
    detail.matchAll(/^Warning: (\w+) was set to "log" and failed with error: (.*)$/gm),
    ([, type, text]) => {
      return type === 'revocation' ? reason(text ?? '') : `${type} ${text}`;
    },
  );
  return ['success', ...(warned.length > 0 ? [`warned: ${warned.join(' and ')}`] : [])].join(', ');
}

function table(outcomes: ReadonlyMap<string, string>): string {
  const rows = methods.flatMap((method) =>
    states.map((state) => [
      method,
      state,
      ...Object.keys(levels).map((level) => outcomes.get(`${method}, ${state}, ${level}`) ?? ''),
    ]),
  );
  const lines = [['by', 'status', ...Object.keys(levels)], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return ['revocation, equal in dist/verify and notation v1.3.2:', ...text].join('\n');
}

describe('200 artifacts under one CA', () => {
  it('cost one request for each list, and one for each certificate that OCSP is asked about', async () => {
    const server = await startRevocationServer();
    const registry = await startRegistry();
    const root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    const issuing = await issue(root, {
      subject: 'C=US, O=Acme, CN=issuing',
      ca: true,
      crlUrl: server.urls('root').crlUrl,
    });
    const tsaRoot = await createRoot({ subject: 'C=US, O=Acme, CN=timestamp root' });
    const tsa = await issue(tsaRoot, {
      ...{ subject: 'C=US, O=Acme, CN=tsa', keySpec: 'RSA-2048', crlUrl: server.urls('tsa').crlUrl },
      extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
    });
    for (const [name, issuer] of Object.entries({ root, issuing, tsa: tsaRoot })) server.add(issuer, { name });
    const { ocspUrl, crlUrl } = server.urls('issuing');
    const byOcsp = await issue(issuing, { subject: leafSubject, ocspUrl, crlUrl });
    const byCrl = await issue(issuing, { subject: leafSubject, crlUrl });
    const drafts = Array.from({ length: 200 }, (_, index): Draft => {
      const signer = index % 2 === 0 ? byOcsp : byCrl;
      return {
        name: `artifact ${index}`,
        sign: (target) => writeEnvelope('cose', { target, signer, timestamp: stamp({ tsa }) }),
      };
    });
    const directory = await mkdtemp(join(tmpdir(), 'many-'));
    const trust = trustOf({ ca: [root], tsa: [tsaRoot] });
    const cases = publish({ registry: registry.registry, directory }, drafts, trust);
    const results = await runBundle(cases);
    expect([...results.values()].map(({ verdict }) => verdict)).toEqual(cases.map(() => 'verified'));
    const requests = server.requests.map(
      ({ method, url }) => `${method} ${url.pathname.split('/').slice(0, 3).join('/')}`,
    );
    expect(requests.sort()).toEqual([
      ...['GET /crl/issuing.crl', 'GET /crl/root.crl', 'GET /crl/tsa.crl', 'GET /ocsp/issuing'],
    ]);
    console.log(`200 artifacts, ${requests.length} requests to revocation servers: ${requests.join(', ')}`);
    await Promise.all([server.close(), registry.close(), rm(directory, { recursive: true, force: true })]);
  });
});
