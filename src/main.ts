#!/usr/bin/env node
/** The entry: loads the program, and says in Airbyte's way where even that is not possible. */
// The first of all: what it does must be done before any package is loaded.
import './debug_output.ts';
import { systemClock } from './clock.ts';
import { ConnectorError } from './errors.ts';

let isOver = false;

/** Exactly one TRACE. The program takes over once it is loaded. */
function fail(thrown: unknown): void {
  if (isOver) return;
  isOver = true;
  const { code: reason, message: detail } = thrown as NodeJS.ErrnoException;
  // Where Node cannot read a package's configuration, only its words say why.
  const isLimit = reason === 'EMFILE' || reason === 'ENFILE' || /too many open files/.test(detail);
  const code = isLimit ? 'open_files_limit' : 'bug';
  const { message, failureType: failure_type } = new ConnectorError(code, { detail });
  const error = { message, internal_message: `${code}: ${detail}`, failure_type };
  const trace = { type: 'ERROR', emitted_at: systemClock.now(), error };
  process.stdout.write(`${JSON.stringify({ type: 'TRACE', trace })}\n`, () => process.exit(1));
}

// The parts of the program are read side by side, so that one may fail after another has ended the loading.
process.on('uncaughtException', fail);
// Loaded when it is asked for: what is imported above is loaded before a line of this file runs.
import('./program.ts').catch(fail);
