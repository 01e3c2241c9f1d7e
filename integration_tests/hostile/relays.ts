/** Relays between the connector and Gainsight: a TLS front, and an HTTP proxy whose behaviour a test chooses. */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import type { Test } from 'tap';
import type { Certificate } from './certificates.ts';

/** Reaction to a CONNECT: a status refuses it, a text is sent unchanged. */
export type ProxyAct = 'let_through' | 'say_nothing' | 'hang_up' | number | { readonly say: string };

/** A proxy on this machine. */
export interface LocalProxy {
  readonly port: number;
  /** Every CONNECT: its target and credentials. */
  readonly asked: { readonly target: string; readonly authorization: string | undefined }[];
}

export interface ProxyOptions {
  /** The reactions, one after the other; the last one repeats. Default: it forwards. */
  readonly acts?: readonly ProxyAct[];
  /** Ports on this machine by `HOST:PORT`; other targets are not reachable. */
  readonly routes?: Readonly<Record<string, number>>;
  /** `USER:PASSWORD`; others are answered with 407. */
  readonly credentials?: string;
  /** Set: it uses https. */
  readonly certificate?: Certificate;
}

/**
 * Starts a TLS server that forwards to a port of this machine.
 * @returns its own port
 */
export function startTlsFront(t: Test, certificate: Certificate, port: number): Promise<number> {
  return listen(
    t,
    createTlsServer({ ...certificate }, (socket) => join(socket, connect(port, '127.0.0.1'))),
  );
}

/** Starts a proxy; it ends with the test. */
export async function startProxy(t: Test, options: ProxyOptions = {}): Promise<LocalProxy> {
  const server = options.certificate ? createHttpsServer({ ...options.certificate }) : createHttpServer();
  const proxy = { port: await listen(t, server), asked: [] } as LocalProxy;
  const { acts = [], credentials, routes = {} } = options;
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const authorization = request.headers['proxy-authorization'];
    proxy.asked.push({ target: request.url ?? '', authorization });
    const isKnown =
      credentials === undefined || authorization === `Basic ${Buffer.from(credentials).toString('base64')}`;
    const act = acts[Math.min(proxy.asked.length, acts.length) - 1] ?? 'let_through';
    answer(socket, isKnown ? act : 407, routes[request.url ?? '']);
  });
  return proxy;
}

function answer(socket: Duplex, act: ProxyAct, port: number | undefined): void {
  if (act === 'say_nothing') return;
  if (act === 'hang_up') socket.destroy();
  else if (typeof act === 'object') socket.end(act.say);
  else if (typeof act === 'number') socket.end(`HTTP/1.1 ${act} Says the Proxy\r\nContent-Length: 4\r\n\r\nno.\n`);
  else if (port === undefined) socket.end('HTTP/1.1 502 No Such Host\r\n\r\n');
  else {
    const far = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(socket, far);
    });
    far.on('error', () => socket.end('HTTP/1.1 502 Not Reached\r\n\r\n'));
  }
}

function join(one: Duplex, other: Duplex): void {
  one.on('error', () => other.destroy()).pipe(other);
  other.on('error', () => one.destroy()).pipe(one);
}

async function listen(t: Test, server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
