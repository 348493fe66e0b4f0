// What is lost: workers, attempts, workflows. What was under way may go on all the same, or its last request may arrive.
import type { Attempt } from './attempt.ts';
import { count } from './tally.ts';
import type { Workflow, Op } from './workflow.ts';
import { MAIN, type World } from './world.ts';

/** kill -9, or a machine that is cut off: then its attempts go on, and another one takes over. */
export async function loseWorker(world: World, cutOff: boolean): Promise<void> {
  world.happened(cutOff ? 'worker cut off' : 'worker killed');
  for (const workflow of world.workflows.values()) {
    for (const op of workflow.open()) if (op.attempt) await abandon(world, op, cutOff);
  }
  if (!cutOff) {
    for (const zombie of world.zombies) await lastRequest(world, zombie);
    world.zombies = [];
    world.clock.forgetTheDead();
  }
  world.startWorker();
  for (const workflow of world.workflows.values()) await workflow.replay();
}

/** Temporal takes one attempt for dead. */
export async function timeOut(world: World): Promise<void> {
  const running = [...world.workflows.values()].flatMap((workflow) => workflow.open().filter(({ attempt }) => attempt));
  if (running.length === 0) return;
  const op = world.dice.pick(running);
  world.happened(`taken for dead: ${op.call.name}`);
  await abandon(world, op, true);
}

/** The workflow is terminated, or Temporal's data is lost. */
export async function lose(world: World, workflow: Workflow): Promise<void> {
  world.happened(workflow.id === MAIN ? 'feed lost' : 'backfill lost');
  for (const op of workflow.open()) {
    const { attempt } = op;
    if (!attempt) continue;
    await abandon(world, op, true);
    if (world.dice.chance(0.5)) attempt.abort(); // its heartbeat is told that nobody waits
  }
  world.workflows.delete(workflow.id);
}

async function abandon(world: World, op: Op, goesOn: boolean): Promise<void> {
  const attempt = op.attempt!;
  const at = attempt.outcome ? 'its result' : (attempt.gates[0]?.what ?? '');
  count(
    world.tally,
    `${goesOn ? 'left behind at' : 'killed at'}: ${op.call.name}, ${at.replace(/ (misp|hec|elasticsearch)$/, '')}`,
  );
  if (goesOn && !attempt.outcome) {
    attempt.zombie = true;
    world.zombies.push(attempt);
  } else await lastRequest(world, attempt);
  op.attempt = null;
  op.notBefore = world.clock.ms + 1000 * world.dice.int(20);
}

/** A process that dies leaves its requests on the wire: some of them arrive. */
async function lastRequest(world: World, attempt: Attempt): Promise<void> {
  attempt.dying = true;
  const onItsWay = attempt.gates.find(({ what }) => what === `request to ${world.sink.host}`);
  if (onItsWay && world.dice.chance(0.5)) {
    world.happened('request of a dead process arrives');
    await attempt.go(onItsWay);
  }
  attempt.gates = [];
}
