// Loaded before the target, in the process that runs it. Node 20 never loads this file.

import process from 'node:process';

// One Ctrl-C reaches us up to three times: from the terminal, from npm, and from our own launcher. The target must see it once, because
// a second one means "at once". Two within this time are one: no person is quicker on purpose.
const sameMillis = 400;
const signals = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);
const lastSeen = new Map();
const emit = process.emit;
process.emit = function emitOnce(name, ...args) {
  if (signals.has(name)) {
    const now = performance.now();
    const last = lastSeen.get(name) ?? -Infinity;
    lastSeen.set(name, now);
    if (now - last < sameMillis) return true;
  }
  return Reflect.apply(emit, this, [name, ...args]);
};

// Both are decided and stable enough (docs/decisions); a warning at each command would hide the ones that matter.
const emitWarning = process.emitWarning;
process.emitWarning = function emitOtherWarnings(warning, ...args) {
  const kind = typeof args[0] === 'object' ? args[0]?.type : args[0];
  if (kind === 'ExperimentalWarning' && /SQLite|Type Stripping/i.test(String(warning))) return;
  Reflect.apply(emitWarning, this, [warning, ...args]);
};

// A launcher that was killed cannot pass a signal on; nothing may be left running after it. (Windows keeps the old parent's id.)
const launcher = Number(process.env.MISP_RELAY_PARENT);
delete process.env.MISP_RELAY_PARENT;
if (launcher > 0 && process.ppid === launcher) {
  setInterval(() => {
    if (process.ppid !== launcher) process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}
