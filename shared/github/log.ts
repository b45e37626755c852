// The runner's log. Whatever is written here ends up on one line of its own and is never taken for a workflow command,
// which the runner reads from any line that starts with "::" or contains "##[".

import { debug, endGroup, error, info, setSecret, startGroup, warning } from '@actions/core';
import type { AnnotationProperties } from '@actions/core';

import type { Http, Log } from '../ports.ts';
import { inert } from './inert.ts';
import { printable } from './printable.ts';

/** A line of a file in the repository, which GitHub shows an annotation at. */
export interface Place {
  /** Relative to the root of the repository, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface RunnerLog extends Log {
  /** An error annotation; each of the lines is escaped and stands on a line of its own. */
  error(title: string, lines: readonly string[], place?: Place): void;
  /** A warning annotation. */
  warning(text: string, place?: Place): void;
  /** Lines that the runner folds under a heading. */
  group(title: string, lines: readonly string[]): void;
  /** From now on the runner shows *** in its place. Each line of the secret is masked too. */
  mask(secret: string): void;
}

export function createLog(): RunnerLog {
  const masked = new Set<string>();
  return {
    debug(text) {
      debug(printable(text));
    },
    info(text) {
      info(inert(text));
    },
    warning(text, place) {
      warning(printable(text), properties(place));
    },
    error(title, lines, place) {
      error(lines.map(printable).join('\n'), { title: printable(title), ...properties(place) });
    },
    group(title, lines) {
      startGroup(printable(title));
      for (const line of lines) info(inert(line));
      endGroup();
    },
    mask(secret) {
      if (secret.trim() === '' || masked.has(secret)) return;
      masked.add(secret);
      setSecret(secret);
    },
  };
}

function properties(place: Place | undefined): AnnotationProperties {
  return place === undefined ? {} : { file: printable(place.file), startLine: place.line };
}

/** Masks the credential of every request before it is sent, whichever room made it. */
export function maskingCredentials(http: Http, log: Pick<RunnerLog, 'mask'>): Http {
  return (request) => {
    const credential = request.headers?.authorization?.split(' ')[1];
    if (credential !== undefined) log.mask(credential);
    return http(request);
  };
}
