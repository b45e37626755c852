import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { publishReport } from '../../../shared/github/report.ts';
import type { StepReport } from '../../../shared/github/report.ts';
import { recordingLog } from '../../support/ports.ts';

const report: StepReport = {
  success: true,
  outputs: { digests: 'a\nb', results: '[]' },
  summary: '## Fine\n',
  document: { results: [1, 'é'] },
};

describe('publishReport', () => {
  let directory: string;
  const file = (name: string): string => join(directory, name);
  const outputs = (): string => readFileSync(file('output'), 'utf8');
  /** The value of an output, whatever delimiter stands around it. */
  const output = (name: string): string | undefined =>
    new RegExp(`^${name}<<(ghadelimiter_\\S+)\\r?\\n([\\s\\S]*?)\\r?\\n\\1$`, 'm').exec(outputs())?.[2];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'report-'));
    for (const name of ['output', 'summary']) writeFileSync(file(name), '');
    // The toolkit finds the file of outputs in the environment of the process.
    vi.stubEnv('GITHUB_OUTPUT', file('output'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });
  const environment = () => ({ RUNNER_TEMP: directory, GITHUB_STEP_SUMMARY: file('summary') });

  it('leaves outputs, summary and the whole report behind', async () => {
    const log = recordingLog();
    await publishReport(report, environment(), log);
    expect(output('digests')).toBe('a\nb');
    expect(output('results')).toBe('[]');
    expect(output('result')).toBe('success');
    expect(readFileSync(file('summary'), 'utf8')).toBe('## Fine\n');
    const path = output('report') ?? '';
    expect(path.startsWith(directory)).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      schemaVersion: 1,
      result: 'success',
      results: [1, 'é'],
    });
    expect(log.lines).toEqual([]);
  });

  it('writes files and directories beside it, each with an output', async () => {
    const attachments = [
      { output: 'sarif', name: 'verify.sarif', content: '{}' },
      {
        output: 'config',
        name: 'config',
        content: (where: string) =>
          new Map([
            ['a/b.json', where],
            ['c', 'd'],
          ]),
      },
    ];
    await publishReport({ ...report, attachments }, environment(), recordingLog());
    expect(readFileSync(output('sarif') ?? '', 'utf8')).toBe('{}');
    const where = output('config') ?? '';
    expect(readFileSync(join(where, 'a/b.json'), 'utf8')).toBe(where);
    expect(readFileSync(join(where, 'c'), 'utf8')).toBe('d');
  });

  it('writes reports of steps at the same time to different files', async () => {
    await Promise.all([1, 2].map(() => publishReport(report, environment(), recordingLog())));
    const paths = [...outputs().matchAll(/^(\/|\w:).*report\.json/gm)].map(([path]) => path);
    expect(new Set(paths).size).toBe(2);
  });

  it('adds to a summary that is there, and writes none that is not wanted', async () => {
    writeFileSync(file('summary'), 'before\n');
    await publishReport(report, environment(), recordingLog());
    await publishReport({ ...report, summary: undefined }, environment(), recordingLog());
    expect(readFileSync(file('summary'), 'utf8')).toBe('before\n## Fine\n');
  });

  it('says failure', async () => {
    await publishReport({ ...report, success: false }, environment(), recordingLog());
    expect(output('result')).toBe('failure');
  });

  it('leaves an output that is too long empty, and says so', async () => {
    const log = recordingLog();
    const long = 'x'.repeat(256 * 1024 + 1);
    await publishReport({ ...report, outputs: { digests: long } }, environment(), log);
    expect(output('digests')).toBe('');
    expect(log.lines).toEqual([
      `warning: The output digests has ${long.length} characters and is left empty; read the report.`,
    ]);
  });

  it('does without the places that a runner would give', async () => {
    const log = recordingLog();
    await publishReport(report, {}, log);
    expect(output('report')).toBe('');
    expect(log.lines).toEqual(['warning: RUNNER_TEMP is not set: no report was written.']);
  });
});
