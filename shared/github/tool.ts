// Fetches a program that the user names by address and SHA-256: the bare file, or a tar.gz or zip that holds it. What was
// fetched stays in the runner's tool cache under its checksum, and is checked again whenever it is taken from there.

import { chmod, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { NotaryError } from '../errors.ts';
import type { Environment, Http, HttpResponse } from '../ports.ts';

export interface Tool {
  /** Its folder in the tool cache. */
  readonly name: string;
  readonly url: URL;
  /** Lower-case hexadecimal, of what the address serves. */
  readonly sha256: string;
  /** The file name of the program: looked for in an archive, given to a bare file. */
  readonly program: string;
}

export interface ToolServices {
  readonly http: Http;
  /** Lower-case hexadecimal SHA-256. */
  readonly sha256Hex: (bytes: Uint8Array) => string;
  /** Of the runner: its temporary directory and its tool cache are named there. Without a cache nothing is kept. */
  readonly environment: Environment;
}

/** What Notation accepts for a plugin; those in use have 10 to 80 MiB. */
const maxBytes = 256 * 1024 * 1024;
const timeoutMs = 5 * 60_000;
/** Release pages redirect once or twice. */
const maxRedirects = 5;

/**
 * Brings the program onto this machine, whole and checked before anything else is done with it.
 *
 * @returns  the path of the program, in a directory of its own
 * @throws NotaryError CHECKSUM_MISMATCH    other content; it is neither kept nor unpacked
 * @throws NotaryError INPUT_INVALID        the address serves no file
 * @throws NotaryError NETWORK_UNREACHABLE, RESPONSE_TOO_LARGE
 * @throws NotaryError PROGRAM_FAILED       the archive cannot be unpacked, or does not hold the program
 */
export async function installTool(tool: Tool, services: ToolServices): Promise<string> {
  const directory = await mkdtemp(join(temporaryDirectory(services.environment), `${tool.name}-`));
  const cache = await openCache(tool, services);
  const kept = await cache.read();
  if (kept !== undefined) return unpack(tool, kept, directory);
  const fetched = await download(tool, services);
  await cache.write(fetched, directory);
  return unpack(tool, fetched, directory);
}

/** Of the runner, or of the machine. */
function temporaryDirectory({ RUNNER_TEMP, TMPDIR, TEMP }: Environment): string {
  return [RUNNER_TEMP, TMPDIR, TEMP].find(Boolean) ?? '/tmp';
}

interface ToolCache {
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array, directory: string): Promise<void>;
}

const cachedFile = 'download';

async function openCache({ name, sha256 }: Tool, { environment, sha256Hex }: ToolServices): Promise<ToolCache> {
  if (!environment.RUNNER_TOOL_CACHE) {
    return { read: () => Promise.resolve(undefined), write: () => Promise.resolve() };
  }
  const { cacheFile, find } = await import('@actions/tool-cache');
  // The toolkit asks the process itself, where an agent of Azure Pipelines has other names for them.
  process.env.RUNNER_TOOL_CACHE ??= environment.RUNNER_TOOL_CACHE;
  process.env.RUNNER_TEMP ??= environment.RUNNER_TEMP;
  // The cache takes semantic versions only; a pre-release may hold any letters.
  const version = `0.0.0-sha256-${sha256}`;
  return {
    async read() {
      const folder = find(name, version);
      if (folder === '') return undefined;
      const bytes = await readFile(join(folder, cachedFile)).catch(() => undefined);
      // On a machine of one's own others may write there too: what is not the file itself counts as absent.
      return bytes !== undefined && sha256Hex(bytes) === sha256 ? bytes : undefined;
    },
    async write(bytes, directory) {
      const file = join(directory, cachedFile);
      await writeFile(file, bytes);
      await cacheFile(file, cachedFile, name, version);
    },
  };
}

async function download({ url, sha256 }: Tool, { http, sha256Hex }: ToolServices): Promise<Uint8Array> {
  const { status, body } = await follow(http, url);
  if (status !== 200) {
    const transient = status === 408 || status === 429 || status >= 500;
    throw new NotaryError(transient ? 'NETWORK_UNREACHABLE' : 'INPUT_INVALID', `${url.href} answered ${status}`, {
      remedy: 'Check the address of the download; it must be served without a login.',
    });
  }
  const found = sha256Hex(body);
  if (found === sha256) return body;
  throw new NotaryError(
    'CHECKSUM_MISMATCH',
    `${url.href} serves ${body.length} bytes with the SHA-256 ${found}, not ${sha256}`,
  );
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

async function follow(http: Http, start: URL): Promise<HttpResponse> {
  let url = start;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const response = await http({ method: 'GET', url, timeoutMs, maxBytes });
    const location = response.headers.get('location');
    if (!redirects.has(response.status) || location === undefined) return response;
    const next = URL.parse(location, url.href);
    if (next?.protocol !== url.protocol) {
      throw new NotaryError('INPUT_INVALID', `${url.href} redirects to ${location}, which is not followed`);
    }
    url = next;
  }
  throw new NotaryError('INPUT_INVALID', `${start.href} redirects more than ${maxRedirects} times`);
}

async function unpack({ name, program }: Tool, bytes: Uint8Array, directory: string): Promise<string> {
  const content = join(directory, 'content');
  const kind = kindOf(bytes);
  if (kind === undefined) {
    const path = join(directory, program);
    await writeFile(path, bytes, { mode: 0o755 });
    return path;
  }
  const archive = join(directory, `archive.${kind}`);
  await writeFile(archive, bytes);
  const { extractTar, extractZip } = await import('@actions/tool-cache');
  try {
    await (kind === 'zip' ? extractZip : extractTar)(archive, content);
  } catch (error) {
    // The toolkit throws plain Errors for whatever the archiver said.
    if (!(error instanceof Error)) throw error;
    throw new NotaryError('PROGRAM_FAILED', `the ${kind} of ${name} cannot be unpacked: ${error.message}`, {
      cause: error,
    });
  }
  const path = await findProgram(content, program);
  // A zip made on Windows says nothing about who may execute what.
  await chmod(path, 0o755);
  return path;
}

/** By the bytes: addresses end as they please. RFC 1952 §2.3.1; APPNOTE §4.3.7. */
function kindOf([first, second, third]: Uint8Array): 'tar.gz' | 'zip' | undefined {
  if (first === 0x1f && second === 0x8b) return 'tar.gz';
  return first === 0x50 && second === 0x4b && third === 0x03 ? 'zip' : undefined;
}

async function findProgram(directory: string, program: string): Promise<string> {
  // Symbolic links are neither followed nor taken for files.
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const [found, ...others] = entries.filter((entry) => entry.isFile() && entry.name === program);
  if (found !== undefined && others.length === 0) return join(found.parentPath, found.name);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  throw new NotaryError(
    'PROGRAM_FAILED',
    `the archive holds ${found === undefined ? 'no' : 'more than one'} file ${program}; its files are ${files.slice(0, 20).join(', ')}`,
    { remedy: `Give the address of an archive for this platform that holds ${program} once.` },
  );
}
