// One line of `trusted-roots` or `trusted-timestamp-roots`: the name of a preset, a fingerprint, or a certificate file.

import { NotaryError } from '../shared/errors.ts';
import type { TrustAnchors } from '../shared/trust/anchor.ts';
import { builtInRoot, loadPreset, presets, privateTrustAdvice } from '../shared/trust/presets.ts';
import type { AnchorPurpose } from '../shared/trust/presets.ts';

export type AnchorSource =
  | { readonly kind: 'preset' | 'pin'; readonly anchors: TrustAnchors }
  | { readonly kind: 'file'; readonly path: string };

const pinPrefix = 'sha256:';
const fingerprintForm = /^[0-9a-f]{64}$/;

/**
 * @throws NotaryError INPUT_INVALID  a preset that is unknown or meant for the other input, or a malformed pin
 */
export function parseAnchorSource(line: string, purpose: AnchorPurpose): AnchorSource {
  if (line.startsWith(pinPrefix)) return parsePin(line.slice(pinPrefix.length).toLowerCase());
  const certificates = loadPreset(line, purpose);
  if (certificates !== undefined) return { kind: 'preset', anchors: { certificates, pins: [] } };
  if (looksLikePreset(line)) throw unknownPreset(line, purpose);
  return { kind: 'file', path: line };
}

function parsePin(fingerprint: string): AnchorSource {
  if (!fingerprintForm.test(fingerprint)) {
    throw new NotaryError('INPUT_INVALID', `"sha256:${fingerprint}" is not a SHA-256 fingerprint`, {
      remedy: 'Write sha256: and the 64 hexadecimal digits of the fingerprint, without colons between them.',
    });
  }
  const certificate = builtInRoot(fingerprint);
  const anchors = certificate ? { certificates: [certificate], pins: [] } : { certificates: [], pins: [fingerprint] };
  return { kind: 'pin', anchors };
}

/** A bare word of our naming: as the path of a file it would be reported missing, which helps nobody. */
function looksLikePreset(line: string): boolean {
  return /^microsoft-[a-z-]+$/.test(line);
}

function unknownPreset(line: string, purpose: AnchorPurpose): NotaryError {
  const other = presets.some(({ name }) => name === line);
  const names = presets.filter((preset) => preset.purpose === purpose).map(({ name }) => name);
  const input = purpose === 'signing' ? 'trusted-timestamp-roots' : 'trusted-roots';
  const message = other ? `the preset "${line}" belongs into ${input}` : `the preset "${line}" is not known`;
  const advice = purpose === 'signing' && /private|enterprise/.test(line) ? ` ${privateTrustAdvice}` : '';
  return new NotaryError('INPUT_INVALID', message, {
    remedy: `Write ${names.join(' or ')}, a file or a pin.${advice}`,
  });
}
