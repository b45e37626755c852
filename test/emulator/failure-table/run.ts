// One run of a step in this process, over loopback sockets, with its requests, its waits and its words on record.

import type { StepServices } from '../../../shared/action/world.ts';
import type { StepReport } from '../../../shared/github/report.ts';
import { createHttp } from '../../../shared/host/http.ts';
import type { Clock, Environment, Http, HttpRequest, Random } from '../../../shared/ports.ts';
import type { LoopbackServer, Received } from '../../support/loopback-server.ts';
import { recordingRunnerLog } from '../../support/ports.ts';
import { inputVariable } from '../../support/runner.ts';
import { secretsOf } from './secrets.ts';

export type Inputs = Readonly<Record<string, string>>;

export type Service = 'oidc' | 'entra' | 'artifactSigning' | 'tsa' | 'revocation' | 'registry' | 'storage' | 'vault';

export type Servers = Readonly<Record<Service, Pick<LoopbackServer, 'requests' | 'setFault'>>>;

export interface Request extends Pick<Received, 'method' | 'url' | 'body'> {
  readonly service: Service;
}

export interface Run {
  readonly report: StepReport;
  /** Everything that anybody can read afterwards. */
  readonly text: string;
  /** The lines of the log, masks left out. */
  readonly log: readonly string[];
  /** Every token that crossed the wire. */
  readonly secrets: ReadonlySet<string>;
  /** What the clock was asked to wait, in order. */
  readonly slept: readonly number[];
  /** Everything that came in at the emulators, one server after the other. */
  readonly received: readonly Request[];
}

export interface Circumstances {
  readonly environment: Environment;
  readonly servers: Servers;
  /** Host as Azure has it -> origin on loopback. */
  readonly routes: ReadonlyMap<string, string>;
  /** Whose time is cut. */
  readonly hurried: (request: HttpRequest) => boolean;
  /** A clock that writes down what it is asked to wait. */
  readonly clock: (slept: number[]) => Clock;
}

const hurriedMs = 100;

// Of every wait the half: 100, 200 and 400 ms.
const random: Random = (length) => Uint8Array.from({ length }, (_byte, index) => (index === 0 ? 0x80 : 0));

export async function runInProcess(
  step: (services: StepServices) => Promise<StepReport>,
  inputs: Inputs,
  circumstances: Circumstances,
): Promise<Run> {
  const log = recordingRunnerLog();
  const secrets = new Set([circumstances.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? 'absent']);
  const slept: number[] = [];
  const before = counts(circumstances.servers);
  const variables = Object.entries(inputs).map(([name, value]) => [inputVariable(name), value] as const);
  const closing: (() => Promise<void>)[] = [];
  const report = await step({
    ...{ log, environment: { ...circumstances.environment, ...Object.fromEntries(variables) } },
    openMachine: (signal) => {
      const network = createHttp({ signal, userAgent: 'tests', environment: {} });
      closing.push(() => network.close());
      return { http: onLoopback(network.http, circumstances, secrets), clock: circumstances.clock(slept), random };
    },
  });
  // What is still under way must not wait in the name of this run.
  const waits = [...slept];
  await Promise.all(closing.map((close) => close()));
  return {
    ...{ report, secrets, log: log.lines, slept: waits },
    text: `${JSON.stringify(report)}\n${log.lines.join('\n')}`,
    received: before.flatMap(([service, count]) =>
      circumstances.servers[service].requests.slice(count).map((request) => ({ ...request, service })),
    ),
  };
}

function onLoopback(http: Http, { routes, hurried }: Circumstances, secrets: Set<string>): Http {
  return async (request) => {
    const origin = routes.get(request.url.host) ?? request.url.origin;
    const url = new URL(request.url.pathname + request.url.search, origin);
    const timeoutMs = hurried(request) ? hurriedMs : request.timeoutMs;
    for (const secret of secretsOf(request)) secrets.add(secret);
    const response = await http({ ...request, url, timeoutMs });
    for (const secret of secretsOf(response)) secrets.add(secret);
    return response;
  };
}

function counts(servers: Servers): readonly (readonly [Service, number])[] {
  return (Object.keys(servers) as Service[]).map((service) => [service, servers[service].requests.length]);
}
