/** How a connection to Gainsight comes to stand: directly or through a proxy. What fails until then has sent nothing. */
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { connect as connectTcp, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { Clock } from '../clock.ts';

/** A proxy that is asked for a tunnel (CONNECT). */
export interface ProxyServer {
  /** `http://HOST:PORT` or `https://HOST:PORT`, without user name and password: libraries may print it. */
  readonly url: string;
  /** Host and port, for messages. */
  readonly host: string;
  /** The value of `Proxy-Authorization`. A secret. */
  readonly authorization: string | undefined;
}

/** The way to Gainsight. */
export interface NetworkRoute {
  /** None: directly. */
  readonly proxy?: ProxyServer | undefined;
  /** What is to be said of certificates beside Node's own where an authority is not known. */
  readonly extraCertificates?: string | undefined;
}

/** Where a connection failed: at the proxy, at the host, at its certificate, or later in the handshake. */
export type Stage = 'proxy' | 'connect' | 'certificate' | 'handshake';

const stages: readonly string[] = ['proxy', 'connect', 'certificate', 'handshake'] satisfies Stage[];

/** Whether a failure's system call is a stage of ours: then nothing was sent. */
export function isStage(syscall: string | undefined): syscall is Stage {
  return syscall !== undefined && stages.includes(syscall);
}

/** A connection that did not come to stand. */
class Unconnected extends Error {
  readonly code: string;
  /** Under this name because node-fetch hands on of an error its message, its code and its system call alone. */
  readonly syscall: Stage;

  constructor(stage: Stage, code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.syscall = stage;
  }
}

/** Milliseconds for a connection to stand; `check` has twenty seconds in all. */
const longestDial = 15_000;
/** Milliseconds for which a connection that nobody uses is kept: as Node does. */
const idle = 5000;

// OpenSSL's names for what is wrong with a certificate. ERR_SSL is what the other side says in the handshake.
const certificateFault =
  /^(?!ERR_SSL)\w*(CERT|ISSUER|VERIFY)|^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** Whether a certificate's fault is that its authority is not known here, which more certificates would mend. */
export function isUntrusted(code: string): boolean {
  // A signature that fails is that of an authority which has the name of a known one.
  return /SELF_SIGNED|ISSUER|VERIFY|UNTRUSTED|SIGNATURE/.test(code);
}

/** Makes connections, and keeps them for the next request if told to. */
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
    this.#clock.sleep(longestDial, done.signal).then(
      () => dial.abort(Object.assign(new Error(`no connection in ${longestDial / 1000} seconds`), { code: 'TIMEOUT' })),
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

  /** The tunnel alone: it is secured by us, so that a fault of Gainsight's certificate can be told from one of the proxy. */
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
    // Newer versions of Node add after a semicolon what a person at a keyboard may try.
    const words = `${proxy ? `through the proxy ${proxy.host}: ` : ''}${message.split(';')[0]}`;
    if (!certificateFault.test(code)) return new Unconnected(stage, code, words, thrown);
    const more = isUntrusted(code) && extraCertificates ? `; ${extraCertificates}` : '';
    return new Unconnected('certificate', code, words + more, thrown);
  }
}

/** A socket once it is ready; one that does not become so is destroyed. */
async function ready<S extends Socket>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
