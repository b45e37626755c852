// A step behind a proxy, as a process: HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS are read as other tools
// on a runner read them, and what the proxy refuses is told with its remedy and without its password.

import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { codeSigningChain } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { startProxy } from '../support/proxy.ts';
import type { Proxy, ProxyOptions } from '../support/proxy.ts';
import { startRegistry } from '../support/registry.ts';
import type { RunningRegistry } from '../support/registry.ts';
import { readSummary } from '../support/rendered.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';
import { createTlsIdentity } from '../support/tls.ts';
import type { TlsIdentity } from '../support/tls.ts';

const main = join(import.meta.dirname, '../../sign/main.ts');
const secure = 'registry.example';
const plain = 'plain.example:8080';
const password = 'p@ss/w%rd';
const encoded = encodeURIComponent(password);

let signer: Issued;
let tls: TlsIdentity;
let registries: { readonly secure: RunningRegistry; readonly plain: RunningRegistry };
let proxy: Proxy;
const start = async (options: ProxyOptions = {}): Promise<Proxy> => {
  const routes = { [`${secure}:443`]: registries.secure.port, [plain]: registries.plain.port };
  proxy = await startProxy({ routes, ...options });
  return proxy;
};
beforeAll(async () => {
  [signer, tls] = await Promise.all([codeSigningChain(), createTlsIdentity([secure])]);
  registries = {
    secure: await startRegistry({ known: { as: new URL(`https://${secure}/`), key: tls.key, cert: tls.cert } }),
    plain: await startRegistry(),
  };
});
afterEach(() => proxy.close());
afterAll(() => Promise.all([registries.secure.close(), registries.plain.close(), tls.remove()]));

const sign = async (host: string, env: Readonly<Record<string, string>>): Promise<ActionResult> => {
  const { content } = host === secure ? registries.secure.registry : registries.plain.registry;
  const { digest } = content.pushImage('app');
  const result = await runAction({
    main,
    inputs: {
      ...{ artifacts: `${host}/app@${digest}`, 'plain-http': plain, timeout: '20s' },
      ...{ 'private-key': signer.keyPem, 'certificate-chain': signer.chainPem },
    },
    env: { NODE_EXTRA_CA_CERTS: tls.caFile, ...env },
  });
  const shown = result.stdout.replaceAll(/^::add-mask::.*$/gm, '') + result.stderr + result.summary;
  for (const secret of [password, encoded]) expect(shown + JSON.stringify(result.report)).not.toContain(secret);
  return result;
};
/** Code, message and remedy, as a person reads them. */
const told = ({ summary }: ActionResult): string => readSummary(summary);

describe('a step behind a proxy', () => {
  it('reaches a registry over https by a tunnel, and trusts the authority of NODE_EXTRA_CA_CERTS', async () => {
    const { host, passed } = await start();
    expect((await sign(secure, { HTTPS_PROXY: `http://${host}` })).outputs.result).toBe('success');
    expect(new Set(passed)).toEqual(new Set([`CONNECT ${secure}:443`]));
  });

  it('says what is missing where that authority is not trusted', async () => {
    const { host } = await start();
    const result = await sign(secure, { HTTPS_PROXY: `http://${host}`, NODE_EXTRA_CA_CERTS: '' });
    expect(result.exitCode).toBe(1);
    expect(told(result)).toContain('REGISTRY_UNAVAILABLE');
    expect(told(result)).toContain('name its root in NODE_EXTRA_CA_CERTS');
  });

  it('reaches a registry in clear text by its whole address', async () => {
    const { host, passed } = await start();
    expect(
      (await sign(plain, { http_proxy: `http://${host}`, HTTPS_PROXY: 'http://127.0.0.1:9' })).outputs.result,
    ).toBe('success');
    expect(passed.some((line) => line.startsWith(`PUT http://${plain}/v2/app/manifests/`))).toBe(true);
    expect(passed.filter((line) => line.startsWith('CONNECT'))).toEqual([]);
  });

  it.each([
    ['a tunnel', secure],
    ['a whole address', plain],
  ])('logs in at the proxy for %s, and masks the password', async (_what, registry) => {
    const { host, seen, passed } = await start({ login: `ada:${password}` });
    const address = `http://ada:${encoded}@${host}`;
    const result = await sign(registry, { HTTPS_PROXY: address, HTTP_PROXY: address });
    expect(result.outputs.result).toBe('success');
    expect(seen).toEqual(passed);
    expect(result.masked).toEqual(expect.arrayContaining([password, encoded]));
  });

  it.each([
    ['a tunnel', secure, 'HTTPS_PROXY'],
    ['a whole address', plain, 'HTTP_PROXY'],
  ])('tells of a login that the proxy wants or refuses, for %s', async (_what, registry, variable) => {
    const { host } = await start({ login: 'ada:other' });
    const without = await sign(registry, { [variable]: `http://${host}` });
    expect(without.exitCode).toBe(1);
    expect(told(without)).toContain(`the proxy http://${host} wants a login (407)`);
    expect(told(without)).toContain(`Write ${variable} as http://USER:PASSWORD@HOST:PORT`);
    const wrong = await sign(registry, { [variable]: `http://ada:${encoded}@${host}` });
    expect(told(wrong)).toContain(`refuses the login in ${variable} (407)`);
  });

  it('tells of a host that the proxy does not let through', async () => {
    const { host } = await start({ refuse: 403 });
    const result = await sign(secure, { HTTPS_PROXY: `http://${host}` });
    expect(told(result)).toContain(`the proxy http://${host} refuses the way there with status 403`);
    expect(told(result)).toContain(`or list ${secure} in NO_PROXY`);
  });

  it('tells of a proxy that is not there', async () => {
    await start();
    const result = await sign(secure, { HTTPS_PROXY: `http://ada:${encoded}@127.0.0.1:9` });
    expect(told(result)).toContain('by way of the proxy http://127.0.0.1:9: connect ECONNREFUSED');
  });

  it('refuses what is no proxy before anything is asked', async () => {
    await start();
    const result = await sign(secure, { HTTPS_PROXY: `socks5://ada:${encoded}@127.0.0.1:1080` });
    expect(result.exitCode).toBe(1);
    expect(told(result)).toContain('INPUT_INVALID');
    expect(told(result)).toContain('HTTPS_PROXY names no proxy that can be used: proxies of the kind socks5://');
  });

  it('goes round the proxy to loopback, whatever it is', async () => {
    const { host, seen } = await start();
    const { reference } = registries.plain.registry.content.pushImage('direct');
    const result = await runAction({
      main,
      inputs: { artifacts: reference, 'private-key': signer.keyPem, 'certificate-chain': signer.chainPem },
      env: { HTTPS_PROXY: host, HTTP_PROXY: host },
    });
    expect(result.outputs.result).toBe('success');
    expect(seen).toEqual([]);
  });
});
