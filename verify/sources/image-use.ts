// What a file says about images: where each is named, as what, and what could not be seen.

import { hasCode, NotaryError } from '../../shared/errors.ts';
import type { Reference } from '../../shared/oci/reference.ts';

/** A file of the workspace, read whole. */
export interface SourceFile {
  /** As messages and reports show it. */
  readonly path: string;
  readonly text: string;
}

/** How a file uses an image: the instruction of a Dockerfile, or the kind of file. */
export type ImageRole = 'from' | 'copy' | 'mount' | 'syntax' | 'compose' | 'kubernetes' | 'helm';

export interface ImageUse {
  /** Always with a tag or a digest: where the file names neither, the tag that its reader would take. */
  readonly reference: Reference;
  /** As the file has it, variables replaced. */
  readonly text: string;
  readonly role: ImageRole;
  readonly file: string;
  /** From 1. Where an instruction has several lines, its first. */
  readonly line: number;
  /** "os/architecture[/variant]" of the one platform that is fetched; absent where the file leaves it open. */
  readonly platform?: string;
  /** Name of the build stage, or of the service or object, that needs the image. */
  readonly stage?: string;
}

export type FindingCode =
  | 'onbuild-not-visible'
  | 'context-not-used'
  | 'frontend-not-pinned'
  | 'frontend-unknown'
  | 'build-not-followed'
  | 'include-not-followed'
  | 'chart-not-followed'
  | 'kind-unknown';

/** What a reader must know to rely on the list of images. */
export interface SourceFinding {
  readonly code: FindingCode;
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

export interface SourceImages {
  /** In the order of their lines; the same image stands there once a use. */
  readonly uses: readonly ImageUse[];
  readonly findings: readonly SourceFinding[];
}

/** Runs a reading of one line, so that what is wrong with it is told with its place. */
export type AtLine = <T>(line: number, read: () => T) => T;

export function inFile(path: string): AtLine {
  return (line, read) => {
    try {
      return read();
    } catch (error) {
      if (hasCode(error, 'SOURCE_INVALID')) throw sourceError(path, line, error.message, error);
      if (hasCode(error, 'REFERENCE_INVALID', 'INPUT_INVALID')) throw sourceError(path, line, error.message);
      throw error;
    }
  };
}

/** What is wrong, where the caller knows the place. */
export function problem(detail: string, remedy?: string): NotaryError {
  return new NotaryError('SOURCE_INVALID', detail, remedy === undefined ? {} : { remedy });
}

/** What is wrong at a line of a file; the remedy is that of the cause, where there is one. */
export function sourceError(path: string, line: number, detail: string, cause?: NotaryError): NotaryError {
  return new NotaryError(
    'SOURCE_INVALID',
    `${path}:${line}: ${detail}`,
    cause === undefined ? {} : { remedy: cause.remedy },
  );
}
