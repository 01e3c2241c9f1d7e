/**
 * Establishes connections to Gainsight, directly or through a proxy. Until one is established nothing has been sent.
 */
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import type { Clock } from '../clock.ts';

/** A proxy that opens tunnels (CONNECT). */
export interface ProxyServer {
  /** `http://HOST:PORT` or `https://HOST:PORT`, without user name and password, as libraries may print it. */
  readonly url: string;
  /** Host and port, for messages. */
  readonly host: string;
  /** The value of `Proxy-Authorization`. A secret. */
  readonly authorization: string | undefined;
}

/** How Gainsight is reached. */
export interface NetworkRoute {
  /** None: directly. */
  readonly proxy?: ProxyServer | undefined;
  /** A hint about certificates besides Node's own, for an error about an unknown authority. */
  readonly extraCertificates?: string | undefined;
}

/** Where connecting failed: at the proxy, at the host, at its certificate, or later in the handshake. */
export type Stage = 'proxy' | 'connect' | 'certificate' | 'handshake';

const stages: readonly string[] = ['proxy', 'connect', 'certificate', 'handshake'] satisfies Stage[];

/** Whether a failure's system call is one of our stages: then nothing was sent. */
export function isStage(syscall: string | undefined): syscall is Stage {
  return syscall !== undefined && stages.includes(syscall);
}

/** Connecting failed. */
class Unconnected extends Error {
  readonly code: string;
  /** In the field `syscall`, because node-fetch passes on only message, code and system call of an error. */
  readonly syscall: Stage;

  constructor(stage: Stage, code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.syscall = stage;
  }
}

/** Time limit for connecting, in milliseconds; `check` has twenty seconds in all. */
const maxDialMs = 15_000;
/** How long an idle connection is kept, in milliseconds: Node's default. */
const idle = 5000;

// OpenSSL's codes for faults of a certificate. ERR_SSL is what the other side reports in the handshake.
const certificateFault =
  /^(?!ERR_SSL)\w*(CERT|ISSUER|VERIFY)|^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** Whether the certificate's authority is unknown here, which extra certificates would solve. */
export function isUntrusted(code: string): boolean {
  // A failed signature comes from an authority with the name of a known one.
  return /SELF_SIGNED|ISSUER|VERIFY|UNTRUSTED|SIGNATURE/.test(code);
}

/** Creates connections, and keeps them for the next request if configured so. */
export class Transport extends Agent {
  readonly #clock: Clock;
  readonly #route: NetworkRoute;

  constructor(options: { readonly clock: Clock; readonly route: NetworkRoute; readonly keepAlive: boolean }) {
    super({ keepAlive: options.keepAlive, scheduling: 'lifo', timeout: idle });
    this.#clock = options.clock;
    this.#route = options.route;
  }

  /** @throws Unconnected */
  override async connect(request: ClientRequest, options: AgentConnectOpts): Promise<Socket> {
    const { proxy } = this.#route;
    const dial = new AbortController();
    const done = new AbortController();
    request.once('abort', () => dial.abort(new Error('given up')));
    this.#clock.sleep(maxDialMs, done.signal).then(
      () => dial.abort(Object.assign(new Error(`no connection in ${maxDialMs / 1000} seconds`), { code: 'TIMEOUT' })),
      () => undefined,
    );
    let stage: Stage = proxy ? 'proxy' : 'connect';
    try {
      const wire = proxy
        ? await this.#tunnel(proxy, request, options, dial.signal)
        : await ready(connectTcp(options as TcpNetConnectOpts), 'connect', dial.signal);
      stage = 'handshake';
      if (!options.secureEndpoint) return wire;
      const secured = connectTls({ ...options, socket: wire, ALPNProtocols: ['http/1.1'] });
      return await ready(secured, 'secureConnect', dial.signal);
    } catch (error) {
      throw error instanceof Unconnected
        ? error
        : this.#failed(stage, dial.signal.aborted ? dial.signal.reason : error);
    } finally {
      done.abort();
    }
  }

  /**
   * Opens the tunnel only. TLS is added by us, to distinguish a fault of Gainsight's certificate from one of the
   * proxy's.
   */
  async #tunnel(
    { url, host, authorization }: ProxyServer,
    request: ClientRequest,
    options: AgentConnectOpts,
    signal: AbortSignal,
  ): Promise<Socket> {
    let [status, words] = [Number.NaN, ''];
    request.once('proxyConnect', (answer: { statusCode: number; statusText: string }) => {
      [status, words] = [answer.statusCode, answer.statusText.slice(0, 200)];
    });
    const headers = authorization === undefined ? {} : { 'Proxy-Authorization': authorization };
    // Most tenants are reached without a proxy.
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    const agent = new HttpsProxyAgent(url, { headers, keepAlive: this.keepAlive, signal });
    const wire = await agent.connect(request, { ...options, secureEndpoint: false } as AgentConnectOpts);
    if (status === 200) return wire;
    wire.destroy();
    if (Number.isNaN(status)) throw new Unconnected('proxy', 'EPROTO', `the proxy ${host} does not speak HTTP`);
    throw new Unconnected('proxy', `HTTP ${status}`, `the proxy ${host} answers ${words || 'no more'}`);
  }

  #failed(stage: Stage, thrown: unknown): Unconnected {
    const { proxy, extraCertificates = '' } = this.#route;
    const { code = 'network error', message } = thrown as NodeJS.ErrnoException;
    // Newer versions of Node append advice for interactive use after a semicolon.
    const words = `${proxy ? `through the proxy ${proxy.host}: ` : ''}${message.split(';')[0]}`;
    if (!certificateFault.test(code)) return new Unconnected(stage, code, words, thrown);
    const more = isUntrusted(code) && extraCertificates ? `; ${extraCertificates}` : '';
    return new Unconnected('certificate', code, words + more, thrown);
  }
}

/** Waits until a socket is ready; destroys it if that fails. */
async function ready<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
