import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';

import { inRepository } from '../repository.mjs';

/** A program that did not end well, with all that it wrote. */
export class ProgramFailed extends Error {
  /**
   * @param {string} command
   * @param {string} how
   * @param {string} output
   */
  constructor(command, how, output) {
    super(`\`${command}\` failed (${how})\n${ends(output)}`);
    this.output = output;
  }
}

/**
 * Runs a program to its end and returns what it wrote. Throws ProgramFailed when it fails.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>}
 */
export function run(program, args, { cwd = inRepository(), env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (cause) => reject(new Error(`cannot run ${program}: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) return resolve(text);
      reject(new ProgramFailed([program, ...args].join(' '), signal ?? `exit code ${code}`, text));
    });
  });
}

/**
 * The first and last lines of a long text: where programs say what is wrong.
 * @param {string} text
 */
function ends(text) {
  const lines = text.trimEnd().split('\n');
  return lines.length <= 60 ? lines.join('\n') : [...lines.slice(0, 30), '…', ...lines.slice(-30)].join('\n');
}

/**
 * The environment without node_modules/.bin on its PATH. There, `node` is the pinned one that `npm ci` deletes and
 * brings back: npm itself must not run on it.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentOutsideNodeModules() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.endsWith('/node_modules/.bin'));
  return { ...process.env, PATH: path.join(delimiter) };
}
