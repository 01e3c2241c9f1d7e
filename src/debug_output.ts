/** Packages that print for developers (by way of `debug`) are told not to, before any of them is loaded: standard error stays empty. */
delete process.env['DEBUG'];
