#!/usr/bin/env node
// The door of every script: `node bin/run.mjs <file or tool> [arguments]`. It installs what is missing, then runs the target with a
// Node that can. This file must parse on any Node that knows modules, so that an old one gets a sentence and not a syntax error.

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
    return bootstrap.main(process.argv.slice(2));
  });
}
