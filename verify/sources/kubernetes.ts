// The images of Kubernetes manifests. They stand in pod specifications, and a pod specification is known by its lists
// of containers wherever it stands: in a Pod, in the template of a Deployment or a CronJob, in a List, or in a custom
// resource. A key "image" anywhere else may mean anything; it is not verified but told of. Kubernetes API reference,
// PodSpec, Container and ImageVolumeSource.

import { parseImageName } from './image-name.ts';
import { inFile, problem } from './image-use.ts';
import type { ImageUse, SourceFinding, SourceImages } from './image-use.ts';
import { fieldOf, itemsOf, mapOf, textOf } from './manifest-fields.ts';
import type { Located } from './yaml-documents.ts';

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
const kustomize = 'kustomize.config.k8s.io/';
/** What these hold is data, whatever its keys are called. */
const dataKinds = new Set(['ConfigMap', 'Secret', 'CustomResourceDefinition']);

export function isKubernetes(document: Located): boolean {
  return textOf(fieldOf(document, 'apiVersion')) !== undefined && textOf(fieldOf(document, 'kind')) !== undefined;
}

/** @throws NotaryError SOURCE_INVALID  a bad name, or a file that must be rendered first, with file and line */
export function kubernetesImages(path: string, document: Located): SourceImages {
  const reader = new ManifestReader(path);
  reader.readObject(document);
  return { uses: reader.uses, findings: reader.findings };
}

class ManifestReader {
  readonly uses: ImageUse[] = [];
  readonly findings: SourceFinding[] = [];
  readonly #path: string;
  readonly #seen = new Set<Located>();

  constructor(path: string) {
    this.#path = path;
  }

  readObject(object: Located): void {
    const apiVersion = textOf(fieldOf(object, 'apiVersion')) ?? '';
    inFile(this.#path)(object.line, () => {
      if (!apiVersion.startsWith(kustomize)) return;
      throw problem(
        'kustomize may change every image that its files name',
        'Render it first, with `kubectl kustomize`, and name the result.',
      );
    });
    const kind = textOf(fieldOf(object, 'kind')) ?? '';
    if (dataKinds.has(kind)) return;
    const name = textOf(fieldOf(fieldOf(object, 'metadata'), 'name'));
    this.#read(object, name === undefined ? kind : `${kind}/${name}`);
  }

  #read(located: Located, owner: string): void {
    if (this.#isSeen(located)) return;
    for (const item of itemsOf(located)) {
      // The items of a List are objects of their own.
      if (isKubernetes(item)) this.readObject(item);
      else this.#read(item, owner);
    }
    const fields = mapOf(located);
    if (fields === undefined) return;
    const lists = containerLists.flatMap((key) => fields.get(key) ?? []);
    for (const list of lists) this.#readContainers(list, owner);
    if (lists.length > 0) this.#readVolumes(fields.get('volumes'), owner);
    for (const [key, value] of fields) {
      if (key === 'image') this.#tell(value, owner);
      this.#read(value, owner);
    }
  }

  #readContainers(list: Located, owner: string): void {
    if (this.#isSeen(list)) return;
    for (const container of itemsOf(list)) this.#use(fieldOf(container, 'image'), owner);
  }

  #readVolumes(list: Located | undefined, owner: string): void {
    for (const volume of itemsOf(list)) this.#use(fieldOf(fieldOf(volume, 'image'), 'reference'), owner);
  }

  #use(name: Located | undefined, stage: string): void {
    const text = textOf(name);
    if (name === undefined || text === undefined) {
      this.#tell(name, stage);
      return;
    }
    const reference = inFile(this.#path)(name.line, () => parseImageName(text));
    this.uses.push({ reference, text, role: 'kubernetes', file: this.#path, line: name.line, stage });
  }

  /** An image that is named in a way, or at a place, that is not known here. */
  #tell(value: Located | undefined, owner: string): void {
    const text = textOf(value) ?? textOf(fieldOf(value, 'repository'));
    if (value === undefined || text === undefined || text === '') return;
    const message = `${owner} names the image "${text}" where no container of a pod does: it is not verified`;
    this.findings.push({ code: 'kind-unknown', message, file: this.#path, line: value.line });
  }

  /** Aliases share what they stand for; once is enough. */
  #isSeen(located: Located): boolean {
    if (this.#seen.has(located)) return true;
    this.#seen.add(located);
    return false;
  }
}
