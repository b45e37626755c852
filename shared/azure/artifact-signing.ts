// The key provider for Azure Artifact Signing (formerly Trusted Signing). Its certificates live 72 hours and change
// daily, so chain and signature always come from one reply, and are checked against each other here.

import { decodeBase64, encodeHex } from '../bytes.ts';
import type { KeySpec } from '../crypto/algorithm.ts';
import { digest } from '../crypto/digest.ts';
import { NotaryError, hasCode } from '../errors.ts';
import type { KeyProvider } from '../keys/provider.ts';
import type { AccessToken, Clock, Http, Random } from '../ports.ts';
import type { Certificate } from '../x509/certificate.ts';
import { orderChain } from '../x509/chain.ts';
import type { CertificateChain } from '../x509/chain.ts';
import { readCertificates } from '../x509/read-certificates.ts';
import { signingKeySpec } from '../x509/requirements.ts';
import { decodeSigningCertificate, findSigner } from './artifact-signing-certificates.ts';
import type { SignedBytes } from './artifact-signing-certificates.ts';
import { describeTrace } from './artifact-signing-failure.ts';
import { runOperation } from './artifact-signing-operation.ts';
import { requireProfile } from './artifact-signing-profile.ts';
import type { ArtifactSigningProfile } from './artifact-signing-profile.ts';
import { ArtifactSigningService } from './artifact-signing-service.ts';
import type { Answer } from './artifact-signing-service.ts';

/** The only key the service has (Microsoft's own plugin answers the same without asking). */
const onlyKeySpec: KeySpec = 'RSA-3072';

export interface ArtifactSigningServices {
  /** Must retry what is repeatable; a submit is. */
  readonly http: Http;
  readonly clock: Clock;
  readonly accessToken: AccessToken;
  readonly random: Random;
}

export interface ArtifactSigningKeyProvider extends KeyProvider {
  /** Sent with every request of this run; support finds the run by it. */
  readonly correlationId: string;
  /** The api-version that the service understood last. */
  readonly apiVersion: () => string;
}

/**
 * Signs with a certificate profile: PS384, checked here before it is returned.
 *
 * generateSignature throws KEY_ACCESS_DENIED, KEY_NOT_FOUND, KEY_REJECTED, KEY_UNAVAILABLE, KEY_UNSUPPORTED,
 * KEY_SIGNATURE_INVALID, CERTIFICATE_CHAIN_BROKEN, and what the ports throw.
 *
 * @throws NotaryError INPUT_INVALID  an endpoint, name or api-version that cannot be right
 */
export function artifactSigningKeyProvider(
  services: ArtifactSigningServices,
  profile: ArtifactSigningProfile,
): ArtifactSigningKeyProvider {
  requireProfile(profile);
  const service = new ArtifactSigningService(services, profile, randomUuid(services.random));
  return {
    agent: 'azure-artifact-signing/1',
    correlationId: service.correlationId,
    apiVersion: () => service.apiVersion,
    describeKey: () => Promise.resolve(onlyKeySpec),
    async generateSignature(toBeSigned, keySpec) {
      if (keySpec !== onlyKeySpec) {
        throw new NotaryError('KEY_UNSUPPORTED', `Artifact Signing has ${onlyKeySpec} keys only, not ${keySpec}`);
      }
      const answer = await runOperation(service, services.clock, digest('sha384', toBeSigned));
      return readResult(service, answer, toBeSigned);
    },
  };
}

async function readResult(
  service: ArtifactSigningService,
  answer: Answer,
  toBeSigned: Uint8Array,
): Promise<{ signature: Uint8Array; chain: CertificateChain }> {
  const { signature, certificates } = decodeResult(answer);
  const signed: SignedBytes = { toBeSigned, signature, keySpec: onlyKeySpec };
  const signer = findSigner(certificates, signed);
  if (signer === undefined) {
    const what = `the key of none of its ${certificates.length} certificates verifies the PS384 signature of ${signature.length} bytes`;
    throw invalid(answer, what);
  }
  if (signingKeySpec(signer) !== onlyKeySpec) {
    throw new NotaryError(
      'KEY_UNSUPPORTED',
      `Artifact Signing signed with a key of ${signingKeySpec(signer)} instead of ${onlyKeySpec}: ${describeTrace(answer.trace)}`,
    );
  }
  return { signature, chain: await completeChain(service, signer, { certificates, answer }) };
}

function decodeResult(answer: Answer): { signature: Uint8Array; certificates: readonly Certificate[] } {
  const { signature, signingCertificate } = answer.reply;
  if (signature === undefined) throw invalid(answer, 'it has no signature');
  if (signingCertificate === undefined) throw invalid(answer, 'it has no certificates');
  try {
    return {
      signature: decodeBase64(signature, { code: 'KEY_SIGNATURE_INVALID', what: 'signature' }),
      certificates: decodeSigningCertificate(signingCertificate),
    };
  } catch (error) {
    if (hasCode(error, 'KEY_SIGNATURE_INVALID', 'ASN1_MALFORMED')) throw invalid(answer, error.message, error);
    throw error;
  }
}

function invalid({ trace }: Answer, what: string, cause?: NotaryError): NotaryError {
  return new NotaryError(
    'KEY_SIGNATURE_INVALID',
    `the result of Artifact Signing is unusable, ${what}: ${describeTrace(trace)}`,
    cause === undefined ? {} : { cause },
  );
}

// The reply holds the root today. Where it does not, the service's own root closes the chain, if it did issue it.
async function completeChain(
  service: ArtifactSigningService,
  signer: Certificate,
  { certificates, answer }: { readonly certificates: readonly Certificate[]; readonly answer: Answer },
): Promise<CertificateChain> {
  try {
    return orderChain(signer, certificates);
  } catch (error) {
    if (!hasCode(error, 'CERTIFICATE_CHAIN_BROKEN')) throw error;
    try {
      const root = readCertificates(await service.rootCertificate());
      return orderChain(signer, [...certificates, ...root]);
    } catch (again) {
      if (!hasCode(again, 'CERTIFICATE_CHAIN_BROKEN', 'KEY_NOT_FOUND', 'KEY_REJECTED', 'ASN1_MALFORMED')) throw again;
      throw brokenChain(error, again, answer);
    }
  }
}

/** No fault of the user's, who is not the one to give a chain here. */
function brokenChain(cause: NotaryError, again: NotaryError, { trace }: Answer): NotaryError {
  const more = again.code === cause.code ? '' : `; the root of the profile was no help (${again.message})`;
  return new NotaryError(
    cause.code,
    `the certificates from Artifact Signing make no chain: ${cause.message}${more}: ${describeTrace(trace)}`,
    { cause, remedy: 'Run the job again. If it stays, give the ids above to Microsoft support.' },
  );
}

/** RFC 9562 §5.4. */
function randomUuid(random: Random): string {
  const bytes = random(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return encodeHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
