// What holds for every workflow of the repository and every example, without running one.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { readAction } from '../../.ci/docs.ts';

const root = join(import.meta.dirname, '../..');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

type Inputs = Readonly<Record<string, { readonly required?: boolean }>>;

interface Workflow {
  readonly on: { readonly workflow_call?: { readonly inputs: Inputs } };
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const directories = ['.github/workflows', 'action-fixtures/workflows'];
const paths = directories.flatMap((directory) =>
  readdirSync(join(root, directory)).map((file) => `${directory}/${file}`),
);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const load = (path: string): Workflow => parse(read(path)) as Workflow;

/** Of what the project has to offer; undefined for what others have. */
function inputsOf(uses: string): Inputs | undefined {
  const [, part] = /^(?:\.\/\.notary-actions|OWNER\/REPO)\/([^@]*)/.exec(uses) ?? [];
  if (part === undefined) return undefined;
  return part === 'sign' || part === 'verify' ? readAction(part).inputs : load(part).on.workflow_call?.inputs;
}

describe.each(paths)('%s', (path) => {
  const workflow = load(path);
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);

  it('has no right but those that a job asks for', () => {
    expect(workflow.permissions).toEqual({});
    expect(jobs.filter(([, { permissions }]) => permissions === undefined)).toEqual([]);
  });

  it('pins the actions of others to a commit, and says which version that is', () => {
    const foreign = [...read(path).matchAll(/uses: (.*)/g)].map(([, name = '']) => name);
    const own = /^(?:\.\/|OWNER\/REPO\/)/;
    const unpinned = foreign.filter((name) => !own.test(name) && !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(name));
    expect(unpinned).toEqual([]);
  });

  it('leaves no expression in a script, where its value would be read as code', () => {
    expect(steps.filter(({ run }) => run?.includes('${{') === true)).toEqual([]);
  });

  it('gives our actions and workflows the inputs that they have', () => {
    for (const { uses = '', with: given = {} } of [...steps, ...jobs.map(([, job]) => job)]) {
      const inputs = inputsOf(uses);
      if (inputs === undefined) continue;
      const required = Object.keys(inputs).filter((name) => inputs[name]?.required === true);
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    }
  });
});

describe('build-sign-verify.yml', () => {
  it('lets the signing job alone ask for the token of the job', () => {
    const { jobs } = load('.github/workflows/build-sign-verify.yml');
    const rights = Object.entries(jobs).map(([name, { permissions }]) => [name, permissions?.['id-token']]);
    expect(Object.fromEntries(rights)).toEqual({ build: undefined, sign: 'write', verify: undefined });
  });
});
