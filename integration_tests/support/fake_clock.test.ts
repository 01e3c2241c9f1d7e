/** The fake clock keeps the order of sleeps, waits for sockets, and never hangs a test. */
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { FakeClock } from './fake_clock.ts';

t.test('sleepers wake in the order of their time, at exactly their time', async (t) => {
  const clock = new FakeClock();
  const woken: [string, number][] = [];
  const nap = async (name: string, milliseconds: number) => {
    await clock.sleep(milliseconds);
    woken.push([name, clock.elapsed()]);
  };
  await Promise.all([nap('hour', 3_600_000), nap('second', 1000), nap('at once', 0), nap('minute', 60_000)]);
  t.same(woken, [
    ['at once', 0],
    ['second', 1000],
    ['minute', 60_000],
    ['hour', 3_600_000],
  ]);
  t.same(clock.sleeps, [3_600_000, 1000, 0, 60_000]);
  t.equal(clock.sleeping, 0);
});

t.test('sleeps that follow each other add up on both clocks', async (t) => {
  const clock = new FakeClock({ start: 1_000_000 });
  for (const milliseconds of [4000, 8000, 15_000, 30_000]) await clock.sleep(milliseconds);
  t.equal(clock.elapsed(), 57_000);
  t.equal(clock.now(), 1_057_000);
});

t.test('the wall clock may jump, without effect on the elapsed time and sleeps', async (t) => {
  const clock = new FakeClock({ start: 5000 });
  const nap = clock.sleep(100);
  clock.jumpWallClock(-3000);
  await nap;
  t.equal(clock.now(), 2100);
  t.equal(clock.elapsed(), 100);
});

t.test('advance wakes only the sleepers that are due', async (t) => {
  const clock = new FakeClock();
  clock.addBusy(() => true);
  let early = false;
  let late = false;
  void clock.sleep(10).then(() => {
    early = true;
  });
  void clock.sleep(20).then(() => {
    late = true;
  });
  clock.advance(15);
  await new Promise(setImmediate);
  t.ok(early);
  t.notOk(late);
  clock.advance(5);
  await new Promise(setImmediate);
  t.ok(late);
});

t.test('time stands still while a request is on its way', async (t) => {
  const server = createServer((_request, response) => setTimeout(() => response.end('ok'), 60));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const clock = new FakeClock();
  let inFlight = 1;
  const remove = clock.addBusy(() => inFlight > 0);
  let answeredAt = -1;
  get({ port: (server.address() as AddressInfo).port, agent: false }, (response) => {
    response.resume().on('end', () => {
      answeredAt = clock.elapsed();
      inFlight--;
    });
  });
  await clock.sleep(10_000);
  t.equal(answeredAt, 0, 'the answer came before time moved');
  remove();
});

t.test('an aborted sleep fails with the reason of the signal', async (t) => {
  const clock = new FakeClock();
  clock.addBusy(() => true);
  const stop = new AbortController();
  const nap = clock.sleep(1000, stop.signal);
  stop.abort(new Error('stopped'));
  await t.rejects(nap, { message: 'stopped' });
  await t.rejects(clock.sleep(1, stop.signal), { message: 'stopped' }, 'also if it was aborted before');
  t.equal(clock.sleeping, 0);
});

t.test('a program that would wait for ever fails', async (t) => {
  const clock = new FakeClock({ longest: 60_000 });
  const forever = async () => {
    for (;;) await clock.sleep(25_000);
  };
  await t.rejects(forever(), { message: /waits for ever/ });
  t.equal(clock.elapsed(), 50_000);
});

t.test('a callback that is busy for ever fails the sleepers instead of hanging', async (t) => {
  const clock = new FakeClock({ patience: 5 });
  clock.addBusy(() => true);
  await t.rejects(clock.sleep(1), { message: /busy for ever/ });
  t.equal(clock.elapsed(), 0);
});

t.test('a program that sleeps repeatedly without letting time pass fails', async (t) => {
  const clock = new FakeClock({ quietRounds: 0 });
  const inCircles = async () => {
    for (;;) await clock.sleep(0);
  };
  await t.rejects(inCircles(), { message: /waits in a loop/ });
});

t.test('a sleep that is too short for the sum of two times still moves time', async (t) => {
  const clock = new FakeClock();
  clock.advance(3e8);
  await clock.sleep(1e-9);
  t.ok(clock.elapsed() > 3e8);
});
