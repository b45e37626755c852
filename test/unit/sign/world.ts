// A registry, a key and timestamp authorities, all in memory: what the flow of sign meets.

import { envelopeFormats } from '../../../shared/envelope/formats.ts';
import { pemKeyProvider } from '../../../shared/keys/pem.ts';
import type { Artifact } from '../../../shared/action/artifact.ts';
import type { KeyProvider } from '../../../shared/keys/provider.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import type { Http } from '../../../shared/ports.ts';
import { RevocationChecker } from '../../../shared/revocation/revocation.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { signArtifacts } from '../../../sign/sign.ts';
import type { Signed, SignOutcome, SignServices, SignTerms } from '../../../sign/sign.ts';
import { codeSigningChain, timestampingChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { countingRandom, fixedClock } from '../../support/ports.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';
import { createTsa } from '../../support/tsa.ts';
import type { Tsa } from '../../support/tsa.ts';

export const now = new Date('2026-03-01T12:00:00.900Z');

export const certificatesOf = (issued: Issued): readonly Certificate[] => issued.chain.map(parseCertificate);
export const rootOf = (issued: Issued): Certificate => parseCertificate(issued.chain.at(-1)!);

export const pemKey = (issued: Issued): KeyProvider =>
  pemKeyProvider({ privateKey: issued.keyPem, certificateChain: certificatesOf(issued) });

/** Undefined takes a term away. */
export type Change = { readonly [K in keyof SignTerms]?: SignTerms[K] | undefined };

export interface World {
  readonly registry: EmbeddedRegistry;
  readonly signer: Issued;
  readonly tsa: Tsa;
  readonly tsaRoot: Certificate;
  readonly services: SignServices;
  readonly terms: SignTerms;
  /** Requests to anything but the registry, "METHOD href". */
  readonly asked: readonly string[];
  run(artifacts: readonly string[], change?: Change, services?: Partial<SignServices>): Promise<readonly SignOutcome[]>;
}

/** http://tsa.test/ is a good authority. */
export async function createWorld(options: RegistryOptions & { readonly signer?: Issued } = {}): Promise<World> {
  const { registry, http: toRegistry } = registryInMemory(options);
  const signer = options.signer ?? (await codeSigningChain());
  const authority = await timestampingChain();
  const clock = fixedClock(now);
  const tsa = createTsa({ chain: authority, clock });
  const asked: string[] = [];
  const toAuthority = authorityHttp(tsa);
  const http: Http = async (request) => {
    if (request.url.host === registry.host) return toRegistry(request);
    asked.push(`${request.method} ${request.url.href}`);
    if (request.url.hostname !== 'tsa.test') return { status: 503, headers: new Map(), body: new Uint8Array() };
    return toAuthority(request);
  };
  const registries = new Registry({ http, credentials: () => Promise.resolve(undefined), plainHttp: new Set() });
  const services: SignServices = {
    ...{ http, clock, random: countingRandom(), key: pemKey(signer) },
    revocation: new RevocationChecker(http),
    repository: (reference) => registries.repository(reference, 'pull,push'),
  };
  const tsaRoot = rootOf(authority);
  const terms: SignTerms = {
    format: envelopeFormats.cose,
    timestamp: { authorities: [new URL('http://tsa.test/')], roots: [tsaRoot] },
    ...{
      recursive: false,
      allowUntimestamped: false,
      userMetadata: {},
      ifSigned: 'sign',
      dryRun: false,
      referrers: 'auto',
      concurrency: 4,
    },
  };
  return {
    ...{ registry, signer, tsa, tsaRoot, services, terms, asked },
    run: (artifacts, change, other) =>
      signArtifacts(artifacts.map(artifact), changed(terms, change), { ...services, ...other }),
  };
}

/** The Http port with one timestamp authority behind it. */
export function authorityHttp(tsa: Tsa): Http {
  return async ({ method, headers, body = new Uint8Array() }) => {
    const reply = await tsa.handle({ method, headers: { ...headers }, body: Buffer.from(body) });
    const fields = Object.entries(reply.headers ?? {});
    return { status: reply.status, headers: new Map(fields), body: new Uint8Array(Buffer.from(reply.body ?? '')) };
  };
}

function changed(terms: SignTerms, change: Change = {}): SignTerms {
  const entries = Object.entries({ ...terms, ...change }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as SignTerms;
}

export function artifact(text: string): Artifact {
  return { text, reference: parseReference(text) };
}

export function signedOf(outcome: SignOutcome | undefined): Signed {
  if (outcome !== undefined && 'signed' in outcome.result) return outcome.result.signed;
  throw new Error(`not signed: ${JSON.stringify(outcome?.result)}`);
}

export function failureOf(outcome: SignOutcome | undefined) {
  if (outcome !== undefined && 'failure' in outcome.result) return outcome.result.failure;
  throw new Error('was signed');
}
