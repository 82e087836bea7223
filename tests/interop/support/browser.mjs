// SPDX-License-Identifier: MIT
//
// Headless Chromium, for the tests that drive pages.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

/** Reason to skip, or false. */
export const browserMissing = !existsSync(CHROMIUM) && `${CHROMIUM} is missing`;

export const launchBrowser = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
