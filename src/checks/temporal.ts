// Temporal: the cluster of the config, or the embedded server, which need not run. Nothing is fetched, built or started.
import type { Client } from '@temporalio/client';
import { processEnv, type RelayConfig, type TemporalConfig } from '../config.ts';
import { isFolderWritable } from '../disk.ts';
import { clusterTarget, connectClient } from '../temporal.ts';
import { findInstalled, fromEnvironment, runningTemporalServer } from '../temporal-server.ts';
import { type Check, checkOf, failureOf, type Finding } from './check.ts';

const CALL_MS = 5_000;
const NOT_FOUND = 5;

export const checkTemporal = (config: RelayConfig): Promise<Check> =>
  config.temporal ? checkCluster(config, config.temporal) : checkEmbedded(config);

async function checkCluster(config: RelayConfig, temporal: TemporalConfig): Promise<Check> {
  const { address } = temporal;
  let client: Client;
  let namespace: string;
  try {
    const target = clusterTarget(config, temporal, processEnv());
    namespace = target.namespace;
    client = await connectClient(target);
  } catch (error) {
    const finding = { remedy: 'temporal.address and its tls and apiKey, and is it running?', ...failureOf(error) };
    return checkOf('temporal', address, [finding], []);
  }
  try {
    await client.connection.withDeadline(Date.now() + CALL_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    return checkOf('temporal', address, [], [`it answers, and has the namespace ${namespace}`]);
  } catch (error) {
    return checkOf('temporal', address, [namespaceFinding(error, namespace)], ['it answers']);
  } finally {
    await client.connection.close();
  }
}

function namespaceFinding(error: unknown, namespace: string): Finding {
  if ((error as { code?: unknown }).code === NOT_FOUND) {
    const remedy = 'make it (temporal operator namespace create), or change temporal.namespace';
    return { level: 'failed', message: `there is no namespace ${namespace}`, remedy };
  }
  const { message } = failureOf(error);
  const remedy = 'may our API key or certificate use this namespace?';
  return { level: 'failed', message: `the namespace ${namespace} cannot be looked at (${message})`, remedy };
}

async function checkEmbedded({ dataDir }: RelayConfig): Promise<Check> {
  const running = await runningTemporalServer(dataDir);
  if (running) return checkOf('temporal', 'embedded', [], [`${running.version} runs at ${running.address}`]);
  const findings: Finding[] = [];
  const facts: string[] = [];
  try {
    const found = await findInstalled(fromEnvironment(processEnv()));
    if (found) facts.push(`${found.version} would be started: ${found.path} (${found.how})`);
    else {
      const message =
        'no Temporal server is on this machine yet: the first start fetches or builds it, which may take minutes';
      findings.push({
        level: 'warning',
        message,
        remedy: 'npm run temporal does it now; or temporal.address, or TEMPORAL_CLI_PATH',
      });
    }
  } catch (error) {
    findings.push(failureOf(error));
  }
  if (await isFolderWritable(dataDir)) facts.push(`its data goes to ${dataDir}`);
  else {
    const message = `its folder ${dataDir} cannot be written`;
    findings.push({ level: 'failed', message, remedy: 'mind the folder and its owner, or name another store:' });
  }
  return checkOf('temporal', 'embedded', findings, facts);
}
