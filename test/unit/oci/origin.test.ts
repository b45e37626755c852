import { describe, expect, it } from 'vitest';

import { mayExchangeTokens, registryOrigin } from '../../../shared/oci/origin.ts';

const named = new Set(['Registry.internal:5000']);

describe('registryOrigin (REG-30, REG-31)', () => {
  it.each([
    ['registry.example', 'https://registry.example/'],
    ['registry.example:443', 'https://registry.example/'],
    ['registry.example:5000', 'https://registry.example:5000/'],
    ['docker.io', 'https://registry-1.docker.io/'],
    ['localhost:5000', 'http://localhost:5000/'],
    ['localhost', 'http://localhost/'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000/'],
    ['127.8.9.10:5000', 'http://127.8.9.10:5000/'],
    ['[::1]:5000', 'http://[::1]:5000/'],
    ['registry.internal:5000', 'http://registry.internal:5000/'],
    // As near as possible, and not it.
    ['registry.internal:5001', 'https://registry.internal:5001/'],
    ['localhost.example:5000', 'https://localhost.example:5000/'],
    ['127.0.0.1.example:5000', 'https://127.0.0.1.example:5000/'],
    ['128.0.0.1:5000', 'https://128.0.0.1:5000/'],
    ['[::2]:5000', 'https://[::2]:5000/'],
  ])('%s is spoken to at %s', (registry, origin) => {
    expect(registryOrigin(registry, named).href).toBe(origin);
  });
});

describe('mayExchangeTokens', () => {
  it.each([
    ['https://r.io', 'https://r.io/token', true],
    ['https://registry-1.docker.io', 'https://auth.docker.io/token', true],
    ['https://r.io', 'http://r.io/token', false],
    ['https://r.io', 'http://localhost/token', false],
    ['https://r.io', 'http://registry.internal:5000/token', false],
    ['https://r.io', 'https://user@r.io/token', false],
    ['https://r.io', 'https://:pw@r.io/token', false],
    ['https://r.io', 'ftp://r.io/token', false],
    ['https://r.io', 'https://169.254.169.254/token', false],
    ['http://169.254.169.254', 'http://169.254.169.254/token', false],
    ['http://localhost:5000', 'http://localhost:5000/token', true],
    ['http://localhost:5000', 'http://127.0.0.1:5001/token', true],
    ['http://localhost:5000', 'http://registry.internal:5000/token', true],
    ['http://localhost:5000', 'https://attacker.example/token', false],
    ['http://localhost:5000', 'file:///token', false],
    ['http://registry.internal:5000', 'http://registry.internal:5001/token', true],
    ['http://registry.internal:5000', 'https://registry.internal/token', true],
    ['http://registry.internal:5000', 'http://localhost:5001/token', false],
    ['http://registry.internal:5000', 'https://attacker.example/token', false],
  ])('%s may name %s: %s', (origin, realm, expected) => {
    expect(mayExchangeTokens(new URL(realm), new URL(origin), named)).toBe(expected);
  });
});
