// The ports of the house for tests: a clock that stands still, files in memory, a log that is kept, and randomness that
// repeats itself.

import type { RunnerLog } from '../../shared/github/log.ts';
import { NotaryError } from '../../shared/errors.ts';
import type { Clock, FileEntry, Files, Http, HttpRequest, HttpResponse, Log, Random } from '../../shared/ports.ts';
import type { WritableFiles } from '../../shared/ports.ts';

export interface FixedClock extends Clock {
  /** What was slept, in milliseconds, in order. */
  readonly slept: readonly number[];
}

/** Stands still, but for what sleep adds; sleep returns at once. */
export function fixedClock(start: Date | string): FixedClock {
  let now = new Date(start).getTime();
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    sleep(ms) {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

/** Paths with forward slashes to contents; directories are what stands before a slash. */
export function filesInMemory(contents: Readonly<Record<string, string | Uint8Array>>): Files {
  return readable(encoded(contents));
}

export interface MemoryFiles extends WritableFiles {
  readonly contents: Map<string, Uint8Array>;
  /** "create PATH", "replace PATH" or "remove PATH", in order. */
  readonly changes: readonly string[];
}

export function writableFilesInMemory(initial: Readonly<Record<string, string | Uint8Array>> = {}): MemoryFiles {
  const contents = encoded(initial);
  const changes: string[] = [];
  return {
    ...readable(contents),
    ...{ contents, changes },
    create(path, bytes) {
      changes.push(`create ${path}`);
      if (contents.has(path)) return Promise.resolve(false);
      contents.set(path, bytes);
      return Promise.resolve(true);
    },
    replace(path, bytes) {
      changes.push(`replace ${path}`);
      contents.set(path, bytes);
      return Promise.resolve();
    },
    remove(path) {
      changes.push(`remove ${path}`);
      contents.delete(path);
      return Promise.resolve();
    },
  };
}

function encoded(contents: Readonly<Record<string, string | Uint8Array>>): Map<string, Uint8Array> {
  return new Map(
    Object.entries(contents).map(([path, content]) => {
      return [path, typeof content === 'string' ? new TextEncoder().encode(content) : content] as const;
    }),
  );
}

function readable(files: ReadonlyMap<string, Uint8Array>): Files {
  const below = (directory: string): string[] => {
    const prefix = directory.endsWith('/') ? directory : `${directory}/`;
    return [...files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  };
  return {
    kind(path) {
      if (files.has(path)) return Promise.resolve('file');
      return Promise.resolve(below(path).length > 0 ? 'directory' : undefined);
    },
    read(path, maxBytes) {
      const content = files.get(path);
      if (content !== undefined && content.length > maxBytes) {
        return Promise.reject(new NotaryError('FILE_UNREADABLE', `${path}: over ${maxBytes} bytes`));
      }
      return Promise.resolve(content);
    },
    list(directory) {
      const names = new Map<string, FileEntry>();
      for (const rest of below(directory)) {
        const [name = '', ...deeper] = rest.split('/');
        names.set(name, { name, kind: deeper.length > 0 ? 'directory' : 'file' });
      }
      const entries = [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return Promise.resolve(entries.length > 0 ? entries : undefined);
    },
  };
}

export interface RecordedLog extends Log {
  /** "warning: text" for each line. */
  readonly lines: readonly string[];
}

export function recordingLog(): RecordedLog {
  const lines: string[] = [];
  return {
    lines,
    debug: (text) => lines.push(`debug: ${text}`),
    info: (text) => lines.push(`info: ${text}`),
    warning: (text) => lines.push(`warning: ${text}`),
  };
}

export interface RecordedRunnerLog extends RunnerLog {
  /** "error: title", then its lines; what is masked is not among them. */
  readonly lines: readonly string[];
  readonly masked: readonly string[];
}

export function recordingRunnerLog(): RecordedRunnerLog {
  const lines: string[] = [];
  const masked: string[] = [];
  return {
    ...{ lines, masked },
    debug: (text) => void lines.push(`debug: ${text}`),
    info: (text) => void lines.push(`info: ${text}`),
    warning: (text) => void lines.push(`warning: ${text}`),
    error: (title, texts) => void lines.push(`error: ${title}`, ...texts),
    group: (title, texts) => void lines.push(`group: ${title}`, ...texts),
    mask: (secret) => void masked.push(secret),
  };
}

/** The same bytes in every run: a counter, one byte after the other. */
export function countingRandom(start = 1): Random {
  let next = start;
  return (length) => Uint8Array.from({ length }, () => next++ & 0xff);
}

export type ScriptedAnswer = HttpResponse | Error;

export interface ScriptedHttp {
  readonly http: Http;
  readonly requests: readonly HttpRequest[];
}

/** Answers one request after the other; a request for which no answer is left fails the test. */
export function scriptedHttp(...answers: readonly ScriptedAnswer[]): ScriptedHttp {
  const requests: HttpRequest[] = [];
  const left = [...answers];
  return {
    requests,
    http: (request) => {
      requests.push(request);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`no answer for ${request.method} ${request.url.href}`);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

export function response(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): HttpResponse {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return { status, headers: new Map(Object.entries(headers)), body: bytes };
}
