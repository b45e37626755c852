import { describe, expect, it } from 'vitest';

import { formatFullPlatform, formatPlatform, parsePlatform } from '../../../../verify/sources/platform.ts';
import { refused } from './refusal.ts';

const build = parsePlatform('linux/arm64');

describe('a platform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['Linux/X86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/i386', 'linux/386'],
    ['macos/arm64', 'darwin/arm64'],
    ['wasi/wasm', 'wasi/wasm'],
    ['arm64', 'linux/arm64'],
    ['armhf', 'linux/arm/v7'],
    ['windows', 'windows/arm64'],
  ])('%s is %s', (text, normal) => {
    expect(formatPlatform(parsePlatform(text, build))).toBe(normal);
  });

  it('keeps the version of Windows for TARGETPLATFORM', () => {
    const platform = parsePlatform('windows(10.0.20348)/amd64');
    expect(formatFullPlatform(platform)).toBe('windows(10.0.20348)/amd64');
    expect(formatPlatform(platform)).toBe('windows/amd64');
  });

  it.each([
    '',
    '/',
    'linux/',
    'linux//v7',
    'linux/amd64/v1/x',
    'linux/a*',
    'lin ux/amd64',
    'windows(10.0+x)/amd64',
    'amiga',
  ])('is refused: "%s"', (text) => {
    expect(refused(() => parsePlatform(text, build))).toMatch(/^INPUT_INVALID /);
  });

  it('is refused without its architecture, where nothing completes it', () => {
    expect(refused(() => parsePlatform('linux'))).toContain('with its architecture');
  });
});
