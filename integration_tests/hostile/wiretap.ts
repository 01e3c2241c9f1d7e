/** Forwards bytes between the connector and a sandbox, and records what the connector sent. */
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Test } from 'tap';

/** One part of a multipart body: its header lines and its bytes as Latin-1. */
export interface SentPart {
  readonly head: readonly string[];
  readonly body: string;
}

/** A request as it was sent. */
export interface SentRequest {
  /** `GET /v1/bulk/jobs HTTP/1.1` */
  readonly line: string;
  /** `name: value`, as sent. */
  readonly headers: readonly string[];
  readonly parts: readonly SentPart[];
}

/** Records requests to `url`. Closed with the test. */
export async function wiretap(t: Test, url: string): Promise<{ url: string; requests(): SentRequest[] }> {
  const { port: target } = new URL(url);
  const sent: Buffer[][] = [];
  const server = createServer((near) => {
    const bytes: Buffer[] = [];
    sent.push(bytes);
    const far = connect(Number(target), '127.0.0.1');
    near.on('data', (chunk: Buffer) => bytes.push(chunk));
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    url: url.replace(`:${target}`, `:${port}`),
    requests: () => sent.flatMap((bytes) => requestsIn(Buffer.concat(bytes).toString('latin1'))),
  };
}

/** Parses by the rules of HTTP alone: a forged line would appear as one of its own. */
function requestsIn(text: string): SentRequest[] {
  const requests: SentRequest[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\r\n\r\n', from);
    const [line = '', ...headers] = text.slice(from, end).split('\r\n');
    const header = (name: string) =>
      headers.find((each) => each.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2);
    const length = Number(header('content-length') ?? 0);
    const boundary = /boundary=(\S+)$/.exec(header('content-type') ?? '')?.[1];
    const body = text.slice(end + 4, end + 4 + length);
    requests.push({ line, headers, parts: boundary === undefined ? [] : partsOf(body, boundary) });
    from = end + 4 + length;
  }
  return requests;
}

function partsOf(body: string, boundary: string): SentPart[] {
  const parts = body.split(`--${boundary}`).slice(1, -1);
  return parts.map((part) => {
    const end = part.indexOf('\r\n\r\n');
    return { head: part.slice(2, end).split('\r\n'), body: part.slice(end + 4, -2) };
  });
}
