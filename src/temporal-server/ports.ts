import { connect, createServer } from 'node:net';

const loopback = '127.0.0.1';

/** The wished port when it is free on the loopback address, otherwise another one that is, and is not in `not`. */
export async function freePort(wished: number, not: readonly number[] = []): Promise<number> {
  if (!not.includes(wished) && !(await answers(wished)) && (await canListen(wished)) !== null) return wished;
  for (;;) {
    const port = await canListen(0);
    if (port !== null && !not.includes(port)) return port;
  }
}

/** Some systems let us listen beside a program that has the port on all addresses; whoever answers there has it. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopback, timeout: 1_000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => done(true))
      .once('error', () => done(false))
      .once('timeout', () => done(true));
  });
}

function canListen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: loopback, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
