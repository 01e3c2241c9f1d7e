/** Sign-in by OAuth: gives tokens to a client, and knows which are valid. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Answer, failure, success } from './answers.ts';

/** A client of the tenant that signs in by itself. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
  /** How long a token is valid, in seconds: 86,400. */
  readonly tokenSeconds?: number;
  /** What ends a token before its time: its first call, or the next token of the client; nothing, the default. */
  readonly endsBy?: 'first call' | 'next token';
  /** Whether a token opens the Bulk API: true. */
  readonly opensBulk?: boolean;
  /** The token stands in `data`, as in other answers. Default: false. */
  readonly isInEnvelope?: boolean;
}

const path = '/v1/users/m2m/oauth/token';

/** Whether a request asks for a token. */
export function isTokenCall(method: string, pathname: string): boolean {
  return method === 'POST' && pathname === path;
}

/** The tokens of one client. */
export class Tokens {
  readonly #client: OAuthClient;
  /** When each ends, by the monotonic clock. */
  readonly #ends = new Map<string, number>();

  constructor(client: OAuthClient) {
    this.#client = client;
  }

  /** Answers a call for a token. */
  async give(request: IncomingMessage, elapsed: number): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const { id, secret, tokenSeconds = 86_400, isInEnvelope = false } = this.#client;
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    if (form.get('grant_type') !== 'client_credentials') return failure(400, 'GS_7400', 'grant_type is missing');
    if (request.headers.authorization !== basic || request.headers['accesskey'] !== undefined)
      return failure(401, 'GS_APIG_2401', 'Unauthorized');
    if (this.#client.endsBy === 'next token') this.revoke();
    const token = `token-${this.#ends.size + 1}-of-${id}`;
    this.#ends.set(token, elapsed + tokenSeconds * 1000);
    const given = { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds };
    return isInEnvelope ? success(given) : { ...success(null), body: given as never };
  }

  /** Ends every token at once. */
  revoke(): void {
    for (const token of this.#ends.keys()) this.#ends.set(token, Number.NEGATIVE_INFINITY);
  }

  /** Whether a call is let in by its token; an access key beside it is refused. */
  allows({ authorization = '', accesskey }: IncomingHttpHeaders, isBulk: boolean, elapsed: number): boolean {
    if (accesskey !== undefined || (isBulk && this.#client.opensBulk === false)) return false;
    const token = authorization.replace(/^Bearer /, '');
    const ends = this.#ends.get(token);
    const isOpen = ends !== undefined && elapsed < ends;
    if (isOpen && this.#client.endsBy === 'first call') this.#ends.set(token, Number.NEGATIVE_INFINITY);
    return isOpen;
  }
}
