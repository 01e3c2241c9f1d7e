/** Signs calls in: by the access key of the tenant, or by a token that an OAuth client gets and renews. */
import { Readable } from 'node:stream';
import { type Clock, minute, second } from '../clock.ts';
import type { Received, Request } from '../http/exchange.ts';
import type { Sender } from '../http/sending.ts';
import { tokenPath } from './contract.ts';
import type { PlainWords } from './plain_words.ts';
import { type Answer, type Lost, type Refused, readAnswer, unreadable } from './response.ts';

/** Who signs in. Texts are revealed secrets. */
export type Credentials = { readonly accessKey: string } | { readonly clientId: string; readonly clientSecret: string };

/** The headers that sign a call in. */
export interface SignedIn {
  readonly kind: 'signed_in';
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs calls in. */
export interface SignIn {
  /**
   * The headers for a call; a failure is that of the call for a token, and nothing else was sent.
   * @param times how often the same call was refused
   * @throws the signal's reason if `signal` is aborted
   */
  headers(signal: AbortSignal | undefined, times: number): Promise<SignedIn | Refused | Lost>;
  /** A call with headers of this sign-in was carried out: a refusal does not mean that none will be. */
  accepted(): void;
  /**
   * These headers were refused: the next call needs others.
   * @param times how often the same call was refused
   * @returns whether it may be let in by other headers
   */
  refused(headers: SignedIn['headers'], times: number): boolean;
  /** A text without tokens. */
  readonly redact: (text: string) => string;
}

/** What a sign-in by token works with. */
interface TokenOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `https://HOST/v1`. */
  readonly baseUrl: string;
  readonly userAgent: string;
  readonly sender: Pick<Sender, 'send'>;
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly words: PlainWords;
  /** Takes each secret that no output may show, before it is used. */
  readonly hide: (secrets: readonly string[]) => void;
}

/** Signs in by the access key. */
export function byAccessKey(accessKey: string): SignIn {
  const signedIn: SignedIn = { kind: 'signed_in', headers: { accessKey } };
  return {
    headers: async () => signedIn,
    accepted: () => undefined,
    refused: () => false,
    redact: (text) => text,
  };
}

/** How long before its end a token is renewed, in milliseconds; at most a tenth of its life. */
const maxAheadMs = 5 * minute;
/**
 * How many tokens a call is tried with: one that others share, in this process or in another one with the same client, may
 * end at any moment. More than calls are in progress at once; fewer where no call was ever let in.
 */
const [mostTokens, mostFirstTokens] = [10, 2];
/** After so many, a call no longer shares one, as another call may end it. */
const mostShared = 2;
/** The life of a token that does not name it, in milliseconds. */
const defaultLifeMs = 60 * minute;

interface Token {
  readonly text: string;
  /** On the monotonic clock. */
  readonly renewAt: number;
}

/** Signs in by a token: gets one before the first call, and another before it ends or once it is refused. */
export class TokenSignIn implements SignIn {
  readonly #options: TokenOptions;
  readonly #authorization: string;
  #token: Token | undefined;
  #pending: Promise<Token | Refused | Lost> | undefined;
  /** Every token until now: an answer that comes late may quote an earlier one. */
  readonly #tokens = new Set<string>();
  #hasAccepted = false;

  constructor(options: TokenOptions) {
    this.#options = options;
    const encoded = Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64');
    this.#authorization = `Basic ${encoded}`;
    options.hide([encoded]);
  }

  async headers(signal: AbortSignal | undefined, times: number): Promise<SignedIn | Refused | Lost> {
    const held = this.#token;
    const isShared = times < mostShared;
    if (isShared && held && this.#options.clock.elapsed() < held.renewAt) return signedInBy(held);
    const token = await (isShared ? this.#renew(signal) : this.#ask(signal));
    return 'kind' in token ? token : signedInBy(token);
  }

  accepted(): void {
    this.#hasAccepted = true;
  }

  refused({ authorization }: SignedIn['headers'], times: number): boolean {
    if (this.#token && authorization === bearer(this.#token)) this.#token = undefined;
    return times < (this.#hasAccepted ? mostTokens : mostFirstTokens);
  }

  readonly redact = (text: string): string => {
    let clean = text;
    for (const token of this.#tokens) clean = clean.replaceAll(token, '***');
    return clean;
  };

  /** Calls in progress at the same time share one token. */
  async #renew(signal: AbortSignal | undefined): Promise<Token | Refused | Lost> {
    for (;;) {
      this.#pending ??= this.#askForAll(signal).finally(() => {
        this.#pending = undefined;
      });
      try {
        return await this.#pending;
      } catch {
        // Ended by a signal: by this one, or by that of the call which asked first.
        signal?.throwIfAborted();
      }
    }
  }

  async #askForAll(signal: AbortSignal | undefined): Promise<Token | Refused | Lost> {
    const token = await this.#ask(signal);
    if (!('kind' in token)) this.#token = token;
    return token;
  }

  async #ask(signal: AbortSignal | undefined): Promise<Token | Refused | Lost> {
    const { sender, baseUrl, userAgent, clock, words } = this.#options;
    const askedAt = clock.elapsed();
    const headers = { authorization: this.#authorization, accept: 'application/json', 'user-agent': userAgent };
    const reply = await sender.send({ url: `${baseUrl}${tokenPath}`, headers, body: form, isRead: true }, signal);
    if (reply.kind === 'lost') return { ...reply, sent: 'nothing' };
    const token = tokenOf(reply, askedAt);
    if (!token) return failureOf(readAnswer(reply, words));
    this.#options.hide([token.text]);
    this.#tokens.add(token.text);
    return token;
  }
}

function bearer({ text }: Token): string {
  return `Bearer ${text}`;
}

function signedInBy(token: Token): SignedIn {
  return { kind: 'signed_in', headers: { authorization: bearer(token) } };
}

const formText = Buffer.from('grant_type=client_credentials');
const form: NonNullable<Request['body']> = {
  stream: () => Readable.from([formText], { objectMode: false }),
  type: 'application/x-www-form-urlencoded',
  length: formText.length,
};

/** Both forms are read: the token alone, as OAuth has it, and in `data`, as Gainsight's other answers. */
function tokenOf({ status, text }: Received, askedAt: number): Token | undefined {
  if (status < 200 || status >= 300) return undefined;
  let given: { access_token?: unknown; expires_in?: unknown } & { data?: unknown };
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { access_token, expires_in } = ((given?.data ?? given) || {}) as typeof given;
  // A header carries printable characters only.
  if (typeof access_token !== 'string' || !/^[\x21-\x7e]{4,8000}$/.test(access_token)) return undefined;
  const seconds = Number(expires_in);
  const lifeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * second : defaultLifeMs;
  return { text: access_token, renewAt: askedAt + lifeMs - Math.min(maxAheadMs, lifeMs / 10) };
}

/** Why there is no token. Whatever the status of a refusal, it is the client that is refused, and no path is missing. */
function failureOf(answer: Answer<unknown>): Refused | Lost {
  if (answer.kind === 'done') return { ...unreadable(answer.requestId), sent: 'nothing' };
  if (answer.kind === 'lost') return { ...answer, sent: 'nothing' };
  const isTemporary = answer.status === 429 || answer.status === 408 || answer.redirect !== undefined;
  const isAddress = answer.errorCode === 'GS_APIG_2402';
  const refusal = { ...answer, sent: 'nothing', byToken: true } as const;
  return isTemporary || isAddress ? refusal : { ...refusal, status: 401, errorCode: undefined };
}
