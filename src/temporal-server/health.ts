import { Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a Temporal server answers there, and its namespace is served. One try. */
export async function isHealthy(address: string, namespace = 'default', timeoutMs = 3_000): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, tls: false, connectTimeout: timeoutMs });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + timeoutMs, () => workflowService.getSystemInfo({}));
    await connection.withDeadline(Date.now() + timeoutMs, () => workflowService.describeNamespace({ namespace }));
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close().catch(() => undefined);
  }
}

/** Tries until it is healthy; false when `isOver` says that waiting has no sense any more. */
export async function becomesHealthy(address: string, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) {
    if (await isHealthy(address, 'default', 1_000)) return true;
    await sleep(100);
  }
  return false;
}
