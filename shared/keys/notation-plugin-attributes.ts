// The signed attributes as a verification plugin gets them: which plugin they call for, and what it is told. Plugin
// Extensibility, "verify-signature" (PLUG-20, PLUG-24, VER-13).

import { encodeBase64 } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import { isJsonObject, ordered, sorted } from '../json.ts';
import type { Json, JsonMembers, Writable } from '../json.ts';
import { isPluginName } from './notation-plugin-program.ts';
import { parseSemanticVersion } from './semantic-version.ts';
import type { SemanticVersion } from './semantic-version.ts';

/** Of the envelope, as both formats read them. */
export interface PluginAttributes {
  readonly contentType: string;
  readonly signingScheme: string;
  /** Told to the plugin under notary.x509.signingAuthority, where somebody vouches for it. */
  readonly signingTime: Date;
  readonly expiry?: Date;
  readonly extended: readonly PluginAttribute[];
}

export interface PluginAttribute {
  readonly key: string | number | bigint;
  readonly critical: boolean;
  readonly value: unknown;
}

const pluginName = 'io.cncf.notary.verificationPlugin';
const pluginMinVersion = 'io.cncf.notary.verificationPluginMinVersion';

export interface WantedPlugin {
  readonly name: string;
  readonly minVersion?: { readonly text: string; readonly version: SemanticVersion };
}

/**
 * The plugin without which this signature must not be accepted; undefined where it names none.
 *
 * @throws NotaryError ENVELOPE_MALFORMED  it is named in another way than the specification has it
 */
export function wantedPlugin(extended: readonly PluginAttribute[]): WantedPlugin | undefined {
  const named = extended.find(({ key }) => key === pluginName);
  if (named === undefined) return undefined;
  const name = requireCriticalText(named);
  if (!isPluginName(name)) throw misnamed(`${JSON.stringify(name.slice(0, 100))} is not the name of a plugin`);
  const minimum = extended.find(({ key }) => key === pluginMinVersion);
  if (minimum === undefined) return { name };
  const text = requireCriticalText(minimum);
  const version = parseSemanticVersion(text);
  if (version === undefined) throw misnamed(`its least version is ${JSON.stringify(text.slice(0, 100))}`);
  return { name, minVersion: { text, version } };
}

function requireCriticalText({ key, critical, value }: PluginAttribute): string {
  if (critical && typeof value === 'string' && value.trim() !== '') return value;
  throw misnamed(`${String(key)} is ${critical ? 'not text' : 'not critical'}`);
}

function misnamed(detail: string): NotaryError {
  return new NotaryError('ENVELOPE_MALFORMED', `the signature calls for a verification plugin, but ${detail}`);
}

/** What only the plugin can process: every attribute with a name, but for the two that call for it (PLUG-24). */
export function attributesForPlugin({ extended }: PluginAttributes): readonly (PluginAttribute & { key: string })[] {
  return extended.flatMap(({ key, ...rest }) => {
    return typeof key !== 'string' || key === pluginName || key === pluginMinVersion ? [] : [{ key, ...rest }];
  });
}

/** @throws NotaryError ENVELOPE_UNSUPPORTED  an attribute that JSON cannot hold */
export function renderAttributes(attributes: PluginAttributes): JsonMembers {
  const { contentType, signingScheme, signingTime, expiry } = attributes;
  const extended = attributesForPlugin(attributes);
  const values = Object.fromEntries(extended.map(({ key, value }) => [key, toJson(value, key, 0)]));
  return ordered(
    ['contentType', contentType],
    ['signingScheme', signingScheme],
    // D26: left out where there is none; the reference implementation writes the year 1.
    ['expiry', expiry && renderMoment(expiry)],
    ['authenticSigningTime', signingScheme === 'notary.x509.signingAuthority' ? renderMoment(signingTime) : undefined],
    ['extendedAttributes', extended.length === 0 ? undefined : sorted(values)],
  );
}

/** RFC 3339, with as many digits as are needed. */
function renderMoment(moment: Date): string {
  return moment.toISOString().replace('.000Z', 'Z');
}

/** As deep as the CBOR gate reads. */
const maxDepth = 32;

function toJson(value: unknown, key: string, depth: number): Writable {
  if (depth <= maxDepth) {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    if (value instanceof Uint8Array) return encodeBase64(value);
    if (Array.isArray(value)) return value.map((item: unknown) => toJson(item, key, depth + 1));
    const entries = entriesOf(value);
    if (entries !== undefined) {
      return sorted(Object.fromEntries(entries.map(([name, item]) => [name, toJson(item, key, depth + 1)])));
    }
  }
  throw new NotaryError(
    'ENVELOPE_UNSUPPORTED',
    `the signed attribute ${JSON.stringify(key.slice(0, 100))} has a value that no verification plugin can be told`,
  );
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<unknown, unknown>)];
    return entries.every((entry): entry is [string, unknown] => typeof entry[0] === 'string') ? entries : undefined;
  }
  const isPlain = typeof value === 'object' && value !== null && isPlainObject(value);
  return isPlain && isJsonObject(value as Json) ? Object.entries(value) : undefined;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
