// What the services of Azure send: replies, refusals, certificates and tokens.

import { Buffer } from 'node:buffer';

import { decodeSigningCertificate } from '../../../shared/azure/artifact-signing-certificates.ts';
import { responseFailure } from '../../../shared/azure/artifact-signing-failure.ts';
import { dialectOf, parseEndpoint } from '../../../shared/azure/artifact-signing-profile.ts';
import { parseReply } from '../../../shared/azure/artifact-signing-reply.ts';
import { containerRegistryCredentials } from '../../../shared/azure/container-registry.ts';
import { entraFailure } from '../../../shared/azure/entra-failure.ts';
import { readClaims, showClaims } from '../../../shared/azure/token-claims.ts';
import { response } from '../../support/ports.ts';
import { asText, json, text } from '../target.ts';
import type { Seed, Target } from '../target.ts';

const profile = { endpoint: new URL('https://weu.codesigning.azure.net'), account: 'acme', profile: 'release' };
const trace = { profile, dialect: dialectOf(), correlationId: 'x' };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${encode({ alg: 'none' })}.${encode({ iss: 'a', sub: ['b', 'c'], aud: 'd', exp: 1_769_860_800 })}.x`;
const presented = {
  identity: { clientId: 'client', tenantId: 'tenant', cloud: 'public' },
  authority: new URL('https://login.example'),
  scope: 'scope',
  assertion: token,
} as const;

const result = { operationId: '1-2', status: 'Succeeded', signature: 'c2ln', signingCertificate: 'TUlJ' };
const replies = [
  result,
  { id: '1-2', status: 'InProgress', result: { ...result, signature: null }, errorResponse: null },
  { status: 'Failed', error: { code: 'x', message: 'y', innererror: { code: 'z', innererror: { code: 'w' } } } },
];
const refusals = [
  { title: 'x', errors: { digest: ['bad', 1] }, errorDetail: { code: 'a', message: 'b', target: null } },
  { error: { code: 'UnsupportedApiVersion', message: 'm', innerError: null } },
];
const entraRefusal = {
  error: 'invalid_client',
  error_description: 'AADSTS700213: No matching federated identity record. Trace ID: 1',
  error_codes: [700213],
  correlation_id: 'c',
};

export const azureTargets = (bags: readonly Seed[]): readonly Target[] => [
  { name: 'Artifact Signing reply', seeds: replies.map(json), codes: ['KEY_UNAVAILABLE'], decode: parseReply },
  {
    name: 'Artifact Signing refusal',
    seeds: refusals.map(json),
    codes: [],
    decode: (bytes) => [403, 500].map((status) => responseFailure(response(status, {}, bytes), trace, token).message),
  },
  {
    name: 'Artifact Signing certificates',
    seeds: bags,
    codes: ['KEY_SIGNATURE_INVALID', 'ASN1_MALFORMED'],
    decode: (bytes) => decodeSigningCertificate(asText(bytes)),
  },
  {
    name: 'Artifact Signing endpoint',
    seeds: ['https://weu.codesigning.azure.net', 'https://neu.codesigning.azure.net/'].map(text),
    codes: ['INPUT_INVALID'],
    decode: (bytes) => parseEndpoint(asText(bytes)),
  },
  {
    name: 'Entra refusal',
    seeds: [json(entraRefusal)],
    codes: [],
    decode: (bytes) => entraFailure(response(401, {}, bytes), presented).message,
  },
  {
    name: 'token exchange of ACR',
    seeds: [json({ refresh_token: 'x.y.z' })],
    codes: ['REGISTRY_RESPONSE_INVALID', 'REGISTRY_UNAUTHORIZED'],
    decode: async (bytes) => {
      for (const status of [200, 401]) {
        const http = () => Promise.resolve(response(status, {}, bytes));
        await containerRegistryCredentials(
          http,
          () => Promise.resolve(token),
          'tenant',
        )('a.azurecr.io', 'app').catch((error: unknown) => {
          if (status === 200) throw error;
        });
      }
    },
  },
  {
    name: 'claims of a token',
    seeds: [text(token), json({ exp: 1e300, sub: {} })],
    codes: [],
    decode: (bytes) => [
      readClaims(asText(bytes)),
      showClaims(asText(bytes), ['iss', 'sub', 'aud', 'exp', '__proto__']),
    ],
  },
];
