// The images of a Compose file: those of its services, and those that services mount. Compose specification, "services",
// "volumes", "include".

import { expandComposeValue } from './compose-variables.ts';
import type { Variables } from './dockerfile-substitution.ts';
import { parseImageName } from './image-name.ts';
import { inFile, problem } from './image-use.ts';
import type { ImageUse, SourceFinding, SourceImages } from './image-use.ts';
import { fieldOf, itemsOf, mapOf } from './manifest-fields.ts';
import { formatPlatform, parsePlatform } from './platform.ts';
import type { Located, LocatedMap } from './yaml-documents.ts';

/** What a Compose file says stands only where a service is; "models" and other things are not images. */
export function isCompose(document: Located): boolean {
  const fields = mapOf(document);
  return fields !== undefined && !fields.has('kind') && mapOf(fields.get('services')) !== undefined;
}

/**
 * @param variables  what Compose would take from its environment
 * @throws NotaryError SOURCE_INVALID  a bad name, or a variable without a value, with file and line
 */
export function composeImages(path: string, document: Located, variables: Variables): SourceImages {
  const reader = new ComposeReader(path, variables);
  const fields = mapOf(document) ?? new Map<string, Located>();
  for (const [name, service] of mapOf(fields.get('services')) ?? []) reader.readService(name, service);
  const include = fields.get('include');
  if (include !== undefined) reader.notFollowed(include.line, 'the files under "include"');
  return { uses: reader.uses, findings: reader.findings };
}

class ComposeReader {
  readonly uses: ImageUse[] = [];
  readonly findings: SourceFinding[] = [];
  readonly #path: string;
  readonly #variables: Variables;
  /** What an alias or a merge key gives to many services is read once. */
  readonly #mounts = new Set<Located>();

  constructor(path: string, variables: Variables) {
    this.#path = path;
    this.#variables = variables;
  }

  readService(name: string, service: Located): void {
    const fields = mapOf(service);
    if (fields === undefined) return;
    const policy = this.#text(fields.get('pull_policy'));
    const build = fields.get('build');
    if (isThere(build)) {
      const advice =
        fields.has('image') && policy !== 'build'
          ? '; its image may be pulled all the same, unless the service says "pull_policy: build"'
          : '';
      const message = `service "${name}" is built: name its Dockerfile as well, it is not followed from here${advice}`;
      this.findings.push({ code: 'build-not-followed', message, file: this.#path, line: build.line });
    }
    const image = fields.get('image');
    if (isThere(image) && !(isThere(build) && policy === 'build')) this.#use(name, image, fields.get('platform'));
    const file = fieldOf(fields.get('extends'), 'file');
    if (file !== undefined) this.notFollowed(file.line, `the file that service "${name}" extends`);
    const volumes = fields.get('volumes');
    if (volumes === undefined || this.#mounts.has(volumes)) return;
    this.#mounts.add(volumes);
    for (const volume of itemsOf(volumes)) this.#readVolume(name, mapOf(volume));
  }

  notFollowed(line: number, what: string): void {
    const message = `${what} may name more images: name each such file as well, it is not followed from here`;
    this.findings.push({ code: 'include-not-followed', message, file: this.#path, line });
  }

  /** Only the long form can mount an image. */
  #readVolume(service: string, fields: LocatedMap | undefined): void {
    const source = fields?.get('source');
    if (isThere(source) && this.#text(fields?.get('type')) === 'image') this.#use(service, source, undefined);
  }

  #use(stage: string, name: Located, platform: Located | undefined): void {
    const text = this.#text(name) ?? '';
    const where = this.#text(platform);
    const at = inFile(this.#path);
    this.uses.push({
      reference: at(name.line, () => parseImageName(text)),
      text,
      role: 'compose',
      file: this.#path,
      line: name.line,
      ...(where === undefined ? {} : { platform: at(name.line, () => formatPlatform(parsePlatform(where))) }),
      stage,
    });
  }

  #text(value: Located | undefined): string | undefined {
    if (!isThere(value)) return undefined;
    return inFile(this.#path)(value.line, () => {
      if (typeof value.value !== 'string') throw problem('a name stands in quotes');
      const { text, unresolved } = expandComposeValue(value.value, this.#variables);
      if (unresolved.length === 0) return text;
      throw problem(
        `"${value.value}": no value for ${unresolved.join(', ')}`,
        'Give the variable to the step under `env:`, or a default in the file; files such as .env are not read.',
      );
    });
  }
}

function isThere(value: Located | undefined): value is Located {
  return value !== undefined && value.value !== null;
}
