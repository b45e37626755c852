// A plugin that signs bytes with a key of its settings, as those in front of a key management service do.

import { Buffer } from 'node:buffer';
import { constants, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { Issued } from '../ca.ts';
import { Misbehaviour, PluginError, RawOutput, serve } from './protocol.ts';
import type { PluginAnswers, PluginRequest } from './protocol.ts';

export interface SignerSettings {
  readonly name: string;
  readonly version: string;
  readonly keyId: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  /** Leaf to root, base64. */
  readonly chain: readonly string[];
  readonly capabilities: readonly string[];
  /** By command. */
  readonly faults: Readonly<Partial<Record<string, SignerFault>>>;
}

export type SignerFault = keyof typeof signerFaults;

export function signerSettings(
  name: string,
  { keyPem, chain }: Issued,
  change: Partial<SignerSettings> = {},
): SignerSettings {
  return {
    ...{ name, version: '1.2.3', keyId: 'key-1', privateKey: keyPem, faults: {} },
    chain: chain.map((certificate) => Buffer.from(certificate).toString('base64')),
    capabilities: ['SIGNATURE_GENERATOR.RAW'],
    ...change,
  };
}

type Answer = Readonly<Record<string, unknown>>;
type Fault = (answer: Answer, request: PluginRequest, settings: SignerSettings) => unknown;

const fails =
  (stderr: string | Answer, exitCode = 1): Fault =>
  () => {
    throw new PluginError(stderr, exitCode);
  };
const misbehaves =
  (kind: Misbehaviour['kind']): Fault =>
  () => {
    throw new Misbehaviour(kind);
  };

/** What becomes of a right answer. */
export const signerFaults = {
  'says VALIDATION_ERROR': fails({
    ...{ errorCode: 'VALIDATION_ERROR', errorMessage: 'no such\nkey', errorMetadata: { keyId: 'key-1' } },
  }),
  'says ACCESS_DENIED': fails({ errorCode: 'ACCESS_DENIED', errorMessage: 'not for you' }, 3),
  'says THROTTLED': fails({ errorCode: 'THROTTLED', errorMessage: 'slow down' }),
  'says TIMEOUT': fails({ errorCode: 'TIMEOUT', errorMessage: 'too late' }),
  'says something of its own': fails({ errorCode: 'MOON_PHASE', errorMessage: 'wrong moon' }),
  'says only metadata': fails({ errorMetadata: { request: '7' } }),
  'fails in plain words': fails('panic: it is dark\n', 2),
  'fails with other JSON': fails({ reason: 'x' }),
  'fails silently': fails('', 134),
  'answers with garbage': () => new RawOutput(Buffer.of(0xff, 0xfe, 0x00)),
  'answers with HTML': () => new RawOutput('<html>'),
  'answers with nothing': () => new RawOutput(''),
  'answers with an array': () => new RawOutput('[]'),
  'answers twice': (answer) => new RawOutput(JSON.stringify(answer) + JSON.stringify(answer)),
  'answers in nested arrays': () => new RawOutput('['.repeat(100_000)),
  'has another name': (answer) => ({ ...answer, name: 'other' }),
  'has no description': (answer) => ({ ...answer, description: '' }),
  'has no URL': ({ url: _, ...answer }) => answer,
  'has an odd version': (answer) => ({ ...answer, version: '1 2\n3' }),
  'keeps to another contract': (answer) => ({ ...answer, supportedContractVersions: ['2.0'] }),
  'has no capabilities': (answer) => ({ ...answer, capabilities: [] }),
  'has capabilities that are no texts': (answer) => ({ ...answer, capabilities: [1] }),
  'describes another key': (answer) => ({ ...answer, keyId: 'key-2' }),
  'describes an unknown kind': (answer) => ({ ...answer, keySpec: 'RSA-1024' }),
  'describes a kind that the key is not': (answer) => ({ ...answer, keySpec: 'EC-521' }),
  'signs in DER': (answer, request, { privateKey }) => {
    const der = sign(hashOf(request), payloadOf(request), { key: privateKey, dsaEncoding: 'der' });
    return { ...answer, signature: der.toString('base64') };
  },
  'signs with a short salt': (answer, request, { privateKey }) => {
    const pss = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 };
    return { ...answer, signature: sign(hashOf(request), payloadOf(request), pss).toString('base64') };
  },
  'signs something else': (answer, request, settings) => {
    return { ...answer, signature: signBytes(Buffer.from('else'), request, settings).toString('base64') };
  },
  'signs in base64url': (answer) => ({ ...answer, signature: `${String(answer.signature).slice(0, -4)}_-==` }),
  'has its chain upside down': (answer) => ({
    ...answer,
    certificateChain: [...(answer.certificateChain as readonly string[])].reverse(),
  }),
  'has no chain': (answer) => ({ ...answer, certificateChain: [] }),
  'has a chain of no certificates': (answer) => ({ ...answer, certificateChain: ['MAA='] }),
  hangs: misbehaves('hang'),
  'writes without end': misbehaves('endless output'),
  'is killed': misbehaves('killed'),
} as const satisfies Readonly<Record<string, Fault>>;

export function signerAnswers(settings: SignerSettings): PluginAnswers {
  return (command, request) => {
    const answer = answerOf(command, request, settings);
    const fault = settings.faults[command];
    return fault === undefined ? answer : signerFaults[fault](answer, request, settings);
  };
}

function answerOf(command: string, request: PluginRequest, settings: SignerSettings): Answer {
  const { name, version, keyId, chain, capabilities } = settings;
  if (command !== 'get-plugin-metadata' && request.contractVersion !== '1.0') {
    throw new PluginError({ errorCode: 'UNSUPPORTED_CONTRACT_VERSION', errorMessage: 'only 1.0' });
  }
  switch (command) {
    case 'get-plugin-metadata':
      return metadata(name, version, capabilities);
    case 'describe-key':
      requireKey(request, keyId);
      return { keyId, keySpec: keySpecOf(createPrivateKey(settings.privateKey)) };
    case 'generate-signature': {
      requireKey(request, keyId);
      const signature = signBytes(payloadOf(request), request, settings).toString('base64');
      const family = String(request.keySpec).startsWith('EC') ? 'ECDSA' : 'RSASSA-PSS';
      const signingAlgorithm = `${family}-${String(request.hashAlgorithm)}`;
      return { keyId, signature, signingAlgorithm, certificateChain: chain };
    }
    default:
      throw new PluginError({ errorCode: 'ERROR', errorMessage: `${command} is not implemented` });
  }
}

export function metadata(name: string, version: string, capabilities: readonly string[]): Answer {
  return {
    ...{ name, description: 'a plugin for tests', version, url: 'https://plugin.example' },
    ...{ supportedContractVersions: ['1.0'], capabilities },
  };
}

export function requireKey(request: PluginRequest, keyId: string): void {
  if (request.keyId === keyId) return;
  throw new PluginError({ errorCode: 'VALIDATION_ERROR', errorMessage: `no key ${String(request.keyId)}` });
}

export function keySpecOf(key: KeyObject): string {
  const { modulusLength, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return `RSA-${String(modulusLength)}`;
  return `EC-${/\d{3}/.exec(namedCurve)?.[0] ?? ''}`;
}

const hashOf = (request: PluginRequest): string => String(request.hashAlgorithm).replace('SHA-', 'sha');
const payloadOf = (request: PluginRequest): Buffer => Buffer.from(String(request.payload), 'base64');

function signBytes(bytes: Uint8Array, request: PluginRequest, { privateKey }: SignerSettings): Buffer {
  return signMessage(hashOf(request), bytes, privateKey);
}

export function signMessage(hash: string, bytes: Uint8Array, privateKey: string): Buffer {
  const key = createPrivateKey(privateKey);
  if (createPublicKey(privateKey).asymmetricKeyType === 'ec') {
    return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' });
  }
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign(hash, bytes, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

export function main(directory: string): void {
  serve(directory, signerAnswers);
}
