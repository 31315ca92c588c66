import { type Area, areas, diagnoseHost, type Finding, reporterOf, type Severity } from '@arcbox/diagnosis';
import { messageOf } from '@arcbox/errors';
import { type Finding as FindingMessage, Finding_Severity } from '@arcbox/proto/arcbox/engine/v1/system';
import { type Worker, Worker_Health as Health } from '@arcbox/proto/arcbox/engine/v1/worker';
import type { Engine } from '../connection.ts';
import { isFailure, toEngineError } from '../failure.ts';
import type { Endpoint } from '../host.ts';
import { diagnoseAbsence, pathsOf } from './absent-engine.ts';

/**
 * The gateway tells at once which workers it knows. The diagnosis starts every
 * program for its version, which takes its time on a busy host. Milliseconds.
 */
const patience = { gateway: 4_000, diagnosis: 30_000 };

/** What is wrong with an engine, from itself, or, where it does not answer, from what can be seen without it. */
export async function examine(engine: Engine, endpoint: Endpoint): Promise<Finding[]> {
  let workers: readonly Worker[] | undefined;
  try {
    ({ workers } = await engine.workers.listWorkers({}, { deadline: patience.gateway }));
    const { findings } = await engine.furtherSystem.diagnose({}, { deadline: patience.diagnosis });
    return findings.map(fromMessage);
  } catch (error) {
    if (!isFailure(error, 'unavailable', 'deadline-exceeded', 'cancelled', 'internal')) throw error;
    const reason = messageOf(toEngineError(error));
    return workers ? await examineWithoutSystem(workers, endpoint, reason) : await diagnoseAbsence(endpoint, reason);
  }
}

/** The gateway answers, the worker that looks at everything does not. */
async function examineWithoutSystem(workers: readonly Worker[], endpoint: Endpoint, reason: string): Promise<Finding[]> {
  const ofEngine = reporterOf('engine');
  const ofWorkers = reporterOf('workers');
  const advice = 'the engine starts it again by itself; see system-0.log among its logs';
  return [
    ofEngine.error('system', `the system worker cannot say how the engine is: ${reason}`, advice),
    ...(endpoint.kind === 'unix' ? await diagnoseHost(pathsOf(endpoint.path)) : []),
    ...workers.map(({ replica, health, pid }) =>
      health === Health.HEALTH_SERVING
        ? ofWorkers.ok(replica, `process ${pid} serves`)
        : ofWorkers.error(replica, `process ${pid} does not serve`, `see ${replica}.log among the logs of the engine`),
    ),
  ];
}

const severities: { readonly [severity in Finding_Severity]: Severity } = {
  [Finding_Severity.SEVERITY_UNSPECIFIED]: 'unknown',
  [Finding_Severity.SEVERITY_OK]: 'ok',
  [Finding_Severity.SEVERITY_WARNING]: 'warning',
  [Finding_Severity.SEVERITY_ERROR]: 'error',
  [Finding_Severity.UNRECOGNIZED]: 'unknown',
};

/** An area that a later engine has and we do not know is one of the engine. */
function fromMessage({ name, area, severity, message, advice }: FindingMessage): Finding {
  return { name, area: areas.find((known): known is Area => known === area) ?? 'engine', severity: severities[severity], message, advice };
}
