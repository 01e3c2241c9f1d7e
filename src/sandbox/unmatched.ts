/** Keeps requests that are no call of the API, and what was probably meant. */

/** A request that matched nothing. */
export interface UnmatchedRequest {
  /** By the server's clock, in milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The nearest call that there is, as `GET /v1/bulk/jobs`; undefined if none is near. */
  readonly near: string | undefined;
}

const mostKept = 50;

/** The latest such requests. */
export class UnmatchedRequests {
  readonly latest: UnmatchedRequest[] = [];
  #count = 0;
  readonly #isCall: (method: string, path: string) => boolean;

  /** @param isCall whether this is a call of the API */
  constructor(isCall: (method: string, path: string) => boolean) {
    this.#isCall = isCall;
  }

  /** All of them, those that are no longer kept too. */
  get count(): number {
    return this.#count;
  }

  add(method: string, path: string, at: number): void {
    this.#count += 1;
    this.latest.unshift({ at, method, path, near: this.#nearTo(method, path) });
    this.latest.splice(mostKept);
  }

  /** The usual mistakes: no version, the version twice, a slash at the end, another method. */
  #nearTo(method: string, path: string): string | undefined {
    const trimmed = path.replace(/\/+$/, '');
    const paths = [trimmed, `/v1${trimmed}`, trimmed.replace(/^(\/v1)+/, '/v1')];
    for (const each of [method, 'GET', 'POST'])
      for (const candidate of paths) if (this.#isCall(each, candidate)) return `${each} ${candidate}`;
    return undefined;
  }
}
