// A timestamp authority on loopback, by default with the replies of Microsoft's public one, and with each fault by
// name. RFC 3161; the shape of the tokens was measured on genuine ones (CA and leaf inside, no root).

import { Buffer } from 'node:buffer';

import { AsnConvert } from '@peculiar/asn1-schema';
import { TimeStampReq } from '@peculiar/asn1-tsp';

import type { Issued } from './ca.ts';
import { integer, none, sequence, tlv } from './der-writer.ts';
import { startLoopbackServer } from './loopback-server.ts';
import type { LoopbackServer, Received, Reply } from './loopback-server.ts';
import { tsaHashOids } from './tsa-hash.ts';
import type { TsaHash } from './tsa-hash.ts';
import { encodeImprint, makeToken, messageImprint } from './tsa-token.ts';
import type { TokenOptions } from './tsa-token.ts';

/** PKIStatusInfo, RFC 3161 §2.4.2. */
export interface TsaStatus {
  readonly status: number;
  readonly text?: readonly string[];
  /** Bit numbers of PKIFailureInfo. */
  readonly failInfo?: readonly number[];
}

/** What differs from a good reply. */
export interface TsaDeviation {
  /** Of the token; the nonce and the imprint are those of the request unless given here. */
  readonly token?: Partial<TokenOptions>;
  readonly nonce?: 'wrong' | 'absent';
  readonly imprint?: 'of other bytes' | 'without NULL';
  readonly status?: TsaStatus;
  readonly withoutToken?: boolean;
  /** The bytes of the TimeStampResp. */
  readonly bytes?: (reply: Uint8Array) => Uint8Array;
  readonly http?: Partial<Reply>;
}

const timestampReply = 'application/timestamp-reply';

/** Every way of misbehaving that has a name. */
export const tsaDeviations = {
  'wrong nonce': { nonce: 'wrong' },
  'no nonce': { nonce: 'absent' },
  'wrong imprint': { imprint: 'of other bytes' },
  'imprint without NULL': { imprint: 'without NULL' },
  rejected: { status: { status: 2, text: ['Bad algorithm', 'ask later'], failInfo: [0, 25] }, withoutToken: true },
  waiting: { status: { status: 3 }, withoutToken: true },
  'granted with mods': { status: { status: 1, text: ['with another policy'] } },
  'no token': { withoutToken: true },
  'certReq ignored': { token: { certificates: [] } },
  'signingCertificate v1 only': { token: { signingCertificate: 'v1' } },
  'whole-second genTime': { token: { genTime: 'whole second' } },
  'missing accuracy': { token: { accuracy: 'absent' } },
  oversize: { bytes: (reply) => Buffer.concat([reply, new Uint8Array(1_048_576)]) },
  truncated: { bytes: (reply) => reply.subarray(0, reply.length - 100) },
  'trailing bytes': { bytes: (reply) => Buffer.concat([reply, Uint8Array.of(0)]) },
  'not DER': { bytes: () => Buffer.from('<html>It works!</html>') },
  'wrong content type': { http: { headers: { 'content-type': 'text/html' } } },
  'content type with parameter': { http: { headers: { 'content-type': `${timestampReply}; charset=utf-8` } } },
  'bad request': { http: { status: 400 } },
  'not found': { http: { status: 404 } },
  redirect: { http: { status: 302, headers: { location: 'https://elsewhere.example/' } } },
  'too many requests': { http: { status: 429 } },
  'server error': { http: { status: 503 } },
} as const satisfies Readonly<Record<string, TsaDeviation>>;

export type TsaDeviationName = keyof typeof tsaDeviations;

export interface TsaOptions {
  /** The authority's certificate, such as `timestampingChain()` makes. */
  readonly chain: Issued;
  /** Default the machine's. */
  readonly clock?: { now(): Date };
  readonly deviations?: TsaDeviation | TsaDeviationName | undefined;
}

export interface Tsa {
  /** DER TimeStampReq -> DER TimeStampResp. */
  respond(request: Uint8Array): Promise<Uint8Array>;
  /** The same over HTTP; GET tells that the authority is there. */
  handle(request: Pick<Received, 'method' | 'headers' | 'body'>): Promise<Reply>;
  /** Changes how the next replies deviate; undefined makes them good again. */
  deviate(deviation: TsaDeviation | TsaDeviationName | undefined): void;
}

export function createTsa({ chain, clock = { now: () => new Date() }, deviations }: TsaOptions): Tsa {
  const state = { deviation: resolve(deviations) };
  const respond = (request: Uint8Array): Uint8Array => {
    const { bytes, ...deviation } = state.deviation;
    const reply = answer(request, chain, clock.now(), deviation);
    return new Uint8Array(bytes === undefined ? reply : bytes(reply));
  };
  return {
    respond: (request) => Promise.resolve(respond(request)),
    deviate: (deviation) => void (state.deviation = resolve(deviation)),
    handle({ method, headers, body }) {
      if (method === 'GET') return Promise.resolve({ status: 200 });
      if (headers['content-type'] !== 'application/timestamp-query') return Promise.resolve({ status: 415 });
      const good = { status: 200, headers: { 'content-type': timestampReply }, body: respond(body) };
      return Promise.resolve({ ...good, ...state.deviation.http });
    },
  };
}

/** POST to any path; GET answers 200. */
export async function startTsa(options: TsaOptions & { readonly port?: number }): Promise<Tsa & LoopbackServer> {
  const tsa = createTsa(options);
  const server = await startLoopbackServer((request) => tsa.handle(request), options);
  return { ...tsa, ...server };
}

function resolve(deviation: TsaDeviation | TsaDeviationName | undefined): TsaDeviation {
  return typeof deviation === 'string' ? tsaDeviations[deviation] : (deviation ?? {});
}

function answer(der: Uint8Array, chain: Issued, at: Date, deviation: TsaDeviation): Uint8Array {
  const request = readRequest(der);
  if (typeof request === 'string') return response({ status: 2, text: [request], failInfo: [5] });
  const { hash, imprint, nonce } = request;
  if (hash === undefined) return response({ status: 2, text: ['the hash is not accepted'], failInfo: [0] });
  const token = makeToken({
    ...{ chain, at },
    messageImprint: deviatingImprint(hash, imprint, deviation),
    ...deviatingNonce(nonce, deviation),
    ...(request.certReq ? {} : { certificates: [] }),
    ...deviation.token,
  });
  return response(deviation.status ?? { status: 0 }, deviation.withoutToken === true ? undefined : token);
}

interface Request {
  readonly hash: TsaHash | undefined;
  readonly imprint: Uint8Array;
  readonly nonce: bigint | undefined;
  readonly certReq: boolean;
}

/** The request, or what is wrong with it. */
function readRequest(der: Uint8Array): Request | string {
  let request: TimeStampReq;
  try {
    request = AsnConvert.parse(der, TimeStampReq);
  } catch (error) {
    return `not a TimeStampReq: ${String(error)}`;
  }
  const { hashAlgorithm, hashedMessage } = request.messageImprint;
  const hash = (['sha256', 'sha384', 'sha512'] as const).find((name) => tsaHashOids[name] === hashAlgorithm.algorithm);
  const nonce = request.nonce === undefined ? undefined : signed(new Uint8Array(request.nonce));
  return { hash, imprint: new Uint8Array(hashedMessage.buffer), nonce, certReq: request.certReq };
}

const signed = (octets: Uint8Array): bigint =>
  BigInt.asIntN(octets.length * 8, BigInt(`0x${Buffer.from(octets).toString('hex')}`));

function deviatingImprint(hash: TsaHash, imprint: Uint8Array, { imprint: deviation }: TsaDeviation): Uint8Array {
  if (deviation === 'of other bytes') return messageImprint(hash, Buffer.from('other bytes'));
  const parameters = deviation === 'without NULL' ? 'absent' : 'NULL';
  return encodeImprint(hash, imprint, parameters);
}

function deviatingNonce(nonce: bigint | undefined, deviation: TsaDeviation): { nonce?: bigint } {
  if (nonce === undefined || deviation.nonce === 'absent') return {};
  return { nonce: deviation.nonce === 'wrong' ? nonce + 1n : nonce };
}

function response({ status, text = [], failInfo = [] }: TsaStatus, token: Uint8Array = none): Uint8Array {
  const texts = text.map((line) => tlv(0x0c, Buffer.from(line)));
  return sequence(
    sequence(
      integer(BigInt(status)),
      texts.length > 0 ? sequence(...texts) : none,
      failInfo.length > 0 ? failureBits(failInfo) : none,
    ),
    token,
  );
}

/** A named bit list: trailing zero bits are cut off (X.690 §11.2.2). */
function failureBits(bits: readonly number[]): Uint8Array {
  const last = Math.max(...bits);
  const octets = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return tlv(0x03, Uint8Array.of(7 - (last & 7)), octets);
}
