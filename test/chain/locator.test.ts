import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { locatorHeights } from '../../src/chain/locator.ts';
import { MAX_LOCATOR_HASHES } from '../support/limits.ts';
