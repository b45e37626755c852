// Revocation of several certificates at once, of timestamp authorities, and answers under keys of every kind. REV-2,
// REV-4, REV-14, REV-22, TSA-21.

import { createRoot, issue, purpose } from '../../support/ca.ts';
import type { CertificateOptions, Issued, TestKeySpec } from '../../support/ca.ts';
import { crl } from '../../support/crl.ts';
import { ocspResponse, serialOf } from '../../support/ocsp.ts';
import type { Draft } from '../case.ts';
import { day, hour, minute, moment } from '../content.ts';
import { leafSubject, stamp, trustOf } from '../world.ts';
import type { World } from '../world.ts';
import { writeEnvelope } from '../writer.ts';

type State = 'good' | 'revoked' | 'unreachable';

const states: readonly State[] = ['good', 'revoked', 'unreachable'];

const period = { thisUpdate: moment(-minute), nextUpdate: moment(hour) };

/** An authority whose certificates are listed in a CRL of its own, at an address of its own. */
interface Listed {
  readonly crlUrl: string;
  /** The certificate as the list has it; a list that cannot be had says nothing. */
  set(issuer: Issued, certificate: Issued, state: State): void;
}

function listAt(world: World, name: string): Listed {
  const path = `/chain/${name}`;
  return {
    crlUrl: world.server.origin + path,
    set(issuer, { certificate }, state) {
      if (state === 'unreachable') return;
      const entries =
        state === 'revoked' ? [{ serial: serialOf(certificate), revokedAt: moment(-day), reason: 1 }] : [];
      world.answers.set(path, crl({ issuer, number: 1n, entries, ...period }));
    },
  };
}

export async function revocationOfChains(world: World): Promise<readonly Draft[]> {
  const drafts = states.flatMap((leafState) => states.map((caState) => bothLevels(world, leafState, caState)));
  const authorities = states.flatMap((state) => [
    ofAuthority(world, state, 'strict'),
    ofAuthority(world, state, 'permissive'),
  ]);
  const keys: readonly TestKeySpec[] = [
    'RSA-1024',
    'RSA-2048',
    'RSA-3072',
    'EC-P224',
    'EC-256',
    'EC-384',
    'EC-521',
    'Ed25519',
  ];
  return Promise.all([
    ...drafts,
    ...authorities,
    ...keys.flatMap((keySpec) => [byOcsp(world, keySpec), byCrl(world, keySpec)]),
  ]);
}

async function bothLevels(world: World, leafState: State, caState: State): Promise<Draft> {
  const name = `REV-4 certificate ${leafState}, its CA ${caState}`;
  const [leafList, caList] = ['leaf', 'ca'].map((part) => listAt(world, `${part}-${leafState}-${caState}`)) as [
    Listed,
    Listed,
  ];
  const root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  const ca = await issue(root, { subject: 'C=US, O=Acme, CN=CA', ca: true, crlUrl: caList.crlUrl });
  const signer = await issue(ca, { subject: leafSubject, crlUrl: leafList.crlUrl });
  leafList.set(ca, signer, leafState);
  caList.set(root, ca, caState);
  return { name, trust: trustOf({ ca: [root] }), sign: (target) => writeEnvelope('cose', { target, signer }) };
}

async function ofAuthority(world: World, state: State, level: string): Promise<Draft> {
  const list = listAt(world, `tsa-${state}-${level}`);
  const tsa = await issue(world.tsaRoot, {
    ...{ subject: 'C=US, O=Acme, CN=tsa', keySpec: 'RSA-2048', crlUrl: list.crlUrl },
    extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
  });
  list.set(world.tsaRoot, tsa, state);
  const signer = world.signers['EC-256'];
  return {
    name: `TSA-21 authority ${state}, at ${level}`,
    trust: trustOf({ ca: [world.root], tsa: [world.tsaRoot] }, { level }),
    sign: (target) => writeEnvelope('cose', { target, signer, timestamp: stamp({ tsa }) }),
  };
}

async function underKey(
  keySpec: TestKeySpec,
  address: Partial<CertificateOptions>,
): Promise<{ root: Issued; signer: Issued }> {
  const root = await createRoot({ subject: 'C=US, O=Acme, CN=root', keySpec });
  return { root, signer: await issue(root, { subject: leafSubject, ...address }) };
}

async function byOcsp(world: World, keySpec: TestKeySpec): Promise<Draft> {
  const path = `/chain/ocsp-${keySpec}`;
  const { root, signer } = await underKey(keySpec, { ocspUrl: world.server.origin + path });
  const single = { serial: serialOf(signer.certificate), status: 'good', ...period } as const;
  world.answers.set(path, ocspResponse({ issuer: root, singles: [single] }));
  return {
    name: `REV-14 OCSP under ${keySpec}`,
    trust: trustOf({ ca: [root] }),
    sign: (target) => writeEnvelope('cose', { target, signer }),
  };
}

async function byCrl(world: World, keySpec: TestKeySpec): Promise<Draft> {
  const list = listAt(world, `crl-${keySpec}`);
  const { root, signer } = await underKey(keySpec, { crlUrl: list.crlUrl });
  list.set(root, signer, 'good');
  return {
    name: `REV-22 CRL under ${keySpec}`,
    trust: trustOf({ ca: [root] }),
    sign: (target) => writeEnvelope('cose', { target, signer }),
  };
}
