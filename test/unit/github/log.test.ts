import { describe, expect, it } from 'vitest';

import { createLog, maskingCredentials } from '../../../shared/github/log.ts';
import { response, scriptedHttp } from '../../support/ports.ts';
import { captureStandardOutput } from '../../support/standard-output.ts';

describe('createLog', () => {
  const written = captureStandardOutput();
  const lines = (): readonly string[] => written().split(/\r?\n/).slice(0, -1);

  const attack = 'x\n::set-output name=a::b\r\n##[error]c';

  it('writes one line for each call, none of which is a command', () => {
    createLog().info(attack);
    createLog().info('::error::x');
    createLog().info(' \u00a0::error::x');
    expect(lines()).toEqual(['x\\n::set-output name=a::b\\r\\n#\\#[error]c', ':\\:error::x', ' \u00a0:\\:error::x']);
  });

  it.each(['debug', 'warning'] as const)('writes %s as one command', (level) => {
    createLog()[level](attack);
    expect(lines()).toEqual([`::${level}::x\\n::set-output name=a::b\\r\\n##[error]c`]);
  });

  it('writes errors with a title and lines of their own', () => {
    createLog().error('CODE: a,b\nc', ['first\nline', 'second %']);
    expect(lines()).toEqual(['::error title=CODE%3A a%2Cb\\nc::first\\nline%0Asecond %25']);
  });

  it('writes errors and warnings at a line of a file', () => {
    const place = { file: 'a,b:c\n/Dockerfile', line: 7 };
    createLog().error('t', ['x'], place);
    createLog().warning('y', place);
    expect(lines()).toEqual([
      '::error title=t,file=a%2Cb%3Ac\\n/Dockerfile,line=7::x',
      '::warning file=a%2Cb%3Ac\\n/Dockerfile,line=7::y',
    ]);
  });

  it('groups lines', () => {
    createLog().group('title\n::x::', ['::stop-commands::x', 'y']);
    expect(lines()).toEqual(['::group::title\\n::x::', ':\\:stop-commands::x', 'y', '::endgroup::']);
  });

  it('masks a secret once, and no empty one', () => {
    const log = createLog();
    for (const secret of ['s3cret\nline', 's3cret\nline', '', ' ']) log.mask(secret);
    expect(lines()).toEqual(['::add-mask::s3cret%0Aline']);
  });
});

describe('maskingCredentials', () => {
  it('masks what is sent, before it is sent', async () => {
    const { http, requests } = scriptedHttp(response(200), response(200));
    const events: string[] = [];
    const masking = maskingCredentials(
      (request) => {
        events.push('sent');
        return http(request);
      },
      { mask: (secret) => events.push(secret) },
    );
    const request = { method: 'GET', url: new URL('https://x/'), timeoutMs: 1, maxBytes: 1 } as const;
    await masking({ ...request, headers: { authorization: 'Bearer token' } });
    await masking(request);
    expect(events).toEqual(['token', 'sent', 'sent']);
    expect(requests[0]?.headers).toEqual({ authorization: 'Bearer token' });
  });
});
