// Signs a hash that somebody else made, as a remote signing service does; Node only signs whole messages. RFC 8017.

import { Buffer } from 'node:buffer';
import { constants, createHash, privateEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** RSASSA-PSS with MGF1 over the same hash. RFC 8017 §9.1.1. */
export function signHashPss(hash: string, digest: Uint8Array, key: KeyObject, saltLength = digest.length): Buffer {
  const modulusBits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const length = Math.ceil((modulusBits - 1) / 8);
  const salt = randomBytes(saltLength);
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const data = Buffer.concat([Buffer.alloc(length - saltLength - h.length - 2), Buffer.of(1), salt]);
  const mask = generateMask(hash, h, data.length);
  const masked = Buffer.from(data.map((octet, index) => octet ^ (mask[index] ?? 0)));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - (modulusBits - 1)));
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.concat([masked, h, Buffer.of(0xbc)]));
}

/** RFC 8017 §B.2.1. */
function generateMask(hash: string, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0, made = 0; made < length; counter += 1) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    const block = createHash(hash).update(seed).update(number).digest();
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

// DigestInfo up to its OCTET STRING content. RFC 8017 §9.2, note 1.
const digestInfo: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** RSASSA-PKCS1-v1_5. */
export function signHashPkcs1(hash: string, digest: Uint8Array, key: KeyObject): Buffer {
  const info = Buffer.concat([Buffer.from(digestInfo[hash] ?? '', 'hex'), digest]);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info);
}
