/**
 * Sends requests to one host. What it needs of Node and of packages takes a third of the start of the process, so it is
 * loaded with the first request.
 */
import type { Exchanges, Lost, Received, Request, SenderOptions } from './exchange.ts';

/** Sends requests to one host. Never retries and never follows a redirect. */
export class Sender {
  readonly #options: SenderOptions;
  #exchanges: Promise<Exchanges> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** @throws the signal's reason if `signal` is aborted; FileChanged if the body has changed */
  async send(request: Request, signal?: AbortSignal): Promise<Received | Lost> {
    this.#exchanges ??= import('./exchange.ts').then(({ Exchanges }) => new Exchanges(this.#options));
    return (await this.#exchanges).send(request, signal);
  }
}
