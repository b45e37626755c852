// Puts a draft where verifiers find it: artifact and signatures in a registry, trust in a directory.

import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { EmbeddedRegistry } from '../support/registry.ts';
import { imageManifest, sha256 } from '../support/registry-content.ts';
import type { Draft, Place, Signature, StoreEntry, Target, Trust } from './case.ts';

/** A case as both verifiers are given it. */
export interface Case {
  readonly name: string;
  /** "localhost:PORT/case/NUMBER@sha256:…" */
  readonly reference: string;
  /** What NOTATION_CONFIG names; the same trust is the same directory. */
  readonly configuration: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly maxSignatures: number;
}

export interface Publisher {
  readonly registry: EmbeddedRegistry;
  /** For the configurations. */
  readonly directory: string;
}

/** @param fallback  the trust of drafts that bring none */
export function publish(
  { registry, directory }: Publisher,
  drafts: readonly Draft[],
  fallback: Trust,
): readonly Case[] {
  const seen = new Set<string>();
  return drafts.map((draft, index) => {
    if (seen.has(draft.name)) throw new Error(`two cases are called "${draft.name}"`);
    seen.add(draft.name);
    const repository = `case/${index + 1}`;
    const target = registry.content.putManifest(repository, {
      mediaType: imageManifest,
      // Neither verifier reads it; it is only different for each case, and the same in each run.
      bytes: Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: imageManifest, annotations: { draft: draft.name } }),
      ),
    });
    const place: Place = { putBlob: (bytes) => registry.content.putBlob(repository, bytes) };
    const signed = draft.sign(target);
    for (const signature of Array.isArray(signed) ? (signed as readonly Signature[]) : [signed as Signature]) {
      registry.content.putManifest(repository, manifestOf(signature, target, place));
    }
    return {
      name: draft.name,
      reference: target.reference,
      configuration: configure(directory, draft.trust ?? fallback),
      metadata: draft.metadata ?? {},
      maxSignatures: draft.maxSignatures ?? 100,
    };
  });
}

export const emptyConfig = Buffer.from('{}');

/** The manifest that notation writes around an envelope (REG-3). */
export function regularManifest(
  { mediaType, bytes }: { mediaType: string; bytes: Uint8Array },
  { mediaType: subjectType, digest, size }: Target,
  place: Place,
): Readonly<Record<string, unknown>> {
  const config = { mediaType: 'application/vnd.cncf.notary.signature', digest: place.putBlob(emptyConfig), size: 2 };
  const layers = [{ mediaType, digest: place.putBlob(bytes), size: bytes.length }];
  const subject = { mediaType: subjectType, digest, size };
  const annotations = { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' };
  return { schemaVersion: 2, mediaType: imageManifest, config, layers, subject, annotations };
}

function manifestOf(
  signature: Signature,
  target: Target,
  place: Place,
): { readonly mediaType: string; readonly bytes: Uint8Array } {
  if ('manifest' in signature) return signature.manifest(target, place);
  const manifest = regularManifest(signature, target, place);
  return { mediaType: imageManifest, bytes: Buffer.from(JSON.stringify(manifest)) };
}

const written = new Set<string>();

/** The directory of a trust; the same trust is the same directory. */
export function configure(directory: string, { policy, stores }: Trust): string {
  const entries = Object.entries(stores).map(([path, entry]) => [path, render(entry)] as const);
  const key = sha256(Buffer.from(JSON.stringify([render(policy ?? { directory: true }), entries]))).slice(7, 23);
  const path = join(directory, key);
  if (written.has(path)) return path;
  written.add(path);
  mkdirSync(path, { recursive: true });
  if (policy !== undefined) writeFileSync(join(path, 'trustpolicy.json'), policy, { mode: 0o600 });
  mkdirSync(join(path, 'truststore'), { recursive: true });
  for (const [name, entry] of Object.entries(stores)) writeEntry(join(path, 'truststore', name), entry);
  return path;
}

function writeEntry(path: string, entry: StoreEntry): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(path, entry);
  else if ('link' in entry) symlinkSync(entry.link, path);
  else mkdirSync(path);
}

function render(entry: StoreEntry): string {
  if (typeof entry === 'string') return entry;
  if (entry instanceof Uint8Array) return createHash('sha256').update(entry).digest('hex');
  return 'link' in entry ? `-> ${entry.link}` : '/';
}
