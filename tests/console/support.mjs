// A store, a browser, and pages that must not complain: what the tests of the console share.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const { SKALD_BIN, SKALD_CONSOLE_MODULES, SKALD_CHROMIUM = '/usr/bin/chromium' } = process.env;
const { chromium } = createRequire(join(SKALD_CONSOLE_MODULES, 'package.json'))('playwright-core');

export const PATIENCE = 60_000;
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function until(what, condition) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < deadline, `waited too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// `skald dev` in a folder of its own: broker, engine, and with `store` the demo store and its workers.
export class Skald {
  constructor({ store = false, token = '' } = {}) {
    this.token = token;
    this.data = mkdtempSync(join(tmpdir(), 'skald-console-'));
    const more = store ? ['--store'] : [];
    const global = token ? ['--token', token] : [];
    this.process = spawn(join(SKALD_BIN, 'skald'), [...global, 'dev', '--data', this.data, '--http', '127.0.0.1:0', ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.out = '';
    this.process.stdout.on('data', (text) => (this.out += text));
    this.process.stderr.on('data', (text) => (this.out += text));
  }

  async ready() {
    await until('skald dev is ready', () => {
      assert.equal(this.process.exitCode, null, this.out);
      return /^ready /m.test(this.out);
    });
    this.url = this.endpoints().http;
    return this;
  }

  endpoints() {
    return JSON.parse(readFileSync(join(this.data, 'endpoints.json'), 'utf8'));
  }

  async stop() {
    this.process.kill('SIGTERM');
    if (this.process.exitCode === null) await new Promise((resolve) => this.process.once('exit', resolve));
    rmSync(this.data, { recursive: true, force: true });
  }

  async send(method, path, body, type = 'application/json') {
    const headers = { 'Content-Type': type, ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}) };
    const response = await fetch(this.url + path, { method, headers, body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return type === 'application/json' ? JSON.parse(text) : text;
  }
  get(path) {
    return this.send('GET', path);
  }
  deploy(document) {
    return this.send('POST', '/v1/workflows', document);
  }
  submit(workflow, id, input = {}, labels = {}) {
    return this.send('POST', '/v1/sagas', { workflow, id, input, labels });
  }
  show(id) {
    return this.get(`/v1/sagas/${id}`);
  }
  becomes(id, status) {
    return until(`${id} is ${status}`, async () => (await this.show(id)).status === status);
  }
  async fillCart(cart) {
    await fetch(`${this.endpoints().services.cart}/carts/${cart}/items/axe`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"quantity":1}' });
  }
  check(file) {
    return JSON.parse(execFileSync(join(SKALD_BIN, 'skald'), ['check', file, '-o', 'json'])).files[0];
  }
}

// Waits for a worker that there is none of.
export const TRIP = `
document: { dsl: '1.0.3', namespace: travel, name: trip, version: '1.0.0' }
do:
  - hotel:
      call: hotel.book
      with: { city: '\${ $input.city }' }
      compensate: { call: hotel.cancel, with: { forward_key: '\${ $forward.key }' } }
  - flight: { call: flight.book, pivot: true }
`;

// Fails for good, and so does its undo: cart.contents wants a cart.
export const BROKEN = `
document: { dsl: '1.0.3', namespace: test, name: broken, version: '1.0.0' }
do:
  - look:
      call: cart.contents
      with: { cart: '\${ $input.cart }' }
      compensate: { call: cart.contents, with: { nothing: 1 } }
  - check:
      switch:
        - bad: { when: '\${ .items != null }', then: fall }
        - good: { then: end }
  - fall: { raise: { error: { type: 'urn:test:fell', title: 'It fell over', status: 500 } } }
`;

export async function browser() {
  // Playwright lifts the browser's limit of writes to the history, which is there for everybody else.
  return chromium.launch({ executablePath: SKALD_CHROMIUM, headless: true, args: FLAGS, ignoreDefaultArgs: ['--disable-ipc-flooding-protection'] });
}

// A page of the console. What it must never do is gathered: ask another host, write an error to the console, throw.
export async function open(context, skald, path, { allow } = {}) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.wrongs = [];
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(skald.url).host) page.wrongs.push(`asked ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !allow?.test(message.text())) page.wrongs.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.wrongs.push(`threw: ${error.stack}`));
  await page.goto(skald.url + path);
  return page;
}

export function assertClean(page) {
  assert.deepEqual(page.wrongs, []);
}

// Where the keyboard is.
export const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName);
