// Pictures of the step summaries for the README: real runs of the bundles against the emulator, rendered as GitHub
// renders Markdown, in a headless Chromium (Debian packages chromium, fonts-liberation, fonts-noto-color-emoji).
//
//   node .ci/screenshots.ts [scene...]   writes .github/images/SCENE.png

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { marked } from 'marked';

import { startEmulator } from '../test/support/emulator.ts';
import type { Emulator } from '../test/support/emulator.ts';
import { pushImage, pushIndex } from '../test/support/images.ts';
import { runAction } from '../test/support/runner.ts';
import { forgeSignature, swapDigest } from '../test/support/tampering.ts';

const root = join(import.meta.dirname, '..');
const images = join(root, '.github/images');

/** The box that GitHub shows a summary in is about this wide, in CSS pixels. */
const width = 1012;

type Inputs = Readonly<Record<string, string>>;
/** The summary of a step that must pass, unless said otherwise. */
type Act = (action: 'sign' | 'verify', inputs: Inputs, isToPass?: boolean) => Promise<string>;

const scenes: Readonly<Record<string, (emulator: Emulator, act: Act) => Promise<string>>> = {
  async 'sign-passing'(emulator, act) {
    const { host } = emulator.registry;
    const [app, tools] = await Promise.all([
      pushIndex({ host, repository: 'app' }),
      pushImage({ host, repository: 'tools' }),
    ]);
    return act('sign', { artifacts: `${app.reference}\n${tools.reference}`, recursive: 'true' });
  },

  async 'sign-failing'(emulator, act) {
    const { host } = emulator.registry;
    const [app, tools] = await Promise.all([
      pushImage({ host, repository: 'app', tag: '1.4.0' }),
      pushImage({ host, repository: 'tools', tag: '1.4.0' }),
    ]);
    await act('sign', { artifacts: tools.reference });
    const artifacts = [app.reference, tools.reference, `${host}/docs:1.4.0`];
    return act('sign', { artifacts: artifacts.join('\n'), 'if-signed': 'fail' }, false);
  },

  async 'verify-passing'(emulator, act) {
    const { host } = emulator.registry;
    const [sdk, runtime] = await Promise.all([
      pushIndex({ host, repository: 'dotnet/sdk', tag: '9.0' }),
      pushIndex({ host, repository: 'dotnet/aspnet', tag: '9.0' }),
    ]);
    const signed = [sdk, ...sdk.children, runtime, ...runtime.children];
    await act('sign', { artifacts: signed.map(({ reference }) => reference).join('\n') });
    const dockerfile = [
      `FROM ${host}/dotnet/sdk:9.0 AS build`,
      'RUN dotnet publish -o /out',
      '',
      `FROM ${host}/dotnet/aspnet:9.0`,
      'COPY --from=build /out /app',
    ];
    return act('verify', { dockerfiles: file('Dockerfile', dockerfile), platforms: 'linux/amd64, linux/arm64' });
  },

  async 'verify-failing'(emulator, act) {
    const { host } = emulator.registry;
    const target = { host, repository: 'library/redis' };
    const [app, , redis, stolen] = await Promise.all([
      pushImage({ host, repository: 'dotnet/aspnet', tag: '8.0' }),
      pushImage({ host, repository: 'library/golang', tag: '1.25' }),
      pushImage({ ...target, tag: '8' }),
      pushImage(target),
    ]);
    await act('sign', { artifacts: [app, stolen].map(({ reference }) => reference).join('\n') });
    await forgeSignature(target, { from: stolen, to: redis, change: swapDigest(stolen, redis) });
    const dockerfile = [
      `FROM ${host}/library/golang:1.25 AS tools`,
      `FROM ${host}/library/redis:8 AS cache`,
      `FROM ${host}/dotnet/aspnet:8.0`,
      'COPY --from=tools /bin/tool /bin/tool',
      'COPY --from=cache /bin/redis-cli /bin/redis-cli',
    ];
    return act('verify', { dockerfiles: file('Dockerfile', dockerfile) }, false);
  },
};

const workspace = mkdtempSync(join(tmpdir(), 'screenshots-'));

function file(name: string, lines: readonly string[]): string {
  writeFileSync(join(workspace, name), `${lines.join('\n')}\n`);
  return name;
}

function actOn(emulator: Emulator): Act {
  return async (action, inputs, isToPass = true) => {
    const result = await runAction({
      main: join(root, `dist/${action}/index.js`),
      inputs: { ...(action === 'sign' ? emulator.signInputs : emulator.verifyInputs), ...inputs },
      env: emulator.environment,
      cwd: workspace,
    });
    const has = result.outputs.digests !== undefined;
    if (!has || (result.outputs.result === 'success') !== isToPass) throw new Error(result.stdout + result.stderr);
    // A picture of a registry on loopback would only puzzle.
    return result.summary.replaceAll(/localhost(?:&#58;|:)\d+/g, 'acme.azurecr.io');
  };
}

// What github.com gives the elements that we use, in its light theme.
const style = `
  body { margin: 0; padding: 24px; background: #fff; color: #1f2328; font: 14px/1.5 "Liberation Sans", Arial, sans-serif; }
  h2 { font-size: 1.5em; line-height: 1.25; margin: 0 0 16px; padding-bottom: .3em; border-bottom: 1px solid #d1d9e0b3; }
  h3 { font-size: 1.25em; line-height: 1.25; margin: 24px 0 16px; }
  p, ul, ol, table, pre, details { margin: 0 0 16px; }
  ul, ol { padding-left: 2em; } li + li { margin-top: .25em; } ul ul, ul ol, ol ol, ol ul { margin-bottom: 0; }
  table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse; border-spacing: 0; }
  th { font-weight: 600; } th, td { padding: 6px 13px; border: 1px solid #d1d9e0; text-align: left; }
  tr { background: #fff; border-top: 1px solid #d1d9e0b3; } tr:nth-child(2n) { background: #f6f8fa; }
  code, pre { font: 85%/1.45 "Liberation Mono", monospace; background: #818b981f; border-radius: 6px; }
  code { padding: .2em .4em; white-space: break-spaces; } pre { padding: 16px; overflow: auto; }
  summary { cursor: pointer; }
`;

function page(markdown: string): string {
  const body = marked.parse(markdown, { async: false, gfm: true });
  const measure = 'document.title = document.body.offsetHeight';
  return `<!doctype html><meta charset="utf-8"><title>0</title><style>${style}</style><body>${body}<script>${measure}</script>`;
}

function chromium(...args: readonly string[]): string {
  const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
  return execFileSync('chromium', [...quiet, '--hide-scrollbars', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

const wanted = process.argv.slice(2);
mkdirSync(images, { recursive: true });
const emulator = await startEmulator();
for (const [name, play] of Object.entries(scenes)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const html = join(workspace, `${name}.html`);
  writeFileSync(html, page(await play(emulator, actOn(emulator))));
  const height = Number(/<title>(\d+)/.exec(chromium(`--window-size=${width},100`, '--dump-dom', html))?.[1]);
  const picture = join(images, `${name}.png`);
  chromium(`--window-size=${width},${height}`, `--screenshot=${picture}`, html);
  console.log(`${picture}: ${width} x ${height}`);
}
await emulator.close();
rmSync(workspace, { recursive: true });
