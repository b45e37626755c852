// Files in memory: directories follow from the paths of the files in them.

import { NotaryError } from '../../../shared/errors.ts';
import type { FileEntry, FileKind, Files } from '../../../shared/ports.ts';

type Content = Uint8Array | { readonly text: string } | Exclude<FileKind, 'file'>;

export interface MemoryFiles extends Files {
  /** Every path that was read or listed, in order. */
  readonly touched: readonly string[];
}

/** @param entries  path -> the bytes of a file, its text, or the kind of something else */
export function memoryFiles(entries: Readonly<Record<string, Content>>): MemoryFiles {
  const paths = Object.entries(entries);
  const touched: string[] = [];
  const kindOf = (path: string): FileKind | undefined => {
    const entry = entries[path];
    if (entry === undefined) return paths.some(([other]) => other.startsWith(`${path}/`)) ? 'directory' : undefined;
    return typeof entry === 'string' ? entry : 'file';
  };
  return {
    touched,
    kind: (path) => Promise.resolve(kindOf(path)),
    read: (path, maxBytes) => {
      touched.push(path);
      const entry = entries[path];
      if (entry === undefined) return Promise.resolve(undefined);
      const bytes = bytesOf(entry);
      if (bytes === undefined || bytes.length > maxBytes) {
        return Promise.reject(new NotaryError('FILE_UNREADABLE', `${path} cannot be read`));
      }
      return Promise.resolve(bytes);
    },
    list: (directory) => {
      touched.push(directory);
      if (kindOf(directory) === undefined) return Promise.resolve(undefined);
      const names = paths
        .filter(([path]) => path.startsWith(`${directory}/`))
        .map(([path]) => path.slice(directory.length + 1).split('/')[0] ?? '');
      const list: FileEntry[] = [...new Set(names)]
        .sort()
        .map((name) => ({ name, kind: kindOf(`${directory}/${name}`) ?? 'other' }));
      return Promise.resolve(list);
    },
  };
}

function bytesOf(entry: Content): Uint8Array | undefined {
  if (entry instanceof Uint8Array) return entry;
  return typeof entry === 'string' ? undefined : new TextEncoder().encode(entry.text);
}
