// The wire between the worker and the Temporal server, as a TCP proxy: it can hold back what the worker says, so that a kill finds
// the worker exactly between its commit in the store and the moment in which the server hears of it.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export class Wire {
  private readonly sockets = new Set<Socket>();
  private readonly upstream = new Set<Socket>();
  private readonly server = createServer((worker) => this.join(worker));
  private readonly port: number;
  private held = false;

  /** `port`: of the Temporal server on this machine. */
  constructor(port: number) {
    this.port = port;
  }

  /** The address for the worker. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on nothing that the worker says reaches the server; what the server says still comes through. */
  hold(): void {
    this.held = true;
    for (const socket of this.upstream) socket.pause();
  }

  release(): void {
    this.held = false;
    for (const socket of this.upstream) socket.resume();
  }

  /** What a killed worker had not sent must not come after its death. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private join(worker: Socket): void {
    const server = connect(this.port, '127.0.0.1');
    this.upstream.add(worker);
    for (const [one, other] of [
      [worker, server],
      [server, worker],
    ] as const) {
      this.sockets.add(one);
      one.setNoDelay(true);
      one.on('data', (bytes) => other.write(bytes));
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        this.upstream.delete(one);
        other.destroy();
      });
    }
    if (this.held) worker.pause();
  }
}
