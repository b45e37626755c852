// A signature of every key provider, made by the flow of sign, is accepted by the real notation at level strict, in both
// formats, from a registry without the referrers API.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { createClock } from '../../shared/host/clock.ts';
import { createHttp } from '../../shared/host/http.ts';
import type { HttpClient } from '../../shared/host/http.ts';
import { random } from '../../shared/host/random.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import { RevocationChecker } from '../../shared/revocation/revocation.ts';
import { signArtifacts } from '../../sign/sign.ts';
import { findPeer } from '../peers/peers.ts';
import { encodePem } from '../support/ca.ts';
import { pushImage } from '../support/images.ts';
import { keyProviderNames, providerIdentity, startKeyProviders } from '../support/key-providers.ts';
import type { KeyProviders } from '../support/key-providers.ts';
import { createNotation } from '../support/notation.ts';
import type { Notation } from '../support/notation.ts';
import { canRunPlugins } from '../support/plugin/install.ts';
import { startDockerRegistry } from '../support/real-registries.ts';
import type { RunningRegistry } from '../support/real-registries.ts';

const hasPeers = findPeer('notation') !== undefined && findPeer('docker-registry') !== undefined;
const names = keyProviderNames.filter((name) => name !== 'plugin' || canRunPlugins);
const cases = names.flatMap((name) => Object.values(envelopeFormats).map((format) => ({ name, format })));

describe.skipIf(!hasPeers)('notation v1.3.2', () => {
  let registry: RunningRegistry;
  let providers: KeyProviders;
  let notation: Notation;
  let network: HttpClient;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'key-providers-'));
    [registry, providers] = await Promise.all([startDockerRegistry(), startKeyProviders(directory)]);
    const roots = [encodePem(providers.root.certificate)];
    notation = createNotation({ roots, identities: [providerIdentity] });
    network = createHttp({ signal: new AbortController().signal, userAgent: 'tests', environment: {} });
  });

  afterAll(async () => {
    notation.remove();
    await Promise.all([registry.close(), providers.close(), network.close()]);
    rmSync(directory, { recursive: true });
  });

  it.each(cases)('accepts a signature of $name, $format.name', async ({ name, format }) => {
    const image = await pushImage({ host: registry.host, repository: `providers/${name}` });
    const { http } = network;
    const registries = new Registry({ http, credentials: () => Promise.resolve(undefined), plainHttp: new Set() });
    const [outcome] = await signArtifacts(
      [{ text: image.reference, reference: parseReference(image.reference) }],
      {
        ...{
          ...{ format, allowUntimestamped: true, userMetadata: { build: '7' }, referrers: 'auto', concurrency: 1 },
          ...{ recursive: false, dryRun: false, ifSigned: 'sign' },
        },
        ...{ recursive: false, dryRun: false, ifSigned: 'sign' },
      },
      {
        ...{ http, random, clock: createClock(new AbortController().signal), key: await providers[name]() },
        revocation: new RevocationChecker(http),
        repository: (reference) => registries.repository(reference, 'pull,push'),
      },
    );
    expect(outcome?.result).toMatchObject({ signed: { name: image.reference } });
    const verified = await notation.verify(image.reference, '--user-metadata', 'build=7');
    expect(verified.output).toContain(`Successfully verified signature for ${image.reference}`);
    expect(verified).toMatchObject({ exitCode: 0 });
  });
});
