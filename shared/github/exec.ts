// Runs other programs, such as plugins and credential helpers: never through a shell, with an environment of its own,
// for a limited time, and with bounded output.

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';

import { concatBytes } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { Environment, Exec, ExecResult } from '../ports.ts';

export interface ExecOptions {
  /** The whole environment of the programs; see programEnvironment. */
  readonly environment: Environment;
  /** Aborted when the time of the step is over. */
  readonly signal: AbortSignal;
  /** Of one run. */
  readonly timeoutMs: number;
  /** Of standard output; one byte more ends the program. */
  readonly maxStdoutBytes: number;
}

/** Messages are short. What a chatty program writes beyond this is let go, not held against it. */
const maxStderrBytes = 1024 * 1024;

interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdin: Uint8Array;
}

/**
 * The real Exec. The program and whatever it started are killed when the time is over.
 *
 * The returned function throws PROGRAM_FAILED (not started, ended by a signal, too late, too much output) and
 * STEP_TIMED_OUT. An exit code other than 0 is a result like any other.
 */
export function createExec(options: ExecOptions): Exec {
  return (file, args, stdin) => run({ file, args, stdin }, options);
}

async function run(program: Program, options: ExecOptions): Promise<ExecResult> {
  const { signal, timeoutMs, maxStdoutBytes } = options;
  if (signal.aborted) throw stepOver(signal);
  const child = start(program, options.environment);
  const stopped: { reason?: NotaryError } = {};
  const stop = (reason: NotaryError): void => {
    stopped.reason ??= reason;
    kill(child);
  };
  const late = setTimeout(() => {
    stop(failed(program, `it did not end within ${timeoutMs} ms`));
  }, timeoutMs);
  const onAbort = (): void => {
    stop(stepOver(signal));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const stdout = collect(child.stdout, maxStdoutBytes, () => {
      stop(failed(program, `it wrote more than ${maxStdoutBytes} bytes`));
    });
    const stderr = collect(child.stderr, maxStderrBytes);
    send(child, program.stdin);
    const { exitCode, killedBy } = await ended(child, program);
    if (stopped.reason !== undefined) throw stopped.reason;
    if (exitCode === null) throw failed(program, `it was ended by ${killedBy ?? 'a signal'}`);
    return { exitCode, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', onAbort);
  }
}

const hasProcessGroups = process.platform !== 'win32';

function start({ file, args }: Program, environment: Environment): ChildProcessWithoutNullStreams {
  return spawn(file, args, {
    env: { ...environment },
    shell: false,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    // A process group of its own, so that what it starts in turn can be ended with it.
    detached: hasProcessGroups,
  });
}

interface End {
  readonly exitCode: number | null;
  readonly killedBy: NodeJS.Signals | null;
}

function ended(child: ChildProcessWithoutNullStreams, program: Program): Promise<End> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(failed(program, `it cannot be started (${'code' in error ? String(error.code) : error.message})`, error));
    });
    child.once('close', (exitCode, killedBy) => {
      resolve({ exitCode, killedBy });
    });
  });
}

/** @returns  what has come so far, up to the limit */
function collect(
  stream: ChildProcessWithoutNullStreams['stdout'],
  maxBytes: number,
  onOverflow?: () => void,
): () => Uint8Array {
  const chunks: Uint8Array[] = [];
  let room = maxBytes;
  stream.on('data', (chunk: Uint8Array) => {
    if (chunk.length > room) onOverflow?.();
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room = Math.max(0, room - chunk.length);
  });
  return () => concatBytes(...chunks);
}

function send(child: ChildProcessWithoutNullStreams, stdin: Uint8Array): void {
  // A program may end, or close its input, without having read it; its exit says whether that was well.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
}

function kill(child: ChildProcessWithoutNullStreams): void {
  // Whatever left the process group may hold the pipes open, and would keep us waiting.
  child.stdout.destroy();
  child.stderr.destroy();
  if (!hasProcessGroups || child.pid === undefined || !killGroup(child.pid)) child.kill('SIGKILL');
}

function killGroup(leader: number): boolean {
  try {
    return process.kill(-leader, 'SIGKILL');
  } catch {
    // Gone already (ESRCH), or not ours to end (EPERM); then the program itself is tried, whose own event tells more.
    return false;
  }
}

function failed({ file }: Program, detail: string, cause?: unknown): NotaryError {
  return new NotaryError('PROGRAM_FAILED', `${file}: ${detail}`, cause === undefined ? {} : { cause });
}

function stepOver({ reason }: AbortSignal): NotaryError {
  return reason instanceof NotaryError
    ? reason
    : new NotaryError('STEP_TIMED_OUT', 'the step was cancelled', { cause: reason });
}

/** What programs need to run at all: names in upper case, for Windows knows no other and proxies are named in both. */
const programVariables: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'TMP', 'TEMP', 'LANG', 'LC_ALL', 'TZ'],
  ...['XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'],
  ...['PROGRAMDATA', 'PROGRAMFILES', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE'],
  // By it the runner finds processes that outlive the step.
  'RUNNER_TRACKING_ID',
]);

/**
 * The environment for a program: the variables that programs need to run at all, and those that the user names. Inputs,
 * tokens of the runner, and whatever other steps have set, stay here.
 *
 * @param named  exact names
 */
export function programEnvironment(environment: Environment, named: readonly string[] = []): Environment {
  const kept = Object.entries(environment).filter(([name, value]) => {
    return value !== undefined && (programVariables.has(name.toUpperCase()) || named.includes(name));
  });
  return Object.fromEntries(kept);
}
