#!/usr/bin/env node
// The command `misp-relay` (`npx misp-relay …` in the clone): src/cli.ts, through the same door as every script. As careful as run.mjs.

var major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(
    'misp-relay needs Node 20 or newer to start (it brings its own Node 24), and this is Node ' +
      process.versions.node +
      '. Install a current Node from https://nodejs.org, then run the same command again.',
  );
  process.exitCode = 1;
} else {
  import('./bootstrap/main.mjs').then(function (bootstrap) {
    return bootstrap.main(['src/cli.ts'].concat(process.argv.slice(2)));
  });
}
