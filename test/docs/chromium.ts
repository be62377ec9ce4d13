import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import * as z from 'zod';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

async function install() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...args: string[]) =>
    promisify(execFile)('apt-get', ['--quiet', ...args], { env, maxBuffer: 1e8 });
  await aptGet('update');
  await aptGet('install', '--yes', '--no-install-recommends', 'chromium');
}

/** Finds Debian's Chromium; installs it if it is missing and the user may. */
export async function startChromium(): Promise<Browser> {
  await access(executablePath)
    .catch(install)
    .catch((cause: unknown) => {
      throw new Error(
        `There is no Chromium at ${executablePath}: apt-get install chromium, or set CHROMIUM to one.`,
        { cause },
      );
    });
  return chromium.launch({ executablePath, args: ['--no-sandbox'] }); // Chromium's sandbox does not run as root
}

/** A page, with the errors of its console: violations of the Content-Security-Policy, failed requests, exceptions. */
export async function openPage(browser: Browser): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  return { page, complaints };
}

/** Serves an empty page from another origin. */
export async function startOtherOrigin() {
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Another site</title>'),
  );
  await new Promise<void>((started) => server.listen(0, '127.0.0.1', started));
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () => new Promise((stopped) => server.close(stopped)),
  };
}
