// Signs a hash that somebody else made with an EC key, as a remote signing service does; Node only signs whole messages.
// FIPS 186-5 §6.4.1; the curve arithmetic is Node's, by way of ECDH.

import { Buffer } from 'node:buffer';
import { createECDH } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** SP 800-186: the orders of the base points. */
const orders: Readonly<Record<string, bigint>> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  secp521r1:
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
};

/** r‖s, each as long as the order. */
export function signHashEcdsa(digest: Uint8Array, key: KeyObject): Buffer {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  const order = orders[curve];
  if (order === undefined) throw new Error(`no order is known for the curve ${curve}`);
  const bits = order.toString(2).length;
  const length = Math.ceil(bits / 8);
  const secret = toNumber(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));
  // The leftmost bits of the hash, as many as the order has; every hash in use here fits into its curve or is as long.
  const hash = toNumber(digest) >> BigInt(Math.max(0, digest.length * 8 - bits));
  for (;;) {
    const ephemeral = createECDH(curve);
    const point = ephemeral.generateKeys();
    const r = toNumber(point.subarray(1, 1 + (point.length - 1) / 2)) % order;
    const s = (inverse(toNumber(ephemeral.getPrivateKey()), order) * ((hash + r * secret) % order)) % order;
    if (r !== 0n && s !== 0n) return Buffer.concat([toBytes(r, length), toBytes(s, length)]);
  }
}

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const toBytes = (number: bigint, length: number): Buffer =>
  Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex');

/** By the extended algorithm of Euclid. */
function inverse(number: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [number % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b, x, y] = [b % a, a, y - quotient * x, x];
  }
  return ((x % modulus) + modulus) % modulus;
}
