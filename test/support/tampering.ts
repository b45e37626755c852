// Does to signatures in a registry what an attacker with push rights can do, by plain HTTP: moves one to another
// artifact, or changes its bytes and stores the result under a correct digest.

import { pushBlob, pushManifest } from './images.ts';
import type { PushedArtifact, Target } from './images.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface SignatureManifest {
  readonly mediaType: string;
  readonly layers: readonly [Descriptor];
  readonly subject: Descriptor;
  readonly [member: string]: unknown;
}

export interface Forgery {
  /** The signed artifact whose signature is taken. */
  readonly from: PushedArtifact;
  /** The artifact that the result is attached to. */
  readonly to: PushedArtifact;
  /** Gives the envelope bytes of the result; the same bytes where left out. */
  readonly change?: (envelope: Uint8Array) => Uint8Array;
}

/** Takes the first signature that the referrers API lists for one artifact, and attaches it to another. */
export async function forgeSignature(target: Target, { from, to, change }: Forgery): Promise<PushedArtifact> {
  const base = `http://${target.host}/v2/${target.repository}`;
  const referrers = (await (await fetch(`${base}/referrers/${from.digest}`)).json()) as { manifests: Descriptor[] };
  const [first] = referrers.manifests;
  if (first === undefined) throw new Error(`${from.reference} has no signature to forge from`);
  const manifest = (await (await fetch(`${base}/manifests/${first.digest}`)).json()) as SignatureManifest;
  const original = new Uint8Array(await (await fetch(`${base}/blobs/${manifest.layers[0].digest}`)).arrayBuffer());
  const envelope = change === undefined ? original : change(original);
  const digest = await pushBlob(target, envelope);
  const layers = [{ mediaType: manifest.layers[0].mediaType, digest, size: envelope.length }];
  const subject = { mediaType: to.mediaType, digest: to.digest, size: to.size };
  return pushManifest({ host: target.host, repository: target.repository }, { ...manifest, layers, subject });
}

/** Replaces the digest in the signed payload of a COSE envelope, as someone would who wants another image trusted. */
export function swapDigest(from: PushedArtifact, to: PushedArtifact): (envelope: Uint8Array) => Uint8Array {
  return (envelope) => {
    const text = Buffer.from(envelope).toString('latin1');
    if (!text.includes(from.digest)) throw new Error('the envelope does not hold the digest in the clear');
    return new Uint8Array(Buffer.from(text.replace(from.digest, to.digest), 'latin1'));
  };
}
