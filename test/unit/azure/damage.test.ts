// Whatever a service sends, a value or a NotaryError comes out.

import { describe, expect, it } from 'vitest';

import { decodeSigningCertificate } from '../../../shared/azure/artifact-signing-certificates.ts';
import { responseFailure } from '../../../shared/azure/artifact-signing-failure.ts';
import { dialectOf } from '../../../shared/azure/artifact-signing-profile.ts';
import { parseReply } from '../../../shared/azure/artifact-signing-reply.ts';
import { entraFailure } from '../../../shared/azure/entra-failure.ts';
import { readClaims, showClaims } from '../../../shared/azure/token-claims.ts';
import { encodeUtf8, showUtf8 } from '../../../shared/bytes.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { bagEncodings, encodeBag } from '../../support/certificate-bag.ts';
import { mutations } from '../../support/mutate.ts';
import { answer, fakeToken } from './scripted-http.ts';

function orRefuses(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof NotaryError)) throw error;
  }
}

const profile = { endpoint: new URL('https://weu.codesigning.azure.net'), account: 'acme', profile: 'release' };
const trace = { profile, dialect: dialectOf(), correlationId: 'x' };
const identity = { clientId: 'client', tenantId: 'tenant', cloud: 'public' } as const;
const presented = {
  identity,
  authority: new URL('https://login.example'),
  scope: 'scope',
  assertion: fakeToken({ sub: 'x' }),
};
const certificates = (await codeSigningChain()).chain;

const seeds: Readonly<Record<string, readonly [bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown]>> = {
  'a reply': [
    encodeUtf8(
      '{"id":"1","status":"Succeeded","result":{"signature":"c2ln","signingCertificate":"TUlJ"},"errorResponse":{"code":"a","innererror":{"code":"b"}}}',
    ),
    parseReply,
  ],
  'a refusal of the service': [
    encodeUtf8('{"title":"x","errors":{"digest":["bad"]},"errorDetail":{"code":"a","message":"b"}}'),
    (bytes) => responseFailure(answer(500, bytes), trace, 'token'),
  ],
  'a refusal of Entra': [
    encodeUtf8(
      '{"error":"invalid_client","error_description":"AADSTS700213: no","error_codes":[700213],"correlation_id":"c"}',
    ),
    (bytes) => entraFailure(answer(401, bytes), presented),
  ],
  'PKCS#7': [encodeBag(certificates), (bytes) => decodeSigningCertificate(Buffer.from(bytes).toString('base64'))],
  'the text around it': [
    encodeUtf8(bagEncodings.wire(certificates)),
    (bytes) => decodeSigningCertificate(showUtf8(bytes)),
  ],
  'a token': [
    encodeUtf8(fakeToken({ iss: 'a', sub: ['b'], exp: 1769860800 })),
    (bytes) => [readClaims(showUtf8(bytes)), showClaims(showUtf8(bytes), ['iss', 'sub', 'exp'])],
  ],
};

describe('damage', () => {
  it.each(Object.entries(seeds))('to %s', (_name, [bytes, decode]) => {
    for (const mutant of mutations(bytes, 7, 800)) {
      orRefuses(() => decode(mutant));
    }
  });

  it('does no harm by inner errors without end', () => {
    const deep = `${'{"error":{"innererror":'.repeat(5000)}1${'}}'.repeat(5000)}`;
    const chain = `{"status":"Failed","error":${'{"code":"x","innererror":'.repeat(5000)}1${'}'.repeat(5001)}`;
    for (const text of [deep, chain]) {
      orRefuses(() => {
        expect(parseReply(encodeUtf8(text)).failure?.length ?? 0).toBeLessThan(100);
      });
    }
  });
});
