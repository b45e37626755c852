// Runs workflows with the real act, on this machine and without an engine. What lies outside of both has a stand-in in
// act/actions: GitHub's checkout and artifacts, and docker's builder, in whose place buildah builds.

import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { peer, projectRoot } from '../peers/peers.ts';

export interface WorkflowRun {
  /** Path in the caller's repository. */
  readonly workflow: string;
  readonly event: string;
  /** The caller's repository: files of this project by their path, or the text. */
  readonly files: Readonly<Record<string, { readonly from: string } | string>>;
  /** Of the repository: `vars`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of every step. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface WorkflowResult {
  readonly exitCode: number;
  /** What every job came to that was begun, by its name. */
  readonly jobs: Readonly<Record<string, string>>;
  /** What every step came to that was begun, by "job: step". */
  readonly steps: Readonly<Record<string, string>>;
  /** What was given to upload-artifact: texts, by the name of the artifact. */
  readonly artifacts: Readonly<Record<string, string>>;
  readonly log: string;
}

/** How the examples name this project. */
const published = 'OWNER/REPO';
const publishedParts = ['.github/workflows', 'sign/action.yml', 'verify/action.yml', 'dist'];
const standIns = join(import.meta.dirname, 'act/actions');
const timeoutMs = 120_000;

export async function runWorkflow(run: WorkflowRun): Promise<WorkflowResult> {
  const directory = await mkdtemp(join(tmpdir(), 'act-'));
  const place = (name: string): string => join(directory, name);
  try {
    for (const part of publishedParts) await cp(join(projectRoot, part), join(place('published'), part), copying);
    await writeRepository(place('repository'), run.files);
    await mkdir(place('artifacts'));
    await mkdir(place('home/.config/act'), { recursive: true });
    const environment = {
      ...run.environment,
      STAND_IN_ACTIONS: place('published'),
      STAND_IN_ARTIFACTS: place('artifacts'),
    };
    const { exitCode, log } = await runAct(directory, [
      ...[run.event, '--json', '--workflows', run.workflow, '--platform', 'ubuntu-latest=-self-hosted'],
      ...['--container-daemon-socket', '-', '--no-cache-server', '--action-cache-path', place('cache')],
      ...(await replacements(place('published'), place('repository'))),
      ...Object.entries(run.variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
      ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ]);
    return { exitCode, log, ...results(log), artifacts: await readArtifacts(place('artifacts')) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const copying = { recursive: true };

async function writeRepository(directory: string, files: WorkflowRun['files']): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), copying);
    if (typeof content === 'string') await writeFile(file, content);
    else await cp(join(projectRoot, content.from), file, copying);
  }
  const git = (...args: readonly string[]): Buffer => execFileSync('git', args, { cwd: directory });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=caller', '-c', 'user.email=caller@example.invalid', 'commit', '--quiet', '--message=all');
}

/** For every action of others that a workflow names, at the very commit. */
async function replacements(...directories: readonly string[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const directory of directories) {
    const files = await readdir(join(directory, '.github/workflows'));
    for (const file of files) {
      const text = await readFile(join(directory, '.github/workflows', file), 'utf8');
      for (const [, name = ''] of text.matchAll(/uses: ([\w-]+\/[\w-]+@[0-9a-f]{40})/g)) names.add(name);
    }
  }
  const known = await readdir(standIns);
  const replaced = [...names].flatMap((name) => {
    const action = /\/([\w-]+)@/.exec(name)?.[1] ?? '';
    return known.includes(action) ? [`${name}=${join(standIns, action)}`] : [];
  });
  return [`${published}@v1=${directories[0]}`, ...replaced].flatMap((value) => ['--local-repository', value]);
}

function runAct(directory: string, args: readonly string[]): Promise<{ exitCode: number; log: string }> {
  const peers = [peer('buildah'), peer('jq')].map((path) => dirname(path));
  const programs = [join(projectRoot, 'node_modules/.bin'), ...peers, process.env.PATH];
  const home = join(directory, 'home');
  const env = { PATH: programs.join(delimiter), HOME: home, XDG_CONFIG_HOME: join(home, '.config') };
  const options = { cwd: join(directory, 'repository'), env, timeout: timeoutMs };
  const child = spawn(peer('act'), args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      if (exitCode === null) reject(new Error(`act did not end in ${timeoutMs} ms\n${log}`));
      else settle({ exitCode, log });
    });
  });
}

interface LogLine {
  readonly job?: string;
  readonly jobResult?: string;
  readonly stage?: string;
  readonly step?: string;
  /** Longer than one inside composite actions. */
  readonly stepID?: readonly string[];
  readonly stepResult?: string;
}

function results(log: string): Pick<WorkflowResult, 'jobs' | 'steps'> {
  const lines = log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
  // act pads the names, and numbers the jobs of a matrix itself.
  const nameOf = (job = ''): string => job.trim().replace(/-\d+$/, '');
  const jobs = lines.flatMap(({ job, jobResult }) => (jobResult === undefined ? [] : [[nameOf(job), jobResult]]));
  const steps = lines.flatMap(({ job, stage, step, stepID, stepResult }) =>
    stage === 'Main' && stepID?.length === 1 && stepResult !== undefined
      ? [[`${nameOf(job)}: ${step}`, stepResult]]
      : [],
  );
  return {
    jobs: Object.fromEntries(jobs) as Record<string, string>,
    steps: Object.fromEntries(steps) as Record<string, string>,
  };
}

async function readArtifacts(directory: string): Promise<Readonly<Record<string, string>>> {
  const artifacts: Record<string, string> = {};
  for (const name of await readdir(directory)) {
    for (const file of await readdir(join(directory, name))) {
      artifacts[name] = await readFile(join(directory, name, file), 'utf8');
    }
  }
  return artifacts;
}
