// A certificate authority and a server certificate for loopback, made anew for each run. The library that talks to
// Entra insists on https, so the emulated Entra needs them; a process under test trusts them by NODE_EXTRA_CA_CERTS.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createRoot, issue, purpose } from './ca.ts';
import { sequence, tlv } from './der-writer.ts';

export interface TlsIdentity {
  /** Of the server, with its issuer. */
  readonly cert: string;
  readonly key: string;
  readonly caPem: string;
  /** The same in a file. */
  readonly caFile: string;
  remove(): Promise<void>;
}

/** @param hosts  beside those of loopback */
export async function createTlsIdentity(hosts: readonly string[] = []): Promise<TlsIdentity> {
  const ca = await createRoot({ subject: 'O=Emulated, CN=Emulated loopback CA' });
  const names = [
    ...['localhost', ...hosts].map((host) => tlv(0x82, Buffer.from(host))),
    tlv(0x87, Uint8Array.of(127, 0, 0, 1)),
    tlv(
      0x87,
      Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 1 : 0)),
    ),
  ];
  const server = await issue(ca, {
    subject: 'O=Emulated, CN=localhost',
    extendedKeyUsage: { purposes: [purpose.serverAuth] },
    extensions: [{ oid: '2.5.29.17', value: sequence(...names) }],
  });
  const directory = await mkdtemp(join(tmpdir(), 'emulated-tls-'));
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca.pem);
  return {
    ...{ cert: server.chainPem, key: server.keyPem, caPem: ca.pem, caFile },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
