import { describe, expect, it } from 'vitest';

import { logInputs, logOutcomes } from '../../../sign/messages.ts';
import type { SignInputs } from '../../../sign/inputs.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { recordingRunnerLog } from '../../support/ports.ts';
import { artifact, createWorld } from './world.ts';

describe('logInputs', () => {
  const inputs = (change: object): SignInputs => ({ key: { provider: 'plugin' }, ...change }) as SignInputs;

  it('warns of tags, once', () => {
    const log = recordingRunnerLog();
    const artifacts = ['a.example/b:v1', `a.example/b:v2@sha256:${'0'.repeat(64)}`, 'a.example/c:v1'].map(artifact);
    logInputs(inputs({ artifacts }), log);
    expect(log.lines).toEqual([
      expect.stringMatching(/^warning: a\.example\/b:v1, a\.example\/c:v1: a tag can be moved/),
    ]);
  });

  it('warns of a stored key', () => {
    const log = recordingRunnerLog();
    logInputs(inputs({ artifacts: [], key: { provider: 'pem' } }), log);
    expect(log.lines).toEqual([expect.stringMatching(/^warning: private-key is a stored secret/)]);
  });

  it('warns of an odd endpoint', () => {
    const log = recordingRunnerLog();
    logInputs(inputs({ artifacts: [], key: { provider: 'artifact-signing', finding: 'odd' } }), log);
    expect(log.lines).toEqual(['warning: odd']);
  });
});

describe('logOutcomes', () => {
  it('tells of every artifact, and each warning once', async () => {
    const signer = await codeSigningChain({ subject: 'O=Acme, CN=nameless' });
    const world = await createWorld({ signer });
    const { content, host } = world.registry;
    const one = content.pushImage('app', { tag: 'v1' });
    const two = content.pushImage('app');
    const missing = `${host}/app:none`;
    const log = recordingRunnerLog();
    logOutcomes(await world.run([one.reference, two.reference, `${host}/app:v1`, missing], { concurrency: 1 }), log);
    expect(log.lines.filter((line) => /^[a-z]+: /.test(line))).toEqual([
      `group: Signed ${one.reference}`,
      `group: Signed ${two.reference}`,
      `info: ${host}/app:v1: the same artifact as one above`,
      `error: REGISTRY_NOT_FOUND: ${missing}`,
      expect.stringMatching(/^warning: No trust policy can name/),
    ]);
    expect(log.lines).toContain('signer CN=nameless, O=Acme');
  });
});
