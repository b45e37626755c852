// Semantic versions and their order. Semantic Versioning 2.0.0, §2, §9 to §11.

export interface SemanticVersion {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

// Longer than any in use.
const maxLength = 256;
const number = /^(?:0|[1-9][0-9]*)$/;
const identifier = /^[0-9A-Za-z-]+$/;

/** Undefined for everything else, a leading "v" included. */
export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  if (text.length > maxLength) return undefined;
  const plus = text.indexOf('+');
  const build = plus < 0 ? [] : text.slice(plus + 1).split('.');
  const precedence = plus < 0 ? text : text.slice(0, plus);
  const hyphen = precedence.indexOf('-');
  const prerelease = hyphen < 0 ? [] : precedence.slice(hyphen + 1).split('.');
  const core = (hyphen < 0 ? precedence : precedence.slice(0, hyphen)).split('.');
  const [major, minor, patch, ...others] = core;
  if (major === undefined || minor === undefined || patch === undefined || others.length > 0) return undefined;
  if (!core.every((part) => number.test(part))) return undefined;
  if (![...build, ...prerelease].every((part) => identifier.test(part))) return undefined;
  if (!prerelease.every((part) => number.test(part) || /[^0-9]/.test(part))) return undefined;
  return { numbers: [BigInt(major), BigInt(minor), BigInt(patch)], prerelease };
}

/** Whether the first comes before the second; build metadata does not count. */
export function isEarlierVersion(a: SemanticVersion, b: SemanticVersion): boolean {
  for (const [index, part] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (part !== other) return part < other;
  }
  // A release comes after all that led to it.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return a.prerelease.length > b.prerelease.length;
  for (const [index, part] of a.prerelease.entries()) {
    const other = b.prerelease[index];
    if (other === undefined) return false;
    if (part !== other) return isEarlierIdentifier(part, other);
  }
  return a.prerelease.length < b.prerelease.length;
}

function isEarlierIdentifier(a: string, b: string): boolean {
  const numeric = [number.test(a), number.test(b)];
  if (numeric[0] && numeric[1]) return BigInt(a) < BigInt(b);
  return numeric[0] === numeric[1] ? a < b : numeric[0] === true;
}
