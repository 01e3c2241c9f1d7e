/** Closes what would expose the process without being requested, before any package is loaded. */

// Packages that log for developers (using `debug`): standard error must stay empty.
delete process.env['DEBUG'];
// Node's default opens its debugger to anyone who can reach the port, with the access key in memory.
process.on('SIGUSR1', () => undefined);
