// What a plugin says when it fails: a JSON object on standard error, with a code of the contract. Plugin Extensibility,
// "Error handling" (PLUG-4, PLUG-6).

import { showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { isJsonObject, member, parseJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { ExecResult } from '../ports.ts';

/** One run of a plugin, for the message. */
export interface PluginRun {
  /** Of the plugin. */
  readonly name: string;
  readonly command: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly remedy?: string;
}

const accessRemedy = 'Give the identity that the plugin uses the permissions for its key; the plugin says which above.';

const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  [
    'VALIDATION_ERROR',
    { code: 'KEY_PLUGIN_FAILED', remedy: 'Correct key-id or plugin-config as the plugin says above.' },
  ],
  ['ACCESS_DENIED', { code: 'KEY_ACCESS_DENIED', remedy: accessRemedy }],
  ['TIMEOUT', { code: 'KEY_UNAVAILABLE' }],
  ['THROTTLED', { code: 'KEY_UNAVAILABLE' }],
]);

/** The failure of a plugin that ended with another exit code than 0. */
export function pluginFailure(run: PluginRun, { exitCode, stderr }: ExecResult): NotaryError {
  const said = readFailure(stderr);
  const { code, remedy } = meanings.get(said?.code ?? '') ?? { code: 'KEY_PLUGIN_FAILED' };
  const words = said === undefined ? describeText(stderr) : describe(said);
  const message = `the plugin ${run.name} failed to ${run.command} (exit code ${exitCode}): ${words}`;
  return new NotaryError(code, message, remedy === undefined ? {} : { remedy });
}

interface Said {
  readonly code?: string;
  readonly message?: string;
  readonly metadata: readonly string[];
}

const source: Source = { code: 'KEY_PLUGIN_FAILED', what: 'the error of the plugin' };

function readFailure(stderr: Uint8Array): Said | undefined {
  try {
    const object = parseJson(stderr, source);
    if (!isJsonObject(object)) return undefined;
    const [code, message] = [text(object, 'errorCode'), text(object, 'errorMessage')];
    const metadata = metadataOf(object);
    if (code === undefined && message === undefined && metadata.length === 0) return undefined;
    return { ...(code !== undefined && { code }), ...(message !== undefined && { message }), metadata };
  } catch (error) {
    // Plain text, which many programs write.
    if (hasCode(error, source.code)) return undefined;
    throw error;
  }
}

function text(object: JsonObject, name: string): string | undefined {
  const value = member(object, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function metadataOf(object: JsonObject): readonly string[] {
  const metadata = member(object, 'errorMetadata');
  if (!isJsonObject(metadata)) return [];
  return Object.entries(metadata).flatMap(([name, value]) => (typeof value === 'string' ? [`${name}=${value}`] : []));
}

function describe({ code, message, metadata }: Said): string {
  const words = [code, message].filter((part) => part !== undefined).join(': ');
  return shorten(metadata.length === 0 ? words : `${words} (${metadata.join(', ')})`);
}

// A stack trace may be long; its beginning tells most.
const shownCharacters = 2000;

function describeText(stderr: Uint8Array): string {
  const words = shorten(showUtf8(stderr.subarray(0, 4 * shownCharacters)));
  return words === '' ? 'it says nothing' : words;
}

function shorten(words: string): string {
  const line = words.replace(/\s+/g, ' ').trim();
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}
