// Runs an action as the GitHub runner does: a fresh process of Node, inputs as INPUT_ variables, command files for what
// it leaves behind, and nothing of the environment of the tests.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface ActionRun {
  /** The entry point, a bundle or a TypeScript file; a relative path starts at the current directory of the tests. */
  readonly main: string;
  /** Default: the Node that runs the tests. */
  readonly node?: string;
  /** Names as a workflow writes them. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Beside what the runner sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** GITHUB_WORKSPACE and current directory; default: the runner's temporary directory. */
  readonly cwd?: string;
  /** Ends the process the hard way; default 60 s. */
  readonly timeoutMs?: number;
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title?: string;
  readonly message: string;
}

export interface ActionResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** What was registered with add-mask. */
  readonly masked: readonly string[];
  /** The parsed file that the output `report` names. */
  readonly report: unknown;
}

// What a process needs to run at all. HOME is not among them: an action must not find a login it was not given.
export const inherited = ['PATH', 'SystemRoot', 'windir', 'TEMP', 'TMP'];

export async function runAction(run: ActionRun): Promise<ActionResult> {
  const temporary = await mkdtemp(join(tmpdir(), 'runner-'));
  const commandFile = async (name: string): Promise<string> => {
    const path = join(temporary, name);
    await writeFile(path, '');
    return path;
  };
  const outputFile = await commandFile('output');
  const summaryFile = await commandFile('summary');
  const inputs = Object.entries(run.inputs).map(([name, value]) => [inputVariable(name), value]);
  const env = {
    ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
    ...{ CI: 'true', GITHUB_ACTIONS: 'true', RUNNER_TEMP: temporary, HOME: temporary, USERPROFILE: temporary },
    ...{ GITHUB_OUTPUT: outputFile, GITHUB_STEP_SUMMARY: summaryFile, GITHUB_WORKSPACE: run.cwd ?? temporary },
    ...(Object.fromEntries(inputs) as Record<string, string>),
    ...run.env,
  };
  try {
    const { exitCode, stdout, stderr } = await runProcess(run, env, run.cwd ?? temporary);
    const outputs = parseOutputs(await readFile(outputFile, 'utf8'));
    return {
      ...{ exitCode, stdout, stderr, outputs },
      summary: await readFile(summaryFile, 'utf8'),
      annotations: parseAnnotations(stdout),
      masked: commands(stdout, 'add-mask').map(({ data }) => data),
      report: outputs.report ? (JSON.parse(await readFile(outputs.report, 'utf8')) as unknown) : undefined,
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** How the runner names the variable of an input. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

interface ProcessResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function runProcess(run: ActionRun, env: NodeJS.ProcessEnv, cwd: string): Promise<ProcessResult> {
  const { node = process.execPath, main, timeoutMs = 60_000 } = run;
  const child = spawn(node, [resolve(main)], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === null)
        reject(new Error(`${main} was ended by ${signal ?? 'nobody'}\n${text.stdout}\n${text.stderr}`));
      else settle({ exitCode: code, ...text });
    });
  });
}

/** The runner's file command format: NAME=VALUE, or NAME<<DELIMITER and lines up to the delimiter. */
function parseOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    if (heredoc === null) {
      const split = line.indexOf('=');
      if (split > 0) outputs[line.slice(0, split)] = line.slice(split + 1);
      continue;
    }
    const [, name = '', delimiter = ''] = heredoc;
    const end = lines.indexOf(delimiter);
    if (end < 0) throw new Error(`the output ${name} does not end`);
    outputs[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return outputs;
}

interface Command {
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

/** The lines that the runner obeys, as it finds them: white space before the colons does not save a line. */
function commands(stdout: string, name: string): readonly Command[] {
  return stdout.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*::([^\s:]+)(?: ([^:]*))?::(.*)$/.exec(line);
    if (match?.[1] !== name) return [];
    const properties = (match[2] ?? '').split(',').map((pair) => {
      const split = pair.indexOf('=');
      return [pair.slice(0, split), unescape(pair.slice(split + 1))] as const;
    });
    return [{ properties: new Map(properties), data: unescape(match[3] ?? '') }];
  });
}

function parseAnnotations(stdout: string): readonly Annotation[] {
  return (['error', 'warning', 'notice'] as const).flatMap((level) =>
    commands(stdout, level).map(({ properties, data }) => {
      const title = properties.get('title');
      return { level, message: data, ...(title !== undefined && { title }) };
    }),
  );
}

function unescape(text: string): string {
  const characters = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' } as const;
  return text.replace(/%(?:0D|0A|3A|2C|25)/g, (escape) => characters[escape as keyof typeof characters]);
}
