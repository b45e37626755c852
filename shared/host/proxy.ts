// Which proxy the environment names for an address, read as curl and Go read it: HTTPS_PROXY for https and HTTP_PROXY for
// http, neither for what NO_PROXY lists nor for this machine itself.

import { BlockList, isIP } from 'node:net';

import { encodeBase64, encodeUtf8 } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { Environment } from '../ports.ts';

export interface Proxy {
  /** Without user and password, so that it may be shown. */
  readonly origin: string;
  /** Of the environment, such as "HTTPS_PROXY". */
  readonly variable: string;
  /** RFC 7617. */
  readonly authorization?: string;
  /** What the log must not show, in every form that it has. */
  readonly secrets: readonly string[];
}

export interface Proxies {
  /** Undefined where the address is asked directly. */
  proxyFor(url: URL): Proxy | undefined;
  readonly secrets: readonly string[];
}

/** @throws NotaryError INPUT_INVALID  a variable that is no address of an HTTP proxy */
export function readProxies(environment: Environment): Proxies {
  const http = readProxy(environment, 'http_proxy');
  const https = readProxy(environment, 'https_proxy');
  const exceptions = readExceptions(read(environment, 'no_proxy').value);
  return {
    secrets: [http, https].flatMap((proxy) => proxy?.secrets ?? []),
    proxyFor: (url) => (isLoopback(url) || exceptions(url) ? undefined : url.protocol === 'https:' ? https : http),
  };
}

/** As the other tools on a runner do, in either case, the lower one first. */
function read(environment: Environment, name: string): { readonly value: string; readonly variable: string } {
  const lower = environment[name];
  return lower === undefined
    ? { value: environment[name.toUpperCase()] ?? '', variable: name.toUpperCase() }
    : { value: lower, variable: name };
}

function readProxy(environment: Environment, name: string): Proxy | undefined {
  const { value, variable } = read(environment, name);
  if (value.trim() === '') return undefined;
  // A bare "host:port" means http.
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url === null) throw unusable(variable, 'it is no address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw unusable(variable, `proxies of the kind ${url.protocol}// are not spoken to`);
  }
  if (url.username === '') return { origin: url.origin, variable, secrets: [] };
  const user = decode(url.username, variable);
  const password = decode(url.password, variable);
  const encoded = encodeBase64(encodeUtf8(`${user}:${password}`));
  const secrets = [password, url.password, encoded].filter((text) => text !== '');
  return { origin: url.origin, variable, authorization: `Basic ${encoded}`, secrets };
}

function decode(text: string, variable: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw unusable(variable, 'its user or password has a "%" that begins no percent-encoded character');
  }
}

// The value stays out of the message, for the password in it.
function unusable(variable: string, detail: string): NotaryError {
  return new NotaryError(
    'INPUT_INVALID',
    `the environment variable ${variable} names no proxy that can be used: ${detail}`,
    {
      remedy: `Write ${variable} as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with reserved characters of user and password percent-encoded.`,
    },
  );
}

/** A proxy elsewhere means another machine by these names. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

interface Exception {
  /** Of the host, or of what the host ends with after a dot. */
  readonly name: string;
  readonly port: string;
}

/** Names with everything below them, each with a port or not; IP addresses and ranges of them; "*" for all. */
function readExceptions(list: string): (url: URL) => boolean {
  const names: Exception[] = [];
  const ranges = new BlockList();
  for (const entry of list.toLowerCase().split(/[\s,]+/)) {
    const [address = '', prefix = ''] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (entry === '*') return () => true;
    if (isIP(address) > 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 'ipv6' ? 128 : 32)) {
      ranges.addSubnet(address, Number(prefix), family);
      continue;
    }
    if (isIP(entry) > 0) {
      ranges.addAddress(entry, family);
      continue;
    }
    const [, name = entry, port = ''] = /^(.+):(\d+)$/.exec(entry) ?? [];
    const bare = name.replace(/^\*?\./, '');
    if (bare !== '') names.push({ name: bare, port });
  }
  return (url) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const kind = isIP(host);
    if (kind > 0 && ranges.check(host, kind === 6 ? 'ipv6' : 'ipv4')) return true;
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return names.some((one) => (one.port === '' || one.port === port) && isWithin(url.hostname, one.name));
  };
}

function isWithin(host: string, name: string): boolean {
  return host === name || host.endsWith(`.${name}`);
}
