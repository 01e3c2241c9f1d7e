import t from 'tap';
import { hour, minute } from '../clock.ts';
import type { Answer, Lost, Refused } from '../gainsight/response.ts';
import type { Batch, Operation } from '../model.ts';
import { backOff, decideRead, decideResend, decideSubmit, type FailedSend } from './retry.ts';

const done = <T>(value: T): Answer<T> => ({ kind: 'done', value, serverTime: undefined });
const lost = (of: Partial<Lost> = {}): Lost => ({
  ...{ kind: 'lost', sent: 'whole', reason: 'ECONNRESET', words: 'reset', requestId: undefined },
  ...of,
});
const refused = (status: number, of: Partial<Refused> = {}): Refused => ({
  ...{ kind: 'refused', status, sent: 'whole', errorCode: undefined, words: `said ${status}`, retryAfter: undefined },
  ...{ redirect: undefined, requestId: 'R1', serverTime: undefined },
  ...of,
});

const badCertificate = { sent: 'nothing', stage: 'certificate', reason: 'CERT_HAS_EXPIRED' } as const;
const untrusted = { sent: 'nothing', stage: 'untrusted', reason: 'SELF_SIGNED_CERT_IN_CHAIN' } as const;

/** The decision, and for an error its code, stream and text. */
function reported(decision: object): object {
  const { error, ...rest } = decision as { error?: { code: string; stream?: object; message: string } };
  return error ? { ...rest, code: error.code, stream: error.stream, message: error.message } : rest;
}

t.test('a read succeeds, is retried, or is given up', async (t) => {
  const at = { host: 'acme', path: '/bulk/jobs', tries: 3, spentMs: 0, retryMs: 30 * minute, random: 0.5 };
  const wait = { do: 'wait', limited: false, waitMs: 4000 };
  const fail = (code: string) => ({ do: 'fail', code });
  const cases: readonly [string, Answer<number>, Partial<typeof at>, object][] = [
    ['an answer', done(7), {}, { do: 'done', value: 7 }],
    ['a reset', lost(), {}, wait],
    ['a gateway', lost({ reason: 'HTTP 502' }), {}, wait],
    ['no connection', lost({ sent: 'nothing', reason: 'ECONNREFUSED' }), {}, wait],
    ['a name server that is down', lost({ sent: 'nothing', reason: 'EAI_AGAIN' }), {}, wait],
    ['a host that does not exist', lost({ sent: 'nothing', reason: 'ENOTFOUND' }), {}, fail('host_unknown')],
    ['a proxy that is down', lost({ sent: 'nothing', stage: 'proxy', reason: 'ECONNREFUSED' }), {}, wait],
    ['a proxy that does not exist', lost({ stage: 'proxy', reason: 'ENOTFOUND' }), {}, fail('proxy_unusable')],
    ['a proxy that requires credentials', lost({ stage: 'proxy', reason: 'HTTP 407' }), {}, fail('proxy_refused')],
    ['a proxy that refuses', lost({ stage: 'proxy', reason: 'HTTP 403' }), {}, fail('proxy_refused')],
    ['a proxy that redirects', lost({ stage: 'proxy', reason: 'HTTP 302' }), {}, fail('proxy_refused')],
    ['a proxy that is busy', lost({ stage: 'proxy', reason: 'HTTP 429' }), {}, wait],
    ['a proxy that timed out', lost({ stage: 'proxy', reason: 'HTTP 408' }), {}, wait],
    ['a proxy that cannot reach the host', lost({ stage: 'proxy', reason: 'HTTP 502' }), {}, wait],
    ['a certificate of an unknown authority', lost(untrusted), {}, fail('certificate_untrusted')],
    ['one that has expired', lost(badCertificate), {}, fail('certificate_invalid')],
    ['a server that timed out', refused(408), {}, wait],
    ['a reset just before the time limit', lost(), { spentMs: 30 * minute - 4000 }, wait],
    ['a reset beyond it', lost(), { spentMs: 30 * minute - 3999 }, fail('gainsight_unavailable')],
    ['a reset without retries', lost(), { retryMs: 0 }, fail('gainsight_unavailable')],
    ['too many calls', refused(429), {}, { do: 'wait', limited: true, waitMs: 90_000 }],
    ['with a time', refused(429, { retryAfter: 7000 }), {}, { do: 'wait', limited: true, waitMs: 7000 }],
    ['with the time of now', refused(429, { retryAfter: 0 }), {}, { do: 'wait', limited: true, waitMs: 1000 }],
    ['with a time beyond the limit', refused(429, { retryAfter: hour }), {}, fail('rate_limited')],
    ['not found', refused(404), {}, { do: 'absent' }],
    ['not allowed', refused(405), {}, { do: 'absent' }],
    ['a key that is refused', refused(401), {}, fail('access_refused')],
    ['a key without permission', refused(403), {}, fail('access_refused')],
    ['an address', refused(403, { errorCode: 'GS_APIG_2402' }), {}, fail('address_not_listed')],
    ['an address in a 200', refused(200, { errorCode: 'GS_APIG_2402' }), {}, fail('address_not_listed')],
    ['an invalid key', refused(400, { errorCode: 'GSOBJ_1024' }), {}, fail('access_refused')],
    ['a redirect', refused(302, { redirect: 'evil' }), {}, fail('redirect_refused')],
    ['a bad request', refused(400), {}, fail('read_refused')],
    ['a no in a 200', refused(200), {}, fail('read_refused')],
  ];
  for (const [name, answer, other, expected] of cases) {
    t.match(reported(decideRead(answer, { ...at, ...other })), expected, name);
  }
});

t.test('a submission succeeds, waits, is sent again, looked up, or is final; whatever the operation', async (t) => {
  const place = { host: 'acme', path: '/bulk/jobs', tries: 2, random: 0.5, now: 20 * minute };
  const stream = { name: 's' };
  const fail = (code: string, of: object = { stream }) => ({ do: 'fail', code, ...of });
  const everybodys = { stream: undefined };
  const cases: readonly [string, Answer<{ jobId?: string }>, object][] = [
    ['a job', done({ jobId: 'J1' }), { do: 'done', jobId: 'J1' }],
    ['no job id', done({}), { do: 'lookup' }],
    ['an empty job id', done({ jobId: '' }), { do: 'lookup' }],
    ['a reset', lost(), { do: 'lookup', words: 'reset' }],
    ['a gateway', lost({ reason: 'HTTP 502' }), { do: 'lookup' }],
    ['a request cut off', lost({ sent: 'partly' }), { do: 'resend', waitMs: 2000, counted: true }],
    ['no connection', lost({ sent: 'nothing' }), { do: 'resend', waitMs: 2000, counted: false }],
    ['a host that does not exist', lost({ sent: 'nothing', reason: 'ENOTFOUND' }), fail('host_unknown', everybodys)],
    ['a proxy that is down', lost({ sent: 'nothing', stage: 'proxy' }), { do: 'resend', waitMs: 2000, counted: false }],
    [
      'a proxy that cannot reach the host',
      lost({ sent: 'nothing', stage: 'proxy', reason: 'HTTP 502' }),
      { do: 'resend', waitMs: 2000, counted: false },
    ],
    ['a proxy that refuses', lost({ stage: 'proxy', reason: 'HTTP 403' }), fail('proxy_refused', everybodys)],
    ['a bad certificate', lost(badCertificate), fail('certificate_invalid', everybodys)],
    ['a gateway that had not read it completely', lost({ reason: 'HTTP 503', sent: 'partly' }), { do: 'resend' }],
    ['too slow', refused(408), { do: 'lookup' }],
    ['too slow in the middle', refused(408, { sent: 'partly' }), { do: 'resend', counted: true }],
    ['too many calls', refused(429), { do: 'lookup', limitedMs: 40 * minute + 30_000 }],
    ['too many calls, said early', refused(429, { sent: 'partly' }), { do: 'wait', waitMs: 40 * minute + 30_000 }],
    [
      'by the clock of the server',
      refused(429, { serverTime: hour + 50 * minute }),
      { do: 'lookup', limitedMs: 10.5 * minute },
    ],
    ['with a time', refused(429, { retryAfter: 7000 }), { do: 'lookup', limitedMs: 7000 }],
    ['with the time of now', refused(429, { retryAfter: 0 }), { do: 'lookup', limitedMs: 1000 }],
    ['a bad request', refused(400), fail('submission_refused')],
    ['an unknown object', refused(404), fail('submission_refused')],
    ['a no in a 200', refused(200), fail('submission_refused')],
    ['too large', refused(413), fail('file_too_large')],
    ['a key that is refused', refused(401), fail('access_refused', everybodys)],
    ['a key without permission', refused(403), fail('access_refused', everybodys)],
    ['an address', refused(401, { errorCode: 'GS_APIG_2402' }), fail('address_not_listed', everybodys)],
    ['no such route', refused(404, { errorCode: 'GS_APIG_1000' }), fail('bulk_api_missing', everybodys)],
    ['no such method', refused(405), fail('bulk_api_missing', everybodys)],
    ['a redirect', refused(307, { redirect: 'evil' }), fail('redirect_refused', everybodys)],
  ];
  for (const operation of ['INSERT', 'UPDATE', 'UPSERT'] satisfies Operation[]) {
    const batch = { plan: { object: 'Company', operation, stream }, bytes: 81_000_000 } as unknown as Batch;
    for (const [name, answer, expected] of cases) {
      t.match(reported(decideSubmit(answer, batch, place)), expected, `${operation}: ${name}`);
    }
  }
});

t.test('a refusal is reported with Gainsight’s message and id', async (t) => {
  const batch = { plan: { object: 'Company', stream: { name: 's' } }, bytes: 1 } as unknown as Batch;
  const place = { host: 'acme', path: '/bulk/jobs', tries: 0, random: 0, now: 0 };
  t.match(reported(decideSubmit(refused(400), batch, place)), { message: /said 400.*\(Gainsight request R1\)/ });
});

t.test('pauses grow to a minute, with full jitter', async (t) => {
  t.same(
    [0, 1, 2, 5, 6, 20].map((tries) => backOff(tries, 1)),
    [1000, 2000, 4000, 32_000, 60_000, 60_000],
  );
  t.equal(backOff(5, 0), 0);
});

t.test(
  'a file is sent again for half an hour, not after three lost answers, and for quota as long as necessary',
  async (t) => {
    const batch = { plan: { object: 'Company', stream: { name: 's' } } } as unknown as Batch;
    const send = (result: FailedSend['result'], endedAt = 0): FailedSend => ({
      ...{
        result,
        words: 'no',
        send: 'a',
        digest: { current: '', former: '' },
        fileName: 'a.csv',
        sentAt: endedAt,
        endedAt,
      },
    });
    const cases: readonly [string, readonly FailedSend[], string | undefined][] = [
      ['two lost answers', [send('lost'), send('lost')], undefined],
      ['three', [send('lost'), send('lost'), send('lost')], 'submission_lost'],
      ['two and a refusal', [send('lost'), send('lost'), send('limited')], undefined],
      ['refusals for quota', Array.from({ length: 99 }, (_, at) => send('limited', at * hour)), undefined],
      ['half an hour', [send('refused'), send('refused', 30 * minute)], undefined],
      ['more', [send('refused'), send('refused', 30 * minute + 1)], 'gainsight_unavailable'],
    ];
    for (const [name, failed, code] of cases) t.equal(decideResend(batch, failed)?.code, code, name);
  },
);
