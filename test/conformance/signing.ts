// Signing without sockets: a registry, a timestamp authority and its OCSP responder behind one Http port.

import { Buffer } from 'node:buffer';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import type { Failure } from '../../shared/github/failure.ts';
import { pemKeyProvider } from '../../shared/keys/pem.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import type { Http } from '../../shared/ports.ts';
import { RevocationChecker } from '../../shared/revocation/revocation.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { readPemCertificates } from '../../shared/x509/read-certificates.ts';
import { signArtifacts } from '../../sign/sign.ts';
import type { Signed, SignTerms } from '../../sign/sign.ts';
import { codeSigningChain } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { countingRandom, fixedClock } from '../support/ports.ts';
import { registryInMemory } from '../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../support/registry.ts';
import { createTsa } from '../support/tsa.ts';
import type { TsaDeviation, TsaDeviationName } from '../support/tsa.ts';
import { createAuthority, createResponders } from '../unit/verify/world.ts';
import type { Party, Responders } from '../unit/verify/world.ts';

export const now = new Date('2025-01-01T00:00:00.900Z');
export const signer: Issued = await codeSigningChain();
export const authority: Party = await createAuthority();

export interface SigningOptions {
  readonly format?: 'cose' | 'jws';
  readonly signer?: Issued;
  readonly registry?: RegistryOptions;
  readonly terms?: Partial<SignTerms>;
  /** Who stamps; nobody where absent. */
  readonly timestamp?: TsaDeviation | TsaDeviationName | 'good';
  /** What the timestamp is checked with; the authority's own root unless given. */
  readonly timestampRoot?: Uint8Array;
  readonly responders?: Responders;
  readonly reference?: string;
}

export interface SigningResult {
  readonly signed?: Signed;
  readonly failure?: Failure;
  readonly registry: EmbeddedRegistry;
  /** Of the one signature that was pushed. */
  readonly envelope: Uint8Array;
  /** Its manifest, as JSON text. */
  readonly manifest: string;
}

export async function signImage(options: SigningOptions = {}): Promise<SigningResult> {
  const { registry, http: registryHttp } = registryInMemory(options.registry);
  const { digest } = registry.content.pushImage('app', { tag: 'v1' });
  const http = route(registryHttp, options);
  const { signer: key = signer } = options;
  const registries = new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) });
  const text = options.reference ?? `${registry.host}/app@${digest}`;
  const [outcome] = await signArtifacts([{ text, reference: parseReference(text) }], termsOf(options), {
    http,
    random: countingRandom(),
    revocation: new RevocationChecker(http),
    repository: (reference) => registries.repository(reference, 'pull,push'),
    key: pemKeyProvider({ privateKey: key.keyPem, certificateChain: readPemCertificates(key.chainPem) }),
    clock: fixedClock(now),
  });
  const stored = outcome && 'signed' in outcome.result ? outcome.result.signed.signature.digest : '';
  const manifest = Buffer.from(registry.content.manifest('app', stored)?.bytes ?? '').toString();
  const { layers = [] } = (manifest === '' ? {} : JSON.parse(manifest)) as { layers?: { digest: string }[] };
  const envelope = registry.content.repository('app').blobs.get(layers[0]?.digest ?? '') ?? new Uint8Array();
  return { ...outcome?.result, registry, manifest, envelope };
}

function termsOf(options: SigningOptions): SignTerms {
  const roots = [parseCertificate(options.timestampRoot ?? authority.root.certificate)];
  return {
    format: envelopeFormats[options.format ?? 'cose'],
    ...{ userMetadata: {}, referrers: 'auto', concurrency: 1, allowUntimestamped: false },
    ...{ recursive: false, ifSigned: 'sign', dryRun: false },
    ...(options.timestamp && { timestamp: { authorities: [new URL('http://tsa.test/')], roots } }),
    ...options.terms,
  };
}

/** Each host to whoever stands behind it. */
function route(registry: Http, { timestamp, responders = createResponders(authority) }: SigningOptions): Http {
  const deviations = timestamp === 'good' ? undefined : timestamp;
  const tsa = createTsa({ chain: authority.leaf, clock: { now: () => now }, deviations });
  return async (request) => {
    if (request.url.host.startsWith('ocsp.')) return responders.http(request);
    if (request.url.host !== 'tsa.test') return registry(request);
    const { method, headers = {}, body = new Uint8Array() } = request;
    const reply = await tsa.handle({ method, headers: { ...headers }, body: Buffer.from(body) });
    const content = new Uint8Array(Buffer.from(reply.body ?? ''));
    return { status: reply.status, headers: new Map(Object.entries(reply.headers ?? {})), body: content };
  };
}
