/** What opens the process to the outside without being asked for is shut, before any package is loaded. */

// Packages that print for developers (by way of `debug`): standard error stays empty.
delete process.env['DEBUG'];
// By default it opens Node's debugger to whoever can reach the port, with the access key in memory.
process.on('SIGUSR1', () => undefined);
