import { describe, expect, it } from 'vitest';

import { parseReference, repositoryName } from '../../../shared/oci/reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseReference (REG-30)', () => {
  it.each([
    ['registry.example/app:1.0', { registry: 'registry.example', repository: 'app', tag: '1.0' }],
    [`registry.example/team/app@${digest}`, { registry: 'registry.example', repository: 'team/app', digest }],
    [`registry.example/app:1.0@${digest}`, { registry: 'registry.example', repository: 'app', tag: '1.0', digest }],
    ['registry.example:5000/app:v_1-2.3', { registry: 'registry.example:5000', repository: 'app', tag: 'v_1-2.3' }],
    ['localhost/app:1', { registry: 'localhost', repository: 'app', tag: '1' }],
    ['localhost:5000/a/b/c:1', { registry: 'localhost:5000', repository: 'a/b/c', tag: '1' }],
    ['127.0.0.1:5000/app:1', { registry: '127.0.0.1:5000', repository: 'app', tag: '1' }],
    ['[::1]:5000/app:1', { registry: '[::1]:5000', repository: 'app', tag: '1' }],
    ['[2001:db8::1]/app:1', { registry: '[2001:db8::1]', repository: 'app', tag: '1' }],
    ['Registry/app:1', { registry: 'Registry', repository: 'app', tag: '1' }],
    ['r.io/a__b/c---d/e.f_g:1', { registry: 'r.io', repository: 'a__b/c---d/e.f_g', tag: '1' }],
    [`oci://r.io/app@${digest}`, { registry: 'r.io', repository: 'app', digest }],
    ['docker://alpine:3', { registry: 'docker.io', repository: 'library/alpine', tag: '3' }],
    // Docker Hub
    ['alpine:3.20', { registry: 'docker.io', repository: 'library/alpine', tag: '3.20' }],
    [`alpine@${digest}`, { registry: 'docker.io', repository: 'library/alpine', digest }],
    ['grafana/grafana:11', { registry: 'docker.io', repository: 'grafana/grafana', tag: '11' }],
    ['docker.io/alpine:3', { registry: 'docker.io', repository: 'library/alpine', tag: '3' }],
    ['docker.io/library/alpine:3', { registry: 'docker.io', repository: 'library/alpine', tag: '3' }],
    ['index.docker.io/alpine:3', { registry: 'docker.io', repository: 'library/alpine', tag: '3' }],
    ['localhost:5000', { registry: 'docker.io', repository: 'library/localhost', tag: '5000' }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ['neither tag nor digest', 'registry.example/app', 'neither a tag nor a digest'],
    ['a bare name', 'alpine', 'neither a tag nor a digest'],
    ['an image layout', `oci-layout:dir@${digest}`, 'is an OCI image layout'],
    ['a URL', 'https://registry.example/app:1', '"https:" is not a registry host'],
    ['two prefixes', 'oci://oci://r.io/app:1', '"oci:" is not a registry host'],
    ['a prefix in capitals', 'OCI://r.io/app:1', '"OCI:" is not a registry host'],
    ['an empty text', '', 'neither a tag nor a digest'],
    ['a digest alone', `@${digest}`, '"" in the repository name'],
    ['two digests', `r.io/app@${digest}@${digest}`, 'is not sha256:'],
    ['a short digest', 'r.io/app@sha256:abc', 'is not sha256:'],
    ['an upper-case digest', `r.io/app@${digest.toUpperCase()}`, 'is not sha256:'],
    ['an empty tag', 'r.io/app:', '"" is not a tag'],
    ['a tag that starts with a dot', 'r.io/app:.1', '".1" is not a tag'],
    ['a tag of 129 characters', `r.io/app:${'a'.repeat(129)}`, 'is not a tag'],
    ['two tags', 'r.io/app:1:2', '"1:2" is not a tag'],
    ['capitals in the repository', 'r.io/App:1', '"App" in the repository name'],
    ['an empty component', 'r.io/a//b:1', '"" in the repository name'],
    ['a slash at the end', 'r.io/app/:1', '"" in the repository name'],
    ['dot segments', 'r.io/../app:1', '".." in the repository name'],
    ['three underscores', 'r.io/a___b:1', '"a___b" in the repository name'],
    ['a leading dash', 'r.io/-a:1', '"-a" in the repository name'],
    ['a query', 'r.io/app?x=1:1', '"app?x=1" in the repository name'],
    ['a percent escape', 'r.io/a%2fb:1', '"a%2fb" in the repository name'],
    ['white space', 'r.io/app :1', '"app " in the repository name'],
    ['a line end', 'r.io/app:1\n', 'is not a tag'],
    ['a user name', 'user:pw@r.io/app:1', 'is not sha256:'],
    ['a host label with a leading dash', '-r.io/app:1', '"-r.io" is not a registry host'],
    ['an empty host label', 'r..io/app:1', '"r..io" is not a registry host'],
    ['a port that is no number', 'r.io:x/app:1', '"r.io:x" is not a registry host'],
    ['a port without digits', 'r.io:/app:1', '"r.io:" is not a registry host'],
    ['a port beyond 65535', 'r.io:65536/app:1', '"r.io:65536" is not a registry host'],
    ['an impossible IPv4 address', '1.2.3.999/app:1', '"1.2.3.999" is not a registry host'],
    ['an impossible IPv6 address', '[:::]/app:1', '"[:::]" is not a registry host'],
    ['letters beyond ASCII', 'régistry.example/app:1', 'is not a registry host'],
    ['a name beyond 255 characters', `r.io/${'a'.repeat(251)}:1`, 'longer than 255'],
    ['a text beyond 1024 characters', `r.io/app:1${'a'.repeat(1024)}`, 'longer than 1024'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'REFERENCE_INVALID', message: expect.stringContaining(message) as string }),
    );
  });

  it('stays linear on what regular expressions choke on', () => {
    for (const text of ['a-'.repeat(500), 'a__'.repeat(330), `${'a.'.repeat(500)}/x:1`, `r.io/${'a'.repeat(900)}!:1`]) {
      const start = performance.now();
      expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
      expect(performance.now() - start).toBeLessThan(200);
    }
  });
});

describe('repositoryName', () => {
  it('is what policies and outputs say', () => {
    expect(repositoryName(parseReference('alpine:3'))).toBe('docker.io/library/alpine');
    expect(repositoryName(parseReference('localhost:5000/a/b:1'))).toBe('localhost:5000/a/b');
  });
});
