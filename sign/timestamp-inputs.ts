// The inputs that say who stamps the time. Signatures of Artifact Signing outlive their certificate by their timestamp
// alone, so there a timestamp is the default.

import type { InputReader } from '../shared/github/inputs.ts';
import { boolean, lines, linesOf, url } from '../shared/github/input-values.ts';
import type { Files } from '../shared/ports.ts';
import { requireTrustAnchor } from '../shared/trust/anchor.ts';
import { loadPreset, presets } from '../shared/trust/presets.ts';
import type { Certificate } from '../shared/x509/certificate.ts';
import { readCertificateFile } from './certificate-file.ts';
import type { KeyProviderName } from './key-inputs.ts';

export interface TimestampInputs {
  /** Tried in this order. */
  readonly authorities: readonly URL[];
  readonly roots: readonly Certificate[];
}

// Plain http is what the service speaks: a token is protected by its own signature.
const microsoftAuthority = new URL('http://timestamp.acs.microsoft.com/');
const microsoftPreset = 'microsoft-timestamping';

export interface TimestampTerms {
  /** Undefined: no timestamp. */
  readonly timestamp?: TimestampInputs;
  readonly allowUntimestamped: boolean;
}

export async function readTimestampTerms(
  reader: InputReader,
  files: Files,
  provider: KeyProviderName | undefined,
): Promise<TimestampTerms> {
  const allowUntimestamped = reader.withDefault('allow-untimestamped', boolean, false);
  const authorities = readAuthorities(reader, provider);
  if (authorities?.length === 0 && provider === 'artifact-signing' && !allowUntimestamped) {
    reader.refuse(
      'timestamp-url',
      'certificates of Artifact Signing live 3 days, and without a timestamp their signatures end with them',
      'Remove `timestamp-url: none`, or add `allow-untimestamped: true` where such signatures are meant.',
    );
  }
  const timestamp = await readTrust(reader, files, authorities);
  return { allowUntimestamped, ...(timestamp && { timestamp }) };
}

/** Undefined: no timestamp, or a problem. */
async function readTrust(
  reader: InputReader,
  files: Files,
  authorities: readonly URL[] | undefined,
): Promise<TimestampInputs | undefined> {
  const given = await reader.load('timestamp-roots', (value) => readRoots(value, files));
  if (authorities === undefined) return undefined;
  if (authorities.length === 0) {
    if (reader.has('timestamp-roots')) {
      reader.refuse(
        'timestamp-roots',
        'there is no timestamp to check with them',
        'Set timestamp-url, or remove them.',
      );
    }
    return undefined;
  }
  const builtIn = authorities.every(({ host }) => host === microsoftAuthority.host);
  if (!builtIn && !reader.has('timestamp-roots')) {
    reader.missing(
      'timestamp-roots',
      `Name files with the root certificates of the authority, or a preset: ${timestampPresets().join(', ')}.`,
    );
  }
  const roots = given ?? (builtIn ? loadPreset(microsoftPreset, 'timestamping') : undefined);
  return roots && { authorities, roots };
}

/** None: no timestamp is wanted. Undefined: a problem. */
function readAuthorities(reader: InputReader, provider: KeyProviderName | undefined): readonly URL[] | undefined {
  if (!reader.has('timestamp-url')) return provider === 'artifact-signing' ? [microsoftAuthority] : [];
  return reader.optional('timestamp-url', (value) => (value === 'none' ? [] : linesOf(url('http', 'https'))(value)));
}

/** One name of a preset or of a file a line. */
async function readRoots(value: string, files: Files): Promise<readonly Certificate[]> {
  const roots: Certificate[] = [];
  for (const line of lines(value)) {
    roots.push(...(loadPreset(line, 'timestamping') ?? (await readCertificateFile(line, files))));
  }
  for (const root of roots) requireTrustAnchor(root, 'timestamping');
  return roots;
}

function timestampPresets(): readonly string[] {
  return presets.filter(({ purpose }) => purpose === 'timestamping').map(({ name }) => name);
}
