/** Switches off the debug output of packages and Node's debugger by signal, before any package is loaded. */

// Packages that log for developers (using `debug`): standard error must stay empty.
delete process.env['DEBUG'];
// Node's default opens its debugger to anyone who can reach the port, with the access key in memory.
process.on('SIGUSR1', () => undefined);
