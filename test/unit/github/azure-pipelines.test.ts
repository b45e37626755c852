import { describe, expect, it } from 'vitest';

import { asRunnerEnvironment, isAzurePipelines, loggingCommand } from '../../../shared/github/azure-pipelines.ts';
import { InputReader } from '../../../shared/github/inputs.ts';
import { text } from '../../../shared/github/input-values.ts';
import { readCommand } from '../../support/pipelines-agent.ts';
import { thrownBy } from '../azure/scripted-http.ts';

describe('isAzurePipelines', () => {
  it.each([
    [{ TF_BUILD: 'True' }, true],
    [{ TF_BUILD: 'true', GITHUB_ACTIONS: '' }, true],
    [{ TF_BUILD: 'True', GITHUB_ACTIONS: 'true' }, false],
    [{ TF_BUILD: 'False' }, false],
    [{}, false],
  ])('knows %j', (environment, expected) => {
    expect(isAzurePipelines(environment)).toBe(expected);
  });
});

describe('asRunnerEnvironment', () => {
  it('finds inputs under either prefix, with underscores or hyphens, in any case', () => {
    const environment = { NOTARY_PLUGIN_NAME: 'a', 'INPUT_KEY-ID': 'b', INPUT_EXPIRY: '1d', Notary_Plain_Http: 'c' };
    expect(asRunnerEnvironment(environment)).toMatchObject({
      ...{ 'INPUT_PLUGIN-NAME': 'a', 'INPUT_KEY-ID': 'b', INPUT_EXPIRY: '1d', 'INPUT_PLAIN-HTTP': 'c' },
    });
    expect(Object.keys(asRunnerEnvironment(environment)).filter((name) => name.startsWith('NOTARY_'))).toEqual([]);
  });

  it('gives what the agent calls otherwise the names of the runner', () => {
    const agent = { AGENT_TEMPDIRECTORY: '/t', AGENT_TOOLSDIRECTORY: '/c', BUILD_SOURCESDIRECTORY: '/s', PATH: '/bin' };
    const runner = { RUNNER_TEMP: '/t', RUNNER_TOOL_CACHE: '/c', GITHUB_WORKSPACE: '/s' };
    expect(asRunnerEnvironment(agent)).toEqual({ ...agent, ...runner });
    expect(asRunnerEnvironment({ ...agent, RUNNER_TEMP: '/own' }).RUNNER_TEMP).toBe('/own');
  });

  it('refuses an input that is given twice', async () => {
    const reader = new InputReader(asRunnerEnvironment({ NOTARY_KEY_ID: 'a', 'INPUT_KEY-ID': 'b' }));
    expect(reader.optional('key-id', text)).toBe('a');
    const error = await thrownBy(() => reader.complete({}));
    expect(String(error)).toContain('key-id (given twice): is not an input of this action');
  });
});

describe('loggingCommand', () => {
  it('is one command, whatever it holds', () => {
    const nasty = 'a;b]c\r\n##vso[task.setvariable variable=x]%0A%AZP25';
    const line = loggingCommand('task.logissue', { type: 'error', sourcepath: nasty }, nasty);
    expect(line).toBe(
      '##vso[task.logissue type=error;sourcepath=a%3Bb%5Dc%0D%0A##vso[task.setvariable variable=x%5D%AZP250A%AZP25AZP25;]' +
        'a;b]c%0D%0A##vso[task.setvariable variable=x]%AZP250A%AZP25AZP25',
    );
    expect(readCommand(line)).toEqual({
      name: 'task.logissue',
      properties: { type: 'error', sourcepath: nasty },
      data: nasty,
    });
  });

  it('needs no properties', () => {
    expect(loggingCommand('task.debug', {}, 'x')).toBe('##vso[task.debug]x');
  });
});
