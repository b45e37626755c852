import { describe, expect, it } from 'vitest';

import { openRunner } from '../../../shared/github/runner.ts';
import { readCommands } from '../../support/pipelines-agent.ts';
import { captureStandardOutput } from '../../support/standard-output.ts';

describe('the log in a job of Azure Pipelines', () => {
  const written = captureStandardOutput();
  const { log } = openRunner({ TF_BUILD: 'True' });
  const lines = (): readonly string[] => written().split('\n').slice(0, -1);
  const commands = () => readCommands(written()).map(({ name, properties, data }) => [name, properties, data]);

  const attack = 'x\r\n##vso[task.complete result=Succeeded;]y ##[error]z';
  const broken = 'x\\r\\n#\\#vso[task.complete result=Succeeded;]y #\\#[error]z';

  it('writes text that is no command', () => {
    log.info(attack);
    expect([lines(), commands()]).toEqual([[broken], []]);
  });

  it('writes what is for debugging, and secrets line by line and once', () => {
    log.debug(attack);
    log.mask('one\r\n\ntwo]%');
    log.mask('one');
    expect(commands()).toEqual([
      ['task.debug', {}, broken],
      ['task.setsecret', {}, 'one'],
      ['task.setsecret', {}, 'two]%'],
    ]);
  });

  it('writes issues, at a line of a file', () => {
    log.warning(attack, { file: 'a;b]\n/Dockerfile', line: 7 });
    log.error('CODE: x\n', ['first\nline', '##vso[task.x]']);
    expect(commands()).toEqual([
      ['task.logissue', { type: 'warning', sourcepath: 'a;b]\\n/Dockerfile', linenumber: '7' }, broken],
      ['task.logissue', { type: 'error' }, 'CODE: x\\n\nfirst\\nline\n#\\#vso[task.x]'],
    ]);
    expect(lines()).toHaveLength(2);
  });

  it('groups lines', () => {
    log.group(attack, ['##[endgroup]', 'y']);
    expect(lines()).toEqual([`##[group]${broken}`, '#\\#[endgroup]', 'y', '##[endgroup]']);
  });
});
