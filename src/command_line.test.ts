import t from 'tap';
import { callerOf } from './command_line.ts';

type Stream = 'stdin' | 'stdout';

const callers: readonly [line: string, terminals: readonly Stream[], isPerson: boolean, hint: RegExp | ''][] = [
  // Airbyte's commands are answered for Airbyte, even on a terminal.
  ['spec', [], false, ''],
  ['spec', ['stdin', 'stdout'], false, ''],
  ['check --config c', ['stdin', 'stdout'], false, ''],
  ['discover --config c --catalog k', [], false, ''],
  ['write --config c --catalog k --state s', [], false, ''],
  ['--config c check', [], false, ''],
  ['--report r.html write --config c --catalog k', [], false, ''],
  ['check --confg c', ['stdin', 'stdout'], false, ''],
  ['write', ['stdin', 'stdout'], false, ''],
  // A write that would wait for a terminal gives a hint.
  ['write --config c --catalog k', ['stdin'], false, /^write reads .* Ctrl-D .*\n$/],
  ['write --config c --catalog k', ['stdout'], false, ''],
  // A request for help, the version or another command comes from a person.
  ['--help', [], true, ''],
  ['help', [], true, ''],
  ['help write', [], true, ''],
  ['write --config c --catalog k -h', ['stdin'], true, ''],
  ['spec --version', [], true, ''],
  ['chekc --config c', [], true, ''],
  ['--hepl', [], true, ''],
  // No command at all: a person on a terminal.
  ['', ['stdin', 'stdout'], true, ''],
  ['', ['stdin'], false, ''],
  ['', [], false, ''],
  ['--config c', [], false, ''],
];

t.test('a command line comes from Airbyte or from a person', async (t) => {
  for (const [line, terminals, isPerson, hint] of callers) {
    const isTerminal = { stdin: terminals.includes('stdin'), stdout: terminals.includes('stdout') };
    const caller = callerOf(line === '' ? [] : line.split(' '), isTerminal);
    t.match(
      caller,
      { isPerson, hint: hint === '' ? /^$/ : hint },
      `${line} with ${terminals.join(' and ') || 'pipes'}`,
    );
  }
});
