import { describe, expect, it } from 'vitest';

import { readProxies } from '../../../shared/host/proxy.ts';
import type { Environment } from '../../../shared/ports.ts';
import { refusal } from '../../support/expect-code.ts';

const both = { HTTP_PROXY: 'http://plain.proxy:3128', HTTPS_PROXY: 'http://secure.proxy:3129' };
const originFor = (address: string, environment: Environment): string | undefined =>
  readProxies(environment).proxyFor(new URL(address))?.origin;

describe('the proxy for an address', () => {
  it.each<[string, Environment, string | undefined]>([
    ['https://r.example/', both, 'http://secure.proxy:3129'],
    ['http://r.example/', both, 'http://plain.proxy:3128'],
    // As curl and Go have it: each variable is for its own kind of address.
    ['https://r.example/', { HTTP_PROXY: both.HTTP_PROXY }, undefined],
    ['http://r.example/', { HTTPS_PROXY: both.HTTPS_PROXY }, undefined],
    ['https://r.example/', { https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://upper:1' }, 'http://lower:1'],
    ['https://r.example/', { https_proxy: '', HTTPS_PROXY: 'http://upper:1' }, undefined],
    ['https://r.example/', { HTTPS_PROXY: 'proxy.corp:8080' }, 'http://proxy.corp:8080'],
    ['https://r.example/', { HTTPS_PROXY: 'https://proxy.corp' }, 'https://proxy.corp'],
    ['https://r.example/', {}, undefined],
    ['http://localhost:5000/', both, undefined],
    ['http://127.0.0.1:5000/', both, undefined],
    ['http://[::1]:5000/', both, undefined],
    ['http://127.0.0.1.example/', both, 'http://plain.proxy:3128'],
  ])('%s with %j is %s', (address, environment, expected) => {
    expect(originFor(address, environment)).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['https://r.example/', 'r.example', true],
    ['https://a.r.example/', 'r.example', true],
    ['https://a.r.example/', '.r.example', true],
    ['https://a.r.example/', '*.r.example', true],
    ['https://ar.example/', 'r.example', false],
    ['https://r.example.org/', 'r.example', false],
    ['https://R.Example/', 'other, R.EXAMPLE', true],
    ['https://r.example/', 'other r.example:443', true],
    ['https://r.example:8443/', 'r.example:443', false],
    ['https://r.example/', '*', true],
    ['https://10.1.2.3/', '10.0.0.0/8', true],
    ['https://11.1.2.3/', '10.0.0.0/8', false],
    ['https://10.1.2.3/', '10.1.2.3', true],
    ['https://[fd00::1]/', 'fd00::/8', true],
    ['https://[fd00::1]/', 'fd00::1', true],
    ['https://r.example/', ' , ,', false],
    ['https://r.example/', '10.0.0.0/99', false],
  ])('%s with NO_PROXY %s: direct is %s', (address, exceptions, direct) => {
    expect(originFor(address, { ...both, NO_PROXY: exceptions }) === undefined).toBe(direct);
  });
});

describe('the login at a proxy', () => {
  it('is taken out of the address, decoded, and known to be secret', () => {
    const proxies = readProxies({ HTTPS_PROXY: 'http://ada:p%40ss@proxy.corp:8080' });
    const encoded = Buffer.from('ada:p@ss').toString('base64');
    expect(proxies.proxyFor(new URL('https://r.example/'))).toMatchObject({
      ...{ origin: 'http://proxy.corp:8080', variable: 'HTTPS_PROXY', authorization: `Basic ${encoded}` },
    });
    expect(proxies.secrets).toEqual(['p@ss', 'p%40ss', encoded]);
  });

  it('may be a name alone', () => {
    const proxies = readProxies({ HTTPS_PROXY: 'http://token@proxy.corp' });
    expect(proxies.proxyFor(new URL('https://r.example/'))?.authorization).toBe('Basic dG9rZW46');
  });
});

describe('what is no proxy', () => {
  it.each(['socks5://ada:hunter2@proxy', 'http://ada:hunter2%@proxy', 'http://ada:hunter2@[proxy', 'file:///hunter2'])(
    '%s is refused, and its password not shown',
    (value) => {
      const error = refusal('INPUT_INVALID', () => readProxies({ HTTPS_PROXY: value }));
      expect(error.message).toContain('HTTPS_PROXY');
      expect(error.message + error.remedy).not.toContain('hunter2');
    },
  );
});
