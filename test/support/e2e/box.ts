// A simulator behind a socket that can be taken away and given back: on the same port, with the same memory.
import { serve, type Shell, type SimReply, type SimRequest } from '../../../simulators/http.ts';
import type { Admission } from '../../../simulators/http.ts';

interface Simulator {
  handle(request: SimRequest): SimReply;
  admit?(request: SimRequest): Admission;
}

export class Box {
  readonly url: string;
  private readonly simulator: Simulator;
  private readonly port: number;
  private shell: Shell | null;

  private constructor(simulator: Simulator, shell: Shell) {
    this.simulator = simulator;
    this.shell = shell;
    this.url = shell.url;
    this.port = Number(new URL(shell.url).port);
  }

  static async open(simulator: Simulator): Promise<Box> {
    return new Box(simulator, await Box.serve(simulator, 0));
  }

  /** Connections that are open end at once; new ones are refused. */
  async away(): Promise<void> {
    await this.shell?.close();
    this.shell = null;
  }

  async back(): Promise<void> {
    this.shell ??= await Box.serve(this.simulator, this.port);
  }

  private static serve(simulator: Simulator, port: number): Promise<Shell> {
    return serve({
      port,
      ...(simulator.admit ? { admit: (request) => simulator.admit!(request) } : {}),
      handle: (request) => simulator.handle(request),
    });
  }
}
