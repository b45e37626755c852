import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { publishReport } from '../../../shared/github/report.ts';
import { resultsOf } from '../../../shared/github/results.ts';
import { readCommands } from '../../support/pipelines-agent.ts';
import { recordingLog } from '../../support/ports.ts';
import { captureStandardOutput } from '../../support/standard-output.ts';

describe('results in a job of Azure Pipelines', () => {
  let directory: string;
  const written = captureStandardOutput();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'results-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const environment = () => ({ TF_BUILD: 'True', RUNNER_TEMP: directory });
  const report = { success: true, outputs: { digests: 'a\nb;]%' }, summary: '## Fine\n', document: {} };
  const variables = (): Readonly<Record<string, string>> => {
    const set = readCommands(written()).filter(({ name }) => name === 'task.setvariable');
    return Object.fromEntries(set.map(({ properties, data }) => [properties.variable ?? '', data] as const));
  };

  it('are output variables and an uploaded summary', async () => {
    await publishReport(report, environment(), recordingLog());
    const { report: path = '', ...others } = variables();
    expect(others).toEqual({ digests: 'a\nb;]%', result: 'success' });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ result: 'success' });
    const upload = readCommands(written()).find(({ name }) => name === 'task.uploadsummary');
    expect(readFileSync(upload!.data, 'utf8')).toBe('## Fine\n');
  });

  it('hold no command that a later script would echo', async () => {
    const text = 'a ##vso[task.complete result=Succeeded;]\\##[error]';
    await publishReport({ ...report, outputs: { results: JSON.stringify([text]) } }, environment(), recordingLog());
    const { results = '' } = variables();
    expect(results).not.toMatch(/##(?:vso)?\[/);
    expect(JSON.parse(results)).toEqual([text]);
  });

  it('leave out what no variable can hold, and a summary that has no place', async () => {
    const log = recordingLog();
    await publishReport({ ...report, outputs: { digests: 'x'.repeat(32_001) } }, { TF_BUILD: 'True' }, log);
    expect(variables()).toEqual({ digests: '', report: '', result: 'success' });
    expect(log.lines).toHaveLength(2);
    expect(written()).not.toContain('uploadsummary');
  });

  it('end with the failure of the step, which the exit code alone says on GitHub', () => {
    resultsOf({}).fail('Nothing was signed');
    expect(written()).toBe('');
    resultsOf(environment()).fail('Nothing was signed');
    expect(written()).toBe('##vso[task.complete result=Failed;]Nothing was signed\n');
  });
});
