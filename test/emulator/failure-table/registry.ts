// Failure modes of the registry, an Azure Container Registry, up to the manifest of the signature: login and upload.
// azure.md 4.1, 4.2, 8.3.

import { json } from '../../support/loopback-server.ts';
import { answering, answeringFirst, backoff, firstLook, plain } from './mode.ts';
import type { Mode } from './mode.ts';
import { ofKind, registryListingModes } from './registry-listing.ts';

/** azure.md 4.2. */
const roles = ['AcrPush (sign)', 'ABAC', '"Container Registry Repository Reader" or "Writer"'];

export const registryModes: readonly Mode[] = [
  {
    name: 'exchange 401 (ARM audience refused)',
    inject: ofKind({ acceptAccessToken: () => false }),
    attempts: ['exchange', 1],
    ends: 'REGISTRY_UNAUTHORIZED',
    says: [
      ...['answered 401 to the token exchange', 'aud "https://containerregistry.azure.net"', 'tid "'],
      ...['azure-tenant-id is the tenant of the registry', ...roles],
    ],
  },
  {
    name: 'exchange 403 (firewall)',
    inject: answering('exchange', plain(403)),
    attempts: ['exchange', 1],
    ends: 'REGISTRY_UNAUTHORIZED',
    says: ['answered 403 to the token exchange', 'network rules of the registry refuse this runner'],
  },
  {
    name: 'token 200 without push',
    inject: (world) => {
      const { entra } = world;
      const acceptAccessToken = (token: string): boolean =>
        entra.readToken(token, 'https://containerregistry.azure.net') !== undefined;
      return ofKind({ refreshActions: ['pull'], acceptAccessToken })(world);
    },
    // Again with a new token, in case the first one was too old.
    attempts: ['upload POST', 2],
    ends: 'REGISTRY_UNAUTHORIZED',
    says: ['HTTP 401', ...roles],
  },
  {
    name: 'push 403 DENIED',
    inject: answering(
      'upload POST',
      json(403, { errors: [{ code: 'DENIED', message: 'requested access is denied' }] }),
    ),
    attempts: ['upload POST', 1],
    ends: 'REGISTRY_UNAUTHORIZED',
    says: ['HTTP 403', 'DENIED: requested access is denied', ...roles],
  },
  {
    name: 'blob upload 429/5xx/resumed',
    variant: '429 at its beginning',
    inject: answeringFirst('upload POST', plain(429, '', { 'retry-after': '6' })),
    attempts: ['upload POST', 2],
    waits: [...firstLook, 6000],
    ends: 'signed',
  },
  {
    name: 'blob upload 429/5xx/resumed',
    variant: '429 at its end',
    inject: answeringFirst('upload PUT', plain(429, '', { 'retry-after': '6' })),
    attempts: ['upload PUT', 2],
    waits: [...firstLook, 6000],
    ends: 'signed',
  },
  {
    name: 'blob upload 429/5xx/resumed',
    variant: '503',
    inject: answeringFirst('upload PUT', plain(503)),
    attempts: ['upload PUT', 2],
    waits: [...firstLook, 100],
    ends: 'signed',
  },
  {
    name: 'blob upload 429/5xx/resumed',
    variant: 'resumed after a reset',
    inject: answeringFirst('upload PUT', 'reset'),
    attempts: ['upload PUT', 2],
    waits: [...firstLook, 100],
    ends: 'signed',
  },
  {
    name: 'blob upload 429/5xx/resumed',
    variant: '500 every time',
    inject: (world) => {
      return answering('upload PUT', plain(500))(world);
    },
    attempts: ['upload PUT', 4],
    waits: [...firstLook, ...backoff],
    ends: 'REGISTRY_UNAVAILABLE',
    says: ['HTTP 500', 'run the job again'],
  },
  {
    name: 'digest mismatch',
    variant: 'of the artifact',
    inject: (world) => {
      const other = `sha256:${'0'.repeat(64)}`;
      world.acrContent.intercept(({ method }, next) => {
        const reply = next();
        const isArtifact = method === 'HEAD' && reply.status === 200;
        return isArtifact ? { ...reply, headers: { ...reply.headers, 'docker-content-digest': other } } : reply;
      });
      return {};
    },
    attempts: ['subject HEAD', 2],
    waits: [],
    ends: 'REGISTRY_CONTENT_MISMATCH',
    says: [`the registry has sha256:${'0'.repeat(64)}`, 'do not use this artifact'],
  },
  {
    name: 'digest mismatch',
    variant: 'of the envelope, on its way',
    inject: answering('upload PUT', json(400, { errors: [{ code: 'DIGEST_INVALID', message: 'digest mismatch' }] })),
    attempts: ['upload PUT', 1],
    ends: 'REGISTRY_RESPONSE_INVALID',
    says: ['HTTP 400', 'DIGEST_INVALID: digest mismatch'],
  },
  ...registryListingModes,
];
