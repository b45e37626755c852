// Which packages a bundle holds, and their licences as one text. Taken from the bundler's own module list, as its
// licence option sees one chunk only.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The licence and notice files of the package, whole. */
  readonly texts: readonly string[];
}

interface StatsModule {
  readonly name?: string;
  readonly modules?: readonly StatsModule[];
}

/** The packages whose modules appear in webpack's stats, sorted by name and version. */
export function bundledPackages(root: string, statsJson: string): readonly BundledPackage[] {
  const { modules } = JSON.parse(statsJson) as { modules: readonly StatsModule[] };
  const directories = new Set(moduleNames(modules).flatMap(packageDirectory));
  const packages = [...directories].map((directory) => describe(join(root, directory)));
  const unique = new Map(packages.map((entry) => [`${entry.name}@${entry.version}`, entry]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

export function renderNotices(packages: readonly BundledPackage[]): string {
  const sections = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version} (${license})`, '', ...texts.map((text) => `${text.replaceAll('\r\n', '\n').trim()}\n`)].join(
      '\n',
    ),
  );
  const head = 'This bundle holds the packages below, each under its own licence.';
  return `${[head, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`).trim()}\n`;
}

function moduleNames(modules: readonly StatsModule[]): string[] {
  return modules.flatMap(({ name, modules: inner }) => [name ?? '', ...moduleNames(inner ?? [])]);
}

/** "./node_modules/a/node_modules/@b/c/d.js" -> "node_modules/a/node_modules/@b/c"; nothing for our own modules. */
function packageDirectory(name: string): string[] {
  const start = name.lastIndexOf('node_modules/');
  if (start < 0) return [];
  const [first = '', second = ''] = name.slice(start + 'node_modules/'.length).split('/');
  const path = name.slice(Math.max(name.indexOf('node_modules/'), 0), start);
  return [`${path}node_modules/${first.startsWith('@') ? `${first}/${second}` : first}`];
}

function describe(directory: string): BundledPackage {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>;
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files
    .sort()
    .map((file) => join(directory, file))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
  const { name, version, license } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof license !== 'string') {
    throw new Error(`${directory}/package.json does not state its name, version and licence`);
  }
  if (texts.length === 0) texts.push(`The package holds no licence file; its manifest states: ${license}.`);
  return { name, version, license, texts };
}
