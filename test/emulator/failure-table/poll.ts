// Failure modes of an operation of Artifact Signing that was accepted. azure.md 1.3, 1.5, 1.6, 8.3.

import type { ArtifactSigningBehaviour, SigningResult } from '../../support/artifact-signing.ts';
import { signWith } from '../../support/artifact-signing.ts';
import { json } from '../../support/loopback-server.ts';
import { signHashPkcs1, signHashPss } from '../../support/rsa-signature.ts';
import { answering, answeringFirst, firstLook } from './mode.ts';
import type { Mode } from './mode.ts';
import type { FailureWorld } from './world.ts';

const behaving = (behaviour: Partial<ArtifactSigningBehaviour>) => (world: FailureWorld) => {
  world.artifactSigning.behave(behaviour);
  return {};
};
const ending = (change: Readonly<Record<string, unknown>>) =>
  behaving({ end: (result) => ({ ...result, signature: null, signingCertificate: null, ...change }) });

/** What support asks for. */
const trace = ['account emulated-account', 'operation ', 'x-correlation-id ', 'mise-correlation-id '];
const health = ['subscription is enabled and paid', 'the account is healthy', 'Microsoft support'];
const expired = { code: 'AccountUnhealthy', message: 'The subscription has expired.' };
const notFound = json(404, { errorDetail: { code: 'NotFound', message: 'No such operation.', target: null } });

const endsBadly = (name: string, status: string): Mode => ({
  name,
  inject: ending({ status }),
  attempts: ['poll', 1],
  ends: 'KEY_UNAVAILABLE',
  says: [`status ${status}`, ...trace, ...health],
});

const unusable = (name: string, change: Partial<ArtifactSigningBehaviour>, ...says: readonly string[]): Mode => ({
  name,
  inject: behaving(change),
  attempts: ['poll', 1],
  ends: 'KEY_SIGNATURE_INVALID',
  says: ['the result of Artifact Signing is unusable', ...says, 'nothing was pushed', ...trace],
});

const withSignature = (change: (signature: Uint8Array) => string): Partial<ArtifactSigningBehaviour> => ({
  end: (result: SigningResult) => ({ ...result, signature: change(Buffer.from(result.signature ?? '', 'base64')) }),
});

const pending = (name: string, variant: string, pendingStatus: string): Mode => ({
  ...{ name, variant },
  inject: behaving({ pendingPolls: 1, pendingStatus }),
  attempts: ['poll', 2],
  waits: [...firstLook, 1000],
  ends: 'signed',
});

export const pollModes: readonly Mode[] = [
  {
    name: 'InProgress×n',
    inject: behaving({ pendingPolls: 5, retryAfter: '3' }),
    attempts: ['poll', 6],
    waits: [...firstLook, ...Array<number>(5).fill(3000)],
    ends: 'signed',
  },
  pending('"In Progress"/"inprogress" spelling', 'In Progress', 'In Progress'),
  pending('"In Progress"/"inprogress" spelling', 'inprogress', 'inprogress'),
  pending('Running/NotStarted', 'Running', 'Running'),
  pending('Running/NotStarted', 'NotStarted', 'NotStarted'),
  {
    name: 'Failed with `error`, with `errorResponse`, with nothing',
    variant: 'error',
    inject: ending({ status: 'Failed', error: expired }),
    attempts: ['poll', 1],
    ends: 'KEY_UNAVAILABLE',
    says: ['status Failed', 'AccountUnhealthy: The subscription has expired.', ...trace, ...health],
  },
  {
    name: 'Failed with `error`, with `errorResponse`, with nothing',
    variant: 'errorResponse',
    inject: ending({ status: 'Failed', errorResponse: { error: expired, ...expired } }),
    attempts: ['poll', 1],
    ends: 'KEY_UNAVAILABLE',
    says: ['status Failed', 'AccountUnhealthy: The subscription has expired.', ...trace, ...health],
  },
  {
    name: 'Failed with `error`, with `errorResponse`, with nothing',
    variant: 'nothing',
    inject: ending({ status: 'Failed' }),
    attempts: ['poll', 1],
    ends: 'KEY_UNAVAILABLE',
    says: ['status Failed (no reason given)', ...trace, ...health],
  },
  endsBadly('Canceled', 'Canceled'),
  endsBadly('TimedOut', 'TimedOut'),
  endsBadly('NotFound', 'NotFound'),
  {
    name: '404 then 200',
    inject: answeringFirst('poll', notFound, notFound),
    attempts: ['poll', 3],
    waits: [...firstLook, 1000, 1000],
    ends: 'signed',
  },
  {
    name: '404 then 200',
    variant: 'never 200',
    inject: answering('poll', notFound),
    attempts: ['poll', 4],
    waits: [...firstLook, 1000, 1000, 1000],
    ends: 'KEY_UNAVAILABLE',
    says: ['was accepted, and then not found 4 times', 'No such operation.', ...trace.slice(0, 3), 'run the job again'],
  },
  {
    name: 'never finishes',
    inject: behaving({ pendingPolls: Infinity, retryAfter: '600' }),
    // Whatever is asked for, the next look comes after 5 s at most.
    attempts: ['poll', 60],
    waits: [...firstLook, ...Array<number>(59).fill(5000)],
    ends: 'KEY_UNAVAILABLE',
    says: ['did not end within 300 s', 'last status InProgress', ...trace, 'run the job again'],
  },
  unusable(
    'Succeeded with null signature',
    { end: (result) => ({ ...result, signature: null }) },
    'it has no signature',
  ),
  unusable(
    'malformed base64',
    withSignature((signature) => `${Buffer.from(signature).toString('base64')}!`),
    'base64',
  ),
  unusable(
    'wrong-length signature',
    withSignature((signature) => Buffer.from(signature.subarray(1)).toString('base64')),
    'of 383 bytes',
  ),
  {
    name: 'signature by another key (rotated leaf)',
    // Signed by the key of the day before, delivered with the certificate of today.
    inject: async (world) => {
      const { privateKey } = world.signer();
      await world.rotate();
      world.artifactSigning.behave({ sign: (algorithm, digest) => signWith(algorithm, digest, privateKey) });
      return {};
    },
    attempts: ['poll', 1],
    ends: 'KEY_SIGNATURE_INVALID',
    says: ['the key of none of its 4 certificates verifies the PS384 signature', ...trace],
  },
  {
    ...unusable(
      'PSS with salt 32 or PKCS#1 v1.5 instead',
      { sign: (_algorithm, digest, key) => signHashPss('sha384', digest, key, 32) },
      'verifies the PS384 signature',
    ),
    variant: 'PSS with salt 32',
  },
  {
    ...unusable(
      'PSS with salt 32 or PKCS#1 v1.5 instead',
      { sign: (_algorithm, digest, key) => signHashPkcs1('sha384', digest, key) },
      'verifies the PS384 signature',
    ),
    variant: 'PKCS#1 v1.5',
  },
];
