// What the house needs from outside, as types only. The real ones are made in host/, github/ and azure/, and handed
// in by main.ts; tests hand in their own.

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** Field names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** For the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Of the response body; one byte more ends in RESPONSE_TOO_LARGE. */
  readonly maxBytes: number;
  /**
   * A POST, PUT, PATCH or DELETE whose repetition does no harm; GET and HEAD are always repeatable. "if refused": after a
   * 429 only, which says that nothing was done.
   */
  readonly repeatable?: boolean | 'if refused';
}

export interface HttpResponse {
  readonly status: number;
  /** Field names in lower case; repeated fields joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/**
 * One exchange. Redirects are never followed: whoever holds the credentials decides. Content encodings are not asked
 * for and not decoded.
 *
 * @throws NotaryError NETWORK_UNREACHABLE  no connection, TLS failure, broken or late answer
 * @throws NotaryError RESPONSE_TOO_LARGE   body over maxBytes
 * @throws NotaryError STEP_TIMED_OUT       the step's own time is over
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

export interface FileEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** Read access. Every method answers undefined for what does not exist, and throws FILE_UNREADABLE for the rest. */
export interface Files {
  /** The kind of the path itself; a symbolic link is not followed. */
  kind(path: string): Promise<FileKind | undefined>;
  /** The whole file; FILE_UNREADABLE when it is longer than maxBytes. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** The entries in order of their names; links are not followed. */
  list(directory: string): Promise<readonly FileEntry[] | undefined>;
}

/** Write access, for what a user names to be written to. Every method throws FILE_UNWRITABLE. */
export interface WritableFiles extends Files {
  /** Makes a file that is not there yet. False where something has that name: of several callers one gets true. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Puts a file in place, with the directories above it: whoever reads sees all of what was there before or all of this. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** What is not there is no failure. */
  remove(path: string): Promise<void>;
}

export interface Clock {
  now(): Date;
  sleep(ms: number): Promise<void>;
}

/** Cryptographically strong random bytes. */
export type Random = (length: number) => Uint8Array;

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/**
 * Runs one program without a shell, with bounded time and output. Any exit code is a result.
 *
 * @param file  a path, or a name to be found on the PATH
 * @throws NotaryError PROGRAM_FAILED  not started, killed, too late, or too much on standard output
 * @throws NotaryError STEP_TIMED_OUT  the step's own time is over
 */
export type Exec = (file: string, args: readonly string[], stdin: Uint8Array) => Promise<ExecResult>;

/** An OAuth access token for one scope, such as "https://codesigning.azure.net/.default". */
export type AccessToken = (scope: string) => Promise<string>;

/** Environment variables, read once by main.ts. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warning(text: string): void;
}
